"""The ledger of withdrawals outside the database: one small file for each, so that a restore can replay them.

A tombstone says that the holder of a handle took certain scopes back, and nothing else: no name, no word. It
lies in `settings.TOMBSTONES_DIR`, which no backup of the database contains, and is written whole: a kill
leaves the old file or the new one, never half of one.
"""

import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from enquiries.models import Scope
from enquiries.outside import read_whole, write_whole

_FORMAT = 1
_ENDING = ".json"


class TombstoneUnreadable(Exception):
    """A file of the ledger cannot be read; `str()` is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One withdrawal. Moments are ISO 8601 with their offset; `steps` are names of those done.

    `done_at` is empty until everything was removed.
    """

    id: str
    handle: str
    partner_id: int
    asked_at: str
    method: str
    scopes: tuple[str, ...]
    steps: tuple[str, ...] = ()
    is_done: bool = False
    done_at: str = ""


def _folder() -> Path:
    return Path(settings.TOMBSTONES_DIR)


def _path(tombstone_id: str) -> Path:
    # Through UUID, so that nothing but an id can become part of a path.
    return _folder() / f"{uuid.UUID(tombstone_id)}{_ENDING}"


def keep(tombstone: Tombstone) -> None:
    """Write it whole, on the disk and not only in memory. One that says it is done is never undone."""
    path = _path(tombstone.id)
    if not tombstone.is_done and path.exists():
        return
    write_whole(path, {"format": _FORMAT, **asdict(tombstone)})


def find(tombstone_id: str) -> Tombstone | None:
    """The tombstone of that id, or None. Raises TombstoneUnreadable."""
    path = _path(tombstone_id)
    return _read(path) if path.exists() else None


def read_all() -> Iterator[Tombstone]:
    """Every tombstone, oldest withdrawal first.

    Raises:
        TombstoneUnreadable: one of the files is not a tombstone. Nothing is passed over in silence.
    """
    yield from sorted(read_from(_folder()), key=lambda each: (each.asked_at, each.id))


def read_from(place: Path) -> Iterator[Tombstone]:
    """Those in a folder, such as a copy's; see `read_all`."""
    for path in sorted(place.glob(f"*{_ENDING}")):
        yield _read(path)


def _read(path: Path) -> Tombstone:
    try:
        said = read_whole(path)
        if said.pop("format") != _FORMAT:
            raise ValueError("another format")
        said["scopes"], said["steps"] = tuple(said["scopes"]), tuple(said["steps"])
        found = Tombstone(**said)
        _check(found, path)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise TombstoneUnreadable(
            f"The tombstone {path.name} cannot be read. Put the folder of tombstones back from its copy; "
            "without it a restored database would show what was taken back."
        ) from error
    return found


def _check(found: Tombstone, path: Path) -> None:
    """Raise ValueError or TypeError where a file says what we never write, or bears another's name."""
    uuid.UUID(found.id), uuid.UUID(found.handle)
    moments = [datetime.fromisoformat(each) for each in (found.asked_at, found.done_at) if each]
    is_ours = (
        path.name == f"{found.id}{_ENDING}"
        and type(found.partner_id) is int
        and type(found.is_done) is bool
        and set(found.scopes) <= set(Scope.values)
        and found.asked_at != ""
        and all(each.tzinfo is not None for each in moments)
    )
    if not is_ours:
        raise ValueError("not of our making")
