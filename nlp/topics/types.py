"""What a topic run takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage to group: an id of the caller's choosing, unique in a run, and its pseudonymised text."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A group that the model offers for people to judge.

    Attributes:
        id: 0 for the largest group, then upwards.
        words: (word, weight) with the heaviest first; weights above 0, rounded to six places.
        members: ids of all passages in the group, in the order they were given.
        representatives: ids of the members nearest to the middle of the group, nearest first.
    """

    id: int
    words: tuple[tuple[str, float], ...]
    members: tuple[str, ...]
    representatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopicRunFacts:
    """What is needed to repeat a run and to name it in a report.

    Attributes:
        model: `bertopic-kmeans` or `bertopic-hdbscan`.
        versions: version by package.
        parameters: everything that steers the result, as plain JSON values.
        corpus_hash: SHA-256 over ids and texts in order.
        n: number of passages.
    """

    model: str
    versions: dict[str, str]
    parameters: dict[str, Any]
    seed: int
    corpus_hash: str
    n: int


@dataclass(frozen=True, slots=True)
class TopicRunResult:
    """Groups, and the passages that fit none: those are to be read by a person in full.

    Attributes:
        coordinates: (x, y) by passage id, each from -1 to 1, for a map; distance on it is only a hint.
    """

    run: TopicRunFacts
    topics: tuple[Topic, ...]
    outliers: tuple[str, ...]
    coordinates: dict[str, tuple[float, float]] = field(default_factory=dict)
