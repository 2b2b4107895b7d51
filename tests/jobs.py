"""Runs jobs inside a test: on the test's own connection and in its transaction, as a worker would."""

import asyncio
import json
import threading
import time
from typing import Any

from asgiref.sync import async_to_sync
from django.db import connections
from procrastinate.contrib.django import app
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job, Status

# More than any real chain of jobs: a task that defers itself for ever should fail its test.
MOST_JOBS = 500


def run_due_jobs(*queues: str) -> list[Job]:
    """Run every job that is due, those that they defer included, oldest first.

    A job whose task raises is marked failed, or put back as its retry says, just as a worker does; the
    error itself is not raised. Jobs deferred on commit appear once the transaction has ended: in an
    ordinary database test put `django_capture_on_commit_callbacks(execute=True)` around the action.

    Args:
        queues: names of the queues to run; none means all.

    Returns:
        The jobs in the order they ran, each once for every time it ran.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _run(queues)
    # A browser test holds a running loop in this thread; its rows are committed, so another thread sees them.
    outcome: list[Any] = []

    def in_thread() -> None:
        try:
            outcome.append(_run(queues))
        except BaseException as error:  # noqa: BLE001 (raised again in the test's own thread)
            outcome.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def _run(queues: tuple[str, ...]) -> list[Job]:
    app.perform_import_paths()
    manager = app.job_manager
    worker = async_to_sync(manager.register_worker)()
    ran: list[Job] = []
    try:
        while job := async_to_sync(manager.fetch_job)(list(queues) or None, worker):
            if isinstance(job.task_kwargs, str):
                # Django's connection gives JSON as text, where a worker's own connection reads it.
                job = job.evolve(task_kwargs=json.loads(job.task_kwargs))
            _run_one(job)
            ran.append(job)
            if len(ran) >= MOST_JOBS:
                raise AssertionError(f"{MOST_JOBS} jobs ran and more are due; the last was {job.task_name}.")
    finally:
        async_to_sync(manager.unregister_worker)(worker)
    return ran


def _run_one(job: Job) -> None:
    manager = app.job_manager
    task = app.tasks[job.task_name]
    context = JobContext(app=app, job=job, start_timestamp=time.time(), abort_reason=lambda: None)
    arguments = [context] if task.pass_context else []
    try:
        if asyncio.iscoroutinefunction(task.func):
            async_to_sync(task.func)(*arguments, **job.task_kwargs)
        else:
            task(*arguments, **job.task_kwargs)
    except Exception as error:  # noqa: BLE001 (a worker goes on after any failure too)
        again = task.get_retry_exception(exception=error, job=job)
        if again is None:
            async_to_sync(manager.finish_job)(job, Status.FAILED, False)
        else:
            decision = again.retry_decision
            async_to_sync(manager.retry_job)(
                job, decision.retry_at, decision.priority, decision.queue, decision.lock
            )
    else:
        async_to_sync(manager.finish_job)(job, Status.SUCCEEDED, False)
