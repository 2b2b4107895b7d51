"""Carrying a span from one version of a text to the next.

Aligned sentence by sentence first, then token by token where sentences differ, so that a correction in
one place cannot pull spans elsewhere, and long texts stay quick.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from nlp.text.sentences import split_sentences

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_KEPT_SHARE = 0.5
_MOST_GROWTH = 3
_SLOW_CELLS = 25_000_000


@dataclass(frozen=True, slots=True)
class _Stretch:
    """`[a, b)` of the old text stands at `[c, d)` of the new; word for word where `same`."""

    a: int
    b: int
    c: int
    d: int
    same: bool


class SpanCarrier:
    """The alignment of two texts, made once, for any number of spans."""

    def __init__(self, old: str, new: str) -> None:
        self._old, self._new = old, new
        self._stretches = _align(old, new)
        self._starts = [stretch.a for stretch in self._stretches]

    def carry(self, start: int, end: int) -> tuple[int, int] | None:
        """The span in the new text of the old span `[start, end)`, in code points.

        None where it cannot be said with confidence, so that a person decides: less than half of its
        words are left, a change reaches across one of its ends, or it grew more than threefold.

        Raises:
            ValueError: not a span of the old text with at least one character.
        """
        if not 0 <= start < end <= len(self._old):
            raise ValueError("The span lies outside the text.")
        first = last = None
        kept = 0
        for index in range(max(bisect_right(self._starts, start) - 1, 0), len(self._stretches)):
            stretch = self._stretches[index]
            if stretch.a >= end:
                break
            if stretch.b <= start:
                continue
            a, b = max(stretch.a, start), min(stretch.b, end)
            if stretch.same:
                c, d = stretch.c + a - stretch.a, stretch.c + b - stretch.a
                kept += _words(self._old[a:b])
            elif (a, b) == (stretch.a, stretch.b):
                c, d = stretch.c, stretch.d
            elif (
                not self._old[stretch.a : stretch.b].strip() and not self._new[stretch.c : stretch.d].strip()
            ):
                continue  # only spaces differ across the end
            else:
                return None
            if c < d:
                first = c if first is None else first
                last = d
        if first is None or last is None:
            return None
        had = _words(self._old[start:end])
        now = _words(self._new[first:last])
        if kept < had * _KEPT_SHARE or (had and now > had * _MOST_GROWTH):
            return None
        return _without_outer_space(self._new, first, last, self._old[start], self._old[end - 1])


def _without_outer_space(
    new: str, first: int, last: int, old_first: str, old_last: str
) -> tuple[int, int] | None:
    """The span without space at its ends, unless the old span had space there itself."""
    while first < last and new[first].isspace() and not old_first.isspace():
        first += 1
    while first < last and new[last - 1].isspace() and not old_last.isspace():
        last -= 1
    return (first, last) if first < last else None


def carry_span(old: str, new: str, start: int, end: int) -> tuple[int, int] | None:
    """One span from `old` to `new`; see `SpanCarrier.carry`, which is quicker for several."""
    return SpanCarrier(old, new).carry(start, end)


def _words(text: str) -> int:
    # A text without words (only punctuation, only emoji) counts its characters, so that it can be kept.
    return len(re.findall(r"\w+", text)) or len(text.strip())


def _align(old: str, new: str) -> list[_Stretch]:
    """Stretches that cover the old text without a gap, in order."""
    stretches: list[_Stretch] = []
    old_parts, new_parts = _parts(old), _parts(new)
    matcher = SequenceMatcher(
        None, [old[a:b] for a, b in old_parts], [new[a:b] for a, b in new_parts], autojunk=False
    )
    for _tag, i1, i2, j1, j2 in matcher.get_opcodes():
        a, b = _edges(old_parts, i1, i2, len(old))
        c, d = _edges(new_parts, j1, j2, len(new))
        if old[a:b] == new[c:d]:
            stretches.append(_Stretch(a, b, c, d, True))
        else:
            stretches.extend(_align_tokens(old, new, a, b, c, d))
    return _joined(stretches)


def _parts(text: str) -> list[tuple[int, int]]:
    """Sentences, each with the space that follows it, covering the text."""
    starts = [start for start, _end in split_sentences(text)]
    if not starts:
        return [(0, len(text))] if text else []
    starts[0] = 0
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _edges(parts: Sequence[tuple[int, int]], first: int, last: int, length: int) -> tuple[int, int]:
    start = parts[first][0] if first < len(parts) else length
    return start, parts[last - 1][1] if last > first else start


def _align_tokens(old: str, new: str, a: int, b: int, c: int, d: int) -> list[_Stretch]:
    old_tokens = [match.span() for match in _TOKEN.finditer(old, a, b)]
    new_tokens = [match.span() for match in _TOKEN.finditer(new, c, d)]
    matcher = SequenceMatcher(
        None,
        [old[x:y] for x, y in old_tokens],
        [new[x:y] for x, y in new_tokens],
        # Exact matching is quadratic; a text rewritten throughout may lose a few spans to a person's queue.
        autojunk=len(old_tokens) * len(new_tokens) > _SLOW_CELLS,
    )
    found = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        start = old_tokens[i1][0] if i1 < len(old_tokens) else b
        end = old_tokens[i2 - 1][1] if i2 > i1 else start
        new_start = new_tokens[j1][0] if j1 < len(new_tokens) else d
        new_end = new_tokens[j2 - 1][1] if j2 > j1 else new_start
        found.append(_Stretch(start, end, new_start, new_end, tag == "equal"))
    return found


def _joined(stretches: list[_Stretch]) -> list[_Stretch]:
    """Without empty old stretches: words put in between belong to no old word."""
    return [stretch for stretch in stretches if stretch.a < stretch.b]
