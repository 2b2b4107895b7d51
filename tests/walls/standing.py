"""A world that stands for as long as a module lasts, and is rolled back when the module is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from django.db import transaction
from django.db.models.signals import post_save
from django.test import override_settings

from accounts import wall
from accounts.models import Partner

W = TypeVar("W")


@contextmanager
def standing(
    build: Callable[[], W], folders: dict[str, Path], *, partners: tuple[int, ...] = ()
) -> Iterator[W]:
    """Build a world in one transaction, with every partner made meanwhile before the door.

    Args:
        folders: settings that say where it keeps its sound, keys and pictures.
        partners: ids that stand before the door besides; 0 is the installation itself.
    """
    with override_settings(**folders), wall.acting_for(partners=partners) as door, transaction.atomic():

        def widen(sender: type[Partner], instance: Partner, **_kwargs: Any) -> None:
            door.partners |= {instance.pk}

        post_save.connect(widen, sender=Partner, weak=False)
        made = build()
        post_save.disconnect(widen, sender=Partner)
        yield made
        transaction.set_rollback(True)


def folders_below(base: Path) -> dict[str, Path]:
    """Where a world keeps its sound, keys and pictures."""
    return {"STORE_DIR": base / "store", "KEYRING_DIR": base / "keyring", "MEDIA_ROOT": base / "media"}
