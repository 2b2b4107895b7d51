"""A topic run: BERTopic on vectors, the same result for the same passages and seed.

Source: Grootendorst 2022 (BERTopic); which clustering at which size is the project's own rule.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nlp.topics.errors import PassagesUnreadable, TooFewPassages
from nlp.topics.types import Passage, Topic, TopicRunFacts, TopicRunResult

if TYPE_CHECKING:
    from nlp.embedding import Embedder

MIN_PASSAGES = 100
DENSITY_FROM = 501
"""From this many passages on density clustering, below it k-means."""
DEFAULT_SEED = 42
WORDS_PER_TOPIC = 10
REPRESENTATIVES = 5

_PCA_COMPONENTS = 20
_PACKAGES = ("bertopic", "scikit-learn", "numpy", "umap-learn", "hdbscan", "numba")


def run_topics(
    passages: Sequence[Passage],
    embeddings: NDArray[np.floating[Any]] | None = None,
    *,
    seed: int = DEFAULT_SEED,
    embedder: Embedder | None = None,
) -> TopicRunResult:
    """Group passages by meaning, as a proposal for people to judge.

    From 100 to 500 passages: PCA and k-means, k by silhouette, passages far from every centre left out
    (`nlp.topics.clustering`). Above: UMAP and HDBSCAN. Words are those of c-TF-IDF, without stop words and
    without the bracketed words that stand in for names.

    Args:
        passages: unique ids, pseudonymised texts. Their order is part of what makes a run repeatable.
        embeddings: shape (n, d), one row per passage; None embeds the texts with `embedder`.
        seed: 0 to 2**32 - 1.
        embedder: names the model of given embeddings, or makes them; None is MiniLmEmbedder.

    Raises:
        TooFewPassages: under 100.
        PassagesUnreadable: ids twice, texts empty, vectors that do not fit, or no usable word at all.
    """
    _check(passages)
    if embeddings is None:
        if embedder is None:
            from nlp.embedding import MiniLmEmbedder

            embedder = MiniLmEmbedder()
        embeddings = embedder.embed([passage.text for passage in passages])
    vectors = _usable(embeddings, len(passages))
    dense = len(passages) >= DENSITY_FROM
    from threadpoolctl import threadpool_limits

    # One thread: sums in another order round differently, and the same seed must give the same bytes.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parameters = _parameters(len(passages), dense=dense)
        model, labels, plane = _fit(passages, vectors, seed, parameters, dense=dense)
    parameters["embedding"] = embedder.name if embedder is not None else "given"
    if not dense:
        parameters["k"] = model.hdbscan_model.n_clusters
    return TopicRunResult(
        run=TopicRunFacts(
            model="bertopic-hdbscan" if dense else "bertopic-kmeans",
            versions={package: version(package) for package in _PACKAGES},
            parameters=parameters,
            seed=seed,
            corpus_hash=corpus_hash(passages),
            n=len(passages),
        ),
        topics=_topics(passages, vectors, model, labels),
        outliers=tuple(passage.id for passage, label in zip(passages, labels, strict=True) if label == -1),
        coordinates=_coordinates(passages, plane),
    )


def corpus_hash(passages: Sequence[Passage]) -> str:
    """SHA-256 over ids and texts in order, as lower-case hex."""
    digest = hashlib.sha256()
    for passage in passages:
        digest.update(json.dumps([passage.id, passage.text], ensure_ascii=True).encode() + b"\n")
    return digest.hexdigest()


def _check(passages: Sequence[Passage]) -> None:
    seen: set[str] = set()
    for number, passage in enumerate(passages, 1):
        if passage.id in seen:
            raise PassagesUnreadable(
                f"Passage {number} has the id {passage.id!r}, which an earlier one has: give each its own."
            )
        seen.add(passage.id)
        if not passage.text.strip():
            raise PassagesUnreadable(f"Passage {number} has no text: leave it out, or give it its text.")
    if len(passages) < MIN_PASSAGES:
        raise TooFewPassages(len(passages), MIN_PASSAGES)


def _usable(embeddings: NDArray[np.floating[Any]], n: int) -> NDArray[np.float64]:
    vectors = np.asarray(embeddings, dtype=np.float64)
    if vectors.ndim != 2 or len(vectors) != n or not np.isfinite(vectors).all():
        raise PassagesUnreadable("The vectors do not fit the passages: embed the passages again.")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    # Batches and processors differ in the last bits of a vector; rounded, they do not move a result.
    return np.round(vectors / np.where(lengths > 0, lengths, 1.0), 5)


def _parameters(n: int, *, dense: bool) -> dict[str, Any]:
    common: dict[str, Any] = {"words_per_topic": WORDS_PER_TOPIC, "reduce_frequent_words": True}
    if dense:
        return common | {
            "umap": {"n_neighbors": 15, "n_components": 5, "min_dist": 0.0, "metric": "cosine"},
            "hdbscan": {
                "min_cluster_size": min(max(10, n // 100), 100),
                "min_samples": 5,
                "metric": "euclidean",
                "cluster_selection_method": "eom",
            },
        }
    from nlp.topics import clustering

    return common | {
        "pca": {"n_components": _PCA_COMPONENTS},
        "kmeans": {
            "k_from": clustering.FEWEST_GROUPS,
            "k_to": min(clustering.MOST_GROUPS, n // clustering.PASSAGES_PER_GROUP),
            "k_by": "silhouette",
            "smallest_group": clustering.SMALLEST_GROUP,
            "largest_share": clustering.LARGEST_SHARE,
            "outlier_above": clustering.FAR_AWAY,
        },
    }


def _fit(
    passages: Sequence[Passage],
    vectors: NDArray[np.float64],
    seed: int,
    parameters: dict[str, Any],
    *,
    dense: bool,
) -> tuple[Any, list[int], NDArray[np.float64]]:
    """The fitted BERTopic, its label per passage, and a place on a plane per passage."""
    from bertopic import BERTopic
    from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.decomposition import PCA
    from sklearn.feature_extraction.text import CountVectorizer

    from nlp.topics.wording import WORD_PATTERN, stop_words, without_stand_ins

    reducer: Any
    clusterer: Any
    if dense:
        from hdbscan import HDBSCAN
        from umap import UMAP

        reducer = UMAP(**parameters["umap"], random_state=seed, n_jobs=1)
        clusterer = HDBSCAN(**parameters["hdbscan"], core_dist_n_jobs=1)
        plane = UMAP(
            n_neighbors=15, n_components=2, min_dist=0.1, metric="cosine", random_state=seed, n_jobs=1
        ).fit_transform(vectors)
    else:
        from nlp.topics.clustering import KMeansWithOutliers

        size = min(_PCA_COMPONENTS, *vectors.shape)
        reducer = PCA(n_components=size, svd_solver="full", random_state=seed)
        clusterer = KMeansWithOutliers(seed)
        plane = PCA(n_components=min(2, size), svd_solver="full", random_state=seed).fit_transform(vectors)
    model = BERTopic(
        language="multilingual",  # "english" strips apostrophes, accents and other scripts from words
        umap_model=reducer,
        hdbscan_model=clusterer,
        vectorizer_model=CountVectorizer(stop_words=stop_words(), token_pattern=WORD_PATTERN),
        ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True),
        top_n_words=WORDS_PER_TOPIC,
        calculate_probabilities=False,
        verbose=False,
    )
    texts = [without_stand_ins(passage.text).lower() for passage in passages]
    try:
        labels, _ = model.fit_transform(texts, embeddings=vectors)
    except ValueError as error:
        if "vocabulary" not in str(error):
            raise
        raise PassagesUnreadable(
            "The passages hold no words that could name a topic: check that the file has their texts."
        ) from error
    return model, [int(label) for label in labels], np.asarray(plane, dtype=np.float64)


def _topics(
    passages: Sequence[Passage], vectors: NDArray[np.float64], model: Any, labels: list[int]
) -> tuple[Topic, ...]:
    """Largest first; of two alike in size the one whose first passage comes first."""
    members: dict[int, list[int]] = {}
    for index, label in enumerate(labels):
        if label != -1:
            members.setdefault(label, []).append(index)
    topics = []
    ordered = sorted(members.items(), key=lambda item: (-len(item[1]), item[1][0]))
    for number, (label, indexes) in enumerate(ordered):
        words = [(str(word), round(float(weight), 6)) for word, weight in model.get_topic(label) or []]
        middle = vectors[indexes].mean(axis=0)
        nearness = np.round(vectors[indexes] @ middle, 9)
        nearest = sorted(range(len(indexes)), key=lambda at: (-nearness[at], at))[:REPRESENTATIVES]
        topics.append(
            Topic(
                id=number,
                words=tuple(
                    sorted(((w, x) for w, x in words if w and x > 0), key=lambda word: (-word[1], word[0]))
                ),
                members=tuple(passages[index].id for index in indexes),
                representatives=tuple(passages[indexes[at]].id for at in nearest),
            )
        )
    return tuple(topics)


def _coordinates(passages: Sequence[Passage], plane: NDArray[np.float64]) -> dict[str, tuple[float, float]]:
    """Each axis from -1 to 1, the middle of the passages near 0."""
    if plane.shape[1] < 2:
        plane = np.column_stack([plane[:, 0], np.zeros(len(plane))])
    centred = plane - (plane.max(axis=0) + plane.min(axis=0)) / 2
    reach = np.abs(centred).max(axis=0)
    placed = np.round(centred / np.where(reach > 0, reach, 1.0), 4) + 0.0
    return {passage.id: (float(x), float(y)) for passage, (x, y) in zip(passages, placed, strict=True)}
