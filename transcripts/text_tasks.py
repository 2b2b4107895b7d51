"""Tasks on texts: names looked for, passages embedded. Ids in; load, call an action, done."""

import logging
import os
from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from enquiries import consent, work
from enquiries.errors import EnquiryError
from enquiries.models import Scope, Work
from enquiries.selectors import names_behind
from nlp.errors import NlpError
from transcripts.actions import names, pseudonymising
from transcripts.errors import TranscriptError, WordsGone
from transcripts.models import PseudonymisedVersion
from transcripts.models.raw import RawVersion

logger = logging.getLogger(__name__)

_FAULTS_WITH_A_SENTENCE = (NlpError, TranscriptError, EnquiryError)


@app.task(name="transcripts.text_tasks.find_names")
@work.for_its_partner
def find_names(work_id: int) -> None:
    _run(work_id, _find_names)


@app.task(name="transcripts.text_tasks.embed_segments")
@work.for_its_partner
def embed_segments(work_id: int) -> None:
    _run(work_id, _embed_segments)


def _run(work_id: int, do: Callable[[Work], None]) -> None:
    """Claim the row, do the work, and end the row with `finish` or with a sentence that says why not."""
    claimed = work.claim(work_id)
    if claimed is None:
        return
    try:
        do(claimed)
    except _FAULTS_WITH_A_SENTENCE as fault:
        work.fail(claimed, str(fault))
    except Exception:
        # The edge of the task: a person sees that it failed and can try again; the log has the rest.
        logger.exception("Work %s failed", work_id)
        work.fail(claimed, _("Something went wrong that we did not foresee. Try again, or ask who runs it."))
    else:
        work.finish(claimed)


def _find_names(claimed: Work) -> None:
    from nlp.names import find_names as find

    version = (
        RawVersion.objects.select_related("transcript__conversation__listener")
        .filter(pk=claimed.about_id)
        .first()
    )
    if version is None:
        raise WordsGone
    conversation = version.transcript.conversation
    consent.check_conversation(conversation, Scope.TAKE_PART)
    known = [name for who in conversation.contributors.all() for name in names_behind(who)]
    if conversation.listener is not None and conversation.listener.name:
        known.append(conversation.listener.name)
    found = find(version.text, known_names=known, spacy_model=settings.SPACY_MODEL or None)
    names.store_findings(version=version, found=found)


def _embed_segments(claimed: Work) -> None:
    from threadpoolctl import threadpool_limits

    from nlp.embedding import MiniLmEmbedder

    version = (
        PseudonymisedVersion.objects.select_related("transcript__conversation")
        .defer("text")
        .filter(pk=claimed.about_id)
        .first()
    )
    if version is None:
        raise WordsGone
    model = pseudonymising.embedding_model()
    embedder = MiniLmEmbedder(model) if model else MiniLmEmbedder()
    # Half the cores: the pages that people wait for run on the same machine.
    with threadpool_limits(max(1, (os.cpu_count() or 1) // 2)):
        pseudonymising.embed_segments(
            version=version,
            embed=embedder.embed,
            embedded_with=embedder.name,
            on_progress=lambda done, total: work.progress(claimed, done=done, total=total),
        )
