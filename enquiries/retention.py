"""How long what is kept: separate clocks, one for each kind of thing, run every hour.

The right keeps the register, the left fills it: each app enters a clock for what it holds, in
`AppConfig.ready()`. A clock says for an enquiry what will fall, on which day and why, and removes one thing
that fell. A legal hold on the enquiry, or on anybody concerned, pauses it.

Each thing goes in a transaction of its own together with the line in the record that says what kind, when and
why, never what stood in it. A run that is killed goes on with the next one.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent
from enquiries.errors import NotPossibleNow
from enquiries.models import Contributor, Conversation, Enquiry, LegalHold

logger = logging.getLogger(__name__)

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Falling:
    """One thing that a clock will remove.

    Attributes:
        about: the conversation or the voice it belongs to.
        voices: ids of the contributors concerned; a hold on one of them pauses it.
        on: the first day on which it is removed; None while that cannot be said.
        why: why on that day, as a short fixed word for the record, such as "after_verified".
        waits_for: where `on` is None, what it waits for, for people.
    """

    about: Conversation | Contributor
    voices: frozenset[int]
    on: date | None
    why: str
    waits_for: str | Promise = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """What one kind of thing is kept for.

    Attributes:
        name: kind of the thing, as the record has it.
        label: the same for people.
        says: how long it is kept in this enquiry, in a sentence.
        falling: everything of the enquiry that the clock will remove, now or later.
        remove: takes one thing away inside the caller's transaction; counts by kind. May be called twice.
    """

    name: str
    label: str | Promise
    says: Callable[[Enquiry], str]
    falling: Callable[[Enquiry], Iterable[Falling]]
    remove: Callable[[Falling], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Kept:
    """What no clock removes, and why: said beside the clocks, so that nothing is left unsaid."""

    label: str | Promise
    says: str | Promise


_clocks: dict[str, Clock] = {}


def register(clock: Clock) -> None:
    """Enter a clock. Entering the same name again replaces it, so that reloading is safe."""
    _clocks[clock.name] = clock


def clocks() -> list[Clock]:
    """Every clock, by name."""
    return [_clocks[name] for name in sorted(_clocks)]


# --- Holds --------------------------------------------------------------------------------------------


def held_voices(enquiry: Enquiry) -> frozenset[int]:
    """Ids of the voices of the enquiry that a hold stands on now."""
    found = LegalHold.objects.filter(contributor__enquiry=enquiry, ended_at=None)
    return frozenset(pk for pk in found.values_list("contributor_id", flat=True) if pk is not None)


def hold_on(enquiry: Enquiry) -> LegalHold | None:
    """The hold that stands on the whole enquiry now."""
    return LegalHold.objects.filter(enquiry=enquiry, ended_at=None).first()


@transaction.atomic
def place_hold(*, on: Enquiry | Contributor, reason: str, by: User) -> LegalHold:
    """Pause every clock for an enquiry or for one voice, until the hold is ended.

    Raises:
        NotYours: the user looks after no data at its partner.
        NotPossibleNow: no reason is given, or a hold stands on it already.
    """
    check(by, "hold.place", on)
    why = reason.strip()
    if not why:
        raise NotPossibleNow(_("Write why nothing may be erased, such as the letter that asks for it."))
    if len(why) > LONGEST_REASON:
        raise NotPossibleNow(_("Keep the reason under 300 characters."))
    # One at a time: the row itself makes a second press wait.
    type(on)._default_manager.select_for_update().get(pk=on.pk)
    what = {"enquiry": on} if isinstance(on, Enquiry) else {"contributor": on}
    if LegalHold.objects.filter(ended_at=None, **what).exists():
        raise NotPossibleNow(_("A hold stands on this already. End that one first to give another reason."))
    hold = LegalHold.objects.create(partner_id=on.partner_id, reason=why, placed_by=by, **what)
    record("hold.placed", by=by, about=on, hold=hold.pk)
    return hold


@transaction.atomic
def end_hold(*, hold: LegalHold, by: User) -> None:
    """Let the clocks run on. What fell due meanwhile goes at their next run.

    Raises:
        NotYours: the user looks after no data at its partner. NotPossibleNow: it has ended already.
    """
    check(by, "hold.place", hold)
    ended = LegalHold.objects.filter(pk=hold.pk, ended_at=None).update(ended_at=timezone.now(), ended_by=by)
    if not ended:
        raise NotPossibleNow(_("This hold has ended already. Nothing was changed."))
    hold.refresh_from_db()
    record("hold.ended", by=by, about=hold.enquiry or hold.contributor, hold=hold.pk)


# --- The run ------------------------------------------------------------------------------------------


def run_clocks(today: date | None = None) -> dict[str, int]:
    """Remove all that fell due at the partner whose door stands open; counts by kind of thing.

    A thing that cannot be removed is logged by id and stays for the next day; the others go.
    """
    day = today or timezone.localdate()
    gone: dict[str, int] = {}
    for enquiry in Enquiry.objects.order_by("pk"):
        for clock in clocks():
            for thing in list(clock.falling(enquiry)):
                try:
                    gone[clock.name] = gone.get(clock.name, 0) + _remove(clock, enquiry, thing, day)
                except Exception:
                    logger.exception(
                        "%s of %s %s stays", clock.name, type(thing.about).__name__, thing.about.pk
                    )
    return {name: count for name, count in gone.items() if count}


@transaction.atomic
def _remove(clock: Clock, enquiry: Enquiry, thing: Falling, day: date) -> int:
    if thing.on is None or thing.on > day:
        return 0
    # A hold that is placed at this moment waits for this row, or we wait for it.
    Enquiry.objects.select_for_update().get(pk=enquiry.pk)
    consent.hold(thing.voices)
    if hold_on(enquiry) is not None or held_voices(enquiry) & thing.voices:
        return 0
    counts = {kind: n for kind, n in clock.remove(thing).items() if n}
    if not counts:
        return 0
    record(
        "retention.removed",
        by=None,
        about=thing.about,
        kind=clock.name,
        why=thing.why,
        fell_on=thing.on.isoformat(),
        **counts,
    )
    return 1


# --- What is shown ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """How one clock stands for one enquiry.

    Attributes:
        due: how much falls today or fell before; paused by a hold, or gone at the next run.
        later: how much falls on a known day after today; `next_on` is the first such day.
        waiting: sentences on what no day can be named for, with how much.
    """

    label: str | Promise
    says: str
    due: int
    held: int
    later: int
    next_on: date | None
    waiting: list[tuple[str, int]]


def standings(enquiry: Enquiry, today: date | None = None) -> list[Standing]:
    """Every clock of an enquiry as it stands."""
    day = today or timezone.localdate()
    is_held, held = hold_on(enquiry) is not None, held_voices(enquiry)
    found = []
    for clock in clocks():
        things = list(clock.falling(enquiry))
        days = [thing.on for thing in things if thing.on is not None and thing.on > day]
        due = [thing for thing in things if thing.on is not None and thing.on <= day]
        waiting: dict[str, int] = {}
        for thing in things:
            if thing.on is None:
                waiting[str(thing.waits_for)] = waiting.get(str(thing.waits_for), 0) + 1
        found.append(
            Standing(
                label=clock.label,
                says=clock.says(enquiry),
                due=len(due),
                held=sum(is_held or bool(held & thing.voices) for thing in due),
                later=len(days),
                next_on=min(days, default=None),
                waiting=sorted(waiting.items()),
            )
        )
    return found
