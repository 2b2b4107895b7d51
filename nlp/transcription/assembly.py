"""From what an engine says to segments that can be relied on, with the flags that ask for a careful ear.

Engines give times outside the sound, words out of order, empty segments and NaN; what leaves here is in
order, inside the piece, in whole milliseconds of the whole recording.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nlp.audio.loudness import FRAME_MS, envelope_of, quiet_frames
from nlp.audio.types import SAMPLE_RATE, Samples
from nlp.transcription.types import (
    FLAG_LOW_CONFIDENCE,
    FLAG_NO_SPEECH,
    FLAG_OVER_SILENCE,
    FLAG_REPEAT,
    TranscribedSegment,
    Word,
)

LOW_CONFIDENCE = 0.5
"""Below this a segment is flagged. The project's own choice; Whisper itself retries below 0.37."""
NO_SPEECH = 0.6
REPEATED_RATIO = 2.4
"""Whisper's own limits for "nobody spoke" and for text that zips too well (Radford et al. 2022, §4.5)."""
_WORD_IN_SILENCE = 0.8
_SHORT_ANSWER_WORDS = 2


@dataclass(frozen=True, slots=True)
class Heard:
    """One segment as an engine gave it. Times in seconds from the start of the piece, perhaps wrong.

    Attributes:
        words: (start, end, text, probability).
        ratio: how well the text compresses; 0 where the engine does not say.
    """

    start: float
    end: float
    text: str
    confidence: float
    no_speech: float = 0.0
    ratio: float = 0.0
    words: Sequence[tuple[float, float, str, float]] = field(default_factory=tuple)


def assemble(heard: Iterable[Heard], samples: Samples, start_ms: int) -> tuple[TranscribedSegment, ...]:
    """Segments in order, with times on the clock of the whole recording, and flags.

    A segment without text, or starting after the end of the sound, is left out. A segment whose engine
    gave no word times gets its words spread evenly, so that every text has words.
    """
    length_ms = len(samples) * 1000 // SAMPLE_RATE
    if length_ms == 0:
        return ()
    quiet = quiet_frames(envelope_of(samples))
    kept = [item for item in heard if item.text.strip() and not _number(item.start) * 1000 >= length_ms]
    kept.sort(key=lambda item: _number(item.start))
    segments: list[TranscribedSegment] = []
    earlier: list[str] = []
    for item in kept:
        words = _words(item, length_ms)
        start = min([_clamp(item.start, length_ms - 1), *(word.start_ms for word in words[:1])])
        end = max([_clamp(item.end, length_ms), start + 1, *(word.end_ms for word in words[-1:])])
        plain = _plain(item.text)
        flags = []
        confidence = _confidence(item.confidence)
        if confidence < LOW_CONFIDENCE:
            flags.append(FLAG_LOW_CONFIDENCE)
        if _number(item.ratio) > REPEATED_RATIO or _repeats(plain, earlier):
            flags.append(FLAG_REPEAT)
        if _over_silence(words, quiet):
            flags.append(FLAG_OVER_SILENCE)
        if _number(item.no_speech) > NO_SPEECH:
            flags.append(FLAG_NO_SPEECH)
        earlier.append(plain)
        segments.append(
            TranscribedSegment(
                start_ms=start_ms + start,
                end_ms=start_ms + end,
                text=item.text.strip(),
                confidence=confidence,
                flags=tuple(flags),
                words=tuple(
                    Word(start_ms + word.start_ms, start_ms + word.end_ms, word.text, word.confidence)
                    for word in words
                ),
            )
        )
    return tuple(sorted(segments, key=lambda segment: segment.start_ms))


def _number(value: float) -> float:
    """A number that can be reckoned with: engines give NaN and infinity."""
    return 0.0 if math.isnan(value) else min(max(float(value), -1e9), 1e9)


def _clamp(seconds: float, length_ms: int) -> int:
    return min(max(round(_number(seconds) * 1000), 0), length_ms)


def _confidence(value: float) -> float:
    return round(min(max(_number(value), 0.0), 1.0), 3)


def _words(item: Heard, length_ms: int) -> list[Word]:
    """Words in order without overlap, inside the piece."""
    given = [word for word in item.words if word[2].strip()]
    if not given:
        given = _spread(item)
    words: list[Word] = []
    at = 0
    for start, end, text, probability in given:
        start_ms = max(at, _clamp(start, length_ms))
        end_ms = max(start_ms, _clamp(end, length_ms))
        words.append(Word(start_ms, end_ms, text.strip(), _confidence(probability)))
        at = end_ms
    return words


def _spread(item: Heard) -> list[tuple[float, float, str, float]]:
    """The words of a text, each with a share of its time in proportion to its letters."""
    texts = item.text.split()
    start, end = _number(item.start), max(_number(item.end), _number(item.start))
    edges = np.cumsum([0, *(len(text) + 1 for text in texts)])
    scale = (end - start) / edges[-1]
    return [
        (start + float(a) * scale, start + float(b) * scale, text, item.confidence)
        for text, a, b in zip(texts, edges[:-1], edges[1:], strict=True)
    ]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _repeats(plain: str, earlier: list[str]) -> bool:
    """The same words again, or a phrase of one to four words four times running.

    "Yes." twice is how people talk, so a short answer counts only from the third time in a row.
    """
    words = plain.split()
    times = 1 if len(words) > _SHORT_ANSWER_WORDS else 2
    if words and len(earlier) >= times and all(text == plain for text in earlier[-times:]):
        return True
    for size in range(1, 5):
        run = 0
        for at in range(size, len(words)):
            run = run + 1 if words[at] == words[at - size] else 0
            if run >= 3 * size:
                return True
    return False


def _over_silence(words: list[Word], quiet: NDArray[np.bool_]) -> bool:
    """At least half of the words lie in pauses: an engine that goes on talking when nobody does."""
    inside = 0
    for word in words:
        first = word.start_ms // FRAME_MS
        frames = quiet[first : max(-(-word.end_ms // FRAME_MS), first + 1)]
        inside += bool(len(frames) == 0 or frames.mean() >= _WORD_IN_SILENCE)
    return bool(words) and inside * 2 >= len(words)
