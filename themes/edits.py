"""What may differ between the words that were said and the words that are shown.

Allowed: a square bracket in place of some words, … where words are cut, and fillers left out. Nothing else:
no rewording, no mending of grammar, no words moved.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from nlp.text import find_fillers
from themes.errors import EditNotAllowed

# A bracket stands for a name or a detail, not for a sentence.
MOST_WORDS_IN_BRACKET = 8

_TOKEN = re.compile(r"\[[^\[\]]*\]|…|\w+(?:['’\-]\w+)*|[^\w\s]")
_ALIKE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
_SOFT = frozenset(",.-")


@dataclass(frozen=True, slots=True)
class Edits:
    """How many allowed edits lie between the two."""

    n_brackets: int
    n_cuts: int
    n_fillers: int


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum() or self.text[0] == "["


def _tokens(text: str) -> list[_Token]:
    alike = text.replace("...", "…  ").translate(_ALIKE)
    return [_Token(found.group(), found.start()) for found in _TOKEN.finditer(alike)]


def _may_be_dropped(text: str, tokens: list[_Token]) -> list[bool]:
    """Which tokens are fillers, or the comma, dash or stop that stands beside a filler."""
    spans = find_fillers(text)
    filler = [any(start <= one.start < end for start, end in spans) for one in tokens]
    dropped = list(filler)
    for place, one in enumerate(tokens):
        beside = (place > 0 and filler[place - 1]) or (place + 1 < len(tokens) and filler[place + 1])
        if one.text in _SOFT and beside:
            dropped[place] = True
    return dropped


def check_edits(text: str, shown: str) -> Edits:
    """Hold what is to be shown against what was said.

    Args:
        text: the words of the stretch, as they stand in the pseudonymised text.
        shown: what readers would see.

    Returns:
        Counts of the edits, with the fewest cuts first.

    Raises:
        EditNotAllowed: with the place, as a count of words, of the first thing that was not said. The
            sentence carries no words of the quote.
    """
    said, seen = _tokens(text), _tokens(shown)
    if not any(one.is_word and not one.text.startswith("[") for one in seen):
        raise EditNotAllowed(_("Nothing is left of the words. Keep at least some of what was said."))
    if shown.count("[") != shown.count("]") or "[]" in shown.replace(" ", ""):
        raise EditNotAllowed(_("A square bracket is empty or not closed. Write it like this: [town]."))
    droppable = _may_be_dropped(text, said)
    best, furthest = _align(said, seen, droppable)
    if best is not None:
        return best
    if furthest >= len(seen):
        raise EditNotAllowed(
            _("Words at the end are missing. Write … where you cut, or choose a shorter stretch.")
        )
    place = sum(one.is_word for one in seen[: furthest + 1])
    raise EditNotAllowed(
        _(
            "Word %(n)d of what would be shown was not said there. Only [brackets], … for a cut and leaving "
            "out ums are allowed; the words themselves stay."
        )
        % {"n": max(1, place)}
    )


_Score = tuple[int, int, int]  # cuts, fillers, brackets


def _align(said: list[_Token], seen: list[_Token], droppable: list[bool]) -> tuple[Edits | None, int]:
    """Walk both lists together; keep for each pair of places the best way to reach it.

    Both walks only go forward, so what is shown keeps the order of what was said. Returns the best whole
    way, or None with the furthest place in `seen` that could be reached.
    """
    rows: list[dict[int, _Score]] = [{} for _token in range(len(said) + 1)]
    rows[0][0] = (0, 0, 0)
    furthest = 0

    def offer(i: int, j: int, score: _Score) -> None:
        nonlocal furthest
        if j not in rows[i] or score < rows[i][j]:
            rows[i][j] = score
        furthest = max(furthest, j)

    for i in range(len(said) + 1):
        # Places further along in `seen` are only reached from nearer ones, so one rising pass is enough.
        for j in range(len(seen) + 1):
            if j not in rows[i]:
                continue
            cuts, fillers, brackets = rows[i][j]
            if i < len(said) and droppable[i]:
                is_filler = said[i].text not in _SOFT
                offer(i + 1, j, (cuts, fillers + is_filler, brackets))
            if j == len(seen):
                continue
            mark = seen[j].text
            if i < len(said) and mark == said[i].text:
                offer(i + 1, j + 1, (cuts, fillers, brackets))
            if mark == "…":
                for after in range(i + 1, len(said) + 1):
                    offer(after, j + 1, (cuts + 1, fillers, brackets))
            elif mark.startswith("["):
                words = 0
                for after in range(i + 1, len(said) + 1):
                    words += said[after - 1].is_word
                    if words > MOST_WORDS_IN_BRACKET:
                        break
                    if words:
                        offer(after, j + 1, (cuts, fillers, brackets + 1))
    end = rows[len(said)].get(len(seen))
    if end is None:
        return None, furthest
    return Edits(n_brackets=end[2], n_cuts=end[0], n_fillers=end[1]), furthest
