"""Partition clustering for small corpora, which says of a passage far from every group that it has none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FAR_AWAY = 2.0
"""A passage is an outlier where its distance to its own centre lies this many robust standard deviations
(1.4826 x the median absolute deviation) above the median of all. The project's own choice: k-means has no
outliers of its own, and would sweep a rare voice into whatever group is nearest."""
SMALLEST_GROUP = 4
"""Fewer passages than this are no group: they are outliers, for a person to read in full."""
LARGEST_SHARE = 0.5
"""A k that leaves more than this share of the passages in one group is chosen only if all do."""
FEWEST_GROUPS, MOST_GROUPS, PASSAGES_PER_GROUP = 2, 20, 15


class KMeansWithOutliers:
    """k-means with k by the best mean silhouette, in the shape that BERTopic asks of a cluster model."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.labels_: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.n_clusters = 0

    def fit(self, vectors: NDArray[np.float64], _labels: Any = None) -> KMeansWithOutliers:
        """Set `labels_`: shape (n,), -1 for outliers; and `n_clusters`, the k that was chosen."""
        from sklearn.cluster import KMeans
        from sklearn.metrics import silhouette_score

        n = len(vectors)
        best: tuple[bool, float, Any] | None = None
        different = len(np.unique(vectors, axis=0))
        for k in range(FEWEST_GROUPS, min(MOST_GROUPS, n // PASSAGES_PER_GROUP, different) + 1):
            model = KMeans(n_clusters=k, n_init=10, random_state=self.seed, algorithm="lloyd").fit(vectors)
            # Of talk on one question the silhouette likes best to split off one odd corner and leave the
            # rest in a heap, which offers nothing to judge; heaps count only where there is nothing else.
            is_split = int(np.bincount(model.labels_).max()) <= n * LARGEST_SHARE
            score = round(float(silhouette_score(vectors, model.labels_)), 6)
            if best is None or (is_split, score) > best[:2]:
                best = (is_split, score, model)
        if best is None:  # all passages alike
            self.labels_ = np.zeros(n, dtype=np.int64)
            self.n_clusters = 1
            return self
        model = best[2]
        self.n_clusters = int(model.n_clusters)
        labels = model.labels_.astype(np.int64)
        distance = np.linalg.norm(vectors - model.cluster_centers_[labels], axis=1)
        middle = float(np.median(distance))
        spread = 1.4826 * float(np.median(np.abs(distance - middle)))
        if spread > 0:
            labels[distance > middle + FAR_AWAY * spread] = -1
        for label in range(self.n_clusters):
            if 0 < np.count_nonzero(labels == label) < SMALLEST_GROUP:
                labels[labels == label] = -1
        self.labels_ = labels
        return self

    def predict(self, vectors: NDArray[np.float64]) -> NDArray[np.int64]:
        """BERTopic asks for this only of the vectors just fitted."""
        if len(vectors) != len(self.labels_):
            raise ValueError("This clustering answers for the passages it was made from only.")
        return self.labels_
