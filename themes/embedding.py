"""Vectors of passages and codes, made once and kept on the passage."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from nlp.embedding import Embedder, HashingEmbedder, MiniLmEmbedder
from transcripts.models import Segment

# Names the embedder that needs no model and groups by shared words alone.
HASHING = "hashing"
BATCH = 64


def current_embedder() -> Embedder:
    """The embedder this installation uses: `EMBEDDING_MODEL` is empty, a path, or "hashing"."""
    return _load(settings.EMBEDDING_MODEL)


@lru_cache(maxsize=2)
def _load(model: str) -> Embedder:
    if model == HASHING:
        return HashingEmbedder()
    return MiniLmEmbedder(model) if model else MiniLmEmbedder()


def embed_missing(
    segments: Sequence[Segment], embedder: Embedder, *, on_progress: Callable[[int], None] | None = None
) -> int:
    """Give each passage that has none, or one of another model, its vector; kept batch by batch.

    Stopped half way, it goes on from there when called again. The vectors are also set on `segments`.

    Returns:
        How many were made.
    """
    missing = [one for one in segments if one.embedding is None or one.embedded_with != embedder.name]
    done = len(segments) - len(missing)
    for place in range(0, len(missing), BATCH):
        batch = missing[place : place + BATCH]
        vectors = embedder.embed([one.text for one in batch])
        for segment, vector in zip(batch, vectors, strict=True):
            segment.embedding = [float(value) for value in vector]
            segment.embedded_with = embedder.name
        Segment.objects.bulk_update(batch, ["embedding", "embedded_with"])
        done += len(batch)
        if on_progress:
            on_progress(done)
    return len(missing)


def vectors_of(segments: Iterable[Segment]) -> NDArray[np.float32]:
    """The kept vectors, one row per passage, as float32."""
    return np.array([np.asarray(one.embedding, dtype=np.float32) for one in segments], dtype=np.float32)
