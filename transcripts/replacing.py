"""Words put in the place of others, and the way between the two texts. No database here.

`offsets` is a list of `[raw_start, raw_end, new_start, new_end]`, one for each replaced stretch, in order:
it is what `PseudonymisedFrom` stores. All offsets are code points.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST_REPLACEMENT = 120

Offsets = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Change:
    """`[start, end)` of the raw text gives way to `words`."""

    start: int
    end: int
    words: str


def apply(text: str, changes: Iterable[Change]) -> tuple[str, list[list[int]]]:
    """The text with all changes made, and the offsets that lead back.

    Raises:
        ValueError: two changes overlap, or one lies outside the text.
    """
    parts: list[str] = []
    offsets: list[list[int]] = []
    at = new_at = 0
    for change in sorted(changes, key=lambda each: each.start):
        if change.start < at or not change.start < change.end <= len(text):
            raise ValueError("Changes may not overlap, and lie within the text.")
        parts += [text[at : change.start], change.words]
        new_start = new_at + change.start - at
        offsets.append([change.start, change.end, new_start, new_start + len(change.words)])
        at, new_at = change.end, new_start + len(change.words)
    parts.append(text[at:])
    return "".join(parts), offsets


def to_new(offset: int, offsets: Offsets, *, is_end: bool = False) -> int:
    """Where an offset of the raw text lies in the new one.

    Inside a replaced stretch it is the stretch's start, or its end when `is_end`.
    """
    shift = 0
    for raw_start, raw_end, new_start, new_end in offsets:
        if offset <= raw_start:
            break
        if offset < raw_end:
            return new_end if is_end else new_start
        shift = new_end - raw_end
    return offset + shift


def to_raw(offset: int, offsets: Offsets, *, is_end: bool = False) -> int:
    """Where an offset of the new text lies in the raw one; see `to_new`."""
    back = [(new_start, new_end, start, end) for start, end, new_start, new_end in offsets]
    return to_new(offset, back, is_end=is_end)


def bracketed(words: str) -> str:
    """A replacement as it stands in the text: in square brackets, on one line. Empty when it says nothing."""
    inner = " ".join(words.split()).strip("[] ")
    return f"[{inner}]" if inner else ""


def occurrences(text: str, words: str, *, ignore_case: bool = False) -> list[tuple[int, int]]:
    """Each place where `words` stand by themselves in the text; spaces match any space.

    Nothing is found inside a longer word: "Ann" is not in "Anna", but it is in "Ann's". Case counts unless it
    is said not to: many names, such as Will or Rose, are also words.
    """
    parts = words.split()
    if not parts:
        return []
    pattern = r"\s+".join(re.escape(part) for part in parts)
    flags = re.IGNORECASE if ignore_case else re.NOFLAG
    return [found.span() for found in re.finditer(rf"(?<!\w){pattern}(?!\w)", text, flags)]
