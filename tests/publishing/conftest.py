from typing import Any

import pytest

from tests.factories.publishing import World, world


@pytest.fixture
def site(db: Any) -> World:
    """A prepared site of one partner, with an editor, a second reader and an enquiry."""
    return world()
