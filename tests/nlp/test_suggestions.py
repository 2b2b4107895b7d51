"""Codes are offered for what is near, never twice, and never from the passage itself."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.embedding import HashingEmbedder, MiniLmEmbedder
from nlp.suggestions import CodeExamples, EmbeddedPassage, suggest_codes


def _at(degrees: float) -> np.ndarray:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])


HOUSING = CodeExamples("housing", _at(0), [EmbeddedPassage("h1", _at(5)), EmbeddedPassage("h2", _at(355))])
HEALTH = CodeExamples("health", _at(90))


def test_a_passage_near_tagged_ones_gets_their_code() -> None:
    (suggestion,) = suggest_codes([EmbeddedPassage("p", _at(3))], [HOUSING, HEALTH])

    assert suggestion.code_id == "housing"
    assert suggestion.basis == "examples"
    assert suggestion.near_passage_ids == ("h1", "h2")
    assert "2 passages" in suggestion.why
    assert 0.9 < suggestion.score <= 1.0


def test_a_code_without_examples_goes_by_its_definition() -> None:
    (suggestion,) = suggest_codes([EmbeddedPassage("p", _at(95))], [HOUSING, HEALTH])

    assert (suggestion.code_id, suggestion.basis, suggestion.near_passage_ids) == ("health", "definition", ())


def test_what_is_far_from_everything_gets_nothing() -> None:
    assert suggest_codes([EmbeddedPassage("p", _at(225))], [HOUSING, HEALTH]) == []
    assert suggest_codes([], [HOUSING]) == []
    assert suggest_codes([EmbeddedPassage("p", _at(0))], []) == []


def test_what_a_person_decided_is_not_offered_again() -> None:
    passage = EmbeddedPassage("p", _at(45))

    assert {s.code_id for s in suggest_codes([passage], [HOUSING, HEALTH])} == {"housing", "health"}
    assert [s.code_id for s in suggest_codes([passage], [HOUSING, HEALTH], already={("p", "housing")})] == [
        "health"
    ]


def test_a_passage_is_not_its_own_example() -> None:
    code = CodeExamples("c", _at(90), [EmbeddedPassage("p", _at(0))])

    assert suggest_codes([EmbeddedPassage("p", _at(0))], [code]) == []


def test_at_most_so_many_for_one_passage_best_first() -> None:
    codes = [CodeExamples(f"c{n}", _at(10 * n)) for n in range(6)]

    suggestions = suggest_codes([EmbeddedPassage("p", _at(0))], codes, per_passage=2)

    assert [suggestion.code_id for suggestion in suggestions] == ["c0", "c1"]


def test_real_passages_find_the_definition_that_fits() -> None:
    embedder = MiniLmEmbedder()
    definitions = {
        "retelling": "Having to tell the story of a trauma again and again to prove need",
        "housing": "Support that is tied to staying in one home or tenancy",
        "someone who listened": "A person took time to listen",
    }
    vectors = embedder.embed(list(definitions.values()))
    codes = [CodeExamples(name, vector) for name, vector in zip(definitions, vectors, strict=True)]
    passage = (
        "Every new worker made me go over what happened to me from the start, just to show I needed help."
    )

    first, *_rest = suggest_codes([EmbeddedPassage("p", embedder.embed([passage])[0])], codes, threshold=0.1)

    assert first.code_id == "retelling"


# --- Embedders ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("embedder", [HashingEmbedder(), MiniLmEmbedder()], ids=["hashing", "minilm"])
def test_vectors_have_length_one_and_come_out_the_same(embedder: HashingEmbedder | MiniLmEmbedder) -> None:
    texts = ["I had to wait for months.", "😀", "", "שלום עליכם"]

    vectors = embedder.embed(texts)

    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(vectors, embedder.embed(texts))
    assert embedder.embed([]).shape == (0, 384)
