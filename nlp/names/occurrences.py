"""Every place where a name stands, once it is known: names from the consent record, names found elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from nlp.names.candidates import Candidate
from nlp.names.speech import starts_sentence
from nlp.names.wordlists import ALSO_WORDS, NOT_NAMES, SHORT_FORMS

# Letters with the marks that follow them, in any script: a mark is not a letter to `\w`.
_TOKEN = re.compile(r"(?:[^\W_][\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f]*)+")
_BETWEEN = re.compile(r"(?:\s{1,3}|\s?[-'’.]\s?)")
_PARTICLES = frozenset(
    [
        "de",
        "van",
        "von",
        "der",
        "den",
        "la",
        "le",
        "al",
        "el",
        "bin",
        "ap",
        "ab",
        "di",
        "da",
        "du",
        "the",
        "of",
        "and",
        "y",
        "mac",
        "o",
        "st",
    ]
)


def plain(word: str) -> str:
    """A word as it is compared: composed, without case."""
    return unicodedata.normalize("NFC", word).casefold()


class Index:
    """Where each word of a text stands, so that a thousand names are looked up in one pass."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._spans = [match.span() for match in _TOKEN.finditer(text)]
        self._at: dict[str, list[int]] = defaultdict(list)
        for number, (start, end) in enumerate(self._spans):
            self._at[plain(text[start:end])].append(number)

    def find(self, name: str) -> Iterator[tuple[int, int]]:
        """`[start, end)` of each place where the words of a name stand one after the other, in any case."""
        words = [plain(word) for word in _TOKEN.findall(name)]
        if not words:
            return
        for first in self._at.get(words[0], ()):
            last = first + len(words) - 1
            if last < len(self._spans) and all(
                self._joined(first + i, words[i]) for i in range(1, len(words))
            ):
                yield self._spans[first][0], self._spans[last][1]

    def _joined(self, number: int, word: str) -> bool:
        start, end = self._spans[number]
        if plain(self._text[start:end]) != word:
            return False
        return bool(_BETWEEN.fullmatch(self._text[self._spans[number - 1][1] : start]))


def known_candidates(index: Index, text: str, known_names: Iterable[str]) -> Iterator[Candidate]:
    """Names from the consent record: whole, each part, and the usual short forms of first names."""
    for name in known_names:
        parts = _TOKEN.findall(name)
        if not parts:
            continue
        for start, end in index.find(name):
            if len(parts) > 1 or _may_stand(text, start, end):
                yield Candidate(start, end, "person", 1.0, "It is a name from the consent record.")
        for part in parts if len(parts) > 1 else ():
            if len(part) > 1 and plain(part) not in _PARTICLES:
                for start, end in index.find(part):
                    if _may_stand(text, start, end):
                        yield Candidate(
                            start, end, "person", 0.95, "It is part of a name from the consent record."
                        )
        for short in SHORT_FORMS.get(plain(parts[0]), ()):
            for start, end in index.find(short):
                if text[start].isupper() and _may_stand(text, start, end):
                    yield Candidate(
                        start, end, "person", 0.9, "It is short for a name from the consent record."
                    )


def _may_stand(text: str, start: int, end: int) -> bool:
    """A name that is also a word, or a small one, counts only with a capital that means something."""
    word = plain(text[start:end])
    if word in ALSO_WORDS or (len(word) < 3 and word.isascii()):
        return text[start].isupper() and not (word in ALSO_WORDS and starts_sentence(text, start))
    return True


def repeated_candidates(index: Index, text: str, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Each name found once, wherever else it stands with a capital; of people also each part of the name."""
    best: dict[tuple[str, ...], Candidate] = {}
    for item in found:
        if item.kind not in ("person", "place", "organisation") or item.score < 0.5:
            continue
        words = tuple(_TOKEN.findall(text[item.start : item.end]))
        if not words or not any(word[0].isupper() or not word.isascii() for word in words):
            continue
        keys = [words]
        if item.kind == "person" and len(words) > 1:
            keys += [(word,) for word in words if len(word) > 2 and word[0].isupper()]
        for key in keys:
            if plain(key[0]) in _PARTICLES or (len(key) == 1 and key[0] in NOT_NAMES):
                continue
            rival = best.get(key)
            if rival is None or (-item.score, item.start) < (-rival.score, rival.start):
                best[key] = item
    for words, item in sorted(best.items()):
        for start, end in index.find(" ".join(words)):
            capital = text[start].isupper() or not text[start].isascii()
            if capital and (len(words) > 1 or _may_stand(text, start, end)):
                yield Candidate(
                    start,
                    end,
                    item.kind,
                    min(0.6, item.score),
                    "The same name was found elsewhere in this text.",
                )
