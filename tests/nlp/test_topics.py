"""The real BERTopic: groups, outliers, the same result for the same seed, and refusals."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import numpy as np
import pytest

from nlp.embedding import HashingEmbedder
from nlp.topics import Passage, PassagesUnreadable, TooFewPassages, run_topics
from nlp.topics.clustering import KMeansWithOutliers

WORDS = {
    "housing": "landlord rent eviction hostel tenancy keys damp deposit flat",
    "health": "doctor hospital appointment medication referral nurse clinic surgery",
    "work": "job interview shifts wages manager volunteering training kitchen",
    "money": "claim form sanction assessment payment appeal letter debt",
}


def passages(n: int, *, seed: int = 1, kinds: Sequence[str] = tuple(WORDS)) -> list[Passage]:
    """Passages that go round the kinds: the first of the first, the second of the second and so on."""
    draw = random.Random(seed)
    made = []
    for number in range(n):
        words = WORDS[kinds[number % len(kinds)]].split()
        text = " ".join(
            f"[sister] said um the {draw.choice(words)} and {draw.choice(words)}" for _ in range(8)
        )
        made.append(Passage(f"p{number}", text))
    return made


def _by_kind(members: Sequence[str], kinds: int = len(WORDS)) -> set[int]:
    return {int(member[1:]) % kinds for member in members}


@pytest.fixture(scope="module")
def few() -> list[Passage]:
    return passages(160)


def test_a_small_corpus_is_grouped_by_what_it_talks_about(few: list[Passage]) -> None:
    result = run_topics(few, embedder=HashingEmbedder())

    assert result.run.model == "bertopic-kmeans"
    assert result.run.parameters["k"] == 4
    assert result.run.parameters["embedding"] == "hashing-384"
    assert result.run.n == 160
    assert all(len(_by_kind(topic.members)) == 1 for topic in result.topics)
    placed = [member for topic in result.topics for member in topic.members] + list(result.outliers)
    assert sorted(placed) == sorted(passage.id for passage in few)
    for topic in result.topics:
        assert topic.words
        assert {word for word, _weight in topic.words} <= set(
            WORDS[list(WORDS)[_by_kind(topic.members).pop()]].split()
        )
        assert [weight for _word, weight in topic.words] == sorted((w for _x, w in topic.words), reverse=True)
        assert set(topic.representatives) <= set(topic.members)
        assert len(topic.representatives) == 5
    assert set(result.coordinates) == {passage.id for passage in few}
    assert all(-1.0 <= x <= 1.0 and -1.0 <= y <= 1.0 for x, y in result.coordinates.values())
    sizes = [len(topic.members) for topic in result.topics]
    assert sizes == sorted(sizes, reverse=True)
    assert [topic.id for topic in result.topics] == list(range(len(sizes)))


def test_the_same_seed_gives_the_same_result(few: list[Passage]) -> None:
    embedder = HashingEmbedder()

    first, second = (run_topics(few, embedder=embedder, seed=7) for _ in range(2))

    assert repr(first) == repr(second)
    assert json.dumps(first.run.parameters)


def test_the_last_bits_of_a_vector_do_not_move_a_result(few: list[Passage]) -> None:
    vectors = HashingEmbedder().embed([passage.text for passage in few]).astype(np.float64)

    assert run_topics(few, vectors) == run_topics(few, vectors * 3.0 + 1e-9)


def test_a_large_corpus_goes_by_density() -> None:
    many = passages(520)

    first, second = (run_topics(many, embedder=HashingEmbedder(), seed=11) for _ in range(2))

    assert repr(first) == repr(second)
    assert first.run.model == "bertopic-hdbscan"
    assert len(first.topics) >= 2
    assert all(len(_by_kind(topic.members)) == 1 for topic in first.topics)
    placed = [member for topic in first.topics for member in topic.members] + list(first.outliers)
    assert sorted(placed) == sorted(passage.id for passage in many)


def test_a_rare_voice_is_left_out_and_not_swept_into_a_group(few: list[Passage]) -> None:
    vectors = HashingEmbedder().embed([passage.text for passage in few])
    draw = np.random.default_rng(5)
    vectors[17] = draw.standard_normal(384)
    vectors[90] = draw.standard_normal(384)

    result = run_topics(few, vectors)

    assert {"p17", "p90"} <= set(result.outliers)


def test_groups_too_small_to_be_one_are_outliers() -> None:
    draw = np.random.default_rng(1)
    crowd = [draw.normal(centre, 0.05, size=(60, 3)) for centre in ([0, 0, 0], [4, 0, 0])]
    pair = np.array([[0.0, 9.0, 0.0], [0.0, 9.1, 0.0]])

    clustering = KMeansWithOutliers(seed=42).fit(np.vstack([*crowd, pair]))

    assert set(clustering.labels_[-2:]) == {-1}
    assert len(set(clustering.labels_[:120]) - {-1}) == 2


def test_passages_that_are_all_alike_make_one_group() -> None:
    clustering = KMeansWithOutliers(seed=42).fit(np.ones((120, 4)))

    assert set(clustering.labels_) == {0}


@pytest.mark.parametrize("n", [0, 1, 99])
def test_too_few_passages_are_to_be_coded_by_hand(n: int) -> None:
    with pytest.raises(TooFewPassages, match=f"There are {n} passages.*by hand"):
        run_topics(passages(n))


def test_passages_that_cannot_be_used_are_named(few: list[Passage]) -> None:
    with pytest.raises(PassagesUnreadable, match=r"Passage 161 has the id 'p3'"):
        run_topics([*few, few[3]])
    with pytest.raises(PassagesUnreadable, match="Passage 161 has no text"):
        run_topics([*few, Passage("x", " \n")])
    with pytest.raises(PassagesUnreadable, match="do not fit"):
        run_topics(few, np.zeros((3, 384)))
    with pytest.raises(PassagesUnreadable, match="do not fit"):
        run_topics(few, np.full((160, 8), np.nan))
    with pytest.raises(PassagesUnreadable, match="no words that could name a topic"):
        run_topics([Passage(f"p{n}", "[sister] um, yeah.") for n in range(100)], embedder=HashingEmbedder())
