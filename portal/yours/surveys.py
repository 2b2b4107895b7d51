"""Surveys somebody can fill in again on their own page: the kinds they have filled in before, once a quarter.

The first one is filled in with a coach, who says what it is for. Later ones are offered here and nowhere
asked for: there is no letter, no reason for leaving one, and nothing turns red.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from audit.actions import record
from coaching.actions.surveys import record_asset_survey, record_wellbeing
from coaching.due import next_due
from coaching.errors import NotPossibleNow
from coaching.models import AssetDefinition, AssetSurvey, RecordMode, WellbeingResponse
from coaching.scales import COPYRIGHT, HIGHEST, ITEMS, LOWEST
from coaching.selectors import current_licence
from coaching.sheets import Sheet, sheet_of
from enquiries.models import Link, Person
from portal.yours.visits import Visit

ASSETS, WELLBEING = "assets", "wellbeing"


@dataclass(frozen=True, slots=True)
class Due:
    """One survey, the day from which it can be filled in again, and its wording."""

    kind: str
    title: str
    due_on: date
    sheet: Sheet
    rights: str = ""
    instrument: str = ""
    definition: AssetDefinition | None = None

    @property
    def page(self) -> str:
        """Name of its address."""
        return f"yours:survey_{self.kind}"

    @property
    def is_open(self) -> bool:
        return self.due_on <= timezone.localdate()


def dues(visit: Visit) -> list[Due]:
    """What they can fill in, now or from some day on; none whose wording or licence is not here."""
    with visit.acting():
        person = _person(visit)
        if person is None:
            return []
        found = [_assets(person), _wellbeing(person)]
    return [each for each in found if each is not None]


def fill_in(visit: Visit, due: Due, answers: Mapping[str, int | None]) -> Model:
    """Keep one completion, by the same rules as from anybody else's hand.

    Raises:
        AnswersRefused, TooSoon, NotPossibleNow: see `coaching.actions.surveys`.
    """
    with visit.acting(), transaction.atomic():
        person = _person(visit)
        if person is None:
            raise NotPossibleNow(_("This could not be kept now. Talk with your coach about it."))
        today = timezone.localdate()
        if visit.with_helper:
            record("personal_page.helped", by=None, about=visit.contributor, survey=due.kind)
        if due.definition is not None:
            return record_asset_survey(
                person=person, definition=due.definition, completed_on=today, answers=answers, by=None
            )
        return record_wellbeing(
            person=person,
            instrument=due.instrument,
            completed_on=today,
            answers=answers,
            record_mode=RecordMode.WITH_HELP if visit.with_helper else RecordMode.ALONE,
            by=None,
        )


def _person(visit: Visit) -> Person | None:
    link = (
        Link.objects.filter(contributor=visit.contributor, person__isnull=False)
        .select_related("person__partner")
        .first()
    )
    return link.person if link is not None else None


def _assets(person: Person) -> Due | None:
    last = AssetSurvey.objects.filter(person=person).order_by("completed_on", "pk").last()
    if last is None:
        return None
    newest = AssetDefinition.objects.filter(partner_id=person.partner_id, slug=last.definition.slug).latest(
        "version"
    )
    sheet = sheet_of(
        person.partner.slug,
        f"{ASSETS}-{newest.slug}-{newest.version}",
        language=get_language() or "en",
        items=[item["id"] for item in newest.items],
        low=newest.minimum,
        high=newest.maximum,
    )
    if sheet is None:
        return None
    return Due(ASSETS, _("What I have to build on"), next_due(last.completed_on), sheet, definition=newest)


def _wellbeing(person: Person) -> Due | None:
    last = WellbeingResponse.objects.filter(person=person).order_by("completed_on", "pk").last()
    if last is None or current_licence(person.partner, timezone.localdate()) is None:
        return None
    sheet = sheet_of(
        person.partner.slug,
        last.instrument,
        language=get_language() or "en",
        items=ITEMS[last.instrument],
        low=LOWEST,
        high=HIGHEST,
    )
    if sheet is None:
        return None
    return Due(
        WELLBEING,
        _("How I have been"),
        next_due(last.completed_on),
        sheet,
        rights=COPYRIGHT[last.instrument],
        instrument=last.instrument,
    )
