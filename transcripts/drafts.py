"""Turns as values: carried from one raw version to the next, split, joined. No database here.

A stored `Turn` counts its offsets in its version's text; a `TurnDraft` counts them from the start of its own
text, so that it can be moved without sums. `lay_out` puts drafts back into one text.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any

# Between two turns in the text of a version. An empty line, so that a name is never found across speakers.
BETWEEN_TURNS = "\n\n"
# Below this the engine was guessing (P): the words are marked and reached by "Next unsure word".
UNSURE_BELOW = 0.5

# [start, end, start_ms, end_ms, confidence]; confidence is None for a word that a person wrote.
Word = list[Any]
Flag = dict[str, Any]

_TOKEN = re.compile(r"\S+")
_EMPTY_LINE = re.compile(r"\n[ \t]*\n\s*")
_EDGES = re.compile(r"^\W+|\W+$")


@dataclass(frozen=True)
class TurnDraft:
    """One turn that is not stored yet.

    Attributes:
        text: what was said; words and flags count their offsets from its start, in code points.
        contributor_id: who spoke; None for a listener, or where nobody has said who it was.
        start_ms, end_ms: from the start of the recording; None for typed text.
        checked_by_id: the user who heard or read this turn and said it is right.
    """

    text: str
    contributor_id: int | None = None
    is_listener: bool = False
    start_ms: int | None = None
    end_ms: int | None = None
    words: list[Word] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    checked_by_id: int | None = None

    @property
    def has_speaker(self) -> bool:
        return self.is_listener or self.contributor_id is not None

    @property
    def key(self) -> tuple[str, int | None, bool, int | None]:
        """What makes two turns the same turn for a reader; marks are left out."""
        return (self.text, self.contributor_id, self.is_listener, self.start_ms)


@dataclass(frozen=True)
class Laid:
    """A draft in its place in the whole text: `[start, end)`, words and flags counted in that text."""

    draft: TurnDraft
    start: int
    end: int
    words: list[Word]
    flags: list[Flag]


def tidy(text: str) -> str:
    """Typed text as it is stored: line ends of one kind, no space at the edges or before a line end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def lay_out(drafts: Iterable[TurnDraft]) -> tuple[str, list[Laid]]:
    """Put turns behind each other, an empty line between them; gives the text and each turn's place."""
    parts: list[str] = []
    laid: list[Laid] = []
    at = 0
    for draft in drafts:
        laid.append(
            Laid(
                draft,
                at,
                at + len(draft.text),
                [[word[0] + at, word[1] + at, *word[2:]] for word in draft.words],
                [_moved_flag(flag, at) for flag in draft.flags],
            )
        )
        parts.append(draft.text)
        at += len(draft.text) + len(BETWEEN_TURNS)
    return BETWEEN_TURNS.join(parts), laid


def rewritten(draft: TurnDraft, text: str) -> TurnDraft:
    """The turn in other words: times of words that stayed are kept, those of new words lie between them.

    Marks whose words are all gone have been answered by the change, and go.
    """
    if text == draft.text:
        return draft
    carried = _Carried(draft.text, text)
    flags: list[Flag] = []
    for flag in draft.flags:
        if "start" not in flag:
            flags.append(flag)
            continue
        span = carried.span(flag["start"], flag["end"])
        if span is not None:
            flags.append({**flag, "start": span[0], "end": span[1]})
    words = _carried_words(draft, text, carried) if draft.words else []
    return replace(draft, text=text, words=words, flags=flags)


def split_at_empty_lines(draft: TurnDraft) -> list[TurnDraft]:
    """The turn as several, cut at each empty line a person left in it; at least one."""
    parts = [draft]
    while found := _EMPTY_LINE.search(parts[-1].text):
        parts[-1:] = split(parts[-1], found.start(), found.end())
    return parts


def split(draft: TurnDraft, end: int, start: int | None = None) -> list[TurnDraft]:
    """Two turns out of one: `text[:end]` and `text[start:]`, both of the same speaker.

    The moment between them is taken from the words; without words it is estimated from the share of the text.
    """
    start = end if start is None else start
    left, right = draft.text[:end].rstrip(), draft.text[start:]
    lead = len(right) - len(right.lstrip())
    start, right = start + lead, right.lstrip()
    if not left or not right:
        return [replace(draft, text=left or right)]
    before = [word for word in draft.words if word[0] < end]
    after = [[word[0] - start, word[1] - start, *word[2:]] for word in draft.words if word[0] >= start]
    cut_ms = _moment_of_cut(draft, before, after, end)
    return [
        replace(
            draft,
            text=left,
            end_ms=before[-1][3] if before and before[-1][3] is not None else cut_ms,
            words=before,
            flags=[flag for flag in draft.flags if _flag_is_before(flag, end, cut_ms)],
        ),
        replace(
            draft,
            text=right,
            start_ms=after[0][2] if after and after[0][2] is not None else cut_ms,
            words=after,
            flags=[
                _moved_flag(flag, -start) for flag in draft.flags if not _flag_is_before(flag, end, cut_ms)
            ],
        ),
    ]


def joined(first: TurnDraft, second: TurnDraft) -> TurnDraft:
    """One turn out of two neighbours, said by the speaker of the first. Nobody has checked it yet."""
    shift = len(first.text) + 1
    return replace(
        first,
        text=f"{first.text} {second.text}",
        contributor_id=first.contributor_id if first.has_speaker else second.contributor_id,
        is_listener=first.is_listener if first.has_speaker else second.is_listener,
        end_ms=second.end_ms if second.end_ms is not None else first.end_ms,
        words=[*first.words, *([w[0] + shift, w[1] + shift, *w[2:]] for w in second.words)],
        flags=[*first.flags, *(_moved_flag(flag, shift) for flag in second.flags)],
        checked_by_id=None,
    )


