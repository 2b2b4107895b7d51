"""Passages as vectors, on this machine and offline."""

from nlp.embedding.embedders import MINILM_DIMENSIONS, Embedder, HashingEmbedder, MiniLmEmbedder, Vectors
from nlp.embedding.errors import EmbeddingModelMissing

__all__ = [
    "MINILM_DIMENSIONS",
    "Embedder",
    "EmbeddingModelMissing",
    "HashingEmbedder",
    "MiniLmEmbedder",
    "Vectors",
]
