"""openai-whisper behind the Transcriber protocol."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Self

from nlp.audio.loudness import envelope_of, is_silent
from nlp.audio.types import SAMPLE_RATE, Samples
from nlp.transcription.assembly import Heard, assemble
from nlp.transcription.errors import EngineFailed, EngineNotInstalled, UnknownLanguage, WeightsUnreadable
from nlp.transcription.types import OnProgress, Transcription, WeightsFound

OPTIONS: dict[str, Any] = {
    "word_timestamps": True,
    # Text before a window pulls the model into loops after an odd passage; windows stand alone.
    "condition_on_previous_text": False,
    "temperature": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
}
"""What the engine is run with; the benchmark runs the bare engine with the same."""
_SEED = 0
_ONE_AT_A_TIME = threading.Lock()


class WhisperTranscriber:
    """A Whisper checkpoint in memory, on the GPU where there is one.

    The same samples give the same words: fall-back temperatures draw from a generator that is seeded
    for every piece.
    """

    engine = "whisper"

    def __init__(self, weights: WeightsFound) -> None:
        """Load the weights.

        Raises:
            EngineNotInstalled: openai-whisper is not installed.
            WeightsUnreadable: damaged, or no Whisper checkpoint.
        """
        try:
            import whisper
        except ImportError as error:
            raise EngineNotInstalled("whisper", "openai-whisper") from error
        try:
            self._whisper: Any = whisper.load_model(str(weights.path))
        except (MemoryError, KeyboardInterrupt):
            raise
        except Exception as error:  # pickle, zip, torch and Whisper each have their own
            raise WeightsUnreadable("whisper", weights.path) from error
        self.model = weights.model
        _align(self._whisper, weights.path)

    def transcribe(
        self,
        samples: Samples,
        *,
        start_ms: int = 0,
        language: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Transcription:
        """See `Transcriber.transcribe`. Silence is not given to the engine: it would invent words."""
        import torch
        from whisper.tokenizer import LANGUAGES

        if language is not None and language not in LANGUAGES:
            raise UnknownLanguage("whisper", language)
        length_ms = len(samples) * 1000 // SAMPLE_RATE
        if length_ms == 0 or is_silent(envelope_of(samples)):
            return Transcription(self.engine, self.model, language or "und", length_ms)
        try:
            with _ONE_AT_A_TIME, torch.random.fork_rng(devices=[]), _progress(on_progress, length_ms):
                torch.manual_seed(_SEED)
                result = self._whisper.transcribe(
                    samples,
                    language=language,
                    verbose=None,  # anything else prints to standard output
                    fp16=self._whisper.device.type == "cuda",
                    **OPTIONS,
                )
        except (RuntimeError, ValueError, IndexError) as error:
            raise EngineFailed(
                f"The speech engine could not work on this recording with the model {self.model!r}: "
                "transcribe again, and if it happens again choose another model."
            ) from error
        if on_progress is not None:
            on_progress(length_ms, length_ms)
        segments = assemble((_heard(segment) for segment in result["segments"]), samples, start_ms)
        return Transcription(self.engine, self.model, result["language"], length_ms, segments)


def _heard(segment: dict[str, Any]) -> Heard:
    logprob = float(segment["avg_logprob"])
    return Heard(
        start=float(segment["start"]),
        end=float(segment["end"]),
        text=segment["text"],
        confidence=0.0 if math.isnan(logprob) else math.exp(min(logprob, 0.0)),
        no_speech=float(segment["no_speech_prob"]),
        ratio=float(segment["compression_ratio"]),
        words=[
            (float(word["start"]), float(word["end"]), word["word"], float(word["probability"]))
            for word in segment.get("words", ())
        ],
    )


def _align(model: Any, path: Path) -> None:
    """Word times from the attention heads known to follow the sound, for the published checkpoints.

    Whisper sets them by a model's name only; a file such as `small.pt` is told by its own name here.
    Where the shape does not fit the name, its default (the upper half of the layers) stays.
    """
    import whisper

    names: dict[str, bytes] = whisper._ALIGNMENT_HEADS  # type: ignore[attr-defined]
    if heads := names.get(path.stem):
        try:
            model.set_alignment_heads(heads)
        except (RuntimeError, ValueError):
            return


class _Bar:
    """Stands in for the tqdm bar of Whisper: it is the only place where the engine says how far it is."""

    def __init__(self, on_progress: OnProgress, length_ms: int, total: int) -> None:
        self._tell, self._length_ms, self._total, self._done = on_progress, length_ms, max(total, 1), 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def update(self, frames: int) -> None:
        self._done = min(self._done + max(frames, 0), self._total)
        self._tell(self._length_ms * self._done // self._total, self._length_ms)


@contextmanager
def _progress(on_progress: OnProgress | None, length_ms: int) -> Iterator[None]:
    if on_progress is None:
        yield
        return

    def bar(*, total: int, **_ignored: object) -> _Bar:
        return _Bar(on_progress, length_ms, total)

    # The package's attribute `transcribe` is the function; the module is only found here.
    module: Any = sys.modules["whisper.transcribe"]
    original = module.tqdm
    module.tqdm = SimpleNamespace(tqdm=bar)
    try:
        yield
    finally:
        module.tqdm = original
