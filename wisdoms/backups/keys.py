"""Copies of the keyring and of the tombstones, which no other copy holds, and which live for a few days only.

A destroyed key is gone for good once the last copy from before is gone: that is what the days are for.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings

from enquiries import tombstones, wishes
from enquiries.keyring import COPIES_LIVE, keyring
from enquiries.models import Scope
from wisdoms.backups import folders
from wisdoms.backups.folders import BackupError

PREFIX = "keyring"
# At most.
_COPYING_TAKES = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Copied:
    """Where the copy is, how many keys it holds, until when it may be used, and how many older ones went."""

    path: Path
    keys: int
    lives_until: datetime
    expired: int


def copy_keyring(folder: Path) -> Copied:
    """Copy every key and every tombstone; then remove copies that are older than seven days.

    Raises:
        BackupError: nothing was copied.
    """
    try:
        with folders.writing(folder, PREFIX, overwrite=True) as part:
            keys = keyring().copy_to(part / "keyring")
            # A file with another ending is one that is on its way in.
            for path in sorted(Path(settings.TOMBSTONES_DIR).glob("*.json")):
                folders.copy(path, part / "tombstones" / path.name)
            _copy_wishes(part / "tombstones" / "wishes")
            folders.write_manifest(part, {"made_at": datetime.now(UTC).isoformat(), "keys": keys})
    except NotImplementedError as error:
        raise BackupError(
            "The service that keeps the keys makes its own copies. Set it to keep them for 7 days at most."
        ) from error
    made = folders.whole(folder, PREFIX)[-1]
    return Copied(made.path, keys, made.made_at + COPIES_LIVE, expire_copies(folder))


def _copy_wishes(target: Path) -> None:
    for path in sorted(wishes.folder().glob("*.json")):
        try:
            folders.copy(path, target / path.name)
        except FileNotFoundError:
            # Everything of that voice was taken back in this moment.
            continue


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """What a lost keyring got back: from which copy, how many keys, how many voices stay without one."""

    path: Path
    keys: int
    stay_destroyed: int


def restore_keyring(place: Path) -> BroughtBack:
    """Bring back keys that were lost, from the copy at `place` or the newest inside it.

    A key that was destroyed since the copy was made is in it still. The tombstones say whose: those keys stay
    away, and tombstones that only the copy holds come back with it.

    Raises:
        BackupError: there is no whole copy, or a tombstone in it or here cannot be read; nothing was changed.
    """
    copy = folders.chosen(place, PREFIX)
    copy.manifest()
    try:
        _bring_tombstones(copy.path / "tombstones")
        destroyed = _destroyed_since(copy.made_at)
        keys = keyring().bring_back(copy.path / "keyring", without=destroyed)
    except NotImplementedError as error:
        raise BackupError("The service that keeps the keys brings them back itself.") from error
    except tombstones.TombstoneUnreadable as error:
        raise BackupError(str(error)) from error
    return BroughtBack(copy.path, keys, len(destroyed))


def _bring_tombstones(folder: Path) -> None:
    target = Path(settings.TOMBSTONES_DIR)
    # All of it is read before any of it counts here.
    list(tombstones.read_from(folder))
    closed = list(wishes.read_from(folder / "wishes"))
    for path in sorted(folder.glob("*.json")):
        if not (target / path.name).exists():
            folders.copy_over(path, target / path.name)
    for wish in closed:
        wishes.take_in(wish)
    os.sync()


def _destroyed_since(moment: datetime) -> set[UUID]:
    """Voices whose sound was taken back so late that the copy may still hold their key.

    It counts when the removing ended, however long ago it was asked for: a key is destroyed at its end.
    """
    # A copy bears the moment of its end, and its keys were read before.
    earliest = moment - _COPYING_TAKES
    return {
        UUID(each.handle)
        for each in tombstones.read_all()
        if Scope.AUDIO_RECORD in each.scopes
        and (not each.done_at or datetime.fromisoformat(each.done_at) >= earliest)
    }


def expire_copies(folder: Path) -> int:
    """Remove copies of the keyring that are older than seven days; gives back how many went."""
    return folders.expire(folder, PREFIX, after=COPIES_LIVE, overwrite=True)