def without(draft: TurnDraft, start: int, end: int) -> TurnDraft:
    """The turn with `[start, end)` taken out, and the space left over with it."""
    text = re.sub(r" {2,}", " ", f"{draft.text[:start].rstrip()} {draft.text[end:].lstrip()}").strip()
    return rewritten(draft, text)


def where_now(old: Sequence[TurnDraft], new: Sequence[TurnDraft], index: int) -> tuple[int | None, range]:
    """Where turn `index` of an older version stands in a newer one.

    Returns:
        Its index when the turn is unchanged, with a range holding only that; else None, with the range of
        turns that stand in its place now (empty when it was taken out).
    """
    matcher = SequenceMatcher(a=[t.key for t in old], b=[t.key for t in new], autojunk=False)
    for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        if a_from <= index < a_to:
            if tag == "equal":
                found = b_from + index - a_from
                return found, range(found, found + 1)
            return None, range(b_from, b_to)
    raise IndexError(index)


def changed_words(old: str, new: str) -> list[tuple[str, str]]:
    """What was changed between two texts, as (words before, words after) with one of them empty at most."""
    before, after = old.split(), new.split()
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    return [
        (" ".join(before[a_from:a_to]), " ".join(after[b_from:b_to]))
        for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes()
        if tag != "equal"
    ]


def _moved_flag(flag: Flag, by: int) -> Flag:
    return {**flag, "start": flag["start"] + by, "end": flag["end"] + by} if "start" in flag else dict(flag)


def _flag_is_before(flag: Flag, end: int, cut_ms: int | None) -> bool:
    if "start" in flag:
        return bool(flag["start"] < end)
    return cut_ms is None or flag.get("start_ms") is None or flag["start_ms"] < cut_ms


def _moment_of_cut(draft: TurnDraft, before: list[Word], after: list[Word], end: int) -> int | None:
    if after and after[0][2] is not None:
        return int(after[0][2])
    if before and before[-1][3] is not None:
        return int(before[-1][3])
    if draft.start_ms is None or draft.end_ms is None:
        return None
    return draft.start_ms + round((draft.end_ms - draft.start_ms) * end / max(1, len(draft.text)))


class _Carried:
    """Which words of one text stand where in another; a change of case or stop keeps a word the same."""

    def __init__(self, old: str, new: str) -> None:
        self.old = [found.span() for found in _TOKEN.finditer(old)]
        self.new = [found.span() for found in _TOKEN.finditer(new)]
        matcher = SequenceMatcher(
            a=[_bare(old[a:b]) for a, b in self.old],
            b=[_bare(new[a:b]) for a, b in self.new],
            autojunk=False,
        )
        self.opcodes = matcher.get_opcodes()
        # Index of an old word -> index of the new word that it is.
        self.same = {
            a_from + step: b_from + step
            for tag, a_from, a_to, b_from, _b_to in self.opcodes
            if tag == "equal"
            for step in range(a_to - a_from)
        }

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """`[start, end)` of the old text in the new one; None when none of its words is left."""
        kept = [
            self.new[self.same[index]]
            for index, (a, b) in enumerate(self.old)
            if index in self.same and a < end and b > start
        ]
        return (kept[0][0], kept[-1][1]) if kept else None


def _bare(token: str) -> str:
    return _EDGES.sub("", token).casefold() or token


def _carried_words(draft: TurnDraft, text: str, carried: _Carried) -> list[Word]:
    timed: list[Word] = []
    for tag, a_from, a_to, b_from, b_to in carried.opcodes:
        if tag == "delete":
            continue
        one_for_one = tag == "equal" or (tag == "replace" and a_to - a_from == b_to - b_from)
        for step in range(b_to - b_from):
            start, end = carried.new[b_from + step]
            inside = _words_within(draft.words, carried.old[a_from + step]) if one_for_one else []
            if not inside:
                timed.append([start, end, None, None, None])
            elif tag == "equal":
                timed.append([start, end, inside[0][2], inside[-1][3], _least_sure(inside)])
            else:
                timed.append([start, end, inside[0][2], inside[-1][3], None])
    return _with_times_between(timed, draft.start_ms, draft.end_ms)


def _words_within(words: list[Word], span: tuple[int, int]) -> list[Word]:
    return [word for word in words if word[0] < span[1] and word[1] > span[0]]


def _least_sure(words: list[Word]) -> float | None:
    known = [word[4] for word in words if word[4] is not None]
    return min(known) if known else None


def _with_times_between(words: list[Word], start_ms: int | None, end_ms: int | None) -> list[Word]:
    """Give words without times an even share of the time between their timed neighbours."""
    at = 0
    while at < len(words):
        if words[at][2] is not None:
            at += 1
            continue
        until = at
        while until < len(words) and words[until][2] is None:
            until += 1
        begin = words[at - 1][3] if at else start_ms
        finish = words[until][2] if until < len(words) else end_ms
        if begin is not None and finish is not None:
            finish = max(begin, finish)
            share = (finish - begin) / (until - at)
            for step, word in enumerate(words[at:until]):
                word[2], word[3] = round(begin + share * step), round(begin + share * (step + 1))
        at = until
    return [word for word in words if word[2] is not None]
