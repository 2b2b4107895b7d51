"""Codes offered for passages: near to what people tagged with a code, or to its definition.

A suggestion is a proposal. It never tags, and never learns from other suggestions: examples are passages
that a person decided on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.floating[Any]]

DEFAULT_THRESHOLD = 0.35
"""Cosine below which nothing is offered. With all-MiniLM-L6-v2 unrelated English passages lie around 0.0 to
0.2 and a passage and the definition that fits it around 0.35 to 0.6. The project's own choice."""
DEFAULT_PER_PASSAGE = 3
_NEAREST = 3
_WEIGHT_NEAREST, _WEIGHT_CENTRE, _WEIGHT_DEFINITION = 0.5, 0.3, 0.2


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedPassage:
    """A passage by id, with its vector (any length but 0)."""

    id: str
    vector: Vector


@dataclass(frozen=True, slots=True, eq=False)
class CodeExamples:
    """What is known of a code.

    Attributes:
        definition: vector of its name and definition.
        examples: passages that people tagged with it.
    """

    id: str
    definition: Vector
    examples: Sequence[EmbeddedPassage] = ()


@dataclass(frozen=True, slots=True)
class SuggestedCode:
    """One code offered for one passage.

    Attributes:
        score: cosine-like, from the threshold to 1, rounded to four places.
        basis: what it rests on, for a translated sentence; `why` says the same in English.
        near_passage_ids: tagged passages it rests on, nearest first; empty when it rests on the definition.
    """

    passage_id: str
    code_id: str
    score: float
    basis: Literal["examples", "definition"]
    why: str
    near_passage_ids: tuple[str, ...] = ()


def suggest_codes(
    passages: Sequence[EmbeddedPassage],
    codes: Sequence[CodeExamples],
    *,
    already: Collection[tuple[str, str]] = (),
    threshold: float = DEFAULT_THRESHOLD,
    per_passage: int = DEFAULT_PER_PASSAGE,
) -> list[SuggestedCode]:
    """Codes worth a look, passage by passage in the order given, best first.

    The score of a code with examples is 0.5 x the mean cosine to its three nearest examples, 0.3 x the
    cosine to their centre, 0.2 x the cosine to its definition; without examples it is the cosine to its
    definition. A passage is never its own example.

    Args:
        already: (passage id, code id) that a person has decided on, either way; never offered again.
        threshold: scores below it are not offered.
        per_passage: at most this many for one passage.

    Raises:
        ValueError: vectors of different dimensions.
    """
    if not passages or not codes:
        return []
    wanted = _rows([passage.vector for passage in passages])
    scores = np.zeros((len(passages), len(codes)))
    near: dict[tuple[int, int], tuple[str, ...]] = {}
    for column, code in enumerate(codes):
        to_definition = wanted @ _rows([code.definition])[0]
        if not code.examples:
            scores[:, column] = to_definition
            continue
        examples = _rows([example.vector for example in code.examples])
        to_examples = wanted @ examples.T
        for row, passage in enumerate(passages):
            others = [at for at, example in enumerate(code.examples) if example.id != passage.id]
            if not others:
                scores[row, column] = to_definition[row]
                continue
            nearest = sorted(others, key=lambda at: (-round(float(to_examples[row, at]), 9), at))[:_NEAREST]
            centre = examples[others].mean(axis=0)
            to_centre = float(wanted[row] @ centre) / (float(np.linalg.norm(centre)) or 1.0)
            scores[row, column] = (
                _WEIGHT_NEAREST * float(np.mean(to_examples[row, nearest]))
                + _WEIGHT_CENTRE * to_centre
                + _WEIGHT_DEFINITION * float(to_definition[row])
            )
            near[row, column] = tuple(
                code.examples[at].id for at in nearest if to_examples[row, at] >= threshold
            )
    rounded = np.round(scores, 4)
    decided = set(already)
    suggestions = []
    for row, passage in enumerate(passages):
        order = sorted(range(len(codes)), key=lambda column: (-rounded[row, column], column))
        fresh = [
            column
            for column in order
            if rounded[row, column] >= threshold and (passage.id, codes[column].id) not in decided
        ]
        for column in fresh[:per_passage]:
            ids = near.get((row, column), ())
            suggestions.append(
                SuggestedCode(
                    passage_id=passage.id,
                    code_id=codes[column].id,
                    score=float(rounded[row, column]),
                    basis="examples" if ids else "definition",
                    why=_why(len(ids)),
                    near_passage_ids=ids,
                )
            )
    return suggestions


def _why(n_near: int) -> str:
    if n_near == 0:
        return "Its words are close to the definition of this code."
    if n_near == 1:
        return "It is close to a passage that people tagged with this code."
    return f"It is close to {n_near} passages that people tagged with this code."


def _rows(vectors: Sequence[Vector]) -> NDArray[np.float64]:
    rows = np.asarray(vectors, dtype=np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1.0)
