"""A transcription as JSON, WebVTT captions or plain text; and where each word stands in its text."""

from __future__ import annotations

import json

from nlp.transcription.types import TranscribedSegment, Transcription


def to_json(transcription: Transcription) -> str:
    """The shape of `Transcription.as_dict`, indented, with a line end."""
    return json.dumps(transcription.as_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def to_txt(transcription: Transcription) -> str:
    """One line per segment; empty where nothing was said."""
    return "".join(f"{_one_line(segment.text)}\n" for segment in transcription.segments)


def to_vtt(transcription: Transcription) -> str:
    """WebVTT captions, one cue per segment (W3C, WebVTT 1)."""
    cues = ["WEBVTT\n"]
    for number, segment in enumerate(transcription.segments, 1):
        text = _one_line(segment.text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        cues.append(f"\n{number}\n{_clock(segment.start_ms)} --> {_clock(segment.end_ms)}\n{text}\n")
    return "".join(cues)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _clock(ms: int) -> str:
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def word_offsets(segment: TranscribedSegment) -> list[tuple[int, int]]:
    """`[start, end)` in code points of `segment.text` for each of its words, in order.

    A word that does not occur after the one before it (engines join and split punctuation) gets the
    empty span where the last one ended.
    """
    offsets, at = [], 0
    for word in segment.words:
        start = segment.text.find(word.text, at)
        if start < 0:
            offsets.append((at, at))
        else:
            at = start + len(word.text)
            offsets.append((start, at))
    return offsets
