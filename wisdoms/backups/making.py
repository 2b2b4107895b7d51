"""A copy of the database, of the sealed sound and of the public pictures, with a list of what is in it."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from audit.actions import record
from wisdoms.backups import folders, programs

PREFIX = "wisdoms"
DUMP = "database.dump"
SOUND = re.compile(r"sound/[0-9a-f]{2}/[0-9a-f]{32}")
NEWEST_ACT = "select coalesce(max(id), 0), coalesce(max(at)::text, '') from audit_event"

Teller = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: where, how many files and bytes, and how many of them a former copy lent."""

    path: Path
    files: int
    size: int
    linked: int
    expired: int


def make_backup(folder: Path, *, keep: timedelta, tell: Teller) -> Made:
    """Copy everything but the keyring and the tombstones into a new folder inside `folder`.

    Sound is copied as it lies, sealed; what a former copy in the same folder holds already is linked, since a
    sealed file never changes. Words are in the dump as they are in the database: the folder is to lie on a
    disk that is itself encrypted. Killed anywhere, nothing half counts as a copy.

    Args:
        keep: whole copies older than this are removed once the new one is whole.

    Raises:
        BackupError: nothing was made; what was there before is as it was.
    """
    with folders.writing(folder, PREFIX) as part:
        # Before the dump, so that the copy holds its own making, and a site where nothing was done since
        # counts as not newer than it.
        record("backup.made", by=None)
        newest_id, newest_at = (
            programs.run("psql", "-AtF|", "-c", NEWEST_ACT, role="backup").strip().split("|")
        )
        tell("Copying the database.")
        programs.run("pg_dump", "--format=custom", "--no-owner", f"--file={part / DUMP}", role="backup")
        (part / DUMP).chmod(0o600)
        files: dict[str, list[Any]] = {DUMP: list(folders.digest_of(part / DUMP))}
        former = _former(folder)
        linked = 0
        tell("Copying sound, as it lies sealed, and pictures.")
        for name, source in _kept():
            lent = former.get(name)
            if lent is not None and _link(lent[0] / name, part / name, source):
                files[name] = lent[1]
                linked += 1
                continue
            try:
                files[name] = list(folders.copy(source, part / name))
            except FileNotFoundError:
                continue  # taken back in this very moment
        folders.write_manifest(
            part,
            {
                "made_at": datetime.now(UTC).isoformat(),
                "newest_act": {"id": int(newest_id), "at": newest_at},
                "files": files,
            },
        )
    made = folders.whole(folder, PREFIX)[-1]
    expired = folders.expire(folder, PREFIX, after=keep)
    return Made(made.path, len(files), sum(said[0] for said in files.values()), linked, expired)


def _kept() -> Iterator[tuple[str, Path]]:
    """Name in the copy and place on this machine of every file to keep besides the dump."""
    store, media = Path(settings.STORE_DIR), Path(settings.MEDIA_ROOT)
    for path in sorted(store.glob("sound/*/*")):
        name = path.relative_to(store).as_posix()
        if SOUND.fullmatch(name):
            yield name, path
    for base, _folders, names in os.walk(media):
        for each in sorted(names):
            path = Path(base, each)
            yield f"media/{path.relative_to(media).as_posix()}", path


def _former(folder: Path) -> dict[str, tuple[Path, list[Any]]]:
    """Sound in the newest whole copy, by name: it can be lent, since a sealed file never changes."""
    copies = folders.whole(folder, PREFIX)
    if not copies:
        return {}
    files = copies[-1].manifest()["files"]
    return {name: (copies[-1].path, said) for name, said in files.items() if SOUND.fullmatch(name)}


def _link(lent: Path, target: Path, source: Path) -> bool:
    try:
        if lent.stat().st_size != source.stat().st_size:
            return False
        folders.make_private(target.parent)
        os.link(lent, target)
    except OSError:
        return False  # gone, or a disk that knows no links: copied instead
    return True
