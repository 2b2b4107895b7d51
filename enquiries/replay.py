"""After a database was put back from a copy: what was taken back since is taken back again.

The tombstones outside the database say what must be gone, and the wishes beside them what else people closed.
While there is one that this database does not know, neither the site nor a worker starts. Nor do they after
`restore` before a replay has ended, whatever the files say: on a new machine their folder may be empty, and
nothing would be outstanding.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import wall
from audit.actions import record
from audit.models import Event
from enquiries import sweep, tombstones, wishes
from enquiries.actions import replay_tombstone
from enquiries.models import Contributor, Withdrawal, WithdrawalState
from enquiries.tombstones import Tombstone

# Acts of the installation: a copy was put back, and what was taken back since was taken back again.
RESTORED = "backup.restored"
REPLAYED = "withdrawals.replayed"
# The wall shows acts of the installation where this is named, which is no partner's id.
_INSTALLATION = 0


class ReplayNeeded(Exception):
    """The database knows less than the tombstones; `str()` is the sentence that says what to run."""


class TombstonesMissing(Exception):
    """The folder lacks tombstones this database knows of; `str()` is a sentence that says what to do."""


def outstanding() -> list[Tombstone]:
    """Tombstones of voices in this database that it does not know as done, oldest first.

    One whose sweep this very database has not ended yet is not among them: its worker goes on with it. Nor
    is one of a voice the database has never heard of, since it holds nothing of it.

    Raises:
        TombstoneUnreadable: see `tombstones.read_all`.
    """
    by_partner: dict[int, list[Tombstone]] = defaultdict(list)
    for tombstone in tombstones.read_all():
        by_partner[tombstone.partner_id].append(tombstone)
    found: list[Tombstone] = []
    for partner_id, listed in by_partner.items():
        with wall.acting_for(partners=[partner_id]):
            found += _outstanding_here(listed)
    return sorted(found, key=lambda each: (each.asked_at, each.id))


def _outstanding_here(listed: list[Tombstone]) -> Iterator[Tombstone]:
    ids = [each.id for each in listed]
    states = {
        str(tombstone): state
        for tombstone, state in Withdrawal.objects.filter(tombstone__in=ids).values_list("tombstone", "state")
    }
    unknown = [each.handle for each in listed if each.id not in states]
    there = {
        str(handle)
        for handle in Contributor.objects.filter(handle__in=unknown).values_list("handle", flat=True)
    }
    for each in listed:
        if each.id in states:
            if each.is_done and states[each.id] != WithdrawalState.DONE:
                yield each
        elif each.handle in there:
            yield each


def is_put_back() -> bool:
    """Whether a copy was put back and no replay has ended since."""
    with wall.acting_for(partners=[_INSTALLATION]):
        last = (
            Event.objects.filter(partner_id=None, action__in=[RESTORED, REPLAYED])
            .order_by("-at", "-id")
            .values_list("action", flat=True)
            .first()
        )
    return last == RESTORED


def missing() -> list[Tombstone]:
    """Tombstones of withdrawals that this database has done and whose files are not there, oldest first.

    Where there are any, the folder is not the one that belongs to this database, or not all of it: what was
    taken back after the copy may then be missing from it as well.
    """
    here = {each.id for each in tombstones.read_all()}
    found: list[Tombstone] = []
    for _partner_id in wall.each_partner():
        rows = Withdrawal.objects.filter(steps__has_key=sweep.COMPLETED).exclude(scopes=[])
        found += [
            sweep.tombstone_of(row)
            for row in rows.select_related("contributor").order_by("asked_at", "pk")
            if str(row.tombstone) not in here
        ]
    return found


def check_replayed() -> None:
    """Raise ReplayNeeded while anything is outstanding, or no replay has ended since a restore."""
    n = len(outstanding())
    if n:
        raise ReplayNeeded(
            ngettext(
                "This database does not know of %(n)d withdrawal that was made: it was put back from an "
                "older copy. Run `manage.py replay_withdrawals`, then start again.",
                "This database does not know of %(n)d withdrawals that were made: it was put back from an "
                "older copy. Run `manage.py replay_withdrawals`, then start again.",
                n,
            )
            % {"n": n}
        )
    n = len(wishes.outstanding())
    if n:
        raise ReplayNeeded(
            ngettext(
                "This database does not know of %(n)d thing that somebody closed (a part of their words, a "
                "quote, a card): it was put back from an older copy. Run `manage.py replay_withdrawals`, "
                "then start again.",
                "This database does not know of %(n)d things that people closed (parts of their words, "
                "quotes, cards): it was put back from an older copy. Run `manage.py replay_withdrawals`, "
                "then start again.",
                n,
            )
            % {"n": n}
        )
    if is_put_back():
        raise ReplayNeeded(
            _(
                "This database was put back from a copy. Run `manage.py replay_withdrawals`, so that what "
                "was taken back since is taken back again; then start again."
            )
        )


@dataclass(frozen=True, slots=True)
class Replayed:
    """One tombstone that was replayed: `is_new` where the database had not known of it at all."""

    tombstone: str
    partner_id: int
    is_new: bool
    removed: int


@dataclass(frozen=True, slots=True)
class Redone:
    """One wish that was carried out again. `is_placed` False: what it is about was not found here."""

    wish: str
    kind: str
    partner_id: int
    is_placed: bool


def replay_all(*, without_missing: bool = False) -> Iterator[Replayed | Redone]:
    """Take back in this database whatever tombstones say and it does not know, one by one, swept to its end;
    then close again what people closed since.

    May be killed and run again: what was replayed is known, what was not comes next. At its end it is written
    down that this was done, which opens a site that was put back from a copy.

    Args:
        without_missing: the folder of tombstones is lost for good. Those that this database knows of are
            written anew, and whatever was taken back since the copy has to be asked for again.

    Raises:
        TombstonesMissing: the folder lacks some that this database knows of. Nothing was changed.
        Exception: whatever a step of a sweep raised; the site stays shut.
    """
    lost, lost_wishes = missing(), wishes.missing()
    if (lost or lost_wishes) and not without_missing:
        raise TombstonesMissing(_not_in_the_folder(len(lost), len(lost_wishes)))
    for each in lost:
        tombstones.keep(each)
    wishes.keep_missing(lost_wishes)
    n = n_redone = 0
    for tombstone in outstanding():
        with wall.acting_for(partners=[tombstone.partner_id]):
            is_new = not Withdrawal.objects.filter(tombstone=tombstone.id).exists()
            row = replay_tombstone(tombstone=tombstone)
            if row is None:
                continue
            done = sweep.sweep(row.pk)
            n += 1
            yield Replayed(tombstone.id, tombstone.partner_id, is_new, sum(done.counts().values()))
    for wish in wishes.outstanding(with_unsure=True):
        with wall.acting_for(partners=[wish.partner_id]):
            is_placed = wishes.replay(wish)
        n_redone += 1
        yield Redone(wish.id, wish.kind, wish.partner_id, is_placed)
    if is_put_back():
        _end_visits()
    record(REPLAYED, by=None, withdrawals=n, wishes=n_redone, lost=len(lost) + len(lost_wishes))


def _not_in_the_folder(n: int, n_wishes: int) -> str:
    said = []
    if n:
        said.append(
            ngettext(
                "This database knows of %(n)d withdrawal that is not in the folder of tombstones.",
                "This database knows of %(n)d withdrawals that are not in the folder of tombstones.",
                n,
            )
            % {"n": n}
        )
    if n_wishes:
        said.append(
            ngettext(
                "This database knows of %(n)d thing somebody closed that is not beside the tombstones.",
                "This database knows of %(n)d things people closed that are not beside the tombstones.",
                n_wishes,
            )
            % {"n": n_wishes}
        )
    said.append(
        _(
            "So what was taken back since may be missing there too. Bring the folder back with "
            "`manage.py restore_keyring`, and run this again. If no copy of it is left, say "
            "--without-missing."
        )
    )
    return " ".join(said)


def _end_visits() -> None:
    """Who was signed in when the copy was made is not signed in now, and no visit of a person's goes on."""
    Session.objects.all().delete()
    for _partner_id in wall.each_partner():
        wishes.before_opening()
