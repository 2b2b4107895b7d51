"""Sentences of spoken English, and segments of them that one person can judge at a glance."""

from __future__ import annotations

import re

Span = tuple[int, int]
"""`[start, end)` in code points."""

_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "rev",
        "st",
        "sgt",
        "pc",
        "cllr",
        "vs",
        "etc",
        "approx",
        "no",
        "nos",
        "dept",
        "ext",
        "tel",
        "e.g",
        "i.e",
        "a.m",
        "p.m",
    ]
)
# An end of sentence: closing punctuation, perhaps quotes or brackets, then space; or a line break.
_END = re.compile(r"""[.!?\u2026\u061f\u06d4\u3002\uff01\uff1f]+["'\u2019\u201d\u00bb)\]]*(?=\s|$)|\n+""")
_LAST_WORD = re.compile(r"([\w.]+)$")
_BREATH = re.compile(r"[,;:\u2013\u2014-]\s+$")


def split_sentences(text: str) -> list[Span]:
    """Spans of the sentences, without the space around them; together they hold all that is not space.

    Speech is not grammar: this goes by punctuation and line ends, knows titles and initials, and leaves
    text without punctuation whole.
    """
    spans: list[Span] = []
    start = 0
    for end in _END.finditer(text):
        if end.group()[0] == "." and _is_abbreviation(text[start : end.start()]):
            continue
        _add(spans, text, start, end.end())
        start = end.end()
    _add(spans, text, start, len(text))
    return spans


def _is_abbreviation(before: str) -> bool:
    word = _LAST_WORD.search(before[-20:])
    if word is None:
        return False
    last = word.group(1)
    return last.casefold() in _ABBREVIATIONS or (len(last) == 1 and last.isupper() and last != "I")


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    part = text[start:end]
    stripped = part.strip()
    if stripped:
        first = start + len(part) - len(part.lstrip())
        spans.append((first, first + len(stripped)))


def _count(text: str, span: Span) -> int:
    return len(text[span[0] : span[1]].split())


def split_segments(text: str, target_words: int = 60, max_words: int = 120) -> list[Span]:
    """One speaker's turn as segments of about `target_words`, cut between sentences.

    No segment has more than `max_words`; a longer sentence is cut at a comma near the target, else at a
    word. A short rest joins the segment before it where there is room. Together the segments hold all
    that is not space, in order; an empty text gives none.

    Raises:
        ValueError: not 1 <= target_words <= max_words.
    """
    if not 1 <= target_words <= max_words:
        raise ValueError("A segment aims at one word or more, and at no more than its largest size.")
    parts: list[Span] = []
    for sentence in split_sentences(text):
        parts.extend(_cut_long(text, sentence, target_words, max_words))
    segments: list[Span] = []
    counts: list[int] = []
    for part in parts:
        words = _count(text, part)
        # Add while that brings the segment nearer to the target than stopping here would.
        if segments and counts[-1] + words <= max_words and counts[-1] + words / 2 <= target_words:
            segments[-1] = (segments[-1][0], part[1])
            counts[-1] += words
        else:
            segments.append(part)
            counts.append(words)
    if len(segments) > 1 and counts[-1] * 3 < target_words and counts[-2] + counts[-1] <= max_words:
        segments[-2:] = [(segments[-2][0], segments[-1][1])]
    return segments


def _cut_long(text: str, sentence: Span, target: int, largest: int) -> list[Span]:
    words = [
        (sentence[0] + match.start(), sentence[0] + match.end())
        for match in re.finditer(r"\S+", text[sentence[0] : sentence[1]])
    ]
    parts: list[Span] = []
    while len(words) > largest:
        ends = [
            index + 1
            for index in range(target // 2, min(len(words) - 1, largest))
            if _BREATH.search(text[words[index][0] : words[index + 1][0]])
        ]
        cut = min(ends, key=lambda end: (abs(end - target), end)) if ends else target
        parts.append((words[0][0], words[cut - 1][1]))
        words = words[cut:]
    if words:
        parts.append((words[0][0], words[-1][1]))
    return parts


def average_sentence_words(text: str) -> float:
    """Mean number of words per sentence, for the plain-English check; 0.0 for a text without words."""
    sentences = [count for span in split_sentences(text) if (count := _count(text, span))]
    return sum(sentences) / len(sentences) if sentences else 0.0
