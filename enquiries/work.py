"""Long work: asked for, claimed, reported on, ended, tried again. Pages show `Work`; procrastinate runs it.

A task takes `work_id` and `partner_id` and is wrapped in `for_its_partner`, so that it sees the rows of that
partner alone. Its first act is `claim`, which only one worker can win; its last is
`finish` or `fail`. A task that was killed is found by the rescue and claimed anew, so it must be able to
run twice.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial, wraps

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as queue_app
from procrastinate.contrib.django.django_connector import DjangoConnector

from accounts import wall
from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import refusals
from enquiries.errors import NotPossibleNow
from enquiries.models import Enquiry, Work, WorkState

logger = logging.getLogger(__name__)

# A running task reports at least this often; one that has been quiet for longer was killed.
QUIET_AFTER = timedelta(seconds=90)


@transaction.atomic
def start(
    *,
    kind: str,
    task: str,
    about_id: int,
    partner_id: int,
    enquiry: Enquiry | None = None,
    by: User | None = None,
    queue: str = "default",
    unit: str = "",
    total: int = 0,
) -> Work:
    """Ask for long work. It is queued in this transaction: if that fails, nothing was asked."""
    work = Work.objects.create(
        kind=kind,
        task=task,
        about_id=about_id,
        partner_id=partner_id,
        enquiry=enquiry,
        asked_by=by,
        queue=queue,
        unit=unit,
        total=total,
    )
    defer(work)
    return work


def defer(work: Work) -> None:
    """Put the job of a queued row in the queue. Use `start` and `retry`; the rescue is the other caller."""
    task = queue_app.configure_task(work.task, queue=work.queue, allow_unknown=False)
    arguments = {"work_id": work.pk, "partner_id": work.partner_id}
    if isinstance(queue_app.connector, DjangoConnector):
        task.defer(**arguments)
    else:
        # A worker's queue has a connection of its own, which does not see this transaction: a job sent now
        # could be taken up before its row is there.
        transaction.on_commit(partial(task.defer, **arguments))


def for_its_partner(job: Callable[[int], None]) -> Callable[..., None]:
    """Make a task of a function that takes a work's id, behind the wall, for the job's own partner.

    The partner stands in the job itself. Where the row is another partner's by now, or gone, the job sees
    nothing of it: it is refused and written down, as is what the gate refuses to the job.
    """

    @wraps(job)
    def run(work_id: int, partner_id: int) -> None:
        with wall.acting_for(partners=[partner_id]), refusals.written(f"{job.__module__}.{job.__name__}"):
            if Work.objects.filter(pk=work_id).exists():
                job(work_id)
                return
            logger.warning("Work %s is not there for partner %s; its job was refused", work_id, partner_id)
            record("work.refused", by=None, partner_id=partner_id, work=work_id)

    return run


def claim(work_id: int) -> Work | None:
    """Take the work for this worker; None when another has it or it has ended."""
    now = timezone.now()
    taken = Work.objects.filter(
        Q(state=WorkState.QUEUED) | Q(state=WorkState.RUNNING, heard_from_at__lt=now - QUIET_AFTER),
        pk=work_id,
    ).update(
        state=WorkState.RUNNING,
        started_at=now,
        heard_from_at=now,
        reason="",
        finished_at=None,
        attempts=F("attempts") + 1,
    )
    return Work.objects.select_related("asked_by", "enquiry").get(pk=work_id) if taken else None


def progress(work: Work, *, done: int, total: int | None = None) -> None:
    """Say how far the work is, in the unit of the row. Also tells the rescue that the worker lives."""
    changes: dict[str, object] = {"done": done, "heard_from_at": timezone.now()}
    if total is not None:
        changes["total"] = total
    # Only the worker that holds the row now: one that was given up for dead may wake and report.
    Work.objects.filter(pk=work.pk, state=WorkState.RUNNING, attempts=work.attempts).update(**changes)


def finish(work: Work) -> None:
    Work.objects.filter(pk=work.pk).update(
        state=WorkState.FINISHED, done=F("total"), finished_at=timezone.now(), reason=""
    )


def fail(work: Work, reason: str, *, waiting: bool = False) -> None:
    """End the work with a sentence for people. `waiting` when it only lacks something, such as weights."""
    Work.objects.filter(pk=work.pk).update(
        state=WorkState.WAITING if waiting else WorkState.FAILED, reason=reason, finished_at=timezone.now()
    )


@transaction.atomic
def retry(*, work: Work, by: User) -> None:
    """Queue failed or waiting work again. A second press changes nothing.

    Raises:
        NotYours: the user may not ask for work at this partner.
        NotPossibleNow: it is queued or done.
    """
    check(by, "work.retry", work)
    changed = Work.objects.filter(pk=work.pk, state__in=[WorkState.FAILED, WorkState.WAITING]).update(
        state=WorkState.QUEUED, reason="", finished_at=None, asked_by=by
    )
    if not changed:
        raise NotPossibleNow(_("This is already queued or done. Nothing was changed."))
    work.refresh_from_db()
    record("work.retried", by=by, about=work, kind=work.kind)
    defer(work)


def forget(*, kind: str, about: Iterable[int]) -> int:
    """Take out what was done, or asked to be done, about rows that go: the rows of work and their jobs.

    A job's arguments and events go with it. One that runs at this moment ends by itself: its work is no
    longer there, so nothing it finds is kept.
    """
    works = Work.objects.filter(kind=kind, about_id__in=list(about))
    ids = list(works.values_list("pk", flat=True))
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE (args->>'work_id')::bigint = ANY(%s) AND status <> 'doing'",
            [ids],
        )
    return works.delete()[1].get("enquiries.Work", 0)
