"""The fake engine: says what its script says. For tests, and where no weights are at hand.

A script is a JSON file of one of two shapes, each with an optional `language` (default `en`) and
`delay_ms` (time to pretend to work per segment, so that progress can be watched):

    {"segments": [{"start_ms": 0, "end_ms": 2400, "text": "...", "confidence": 0.9}, ...]}
    {"text": "...", "duration_ms": 60000}

Times count from the start of the whole recording. A text is spread over `duration_ms`, or where that is
not given over the piece that starts at 0.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nlp.audio.types import SAMPLE_RATE, Samples
from nlp.text.sentences import split_sentences
from nlp.transcription.assembly import Heard, assemble
from nlp.transcription.errors import ScriptUnreadable
from nlp.transcription.types import OnProgress, Transcription, WeightsFound

_CONFIDENCE = 0.9


class ScriptedTranscriber:
    """Gives the segments of its script that lie in the piece, with times, words and flags like the others."""

    engine = "scripted"

    def __init__(
        self,
        segments: Sequence[tuple[int, int, str] | tuple[int, int, str, float]] = (),
        *,
        text: str = "",
        language: str = "en",
        duration_ms: int | None = None,
        delay_ms: int = 0,
        model: str = "script",
    ) -> None:
        self.model = model
        self._segments = [
            (segment[0], segment[1], segment[2], segment[3] if len(segment) == 4 else _CONFIDENCE)
            for segment in segments
        ]
        self._text, self._language = text, language
        self._duration_ms, self._delay_ms = duration_ms, delay_ms

    @classmethod
    def from_file(cls, weights: WeightsFound) -> ScriptedTranscriber:
        """Read a script.

        Raises:
            ScriptUnreadable: not JSON, or not one of the two shapes.
        """
        try:
            data: Any = json.loads(Path(weights.path).read_text(encoding="utf-8"))
            segments = [
                (
                    int(row["start_ms"]),
                    int(row["end_ms"]),
                    str(row["text"]),
                    float(row.get("confidence", 0.9)),
                )
                for row in data.get("segments", ())
            ]
            if not segments and not str(data.get("text", "")).strip():
                raise KeyError("text")
            duration = data.get("duration_ms")
            return cls(
                segments,
                text=str(data.get("text", "")),
                language=str(data.get("language", "en")),
                duration_ms=None if duration is None else int(duration),
                delay_ms=int(data.get("delay_ms", 0)),
                model=weights.model,
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ScriptUnreadable(
                f"The script {weights.model!r} cannot be read: it is a JSON file with a list `segments` "
                "of start_ms, end_ms and text, or with a `text`."
            ) from error

    def transcribe(
        self,
        samples: Samples,
        *,
        start_ms: int = 0,
        language: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Transcription:
        """See `Transcriber.transcribe`. A segment belongs to the piece that its middle lies in."""
        length_ms = len(samples) * 1000 // SAMPLE_RATE
        lines = self._segments or self._spread(start_ms, length_ms)
        heard = []
        for start, end, text, confidence in lines:
            if not start_ms <= (start + end) // 2 < start_ms + length_ms:
                continue
            if self._delay_ms:
                time.sleep(self._delay_ms / 1000)
            heard.append(Heard((start - start_ms) / 1000, (end - start_ms) / 1000, text, confidence))
            if on_progress is not None:
                on_progress(min(max(end - start_ms, 0), length_ms), length_ms)
        if on_progress is not None:
            on_progress(length_ms, length_ms)
        return Transcription(
            self.engine, self.model, language or self._language, length_ms, assemble(heard, samples, start_ms)
        )

    def _spread(self, start_ms: int, length_ms: int) -> list[tuple[int, int, str, float]]:
        if self._duration_ms is None and start_ms > 0:
            return []
        total = self._duration_ms or length_ms
        sentences = [self._text[start:end] for start, end in split_sentences(self._text)]
        letters = sum(len(sentence) for sentence in sentences)
        lines, done = [], 0
        for sentence in sentences:
            start = total * done // max(letters, 1)
            done += len(sentence)
            end = total * done // max(letters, 1)
            lines.append((start, max(end, start + 1), sentence, _CONFIDENCE))
        return lines
