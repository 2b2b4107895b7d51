"""What transcription gives back. All times are whole milliseconds from the start of the whole recording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from nlp.audio.types import Samples

FLAG_LOW_CONFIDENCE = "low_confidence"
FLAG_REPEAT = "repeat"
FLAG_OVER_SILENCE = "over_silence"
FLAG_NO_SPEECH = "no_speech"
FLAGS = (FLAG_LOW_CONFIDENCE, FLAG_REPEAT, FLAG_OVER_SILENCE, FLAG_NO_SPEECH)

OnProgress = Callable[[int, int], None]
"""Called with (milliseconds of the piece done, milliseconds in the piece)."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word as the engine heard it, without surrounding spaces; confidence 0 to 1."""

    start_ms: int
    end_ms: int
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class TranscribedSegment:
    """A stretch of speech as the engine cut it.

    Attributes:
        confidence: 0 to 1.
        flags: some of FLAGS, in that order: reasons for a person to listen here with care.
        words: in order, not overlapping; their texts occur in `text` in this order.
    """

    start_ms: int
    end_ms: int
    text: str
    confidence: float
    flags: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcription:
    """What one engine made of a recording, or of one piece of it.

    Attributes:
        engine: `whisper`, `faster-whisper` or `scripted`.
        model: the model's name, or the file name of its weights; never a path.
        language: two- or three-letter code, given or detected.
        duration_ms: length of the sound that was transcribed.
    """

    engine: str
    model: str
    language: str
    duration_ms: int
    segments: tuple[TranscribedSegment, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, in the shape that `python -m nlp transcribe --format json` prints."""
        return {
            "engine": self.engine,
            "model": self.model,
            "language": self.language,
            "duration_ms": self.duration_ms,
            "segments": [
                {
                    "start_ms": segment.start_ms,
                    "end_ms": segment.end_ms,
                    "text": segment.text,
                    "confidence": segment.confidence,
                    "flags": list(segment.flags),
                    "words": [
                        {
                            "start_ms": word.start_ms,
                            "end_ms": word.end_ms,
                            "text": word.text,
                            "confidence": word.confidence,
                        }
                        for word in segment.words
                    ],
                }
                for segment in self.segments
            ],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Transcription:
        """The way back from `as_dict`."""
        return cls(
            engine=data["engine"],
            model=data["model"],
            language=data["language"],
            duration_ms=data["duration_ms"],
            segments=tuple(
                TranscribedSegment(
                    start_ms=segment["start_ms"],
                    end_ms=segment["end_ms"],
                    text=segment["text"],
                    confidence=segment["confidence"],
                    flags=tuple(segment["flags"]),
                    words=tuple(Word(**word) for word in segment["words"]),
                )
                for segment in data["segments"]
            ),
        )


@dataclass(frozen=True, slots=True)
class WeightsFound:
    """Where the weights of a model lie: a file for whisper and scripted, a folder for faster-whisper."""

    engine: str
    model: str
    path: Path


class Transcriber(Protocol):
    """An engine with its weights loaded."""

    @property
    def engine(self) -> str: ...

    @property
    def model(self) -> str: ...

    def transcribe(
        self,
        samples: Samples,
        *,
        start_ms: int = 0,
        language: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Transcription:
        """Turn one piece into words.

        Args:
            samples: the piece, mono at 16 kHz.
            start_ms: where the piece starts in the whole recording; all times given back count from 0
                of the whole recording.
            language: code to use; None detects it from the piece.
            on_progress: told how far the engine is; an exception it raises ends the work.

        Raises:
            TranscriptionError: the engine could not do it.
        """
        ...
