"""After a database was put back from a copy: what was taken back since is taken back again.

The tombstones outside the database say what must be gone. While one of them is done and this database does
not know it, neither the site nor a worker starts.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import ngettext

from accounts import wall
from enquiries import sweep, tombstones
from enquiries.actions import replay_tombstone
from enquiries.models import Contributor, Withdrawal, WithdrawalState
from enquiries.tombstones import Tombstone


class ReplayNeeded(Exception):
    """The database knows less than the tombstones; `str()` is the sentence that says what to run."""


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


def check_replayed() -> None:
    """Raise ReplayNeeded while a tombstone is outstanding. Without tombstones the database is not asked."""
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


@dataclass(frozen=True, slots=True)
class Replayed:
    """One tombstone that was replayed: `is_new` where the database had not known of it at all."""

    tombstone: str
    partner_id: int
    is_new: bool
    removed: int


def replay_all() -> Iterator[Replayed]:
    """Take back in this database whatever tombstones say and it does not know, one by one, swept to its end.

    May be killed and run again: what was replayed is known, what was not comes next.

    Raises:
        Exception: whatever a step of a sweep raised; the site stays shut.
    """
    for tombstone in outstanding():
        with wall.acting_for(partners=[tombstone.partner_id]):
            is_new = not Withdrawal.objects.filter(tombstone=tombstone.id).exists()
            row = replay_tombstone(tombstone=tombstone)
            if row is None:
                continue
            done = sweep.sweep(row.pk)
            yield Replayed(tombstone.id, tombstone.partner_id, is_new, sum(done.counts().values()))
