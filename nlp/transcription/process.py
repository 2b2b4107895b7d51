"""An engine in a process of its own: its crash, its memory and its threads are not ours."""

from __future__ import annotations

import json
import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

import nlp
from nlp.audio import errors as audio_errors
from nlp.audio.decoding import decode_mono_16k
from nlp.audio.types import Piece, Samples, SoundSource
from nlp.errors import NlpError
from nlp.transcription import errors
from nlp.transcription.types import OnProgress, Transcription
from nlp.transcription.weights import ENGINES, find_weights

_ROOT = Path(nlp.__file__).resolve().parent.parent
_STOP_GRACE_S = 5.0


class EngineProcess:
    """Loads an engine once and gives it pieces, one after another.

    Usage::

        with EngineProcess(engine="whisper", model="small") as engine:
            for piece in pieces:
                store(engine.transcribe(path, piece))

    The process ends with this object, and with this process however that ends: it watches the pipe.
    Not for use by several threads at once.
    """

    def __init__(
        self,
        *,
        engine: str,
        model: str,
        allow_download: bool = False,
        start_timeout_s: float | None = None,
    ) -> None:
        if engine not in ENGINES:
            raise errors.UnknownEngine(engine, ENGINES)
        self.engine, self.model = engine, model
        self._allow_download, self._start_timeout_s = allow_download, start_timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes | None] = queue.Queue()

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def __enter__(self) -> Self:
        """Start the process and wait until the weights are loaded.

        Raises:
            WeightsMissing, WeightsUnreadable, EngineNotInstalled, ScriptUnreadable: it cannot start.
            EngineDied, EngineTimedOut: it ended or hung while loading.
        """
        if not self._allow_download:
            find_weights(self.engine, self.model)  # answers at once, without starting Python and torch
        environment = dict(os.environ)
        environment["PYTHONPATH"] = os.pathsep.join(
            [str(_ROOT), *filter(None, [environment.get("PYTHONPATH")])]
        )
        if not self._allow_download:
            environment["HF_HUB_OFFLINE"] = "1"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "nlp.transcription.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # engines print what they heard
            env=environment,
        )
        assert self._process.stdin is not None
        # Written to only as far as it takes: an engine that hangs must not hang us.
        os.set_blocking(self._process.stdin.fileno(), False)
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        try:
            self._send({"engine": self.engine, "model": self.model, "allow_download": self._allow_download})
            self._wait("ready", None, self._start_timeout_s)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def transcribe(
        self,
        sound: SoundSource,
        piece: Piece | None = None,
        *,
        language: str | None = None,
        on_progress: OnProgress | None = None,
        timeout_s: float | None = None,
        silenced: Iterable[tuple[int, int]] = (),
    ) -> Transcription:
        """One piece (None: the whole file as one piece), with times on the clock of the recording.

        The piece is decoded and silenced here; the engine gets its samples through the pipe (38 MB for ten
        minutes) and never a file.

        An exception from `on_progress` stops the engine and comes through; so does running out of
        `timeout_s`. After EngineDied or EngineTimedOut this object can only be closed.

        Raises:
            SoundUnreadable, TranscriptionError: what the engine refused, as if it ran here.
            EngineDied: its process ended. EngineTimedOut: no result in time.
        """
        start_ms = piece.start_ms if piece else 0
        samples = decode_mono_16k(sound, start_ms, piece.end_ms if piece else None, silenced=silenced)
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        request = {"samples": len(samples), "start_ms": start_ms, "language": language}
        try:
            self._send(request, samples, deadline)
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            return Transcription.from_dict(self._wait("result", on_progress, left))
        except errors.EngineTimedOut:
            raise errors.EngineTimedOut(timeout_s or 0) from None

    def close(self) -> None:
        """End the process, at once where it is in the middle of a piece."""
        process = self._process
        if process is None:
            return
        if process.stdin:
            with suppress(OSError):
                process.stdin.close()  # the child leaves by itself when it sees this
        try:
            process.wait(_STOP_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        with process.stdout or open(os.devnull, "rb") as answers:
            for line in answers:
                self._answers.put(line)
        self._answers.put(None)

    def _send(
        self, message: dict[str, Any], samples: Samples | None = None, deadline: float | None = None
    ) -> None:
        if self._process is None or self._process.stdin is None:
            raise RuntimeError("Use an EngineProcess in a with statement.")
        parts = [memoryview(json.dumps(message).encode() + b"\n")]
        if samples is not None:
            parts.append(np.ascontiguousarray(samples).view(np.uint8).data)
        try:
            pipe = self._process.stdin.fileno()
            for part in parts:
                while part:
                    left = None if deadline is None else max(0.0, deadline - time.monotonic())
                    if not select.select([], [pipe], [], left)[1]:
                        self._process.kill()
                        raise errors.EngineTimedOut(0)
                    with suppress(BlockingIOError):
                        part = part[os.write(pipe, part) :]
        except (OSError, ValueError):
            raise errors.EngineDied(self._process.poll()) from None

    def _wait(self, wanted: str, on_progress: OnProgress | None, timeout_s: float | None) -> Any:
        assert self._process is not None
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            try:
                line = self._answers.get(timeout=left)
            except queue.Empty:
                self._process.kill()
                raise errors.EngineTimedOut(timeout_s or 0) from None
            if line is None:
                self._answers.put(None)  # stays ended for a caller that asks again
                raise errors.EngineDied(self._process.wait())
            answer = json.loads(line)
            if "progress" in answer:
                if on_progress is not None:
                    try:
                        on_progress(*answer["progress"])
                    except BaseException:
                        self._process.kill()
                        raise
            elif "error" in answer:
                raise _as_error(answer["error"])
            elif wanted in answer:
                return answer[wanted]


def _as_error(report: dict[str, Any]) -> NlpError:
    """The child's error, of the same class and with the same sentence."""
    kind = getattr(errors, report["kind"], None) or getattr(audio_errors, report["kind"], None)
    if not (isinstance(kind, type) and issubclass(kind, NlpError)):
        kind = errors.EngineFailed
    error = kind.__new__(kind)
    Exception.__init__(error, report["sentence"])
    if report["missing"] is not None:
        error.missing = Path(report["missing"])  # type: ignore[attr-defined]
    return error


def run_in_child(
    sound: SoundSource,
    piece: Piece | None = None,
    *,
    engine: str,
    model: str,
    language: str | None = None,
    on_progress: OnProgress | None = None,
    timeout_s: float | None = None,
    allow_download: bool = False,
) -> Transcription:
    """One piece in a process that is started for it and ends after it.

    For several pieces use `EngineProcess`, which loads the weights once. `timeout_s` counts for loading
    and for the piece, each.

    Raises:
        As `EngineProcess.__enter__` and `EngineProcess.transcribe`.
    """
    with EngineProcess(
        engine=engine, model=model, allow_download=allow_download, start_timeout_s=timeout_s
    ) as process:
        return process.transcribe(
            sound, piece, language=language, on_progress=on_progress, timeout_s=timeout_s
        )
