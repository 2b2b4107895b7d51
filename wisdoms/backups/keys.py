"""Copies of the keyring and of the tombstones, which no other copy holds, and which live for a few days only.

A destroyed key is gone for good once the last copy from before is gone: that is what the days are for.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from enquiries.keyring import COPIES_LIVE, keyring
from wisdoms.backups import folders
from wisdoms.backups.folders import BackupError

PREFIX = "keyring"


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
        with folders.writing(folder, PREFIX) as part:
            keys = keyring().copy_to(part / "keyring")
            tombstones = Path(settings.TOMBSTONES_DIR)
            if tombstones.is_dir():
                shutil.copytree(tombstones, part / "tombstones")
            folders.write_manifest(part, {"made_at": datetime.now(UTC).isoformat(), "keys": keys})
    except NotImplementedError as error:
        raise BackupError(
            "The service that keeps the keys makes its own copies. Set it to keep them for 7 days at most."
        ) from error
    made = folders.whole(folder, PREFIX)[-1]
    return Copied(made.path, keys, made.made_at + COPIES_LIVE, expire_copies(folder))


def expire_copies(folder: Path) -> int:
    """Remove copies of the keyring that are older than seven days; gives back how many went."""
    return folders.expire(folder, PREFIX, after=COPIES_LIVE, overwrite=True)
