"""What the sources of names hand to the finder, and how it is made one list without overlaps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from nlp.names.types import KINDS

_WHOLES = ("organisation", "address", "email")
_WHOLE_SCORE = 0.7
_CERTAIN = 0.95


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stretch that one source points at. The higher score wins where two overlap."""

    start: int
    end: int
    kind: str
    score: float
    why: str


def trimmed(candidate: Candidate, text: str) -> Candidate | None:
    """Without space, quotes and stops at its ends, a leading article or a trailing possessive.

    "Anna's" keeps its 's outside, so that the sentence still reads after `[sister]` is put in.
    """
    start, end = candidate.start, candidate.end
    while True:
        before = (start, end)
        while start < end and (text[start].isspace() or text[start] in "\"'“”‘’.,;:!?()[]{}…-–—*_#"):
            start += 1
        while start < end and (text[end - 1].isspace() or text[end - 1] in "\"'“”‘’,;:!?([{…-–—*_#"):
            end -= 1
        if end - start > 2 and text[end - 2 : end].casefold() in ("'s", "’s"):
            end -= 2
        if end > start and text[end - 1] in ".)]}" and not _needs_its_end(text[start:end]):
            end -= 1
        if (
            text[start : start + 3].casefold() == "the"
            and text[start + 3 : start + 4].isspace()
            and end - start > 4
        ):
            start += 4
        if (start, end) == before:
            break
    return replace(candidate, start=start, end=end) if start < end else None


def _needs_its_end(part: str) -> bool:
    """`J.R.` and `St.` keep their stop only as initials; `(0161)` its bracket only with the opening one."""
    if part[-1] == ".":
        return len(part) > 3 and part[-3:-2] == "."
    opening = {")": "(", "]": "[", "}": "{"}[part[-1]]
    return opening in part


def merged(candidates: Iterable[Candidate], text: str) -> list[Candidate]:
    """One list in order of place, without overlaps; the same list whatever order they came in.

    Two of one kind that overlap become one that covers both. Of two kinds the better score wins (then the
    longer, then the earlier), and what is left of the other stays, where it still holds a letter or digit.
    """
    fitted = {fit for item in candidates if (fit := trimmed(item, text)) is not None}
    settled: list[Candidate] = []
    for cluster in _clusters(_without_parts(_united(fitted))):
        settled.extend(_settled(cluster, text))
    return sorted(settled, key=lambda item: item.start)


def _clusters(candidates: list[Candidate]) -> Iterator[list[Candidate]]:
    """Groups in which each overlaps another; between groups nothing does."""
    cluster: list[Candidate] = []
    end = 0
    for item in sorted(candidates, key=lambda item: (item.start, _rank(item))):
        if cluster and item.start >= end:
            yield cluster
            cluster = []
        cluster.append(item)
        end = max(end, item.end)
    if cluster:
        yield cluster


def _settled(cluster: list[Candidate], text: str) -> list[Candidate]:
    queue = sorted(cluster, key=_rank)
    taken: list[Candidate] = []
    while queue:
        item = queue.pop(0)
        rival = next((other for other in taken if other.start < item.end and item.start < other.end), None)
        if rival is None:
            taken.append(item)
            continue
        for start, end in ((item.start, min(item.end, rival.start)), (max(item.start, rival.end), item.end)):
            rest = trimmed(replace(item, start=start, end=end), text) if end - start > 1 else None
            if rest and any(char.isupper() or char.isdigit() for char in text[rest.start : rest.end]):
                queue.append(rest)
        queue.sort(key=_rank)
    return taken


def _without_parts(candidates: list[Candidate]) -> list[Candidate]:
    """Without what lies inside a surer whole: the Mary of St Mary's School, the Albert of 14 Albert Road."""
    wholes = [item for item in candidates if item.kind in _WHOLES and item.score >= _WHOLE_SCORE]
    wholes.sort(key=lambda item: item.start)
    starts = [item.start for item in wholes]

    def is_part(item: Candidate) -> bool:
        at = bisect_right(starts, item.start)
        return item.score < _CERTAIN and any(
            whole.end >= item.end and whole.end - whole.start > item.end - item.start
            for whole in wholes[max(0, at - 3) : at]
        )

    return [item for item in candidates if not is_part(item)]


def _rank(item: Candidate) -> tuple[float, int, int, int, str]:
    return (-item.score, -(item.end - item.start), item.start, KINDS.index(item.kind), item.why)


def _united(candidates: Iterable[Candidate]) -> list[Candidate]:
    united: list[Candidate] = []
    for kind in KINDS:
        same = sorted(
            (item for item in candidates if item.kind == kind), key=lambda item: (item.start, _rank(item))
        )
        group: Candidate | None = None
        for item in same:
            if group is None or item.start >= group.end:
                if group is not None:
                    united.append(group)
                group = item
            else:
                best = min(group, item, key=_rank)
                group = replace(best, start=group.start, end=max(group.end, item.end))
        if group is not None:
            united.append(group)
    return united
