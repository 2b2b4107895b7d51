"""Names by how people bring them up: "my sister Anna", "called Tom", "Dr Khan", "worked for Tesco"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlp.names.candidates import Candidate
from nlp.names.wordlists import (
    ALSO_WORDS,
    BODIES,
    EVERYDAY,
    FIRST_NAMES,
    NOT_NAMES,
    PLACES,
    ROLES,
    longest_first,
    unaccented,
)

MARKS = "\u0300-\u036f"
_NAME = rf"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪİĶŁĹŃŇŌŐŒŘŚŞŠŢŤŪŮŰŹŻŽ][\w{MARKS}]*(?:['’-][A-Z][\w{MARKS}]+)*"
_NAMES = rf"{_NAME}(?:\s+(?:de|van|von|al|bin|ap|ab)?\s*{_NAME}){{0,2}}"
_ROLE = "|".join(longest_first(ROLES))
_CAPITAL_WORD = re.compile(rf"(?<![\w{MARKS}'’@#/.-]){_NAME}")
_TITLES = (
    "Mr|Mrs|Ms|Miss|Mx|Dr|Doctor|Prof|Professor|Rev|Reverend|Father|Sister|Brother|PC|Sergeant|Sgt|Cllr|"
    "Councillor|Auntie|Aunty|Aunt|Uncle|Nurse|Judge|Imam|Pastor"
)
_INTRODUCED = (
    (
        re.compile(rf"\b(?:[Mm]y name is|[Mm]y name['’]s|I['’]m called|I am called)\s+({_NAMES})"),
        "The words before it say a name.",
    ),
    (re.compile(rf"\b(?:called|named|nicknamed)\s+({_NAMES})"), "The words before it say a name."),
    (re.compile(rf"\b(?:{_TITLES})\.?\s+({_NAMES})"), "It follows a title."),
    (
        re.compile(
            rf"\b(?:[Mm]y|[Hh]is|[Hh]er|[Oo]ur|[Tt]heir|[Tt]he|[Aa]|[Yy]our)\s+(?:\w+\s+)?(?:{_ROLE}),?\s+"
            rf"(?:was\s+|is\s+)?(?:called\s+|named\s+)?({_NAMES})"
        ),
        "The words before it say who it is.",
    ),
)
_EMPLOYER = re.compile(
    rf"\b(?:[Ww]ork|[Ww]orks|[Ww]orked|[Ww]orking|[Jj]ob|[Ee]mployed|[Vv]olunteer|[Vv]olunteered|[Vv]olunteering|"
    rf"[Ss]hift|[Ss]hifts)\s+(?:at|for|with|by)\s+(?:the\s+)?({_NAMES})"
)
_BODY = "|".join(longest_first(word.capitalize() for word in BODIES if word != "hmp"))
_ORGANISATION = re.compile(
    rf"{_NAME}(?:\s+(?:(?:and|of|&|the)\s+)?{_NAME}(?:['’]s)?){{0,3}}?(?:['’]s)?\s+(?:{_BODY}|NHS Trust)\b"
)
_PRISON = re.compile(rf"\bHM[PY](?:OI)?\s+{_NAME}(?:\s+{_NAME})?")
_PLACE = re.compile(rf"(?<![\w'’-])(?:{'|'.join(longest_first(PLACES))})(?![\w-])")


def speech_candidates(text: str) -> Iterator[Candidate]:
    """Finds by wording, lists and capitals, overlapping as they come."""
    for pattern, why in _INTRODUCED:
        for match in pattern.finditer(text):
            if end := _end_of_name(text, match.start(1), match.end(1)):
                yield Candidate(match.start(1), end, "person", 0.8, why)
    for match in _EMPLOYER.finditer(text):
        if end := _end_of_name(text, match.start(1), match.end(1)):
            yield Candidate(match.start(1), end, "organisation", 0.65, "It may be where someone works.")
    for pattern in (_ORGANISATION, _PRISON):
        for match in pattern.finditer(text):
            start = _after_sentence_word(text, match.start(), match.end())
            if start is not None:
                yield Candidate(
                    start, match.end(), "organisation", 0.7, "It names a place that helps or holds people."
                )
    for match in _PLACE.finditer(text):
        plain = match.group().casefold()
        if plain in ALSO_WORDS and starts_sentence(text, match.start()):
            continue
        yield Candidate(*match.span(), "place", 0.72, "It is a place in the United Kingdom or Ireland.")
    yield from _capitals(text)


def _capitals(text: str) -> Iterator[Candidate]:
    """Runs of capitalised words: first names anywhere, anything unknown inside a sentence."""
    small = frozenset(re.findall(r"(?<!\w)[a-z]\w+", text))
    run: list[tuple[int, int]] = []
    for match in _CAPITAL_WORD.finditer(text):
        bare = re.sub(r"['’]s$", "", match.group())
        span = (match.start(), match.start() + len(bare))
        if not _may_name(bare, text, match.start(), small):
            yield from _named(run, text)
            run = []
        elif run and text[run[-1][1] : span[0]] == " ":
            run.append(span)
        else:
            yield from _named(run, text)
            run = [span]
    yield from _named(run, text)


def _may_name(bare: str, text: str, start: int, small: frozenset[str]) -> bool:
    plain = bare.casefold()
    if bare in NOT_NAMES or plain in EVERYDAY or len(bare) < 2 or _is_shout(bare) or re.match("I['’]", bare):
        return False
    if unaccented(bare) in FIRST_NAMES:
        return not (plain in ALSO_WORDS and starts_sentence(text, start))
    # The same word without a capital elsewhere is no name, unless it is known to be both.
    return not starts_sentence(text, start) and (plain in ALSO_WORDS or plain not in small)


def _named(run: list[tuple[int, int]], text: str) -> Iterator[Candidate]:
    if not run:
        return
    words = [text[start:end] for start, end in run]
    start, end = run[0][0], run[-1][1]
    if any(unaccented(word) in FIRST_NAMES for word in words):
        why = "It is a first name." if len(run) == 1 else "It holds a first name."
        yield Candidate(start, end, "person", 0.7, why)
    elif all(word.casefold() in ALSO_WORDS for word in words):
        yield Candidate(start, end, "person", 0.4, "It is a word that is also a name.")
    else:
        yield Candidate(start, end, "other", 0.35, "It has a capital letter inside a sentence, as names do.")


def _is_shout(word: str) -> bool:
    """Letters such as DWP, or a transcript in capitals, are no sign of a name."""
    return word.isupper() and len(word) > 1


def starts_sentence(text: str, start: int) -> bool:
    """True where a capital says nothing, as every sentence, turn and quotation begins with one."""
    at = start
    while at > 0 and text[at - 1] in " \t\"'“”‘’([*_-":
        at -= 1
        if text[at] in "\"'“‘" and (at == 0 or text[at - 1].isspace()):
            return True  # she said, "Come in"
    # Words and commas go on with a sentence; stops, line ends, a speaker's colon and emoji do not.
    return at == 0 or not (text[at - 1].isalnum() or text[at - 1] in ",;&/)")


def _end_of_name(text: str, start: int, end: int) -> int | None:
    """The end of the name, before the first word that is none; None where the first already is none."""
    at = None
    for match in re.finditer(r"\S+", text[start:end]):
        bare = re.sub(r"['’]s$", "", match.group().strip(".,;:!?"))
        if bare in NOT_NAMES and bare not in FIRST_NAMES:
            break
        at = start + match.end()
    return at


def _after_sentence_word(text: str, start: int, end: int) -> int | None:
    """Where the name starts, without a "The" or "At" that only opens the sentence; None if that is all."""
    words = list(re.finditer(r"\S+", text[start:end]))
    if starts_sentence(text, start) and words[0].group() in _OPENERS:
        words = words[1:]
    if len(words) < 2 or all(word.group() in NOT_NAMES for word in words):
        return None
    return start + words[0].start()


_OPENERS = frozenset(
    [
        "The",
        "A",
        "An",
        "At",
        "In",
        "On",
        "My",
        "Our",
        "Their",
        "His",
        "Her",
        "This",
        "That",
        "And",
        "But",
        "So",
        "Then",
        "When",
        "After",
        "Before",
        "From",
        "With",
        "For",
        "Every",
        "Our",
        "Some",
        "Any",
        "No",
        "Local",
        "Your",
        "It",
        "If",
        "To",
        "Of",
        "By",
    ]
)
