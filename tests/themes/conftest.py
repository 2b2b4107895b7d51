import pytest

from tests.factories.themes import Reading, a_reading


@pytest.fixture
def reading(db: None) -> Reading:
    """An enquiry with a code list, two readers and one conversation of three passages."""
    return a_reading()


@pytest.fixture(autouse=True)
def _quick_vectors(settings: object) -> None:
    """Vectors of shared words, so that no model is loaded where it is not what is tested."""
    settings.EMBEDDING_MODEL = "hashing"  # type: ignore[attr-defined]
