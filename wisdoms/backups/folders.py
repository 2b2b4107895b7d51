"""A folder that counts only once it is whole: written under another name, on the disk, then renamed.

Whatever is killed before the rename is no backup, and is removed by the next run.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from enquiries.outside import sync

MANIFEST = "manifest.json"
FORMAT = 1
_BLOCK = 1024 * 1024
_STAMP = "%Y%m%dT%H%M%S%fZ"
_HALF, _GOING = ".half-", ".going-"


class BackupError(Exception):
    """A copy could not be made, read or put back; `str()` is a sentence that says what to do."""


class FolderInUse(BackupError):
    """Another run has the folder to itself now."""


@dataclass(frozen=True, slots=True)
class Whole:
    """One whole copy: its folder, when it was made, and what its manifest says."""

    path: Path
    made_at: datetime

    def manifest(self) -> dict[str, Any]:
        """What the copy says it holds.

        Raises:
            BackupError: it cannot be read, or is of a kind this version does not know.
        """
        try:
            found: dict[str, Any] = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BackupError(
                f"{self.path} has no manifest that can be read, so it is no whole backup. Choose another."
            ) from error
        if found.get("format") != FORMAT:
            raise BackupError(f"{self.path} was made by another version of this program. Use that one.")
        return found


def _half(prefix: str) -> str:
    """How the names of folders begin that are not whole, or not meant to last."""
    return f"{_HALF}{prefix}-"


@contextlib.contextmanager
def writing(folder: Path, prefix: str, *, overwrite: bool = False) -> Iterator[Path]:
    """A new folder inside `folder` to fill; renamed to `prefix-TIME` when the block ends without an error.

    Args:
        overwrite: write noise over what is removed, for copies of keys.

    Raises:
        BackupError: another run writes there now, or the folder cannot be used.
    """
    with alone(folder):
        _clear(folder, prefix, overwrite=overwrite)
        part = folder / f"{_half(prefix)}{secrets.token_hex(4)}"
        part.mkdir(mode=0o700)
        try:
            yield part
        except BaseException:
            with contextlib.suppress(OSError):
                _remove(part, overwrite=overwrite)
            raise
        # All of it on the disk before it may be called whole.
        os.sync()
        part.replace(folder / f"{prefix}-{datetime.now(UTC).strftime(_STAMP)}")
        sync(folder)


@contextlib.contextmanager
def scratch(folder: Path, prefix: str) -> Iterator[Path]:
    """A folder inside `folder` for as long as the block lasts; what a kill leaves of one goes first.

    To be asked for where `alone` holds the folder.
    """
    _clear(folder, prefix)
    with TemporaryDirectory(dir=folder, prefix=_half(prefix)) as made:
        yield Path(made)


def _clear(folder: Path, prefix: str, *, overwrite: bool = False) -> None:
    """Remove what killed runs left: folders that were never whole, or were on their way out."""
    for left in (*folder.glob(f"{_half(prefix)}*"), *folder.glob(f"{_GOING}*")):
        _remove(left, overwrite=overwrite)


def _remove(folder: Path, *, overwrite: bool) -> None:
    if overwrite:
        for path in folder.rglob("*"):
            if path.is_file():
                _overwrite(path)
    shutil.rmtree(folder)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else writes copies to this folder, removes any, or puts one back, while the block lasts.

    Raises:
        FolderInUse: somebody does.
        BackupError: the folder cannot be used.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise BackupError(
            f"Nothing can be written in {folder} ({error.strerror}). Choose another folder, or make it yours."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderInUse(
                f"Another copy is being written to {folder} now, or put back. Wait until that ends."
            ) from error
        yield


def whole(folder: Path, prefix: str) -> list[Whole]:
    """Whole copies in a folder, oldest first."""
    found = []
    for path in folder.glob(f"{prefix}-*"):
        if re.fullmatch(rf"{prefix}-\d{{8}}T\d{{12}}Z", path.name) and (path / MANIFEST).is_file():
            stamp = path.name.removeprefix(f"{prefix}-")
            found.append(Whole(path, datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)))
    return sorted(found, key=lambda each: each.made_at)


def chosen(place: Path, prefix: str) -> Whole:
    """The copy at `place`, or the newest whole one inside it. Raises BackupError where there is none."""
    if (place / MANIFEST).is_file():
        found = [each for each in whole(place.parent, prefix) if each.path.name == place.name]
    else:
        found = whole(place, prefix)
    if not found:
        raise BackupError(f"There is no whole backup at {place}. Name a folder in which one was made.")
    return found[-1]


def expire(folder: Path, prefix: str, *, after: timedelta, overwrite: bool = False) -> int:
    """Remove copies older than `after` and what killed runs left; gives back how many copies went.

    A half-removed one no longer counts as whole. Where another run has the folder, it is left to that one.

    Args:
        overwrite: write noise over each file first, for copies of keys.

    Raises:
        BackupError: the folder cannot be used.
    """
    before = datetime.now(UTC) - after
    gone = 0
    with contextlib.suppress(FolderInUse), alone(folder):
        _clear(folder, prefix, overwrite=overwrite)
        for each in whole(folder, prefix):
            if each.made_at <= before:
                going = folder / f"{_GOING}{secrets.token_hex(4)}"
                each.path.replace(going)
                _remove(going, overwrite=overwrite)
                gone += 1
    return gone


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())


def make_private(folder: Path) -> None:
    """Make a folder and those above it that are not there, for us alone; pathlib would open those above."""
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def copy(source: Path, target: Path) -> tuple[int, str]:
    """Copy a file, readable by us alone; gives back its length and its SHA-256."""
    make_private(target.parent)
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as read:
        descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as written:
            while block := read.read(_BLOCK):
                digest.update(block)
                written.write(block)
                size += len(block)
    return size, digest.hexdigest()


def copy_over(source: Path, target: Path, *, mode: int = 0o600) -> None:
    """Copy a file to where the site looks for it: killed anywhere, it is the old one or the new one whole."""
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    copy(source, part)
    part.chmod(mode)
    part.replace(target)


def digest_of(path: Path) -> tuple[int, str]:
    """Length and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return path.stat().st_size, digest


def write_manifest(folder: Path, said: dict[str, Any]) -> None:
    """Say what the copy holds; the last thing written before it is whole."""
    descriptor = os.open(folder / MANIFEST, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"format": FORMAT} | said, file, indent=1, sort_keys=True)
