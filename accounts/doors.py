"""The door in the wall, until the wall stands."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager


@contextmanager
def acting_for(*, partners: Iterable[int], user_id: int | None = None) -> Iterator[None]:
    """Open nothing yet: every row can be seen."""
    yield
