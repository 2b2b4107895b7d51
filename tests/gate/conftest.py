from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts import wall
from tests.gate import world as worlds
from tests.gate.instrument import instrument
from tests.walls.standing import folders_below, standing

__all__ = ["instrument"]


@pytest.fixture(scope="module")
def _folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Where the world keeps its sound, keys and pictures, for as long as a module lasts."""
    return folders_below(tmp_path_factory.mktemp("gate"))


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: Any, _folders: dict[str, Path], instrument: None
) -> Iterator[worlds.World]:
    """Two voices with everything, in one transaction that is rolled back when the module is done."""
    with django_db_blocker.unblock(), standing(worlds.build, _folders, partners=(0,)) as made:
        yield made


@pytest.fixture(autouse=True)
def _world_seen(request: pytest.FixtureRequest, _ground_door: None) -> Iterator[None]:
    """What a test looks at itself it sees whole; what it asks for comes through doors of its own."""
    if "world" not in request.fixturenames:
        yield
        return
    world: worlds.World = request.getfixturevalue("world")
    with wall.acting_for(partners=[0, world.walls.a.partner.pk]):
        yield


@pytest.fixture(autouse=True)
def _same_folders(settings: Any, _own_folders: None, _folders: dict[str, Path]) -> None:
    for name, folder in _folders.items():
        setattr(settings, name, folder)
