"""The rescue: work whose worker was killed is found and done anew. And the sweeps of withdrawals.

procrastinate notices that a worker is gone but does not run its jobs again. Every minute this task does,
without a `lock` of its own: a killed worker would hold that for ever.
"""

import logging
from datetime import timedelta

from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate import utils
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import wall
from audit.actions import record
from enquiries import retention, sweep, wishes, work
from enquiries.models import Work, WorkState

logger = logging.getLogger(__name__)

# A worker says every ten seconds that it lives.
SILENT_FOR_S = 30
# Queued work gets its job in the same moment; one without for this long has lost it.
LOST_AFTER = timedelta(minutes=2)
# What ends its worker time and again (a file that takes all memory) is shown to a person instead. Every
# fifth attempt, so that a person's own retry gets five more.
MOST_ATTEMPTS = 5


@app.periodic(cron="* * * * *")
@app.task(name="enquiries.tasks.rescue", queueing_lock="enquiries.tasks.rescue")
def rescue(timestamp: int) -> dict[str, int]:
    """Every minute: run again what a killed worker left, and queue again what has lost its job."""
    return rescue_stalled()


# Each hour and not each night: many a partner's machine is off at night, and a turn that was missed is not
# made up for. What fell due goes on the day it falls.
@app.periodic(cron="23 * * * *")
@app.task(name="enquiries.tasks.keep_clocks", queueing_lock="enquiries.tasks.keep_clocks")
def keep_clocks(timestamp: int) -> dict[str, int]:
    """Every hour: remove what was kept long enough, partner by partner; gives back counts by kind."""
    gone: dict[str, int] = {}
    for _partner_id in wall.each_partner():
        for name, count in retention.run_clocks().items():
            gone[name] = gone.get(name, 0) + count
    # Last: a file that cannot be read stops this, and no clock waits for it.
    for partner_id in wall.each_partner():
        wishes.settle(partner_id)
    return gone


def rescue_stalled() -> dict[str, int]:
    """Find the jobs of killed workers and the work that no job stands behind; gives back counts.

    A task that is rescued may still be running where a worker hung without dying. Tasks that store results
    therefore compare `attempts`, which each claim raises.
    """
    retried = 0
    stalled = async_to_sync(app.job_manager.get_stalled_jobs)(seconds_since_heartbeat=SILENT_FOR_S)
    # The arguments are read from the table: one kind of connection gives them as text.
    for job in ProcrastinateJob.objects.filter(pk__in=[job.id for job in stalled]):
        work_id, partner_id = job.args.get("work_id"), job.args.get("partner_id")
        if isinstance(work_id, int) and isinstance(partner_id, int):
            with wall.acting_for(partners=[partner_id]):
                _free(work_id)
        app.job_manager.retry_job_by_id(job.pk, retry_at=utils.utcnow())
        retried += 1
    queued = 0
    for _partner_id in wall.each_partner():
        queued += sum(_queue_again(work_id) for work_id in _without_job())
    if retried or queued:
        logger.info("Rescue: %s jobs run again, %s queued again", retried, queued)
    return {"retried": retried, "queued": queued}


@transaction.atomic
def _free(work_id: int) -> None:
    """Let the next worker claim the row at once; end it where it has ended its worker too often."""
    row = Work.objects.select_for_update().filter(pk=work_id, state=WorkState.RUNNING).first()
    if row is None:
        return
    if _was_tried_enough(row):
        _give_up(row)
        return
    Work.objects.filter(pk=row.pk).update(state=WorkState.QUEUED)
    record("work.rescued", by=None, about=row, kind=row.kind, attempts=row.attempts)


def _was_tried_enough(row: Work) -> bool:
    return row.attempts > 0 and row.attempts % MOST_ATTEMPTS == 0


def _give_up(row: Work) -> None:
    work.fail(
        row,
        _(
            "The machine stopped %(n)s times in the middle of this, perhaps for want of memory. "
            "Try again later."
        )
        % {"n": MOST_ATTEMPTS},
    )
    record("work.given_up", by=None, about=row, kind=row.kind, attempts=row.attempts)


def _without_job() -> list[int]:
    """Work that should be done and that no job in the queue will do."""
    now = timezone.now()
    quiet = Work.objects.filter(state=WorkState.RUNNING, heard_from_at__lt=now - work.QUIET_AFTER)
    # A retry leaves `asked_at` as it was, so its job may be seconds old: the queue itself is asked below.
    lost = Work.objects.filter(state=WorkState.QUEUED, asked_at__lt=now - LOST_AFTER)
    wanted = {*quiet.values_list("pk", flat=True), *lost.values_list("pk", flat=True)}
    if not wanted:
        return []
    served = ProcrastinateJob.objects.filter(status__in=["todo", "doing"], args__work_id__in=list(wanted))
    return sorted(wanted - {job.args["work_id"] for job in served})


@transaction.atomic
def _queue_again(work_id: int) -> int:
    row = (
        Work.objects.select_for_update()
        .filter(pk=work_id, state__in=[WorkState.RUNNING, WorkState.QUEUED])
        .first()
    )
    if row is None:
        return 0
    if _was_tried_enough(row):
        _give_up(row)
        return 0
    Work.objects.filter(pk=row.pk).update(state=WorkState.QUEUED)
    work.defer(row)
    record("work.rescued", by=None, about=row, kind=row.kind, attempts=row.attempts)
    return 1


@app.task(name=sweep.TASK, queue=sweep.QUEUE)
def sweep_withdrawal(withdrawal_id: int, partner_id: int) -> None:
    """Remove what somebody took back. Runs in its own queue, which transcription never fills."""
    with wall.acting_for(partners=[partner_id]):
        sweep.sweep_or_note(withdrawal_id)


@app.periodic(cron="* * * * *")
@app.task(
    name="enquiries.tasks.sweep_unfinished",
    queue=sweep.QUEUE,
    queueing_lock="enquiries.tasks.sweep_unfinished",
)
def sweep_unfinished(timestamp: int) -> int:
    """Every minute: take up again the sweeps that a kill or an error stopped."""
    return sweep.sweep_unfinished()
