"""Tags drawn under words: overlapping stretches become runs, nested at most two deep.

Knows nothing of the database, so that every way of overlapping can be tried on plain numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

INITIALS = {"barrier": "B", "what_helped": "H", "idea_for_change": "I", "experience": "E"}
CLASSES = {
    "barrier": "barrier",
    "what_helped": "helped",
    "idea_for_change": "idea",
    "experience": "experience",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One stretch to draw: `[start, end)` in code points, how it looks, and the margin note it belongs to.

    Attributes:
        initial: what its link shows, such as "B1" or "?".
        anchor: id of its margin note.
        label: the code's name, for screen readers.
        css: barrier, helped, idea, experience or proposed.
    """

    start: int
    end: int
    initial: str
    anchor: str
    label: str
    css: str


@dataclass(slots=True)
class Run:
    """Words without a boundary inside; `inner` is the second mark on them, `opening` the marks that begin
    here and show their initial."""

    text: str
    inner: Mark | None = None
    opening: list[Mark] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    """Runs under one outer mark, or bare words where there is none."""

    outer: Mark | None
    opening: list[Mark]
    runs: list[Run]


def draw(text: str, marks: Sequence[Mark]) -> list[Block]:
    """Split a text at every boundary and nest the marks.

    The mark that starts first is the outer one; of two that start together, the longer. Where more than
    two lie over one run, two are drawn and the others are found in the margin alone; their initials still
    stand where they begin. The texts of all runs, joined, are the text.
    """
    inside = sorted(
        (mark for mark in marks if 0 <= mark.start < mark.end <= len(text)),
        key=lambda mark: (mark.start, -mark.end, mark.anchor),
    )
    edges = sorted({0, len(text), *(mark.start for mark in inside), *(mark.end for mark in inside)})
    blocks: list[Block] = []
    for start, end in pairwise(edges):
        over = [mark for mark in inside if mark.start <= start and end <= mark.end]
        opening = [mark for mark in over if mark.start == start]
        outer = over[0] if over else None
        inner = over[1] if len(over) > 1 else None
        if outer is not None and blocks and blocks[-1].outer is outer:
            blocks[-1].runs.append(Run(text[start:end], inner, opening))
            continue
        blocks.append(Block(outer, opening, [Run(text[start:end], inner)]))
    return blocks
