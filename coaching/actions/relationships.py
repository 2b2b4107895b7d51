"""Walking alongside: starting, meeting, pausing, ending."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Partner, User
from accounts.permissions import check
from audit.actions import record
from coaching import states
from coaching.errors import NotPossibleNow
from coaching.models import (
    CoachingRelationship,
    CoachingSession,
    Ending,
    EndingKind,
    RelationshipState,
    WhoChanged,
)
from coaching.permissions import check_own_relationship
from enquiries.actions import add_person
from enquiries.models import Person, PlaceKind

LONGEST_MINUTES = 24 * 60


@transaction.atomic
def start_relationship(
    *,
    partner: Partner,
    by: User,
    started_on: date,
    called: str = "",
    person: Person | None = None,
    state: str = RelationshipState.TRYING_OUT,
    housing_tied: bool | None = None,
) -> CoachingRelationship:
    """Start walking alongside somebody: a person already known here, or someone new by what to call them.

    Raises:
        NotYours: the user does not coach at the partner.
        NotPossibleNow: nobody is named, a day that is yet to come, or already alongside this person.
    """
    check(by, "relationship.start", partner)
    _check_day(started_on)
    if state not in (RelationshipState.TRYING_OUT, RelationshipState.ACTIVE):
        raise NotPossibleNow(_("Something new is tried out first, or begins as working together."))
    if person is None:
        if not called.strip():
            raise NotPossibleNow(_("Write what to call them."))
        person = add_person(partner_id=partner.pk, by=by, called=called.strip())
    elif person.partner_id != partner.pk:
        raise NotPossibleNow(_("This person is not known at this partner."))
    try:
        with transaction.atomic():
            relationship = CoachingRelationship.objects.create(
                partner=partner,
                person=person,
                coach=by,
                started_on=started_on,
                state=state,
                housing_tied=housing_tied,
                added_by=by,
            )
    except IntegrityError as error:
        raise NotPossibleNow(_("You already walk alongside this person.")) from error
    record("relationship.started", by=by, about=relationship, state=state)
    return relationship


@transaction.atomic
def move_relationship(*, relationship: CoachingRelationship, to: str, by: User) -> CoachingRelationship:
    """Begin properly, pause, or pick up again. Ending has its own act, since it says how.

    Raises:
        NotYours: another coach's relationship.
        NotPossibleNow: the step is not in `coaching.states`.
    """
    check_own_relationship(by, relationship)
    locked = CoachingRelationship.objects.select_for_update().get(pk=relationship.pk)
    if to == RelationshipState.ENDED:
        raise NotPossibleNow(_("Say how it came to an end."))
    states.check_relationship_step(locked.state, to)
    before, locked.state = locked.state, to
    locked.save(update_fields=["state"])
    record("relationship.moved", by=by, about=locked, before=before, after=to)
    return locked


@transaction.atomic
def end_relationship(
    *,
    relationship: CoachingRelationship,
    kind: str,
    ended_on: date,
    by: User,
    talk_held: bool | None = None,
    door_left_open: bool | None = None,
) -> Ending:
    """Write down that it came to an end, and how. The person ends it; the coach only keeps the day.

    Raises:
        NotYours: another coach's relationship.
        NotPossibleNow: already ended, an unknown kind, a day before the start or yet to come.
    """
    check_own_relationship(by, relationship)
    _check_day(ended_on)
    locked = CoachingRelationship.objects.select_for_update().get(pk=relationship.pk)
    states.check_relationship_step(locked.state, RelationshipState.ENDED)
    if kind not in EndingKind.values:
        raise NotPossibleNow(_("Choose how it came to an end."))
    if ended_on < locked.started_on:
        raise NotPossibleNow(_("The last day lies before the first. Change the day."))
    locked.state, locked.ended_on = RelationshipState.ENDED, ended_on
    locked.save(update_fields=["state", "ended_on"])
    ending = Ending.objects.create(
        partner_id=locked.partner_id,
        relationship=locked,
        kind=kind,
        talk_held=talk_held,
        door_left_open=door_left_open,
        recorded_by=by,
    )
    record("relationship.ended", by=by, about=locked, kind=kind)
    return ending


@transaction.atomic
def record_session(
    *,
    relationship: CoachingRelationship,
    by: User,
    held_on: date,
    place_kind: str,
    minutes: int = 60,
) -> CoachingSession:
    """Keep that the two met: when, where, for how long.

    Raises:
        NotYours: another coach's relationship.
        NotPossibleNow: a day that is yet to come or before the start, an unknown place, no length.
    """
    check_own_relationship(by, relationship)
    _check_meeting(relationship, held_on, place_kind, minutes)
    session = CoachingSession.objects.create(
        partner_id=relationship.partner_id,
        relationship=relationship,
        held_on=held_on,
        minutes=minutes,
        place_kind=place_kind,
        was_met=True,
        recorded_by=by,
    )
    record("session.recorded", by=by, about=session, met=True)
    return session


@transaction.atomic
def record_missed_session(
    *, relationship: CoachingRelationship, by: User, held_on: date, changed_by: str = ""
) -> CoachingSession:
    """Keep that a meeting did not happen, and who changed it where that is known. No reason is kept.

    Raises:
        NotYours: another coach's relationship.
        NotPossibleNow: a day that is yet to come or before the start.
    """
    check_own_relationship(by, relationship)
    _check_day(held_on, relationship)
    if changed_by not in ("", *WhoChanged.values):
        raise NotPossibleNow(_("Choose who changed it, or leave that open."))
    session = CoachingSession.objects.create(
        partner_id=relationship.partner_id,
        relationship=relationship,
        held_on=held_on,
        was_met=False,
        changed_by=changed_by,
        recorded_by=by,
    )
    record("session.recorded", by=by, about=session, met=False)
    return session


@transaction.atomic
def change_session(
    *, session: CoachingSession, by: User, held_on: date, place_kind: str, minutes: int
) -> CoachingSession:
    """Put right the day, the place or the length of a meeting that was held; see `record_session`."""
    check_own_relationship(by, session.relationship)
    if not session.was_met:
        raise NotPossibleNow(_("This meeting did not happen. Take the line away and keep a new one."))
    _check_meeting(session.relationship, held_on, place_kind, minutes)
    session.held_on, session.place_kind, session.minutes = held_on, place_kind, minutes
    session.save(update_fields=["held_on", "place_kind", "minutes"])
    record("session.changed", by=by, about=session)
    return session


@transaction.atomic
def remove_session(*, session: CoachingSession, by: User) -> None:
    """Take away a line that was kept by mistake."""
    check_own_relationship(by, session.relationship)
    record("session.removed", by=by, about=session)
    session.delete()


def _check_meeting(relationship: CoachingRelationship, held_on: date, place_kind: str, minutes: int) -> None:
    _check_day(held_on, relationship)
    if place_kind not in PlaceKind.values:
        raise NotPossibleNow(_("Say where you met."))
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise NotPossibleNow(_("Say how long it was, in minutes."))


def _check_day(day: date, relationship: CoachingRelationship | None = None) -> None:
    if day > timezone.localdate():
        raise NotPossibleNow(_("That day is yet to come. Choose today or a day before."))
    if relationship is not None and day < relationship.started_on:
        raise NotPossibleNow(_("That day lies before you first met. Change the day."))
    if relationship is not None and relationship.ended_on and day > relationship.ended_on:
        raise NotPossibleNow(_("That day lies after this came to an end. Change the day."))
