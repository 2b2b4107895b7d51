"""The sweep: removes what a withdrawal leaves behind, step by step, and can be killed at any moment.

Each step runs in a transaction together with its own mark, so after a kill the sweep goes on at the step that
was under way. Nothing of this decides what may be shown: the gate closed before the first step.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from procrastinate.contrib.django import app as queue_app
from procrastinate.contrib.django.django_connector import DjangoConnector

from accounts import wall
from audit.actions import record
from enquiries import consent, tombstones, withdrawal
from enquiries.models import Contributor, Scope, Withdrawal, WithdrawalState
from enquiries.tombstones import Tombstone
from enquiries.withdrawal import Handler

logger = logging.getLogger(__name__)

# A queue of its own, with a worker of its own: never behind hours of transcription.
QUEUE = "withdrawal"
TASK = "enquiries.tasks.sweep_withdrawal"
# The mark that the tombstone outside the database has been completed too.
COMPLETED = "tombstone"
# A sweep that stopped is tried again after one minute, then two, four … up to an hour.
LONGEST_WAIT = timedelta(hours=1)


def defer(row: Withdrawal) -> None:
    """Queue the sweep of a withdrawal in the transaction that made it."""
    task = queue_app.configure_task(TASK, queue=QUEUE, allow_unknown=False)
    arguments = {"withdrawal_id": row.pk, "partner_id": row.partner_id}
    if isinstance(queue_app.connector, DjangoConnector):
        task.defer(**arguments)
    else:
        # A worker's queue has a connection of its own, which does not see this transaction.
        transaction.on_commit(lambda: task.defer(**arguments))


def tombstone_of(row: Withdrawal) -> Tombstone:
    """What the ledger outside the database says of a withdrawal as it stands now."""
    return Tombstone(
        id=str(row.tombstone),
        handle=str(row.contributor.handle),
        partner_id=row.partner_id,
        asked_at=row.asked_at.isoformat(),
        method=row.method,
        scopes=tuple(row.scopes),
        steps=tuple(name for name in row.steps if name != COMPLETED),
        is_done=row.is_done,
        done_at=row.finished_at.isoformat() if row.finished_at is not None else "",
    )


def sweep(withdrawal_id: int) -> Withdrawal:
    """Run every step that has not been run, then mark the withdrawal done and complete its tombstone.

    Safe to run twice, at once with another, and after a kill at any moment.

    Raises:
        Exception: whatever a step raised; its transaction is undone, those before it stand.
    """
    row = Withdrawal.objects.select_related("contributor").get(pk=withdrawal_id)
    if COMPLETED in row.steps:
        return row
    # A kill between the commit of the withdrawal and this moment leaves no tombstone behind.
    tombstones.keep(tombstone_of(row))
    for name, handler in withdrawal.steps():
        if name in row.steps:
            continue
        if getattr(handler, "has_own_transactions", False):
            _mark(row.pk, name, handler(row.contributor, frozenset(row.scopes)))
        else:
            _run(row.pk, name, handler)
    _finish(row.pk)
    row.refresh_from_db()
    tombstones.keep(tombstone_of(row))
    _mark(row.pk, COMPLETED, {})
    row.refresh_from_db()
    return row


def _locked(withdrawal_id: int) -> Withdrawal:
    return (
        Withdrawal.objects.select_for_update(of=("self",)).select_related("contributor").get(pk=withdrawal_id)
    )


@transaction.atomic
def _run(withdrawal_id: int, name: str, handler: Handler) -> None:
    if getattr(handler, "holds_voice", False):
        # The voice before its withdrawal, as whoever presses a second time locks them.
        consent.hold(Withdrawal.objects.filter(pk=withdrawal_id).values_list("contributor_id", flat=True))
    row = _locked(withdrawal_id)
    if name in row.steps or row.is_done:
        return
    counts = handler(row.contributor, frozenset(row.scopes))
    row.state = WithdrawalState.SWEEPING
    row.steps = {**row.steps, name: _said(counts)}
    row.save(update_fields=["state", "steps"])


def _said(counts: Mapping[str, int]) -> dict[str, object]:
    found = {kind: count for kind, count in counts.items() if count}
    return {"at": timezone.now().isoformat(timespec="seconds"), **found}


@transaction.atomic
def _mark(withdrawal_id: int, name: str, counts: Mapping[str, int]) -> None:
    row = _locked(withdrawal_id)
    if name not in row.steps:
        row.steps = {**row.steps, name: _said(counts)}
        row.save(update_fields=["steps"])


@transaction.atomic
def _finish(withdrawal_id: int) -> None:
    row = _locked(withdrawal_id)
    if row.is_done:
        return
    row.state, row.finished_at, row.problem = WithdrawalState.DONE, timezone.now(), ""
    row.save(update_fields=["state", "finished_at", "problem"])
    record("withdrawal.swept", by=None, about=row, steps=len(row.steps), **row.counts())


def sweep_or_note(withdrawal_id: int) -> bool:
    """Sweep; where a step stops, note why for the data guardian and give back False.

    The reason kept is the kind of the error, never its text, which might quote a row.
    """
    try:
        sweep(withdrawal_id)
    except Exception as error:  # noqa: BLE001 (the edge: whatever it was, it is noted and tried again)
        # Without its text and its trace, which might quote a row: the log holds ids and counts.
        logger.warning("Withdrawal %s stopped: %s", withdrawal_id, type(error).__name__)
        Withdrawal.objects.filter(pk=withdrawal_id).update(
            problem=type(error).__name__, tries=F("tries") + 1, tried_at=timezone.now()
        )
        return False
    return True


def unfinished(*, now: datetime | None = None) -> list[int]:
    """Ids of withdrawals whose sweep should be going on and may not be, at the partners before us.

    Those that stopped come again after a while that doubles with each try.
    """
    moment = now or timezone.now()
    rows = Withdrawal.objects.exclude(steps__has_key=COMPLETED).order_by("pk")
    return [row.pk for row in rows if row.tried_at is None or row.tried_at + _wait(row.tries) <= moment]


def _wait(tries: int) -> timedelta:
    return min(timedelta(minutes=2 ** min(max(tries - 1, 0), 10)), LONGEST_WAIT)


def sweep_unfinished() -> int:
    """Sweep whatever is unfinished, partner by partner; how many came to their end.

    Called when the worker of this queue starts, and every minute by the clock: a killed worker's sweep is
    taken up again without waiting for the queue to notice.
    """
    finished = 0
    for _partner_id in wall.each_partner():
        finished += sum(sweep_or_note(each) for each in unfinished())
    return finished


def is_going_on(contributor: Contributor, scope: Scope | None = None) -> bool:
    """Whether something this voice took back, or `scope` alone, is still being removed."""
    rows = contributor.withdrawals.exclude(state=WithdrawalState.DONE)
    return (rows if scope is None else rows.filter(scopes__contains=[scope.value])).exists()
