"""An engine in its own process: its answers, its refusals, its death."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nlp.audio import NotSound, Piece
from nlp.transcription import (
    EngineDied,
    EngineProcess,
    EngineTimedOut,
    ScriptUnreadable,
    UnknownLanguage,
    WeightsMissing,
    WeightsUnreadable,
    load_transcriber,
    run_in_child,
    transcribe_file,
)
from tests.fakes.nlp_sounds import write_sound
from tests.paths import REPOSITORY, sample
from tests.processes import is_pid_gone, until

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"
)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return _script(tmp_path / "script.json", delay_ms=0)


def _script(path: Path, *, delay_ms: int) -> Path:
    lines = [{"start_ms": 1000 * n, "end_ms": 1000 * n + 900, "text": f"Line {n}."} for n in range(8)]
    path.write_text(json.dumps({"segments": lines, "delay_ms": delay_ms}))
    return path


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write_sound(tmp_path / "a.wav", 8.0)


def test_whisper_in_a_child_says_the_same_as_here(planted: Path) -> None:
    told: list[tuple[int, int]] = []

    there = run_in_child(
        sample("jfk.flac"), engine="whisper", model=str(planted), on_progress=lambda *at: told.append(at)
    )

    assert there == transcribe_file(sample("jfk.flac"), load_transcriber("whisper", str(planted)))
    assert told[-1] == (11_000, 11_000)


def test_faster_whisper_in_a_child_serves_several_pieces(planted_folder: Path) -> None:
    with EngineProcess(engine="faster-whisper", model=str(planted_folder)) as engine:
        pid = engine.pid
        first = engine.transcribe(sample("sentences.wav"), Piece(0, 12_000), language="en")
        second = engine.transcribe(sample("sentences.wav"), Piece(12_000, 35_230), language="en")
        assert engine.pid == pid

    assert first.duration_ms == 12_000
    assert second.segments[0].start_ms >= 12_000
    assert engine.pid is None


def test_struck_out_stretches_never_reach_the_engine(script: Path, sound: Path) -> None:
    with EngineProcess(engine="scripted", model=str(script)) as engine:
        result = engine.transcribe(sound, Piece(0, 4000), silenced=[(1950, 4000)])

    # The scripted engine speaks regardless; the flag shows that what it was given there is silence.
    assert [segment.flags for segment in result.segments] == [(), (), ("over_silence",), ("over_silence",)]


def test_missing_and_broken_weights_are_told_from_the_start(tmp_path: Path) -> None:
    (tmp_path / "broken.pt").write_text("no weights")
    (tmp_path / "broken.json").write_text("no script")

    with pytest.raises(WeightsMissing) as caught:
        run_in_child("a.wav", engine="whisper", model=str(tmp_path / "none.pt"))
    assert caught.value.missing == tmp_path / "none.pt"
    with pytest.raises(WeightsUnreadable, match="make models"):
        run_in_child("a.wav", engine="whisper", model=str(tmp_path / "broken.pt"))
    with pytest.raises(ScriptUnreadable):
        run_in_child("a.wav", engine="scripted", model=str(tmp_path / "broken.json"))


def test_a_refused_piece_leaves_the_process_ready_for_the_next(
    script: Path, sound: Path, tmp_path: Path
) -> None:
    (tmp_path / "no.wav").write_text("no sound in here\n" * 20)
    with EngineProcess(engine="scripted", model=str(script)) as engine:
        with pytest.raises(NotSound, match="not a sound or video file"):
            engine.transcribe(tmp_path / "no.wav")
        result = engine.transcribe(sound, Piece(2000, 4000))

    assert [segment.text for segment in result.segments] == ["Line 2.", "Line 3."]


def test_a_refusal_of_the_engine_comes_through(planted: Path) -> None:
    with pytest.raises(UnknownLanguage, match="xx"):
        run_in_child(sample("jfk.flac"), engine="whisper", model=str(planted), language="xx")


def test_a_killed_engine_is_an_error_that_says_how(tmp_path: Path, sound: Path) -> None:
    slow = _script(tmp_path / "slow.json", delay_ms=300)
    with EngineProcess(engine="scripted", model=str(slow)) as engine:

        def kill(_done: int, _total: int) -> None:
            assert engine.pid is not None
            os.kill(engine.pid, signal.SIGKILL)

        with pytest.raises(EngineDied, match=r"signal 9.*memory") as caught:
            engine.transcribe(sound, on_progress=kill)
        assert caught.value.exit_code == -9
        with pytest.raises(EngineDied):
            engine.transcribe(sound)


def test_an_engine_that_takes_too_long_is_stopped(tmp_path: Path, sound: Path) -> None:
    slow = _script(tmp_path / "slow.json", delay_ms=60_000)
    with EngineProcess(engine="scripted", model=str(slow)) as engine:
        pid = engine.pid
        with pytest.raises(EngineTimedOut, match="without a result"):
            engine.transcribe(sound, timeout_s=0.3)

    assert pid is not None
    assert until(lambda: is_pid_gone(pid))


def test_stopping_from_the_progress_call_stops_the_process(tmp_path: Path, sound: Path) -> None:
    slow = _script(tmp_path / "slow.json", delay_ms=100)

    def stop(_done: int, _total: int) -> None:
        raise InterruptedError

    with EngineProcess(engine="scripted", model=str(slow)) as engine:
        pid = engine.pid
        with pytest.raises(InterruptedError):
            engine.transcribe(sound, on_progress=stop)

    assert pid is not None
    assert until(lambda: is_pid_gone(pid))


def test_leaving_early_does_not_wait_for_the_piece(tmp_path: Path, sound: Path) -> None:
    slow = _script(tmp_path / "slow.json", delay_ms=60_000)
    engine = EngineProcess(engine="scripted", model=str(slow))
    with engine:
        pid = engine.pid
        engine._send({"path": str(sound), "start_ms": 0, "end_ms": None, "language": None, "silenced": []})
        started = time.monotonic()

    # The piece takes eight minutes.
    assert time.monotonic() - started < 120
    assert pid is not None
    assert until(lambda: is_pid_gone(pid))


_PARENT = """
import sys
from nlp.transcription import EngineProcess
with EngineProcess(engine="scripted", model=sys.argv[1]) as engine:
    print(engine.pid, flush=True)
    engine.transcribe(sys.argv[2])
"""


def test_the_engine_dies_with_its_parent(tmp_path: Path, sound: Path) -> None:
    slow = _script(tmp_path / "slow.json", delay_ms=60_000)
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            _PARENT,
            str(slow),
            str(sound),
        ],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with parent:
        child = int(parent.stdout.readline())
        time.sleep(0.3)
        parent.kill()

    assert until(lambda: is_pid_gone(child))
