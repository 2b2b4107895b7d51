"""Background work of making sense: load, do, say how it ended."""

import logging
from collections.abc import Callable

from django.db import DatabaseError
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from enquiries import work as works
from enquiries.errors import EnquiryError
from enquiries.models import Work
from nlp.errors import NlpError
from themes.actions.runs import carry_out_run
from themes.actions.suggestions import carry_out_suggestions
from themes.errors import ThemesError

logger = logging.getLogger(__name__)


@app.task(name="themes.tasks.run_topics", queue="topics")
@works.for_its_partner
def run_topics(work_id: int) -> None:
    """Find patterns for one topic run."""
    _carry_out(work_id, carry_out_run)


@app.task(name="themes.tasks.suggest_codes", queue="topics")
@works.for_its_partner
def suggest_codes(work_id: int) -> None:
    """Offer codes for the passages of one enquiry."""
    _carry_out(work_id, carry_out_suggestions)


def _carry_out(work_id: int, job: Callable[[Work], None]) -> None:
    work = works.claim(work_id)
    if work is None:
        return
    try:
        job(work)
    except (NlpError, ThemesError, EnquiryError) as refused:
        works.fail(work, str(refused))
    except DatabaseError:
        # The connection may be unusable; the rescue finds the work and it starts again.
        raise
    except Exception as error:  # noqa: BLE001
        # The edge of the task: whatever else went wrong is kept as a reason people can act on. The message
        # may hold words that somebody said, so only its kind goes to the log.
        logger.error("Work %s failed: %s", work_id, type(error).__name__)  # noqa: TRY400
        works.fail(
            work, _("Something went wrong that we did not foresee. Try again; if it happens twice, tell us.")
        )
    else:
        works.finish(work)
