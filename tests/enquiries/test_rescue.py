"""Work whose worker was killed is found and done anew; work that lost its job is queued again."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from audit.models import Event
from enquiries import tasks, work
from enquiries.models import Work, WorkState
from tests.factories.accounts import colleague
from tests.factories.enquiries import WorkFactory
from tests.factories.transcripts import RecordingFactory
from tests.paths import REPOSITORY
from tests.processes import until
from tests.transcripts import sounds
from transcripts.actions import request_transcription
from transcripts.models import Transcript
from transcripts.models.raw import Piece, RawVersion

LONG_AGO = timezone.now() - timedelta(hours=1)


def make_stalled(row: Work) -> ProcrastinateJob:
    """As a killed worker leaves it: the job `doing`, no worker behind it."""
    work.defer(row)
    job = ProcrastinateJob.objects.get(args__work_id=row.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL WHERE id = %s", [job.pk]
        )
    return job


@pytest.mark.django_db
def test_a_killed_workers_job_runs_again_and_its_work_can_be_claimed_at_once() -> None:
    row = WorkFactory(running=True)
    job = make_stalled(row)
    assert tasks.rescue_stalled() == {"retried": 1, "queued": 0}
    job.refresh_from_db()
    row.refresh_from_db()
    assert (job.status, row.state) == ("todo", WorkState.QUEUED)
    assert work.claim(row.pk) is not None
    assert Event.objects.filter(action="work.rescued", object_id=str(row.pk)).exists()


@pytest.mark.django_db
def test_work_that_stops_its_worker_again_and_again_is_shown_to_a_person() -> None:
    row = WorkFactory(running=True, attempts=5)
    make_stalled(row)
    tasks.rescue_stalled()
    row.refresh_from_db()
    assert (row.state, "5 times" in row.reason) == (WorkState.FAILED, True)
    # Its job runs once more, finds nothing to claim and ends.
    assert work.claim(row.pk) is None


@pytest.mark.django_db
def test_a_persons_retry_gives_such_work_five_more_attempts() -> None:
    row = WorkFactory(running=True, attempts=6)
    make_stalled(row)
    tasks.rescue_stalled()
    row.refresh_from_db()
    assert row.state == WorkState.QUEUED


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lost",
    [
        {"running": True, "heard_from_at": LONG_AGO},
        {"state": WorkState.QUEUED},
    ],
    ids=["quiet", "queued without a job"],
)
def test_work_that_no_job_stands_behind_is_queued_again(lost: dict[str, Any]) -> None:
    row = WorkFactory(**lost)
    Work.objects.filter(pk=row.pk).update(asked_at=LONG_AGO)
    assert tasks.rescue_stalled() == {"retried": 0, "queued": 1}
    row.refresh_from_db()
    assert row.state == WorkState.QUEUED
    assert ProcrastinateJob.objects.filter(status="todo", args__work_id=row.pk).count() == 1
    assert tasks.rescue_stalled() == {"retried": 0, "queued": 0}


@pytest.mark.django_db
@pytest.mark.parametrize("trait", ["running", "waiting", "failed", "finished"])
def test_work_that_is_alive_or_ended_is_left_alone(trait: str) -> None:
    row = WorkFactory(**{trait: True})
    Work.objects.filter(pk=row.pk).update(asked_at=LONG_AGO)
    assert tasks.rescue_stalled() == {"retried": 0, "queued": 0}


@pytest.mark.django_db
def test_the_rescue_waits_in_the_queue_only_once_and_holds_no_lock() -> None:
    from procrastinate.contrib.django import app

    task = app.tasks["enquiries.tasks.rescue"]
    assert task.lock is None
    assert task.queueing_lock == "enquiries.tasks.rescue"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_of_a_transcription_repeats_one_piece_at_most(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    minutes = 24
    # One line in the first piece and many in the others: the kill has half a minute to come in between.
    spoken = (0, *range(10, minutes))
    said = [(m * 60_000 + 1000, m * 60_000 + 3000, f"Minute {m}.") for m in spoken]
    script = sounds.script(tmp_path / "script.json", said, delay_ms=3000)
    settings.WHISPER_ENGINE, settings.WHISPER_MODEL = "fake", str(script)
    data = sounds.wav(sounds.tones(*[(58_000, True), (2000, False)] * minutes))
    recording = RecordingFactory(data=data, duration_ms=minutes * 60_000)
    asked = request_transcription(recording=recording, by=colleague(recording.partner))

    def worker(*, wait: bool) -> subprocess.Popen[bytes]:
        given = {
            "database": connection.settings_dict["NAME"],
            "settings": {
                name: str(getattr(settings, name))
                for name in ("STORE_DIR", "KEYRING_DIR", "WHISPER_ENGINE", "WHISPER_MODEL")
            },
            "queues": ["transcription"],
            "wait": wait,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "tests.worker", json.dumps(given)], cwd=REPOSITORY, start_new_session=True
        )

    first = worker(wait=True)
    try:
        assert until(Piece.objects.filter(result__isnull=False).exists, within_s=150)
    finally:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    done = dict(Piece.objects.filter(result__isnull=False).values_list("number", "finished_at"))
    # Killed in the middle: some pieces are there, and some are not.
    assert done
    assert len(done) < Piece.objects.count()
    asked.refresh_from_db()
    assert asked.state == WorkState.RUNNING

    monkeypatch.setattr(tasks, "SILENT_FOR_S", 1)
    time.sleep(1.5)
    assert tasks.rescue_stalled()["retried"] == 1
    sounds.script(script, said)
    second = worker(wait=False)
    assert second.wait(timeout=250) == 0

    asked.refresh_from_db()
    assert (asked.state, asked.attempts) == (WorkState.FINISHED, 2)
    after = dict(Piece.objects.values_list("number", "finished_at"))
    assert {number: after[number] for number in done} == done
    version = RawVersion.objects.get(transcript=Transcript.objects.get(conversation=recording.conversation))
    assert [line for line in version.text.split("\n\n") if line] == [text for _start, _end, text in said]
