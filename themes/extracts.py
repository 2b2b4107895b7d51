"""Finds what somebody said where a colleague typed it again: in a memo, a reason, the draft of a page.

What nobody writes twice by chance counts as theirs, and is found in three ways:

- six words of one of their texts, in their order. Up to two words may stand between or in place of others, as
  where somebody typed from memory, or wrote `[sister]` for a name; but three in a row have to be the same.
- three words or more that a colleague put in quotation marks, and that stand so in one of their texts.
- the whole of a short quote, four or five words long, which somebody chose because it is like no other.

Such words are taken out and a cut is left in their place; whatever else the colleague wrote stays. A
colleague's own account of what was said, in a colleague's own words, is no extract and stays too.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from enquiries.models import Contributor, Enquiry
from themes.models import Quote, QuoteStep
from transcripts.models import Segment
from transcripts.selectors import turns_said_by

RUN_LENGTH = 6
# So many words in a row begin a run; so many may stand between two such rows, on either side.
_ROW = 3
_GAP = 2
_LEAST_QUOTED = 3
_SHORT_QUOTE = (4, 5)
CUT = "[…]"
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# What stands between words: marks of rich text and the names of signs, which are not words.
_TAG = re.compile(r"<[^<>]*>|&#?\w+;")
_QUOTE_SIGNS = {"&quot;": '"', "&#34;": '"', "&ldquo;": "“", "&rdquo;": "”", "&lsquo;": "‘", "&rsquo;": "’"}
_QUOTED = re.compile(r'“[^“”]*”|"[^"]*"|„[^„“”]*[“”]|«[^«»]*»|‘(?:[^‘’]|’(?=\w))*’')
# A quotation is told in pieces: something was left out, or put in for something else.
_NOT_QUOTED = re.compile(r"\[[^\[\]]*\]|…|\.\.\.")

# Words of one text, without case and signs; None where words stand that are not the speaker's own.
Words = tuple[str | None, ...]


def _folded(word: str) -> str:
    return word.replace("’", "'").casefold()


def _words_of(text: str) -> list[str]:
    return [_folded(word) for word in _WORD.findall(text)]


@dataclass(frozen=True, slots=True)
class Said:
    """What one voice said, made ready to be looked for. Falsy where they said nothing."""

    texts: tuple[Words, ...] = ()
    short_quotes: frozenset[tuple[str, ...]] = frozenset()
    # Three words in a row → where they stand: number of the text, number of the first of them.
    _rows: Mapping[Words, list[tuple[int, int]]] = field(default_factory=dict, repr=False)

    def __bool__(self) -> bool:
        return bool(self.texts)

    @classmethod
    def in_texts(cls, texts: Iterable[str], *, quotes: Iterable[str] = (), asked: str = "") -> "Said":
        """What was said in some texts.

        Args:
            quotes: texts that were chosen to be quoted; they are looked for like the others.
            asked: the enquiry's own question: repeating it makes nothing of it the speaker's.
        """
        quotes = list(quotes)
        question = _words_of(asked)
        runs = {tuple(question[at : at + RUN_LENGTH]) for at in range(len(question) - RUN_LENGTH + 1)}
        kept = tuple(dict.fromkeys(_without_runs(_words_of(text), runs) for text in (*texts, *quotes)))
        rows: dict[Words, list[tuple[int, int]]] = defaultdict(list)
        for number, words in enumerate(kept):
            for at in range(len(words) - _ROW + 1):
                row = words[at : at + _ROW]
                if None not in row:
                    rows[row].append((number, at))
        whole = (tuple(_words_of(quote)) for quote in quotes)
        return cls(kept, frozenset(words for words in whole if len(words) in _SHORT_QUOTE), dict(rows))

    def in_words(self, words: list[str]) -> set[int]:
        """The places of those words that are theirs, quotation marks apart."""
        found: set[int] = set()
        for blocks in self._blocks(words):
            for start, end in _chains(blocks):
                found.update(range(start, end))
        for length in _SHORT_QUOTE:
            for at in range(len(words) - length + 1):
                if tuple(words[at : at + length]) in self.short_quotes:
                    found.update(range(at, at + length))
        return found

    def _blocks(self, words: list[str]) -> Iterator[list[tuple[int, int, int]]]:
        """For each text, what it shares with `words`: start there, start in the text, length; in order."""
        lines: dict[tuple[int, int], list[int]] = defaultdict(list)
        for at in range(len(words) - _ROW + 1):
            for number, place in self._rows.get(tuple(words[at : at + _ROW]), ()):
                lines[number, place - at].append(at)
        by_text: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for (number, shift), starts in lines.items():
            first = starts[0]
            for before, after in pairwise([*starts, -1]):
                if after != before + 1:
                    by_text[number].append((first, first + shift, before + _ROW - first))
                    first = after
        for blocks in by_text.values():
            yield sorted(blocks)

    def holds(self, pieces: list[list[str]]) -> bool:
        """Whether one of their texts holds each of these pieces, word for word."""
        return any(all(_stands_in(piece, text) for piece in pieces) for text in self.texts)


def _without_runs(words: list[str], runs: set[tuple[str, ...]]) -> Words:
    kept: list[str | None] = list(words)
    for at in range(len(words) - RUN_LENGTH + 1):
        if tuple(words[at : at + RUN_LENGTH]) in runs:
            kept[at : at + RUN_LENGTH] = [None] * RUN_LENGTH
    return tuple(kept)


def _chains(blocks: list[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
    """Stretches `[start, end)` of blocks that follow each other closely and hold enough words together."""
    best: list[tuple[int, int]] = []  # words in the longest chain up to here, and where that chain starts
    for start, place, length in blocks:
        words, begins = length, start
        for (other, its_place, its_length), (so_far, its_start) in zip(blocks, best, strict=False):
            is_next = 0 <= start - (other + its_length) <= _GAP
            if is_next and 0 <= place - (its_place + its_length) <= _GAP and so_far + length > words:
                words, begins = so_far + length, its_start
        best.append((words, begins))
        if words >= RUN_LENGTH:
            yield begins, start + length


def _stands_in(piece: list[str], text: Words) -> bool:
    return any(
        list(text[at : at + len(piece)]) == piece
        for at in range(len(text) - len(piece) + 1)
        if text[at] == piece[0]
    )


def said_by(contributor: Contributor) -> Said:
    """What this voice said: in their turns, names and all, in passages, and in quotes as they were chosen,
    changed and shown. For taking it out of what others wrote, and for nothing else."""
    passages = Segment.objects.filter(contributor=contributor).values_list("text", flat=True)
    quotes = Quote.objects.filter(contributor=contributor).values_list("text", "shown")
    steps = QuoteStep.objects.filter(quote__contributor=contributor).values_list("shown", flat=True)
    return Said.in_texts(
        [*turns_said_by(contributor), *passages],
        quotes=[text for text in (*(text for pair in quotes for text in pair), *steps) if text],
        asked=Enquiry.objects.values_list("question", flat=True).get(pk=contributor.enquiry_id),
    )


def without(text: str, said: Said) -> str:
    """`text` with every word that is `said` taken out and `[…]` once in the place of each stretch.

    Marks of rich text between and inside the words stay, so that markup is as whole as it was.
    """
    if not said or not text:
        return text
    blank = _TAG.sub(_blanked, text)
    words = list(_WORD.finditer(blank))
    folded = [_folded(word.group()) for word in words]
    going = said.in_words(folded) | set(_quoted(blank, words, said))
    if not going:
        return text
    out, done = [], 0
    for at, word in enumerate(words):
        if at not in going:
            continue
        before = text[done : word.start()]
        if at - 1 in going:
            # Between two words that go, only marks stay.
            before = "".join(_TAG.findall(before))
        else:
            before += CUT
        out.append(before)
        done = word.end()
    return "".join(out) + text[done:]


def _blanked(mark: re.Match[str]) -> str:
    """As many signs as the mark has, so that every place stays; the names of quotation marks as those."""
    return _QUOTE_SIGNS.get(mark.group(), " ").ljust(len(mark.group()))


def _quoted(blank: str, words: list[re.Match[str]], said: Said) -> Iterator[int]:
    """The places of words that stand in quotation marks and were said so."""
    for quotation in _QUOTED.finditer(blank):
        inside = [
            (at, word) for at, word in enumerate(words) if quotation.start() < word.start() < quotation.end()
        ]
        breaks = [each.span() for each in _NOT_QUOTED.finditer(blank, *quotation.span())]
        pieces: dict[int, list[str]] = defaultdict(list)
        for _at, word in inside:
            if not any(start <= word.start() < end for start, end in breaks):
                pieces[sum(end <= word.start() for _start, end in breaks)].append(_folded(word.group()))
        if sum(map(len, pieces.values())) >= _LEAST_QUOTED and said.holds(list(pieces.values())):
            yield from (at for at, _word in inside)


def without_in(value: Any, clean: Callable[[str], str]) -> Any:
    """`clean` applied to all text inside a JSON value, text that is itself JSON included."""
    if isinstance(value, dict):
        return {key: without_in(each, clean) for key, each in value.items()}
    if isinstance(value, list):
        return [without_in(each, clean) for each in value]
    if not isinstance(value, str):
        return value
    if value[:1] in ("[", "{"):
        try:
            inner = json.loads(value)
        except ValueError:
            return clean(value)
        if isinstance(inner, dict | list):
            cleaned = without_in(inner, clean)
            return value if cleaned == inner else json.dumps(cleaned)
    return clean(value)
