"""Which two completions are one person's first and later. Knows nothing of what was measured."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

# The project's own choices, in days.
FIRST_WITHIN = timedelta(days=28)
APART = timedelta(days=14)
AROUND_ENDING = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Scored:
    """One valid completion: the day and its score."""

    on: date
    score: Decimal


@dataclass(frozen=True, slots=True)
class Span:
    """One coaching relationship: first day, and last day where it has ended."""

    started_on: date
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """A first and a later score of one person. `late_first`: the first came more than 28 days from the
    start. `at_ending`: the later one lies within 60 days of the ending."""

    first: Scored
    later: Scored
    late_first: bool
    at_ending: bool

    @property
    def change(self) -> Decimal:
        """Later minus first."""
        return self.later.score - self.first.score


def pair(span: Span, scores: Iterable[Scored], *, not_before: date | None = None) -> Pair | None:
    """First and later completion of one relationship, or None when there are not two.

    First is the earliest within 28 days of the start, on either side; with none there, the earliest
    after the start, marked `late_first`. Later is, once the relationship has ended, the last within 60
    days of the ending, on either side; else the latest. It lies at least 14 days after the first, and
    never more than 60 days after an ending.

    Args:
        scores: valid completions in any order.
        not_before: the day an earlier relationship of the same person ended; completions up to it
            belong to that one.
    """
    upper = span.ended_on + AROUND_ENDING if span.ended_on else date.max
    lower = span.started_on - FIRST_WITHIN
    usable = sorted(
        (
            each
            for each in scores
            if lower <= each.on <= upper and (not_before is None or each.on > not_before)
        ),
        key=lambda each: each.on,
    )
    if not usable:
        return None
    # Sorted, and nothing lies earlier than 28 days before the start: the first usable one is the earliest.
    first = usable[0]
    late = first.on > span.started_on + FIRST_WITHIN
    candidates = [each for each in usable if each.on >= first.on + APART]
    if not candidates:
        return None
    later = candidates[-1]
    at_ending = span.ended_on is not None and abs(later.on - span.ended_on) <= AROUND_ENDING
    return Pair(first=first, later=later, late_first=late, at_ending=at_ending)


def pair_person(spans: Sequence[Span], scores: Sequence[Scored]) -> Pair | None:
    """One pair for a person, so that nobody counts twice: that of the earliest relationship that has one."""
    earlier_end: date | None = None
    for span in sorted(spans, key=lambda each: each.started_on):
        found = pair(span, scores, not_before=earlier_end)
        if found is not None:
            return found
        if span.ended_on is not None and (earlier_end is None or span.ended_on > earlier_end):
            earlier_end = span.ended_on
    return None
