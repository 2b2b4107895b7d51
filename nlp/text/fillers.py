"""Sounds and phrases that may be left out of a quote: the one kind of cut that needs no dots."""

from __future__ import annotations

import re

# "like" and "you know" also carry meaning ("people like us", "you know him"): only between commas.
_FILLER = re.compile(
    r"\b(?:u+m+|u+h+|e+r+m*|a+h+m|h+m+|m+h*m+)\b"
    r"|(?<=,\s)(?:you know|i mean|sort of|kind of|like|well|so)(?=,)"
    r"|(?<![^\s])(?:you know|i mean)(?=,)",
    re.IGNORECASE,
)


def find_fillers(text: str) -> list[tuple[int, int]]:
    """`[start, end)` in code points of each filler, in order."""
    return [match.span() for match in _FILLER.finditer(text)]
