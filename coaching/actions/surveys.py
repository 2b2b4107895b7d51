"""Keeping completed surveys. Items come as ids and numbers; this knows no wording."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Partner, User
from accounts.permissions import check
from audit.actions import record
from coaching import assets, scales
from coaching.errors import AnswersRefused, NotPossibleNow, TooSoon
from coaching.models import (
    AssetDefinition,
    AssetSurvey,
    ImportBatch,
    RecordMode,
    WellbeingResponse,
)
from coaching.pairing import APART
from enquiries.models import Person


@transaction.atomic
def record_wellbeing(
    *,
    person: Person,
    instrument: str,
    completed_on: date,
    answers: Mapping[str, int | None],
    record_mode: str,
    by: User | None,
    batch: ImportBatch | None = None,
) -> WellbeingResponse:
    """Score and keep one completion; one with items missing is kept unscored.

    Args:
        by: who writes it down; None where the person filled it in on their own page.

    Raises:
        NotYours: the user does not keep records for the person's partner.
        AnswersRefused: an answer out of range or to an unknown item.
        TooSoon: another completion of this person, of either scale, lies less than 14 days away.
        NotPossibleNow: a day yet to come, or an unknown way of filling in.
    """
    if by is not None:
        check(by, "survey.record", person)
    if completed_on > timezone.localdate():
        raise NotPossibleNow(_("That day is yet to come. Choose today or a day before."))
    if record_mode not in RecordMode.values:
        raise NotPossibleNow(_("Say whether it was filled in alone, with help or read aloud."))
    given = scales.check_answers(instrument, answers)
    found = scales.score(instrument, given)
    near = WellbeingResponse.objects.filter(
        person=person, completed_on__gt=completed_on - APART, completed_on__lt=completed_on + APART
    )
    if near.exists():
        raise TooSoon(too_soon_sentence())
    try:
        with transaction.atomic():
            response = WellbeingResponse.objects.create(
                partner_id=person.partner_id,
                person=person,
                instrument=instrument,
                completed_on=completed_on,
                record_mode=record_mode,
                answers=given,
                is_complete=found.is_complete,
                raw=found.raw,
                metric=found.metric,
                batch=batch,
                recorded_by=by,
            )
    except IntegrityError as error:
        # Someone else's completion of the same fortnight was kept in the meantime.
        raise TooSoon(too_soon_sentence()) from error
    record("wellbeing.recorded", by=by, about=response, complete=found.is_complete)
    return response


def too_soon_sentence() -> str:
    """Why a second completion within two weeks is refused."""
    return _("Both scales look back two weeks, and another completion lies less than 14 days away.")


@transaction.atomic
def define_asset_survey(
    *,
    partner: Partner,
    by: User,
    slug: str = assets.STARTER_SLUG,
    name: str = assets.STARTER_NAME,
    items: Iterable[Mapping[str, str]] | None = None,
    minimum: int = 1,
    maximum: int = 5,
) -> AssetDefinition:
    """Make the next version of a partner's asset survey; the starter set when no items are given.

    Args:
        items: `{"id", "domain", "area"}` each, with `domain` internal or external and ids that differ.

    Raises:
        NotYours: the user does not keep records for the partner.
        AnswersRefused: items that cannot be scored.
    """
    check(by, "survey.record", partner)
    chosen = [dict(item) for item in (assets.starter_items() if items is None else items)]
    ids = [item.get("id", "") for item in chosen]
    domains = {item.get("domain", "") for item in chosen}
    if not all(ids) or len(set(ids)) != len(ids) or domains != {assets.INTERNAL, assets.EXTERNAL}:
        raise AnswersRefused(
            _("Each item needs its own id, and both domains, internal and external, need items.")
        )
    last = AssetDefinition.objects.filter(partner=partner, slug=slug).aggregate(last=Max("version"))["last"]
    definition = AssetDefinition.objects.create(
        partner=partner,
        slug=slug,
        version=(last or 0) + 1,
        name=name,
        items=[{key: item[key] for key in ("id", "domain", "area")} for item in chosen],
        minimum=minimum,
        maximum=maximum,
    )
    record("asset_survey.defined", by=by, about=definition, items=len(chosen))
    return definition


@transaction.atomic
def record_asset_survey(
    *,
    person: Person,
    definition: AssetDefinition,
    completed_on: date,
    answers: Mapping[str, int | None],
    by: User | None,
    batch: ImportBatch | None = None,
) -> AssetSurvey:
    """Score and keep one completion of an asset survey.

    Args:
        by: who writes it down; None where the person filled it in on their own page.

    Raises:
        NotYours: the user does not keep records for the person's partner.
        AnswersRefused: an answer out of range or to an unknown item.
        NotPossibleNow: a day yet to come, another partner's survey, or one is kept for that day already.
    """
    if by is not None:
        check(by, "survey.record", person)
    if completed_on > timezone.localdate():
        raise NotPossibleNow(_("That day is yet to come. Choose today or a day before."))
    if definition.partner_id != person.partner_id:
        raise NotPossibleNow(_("This survey belongs to another partner."))
    given = assets.check_answers(definition, answers)
    found = assets.score(definition, given)
    try:
        with transaction.atomic():
            survey = AssetSurvey.objects.create(
                partner_id=person.partner_id,
                person=person,
                definition=definition,
                completed_on=completed_on,
                answers=given,
                internal=found.internal,
                external=found.external,
                total=found.total,
                batch=batch,
                recorded_by=by,
            )
    except IntegrityError as error:
        raise NotPossibleNow(_("One is kept for this person and day already.")) from error
    record("asset_survey.recorded", by=by, about=survey)
    return survey
