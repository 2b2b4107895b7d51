"""Where sound lies: a private folder, one file per key, never under the name it was sent with.

A key is random and says nothing. Files are written under `incoming/` in the store itself and moved into
place only when whole and on the disk, so that a killed process leaves nothing that looks like a recording.
Everything else in this app goes through these functions, so that what lies on the disk can become
ciphertext without a change elsewhere.
"""

import contextlib
import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from django.conf import settings

from transcripts.errors import SoundGone, StoreFull

_KEY = re.compile(r"[0-9a-f]{32}")
_BLOCK = 256 * 1024
# Room that stays free for the database and the logs, whatever is uploaded.
SPARE_BYTES = 64 * 1024**2


def _root() -> Path:
    return Path(settings.STORE_DIR)


def _path(key: str) -> Path:
    if not _KEY.fullmatch(key):
        raise SoundGone
    return _root() / "sound" / key[:2] / key


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


class NewFile:
    """A file on its way into the store. Nothing can be read by its key before `keep`.

    Use it in a with statement: leaving without `keep` removes what was written.
    """

    def __init__(self) -> None:
        self.key = secrets.token_hex(16)
        self.size = 0
        self._part = _folder(_root() / "incoming") / f"{self.key}.part"
        # Made by us alone and readable by us alone.
        descriptor = os.open(self._part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        self.file: BinaryIO = os.fdopen(descriptor, "w+b")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    def write(self, data: bytes) -> None:
        """Add bytes at the end.

        Raises:
            StoreFull: no room on the disk. What was written so far is removed.
        """
        try:
            self.file.write(data)
        except OSError as error:
            self.discard()
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise StoreFull from error
            raise
        self.size += len(data)

    def keep(self) -> str:
        """Put the whole file in its place, on the disk and not only in memory; gives back its key.

        Raises:
            StoreFull: no room on the disk. What was written so far is removed.
        """
        target = _path(self.key)
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
            self.size = os.fstat(self.file.fileno()).st_size
            self.file.close()
            self._part.replace(_folder(target.parent) / target.name)
            _sync_folder(target.parent)
        except OSError as error:
            self.discard()
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise StoreFull from error
            raise
        return self.key

    def discard(self) -> None:
        """Remove what was written; does nothing after `keep`."""
        with contextlib.suppress(OSError):
            self.file.close()
        self._part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def new_file() -> NewFile:
    """Begin a file. Raises StoreFull where the disk has no room even for its first bytes."""
    try:
        return NewFile()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFull from error
        raise


def has_room_for(size: int) -> bool:
    """Whether `size` more bytes fit on the disk and leave it some air."""
    return shutil.disk_usage(_folder(_root())).free - SPARE_BYTES >= size


def size(key: str) -> int:
    """Length in bytes. Raises SoundGone where there is no such file."""
    try:
        return _path(key).stat().st_size
    except OSError as error:
        raise SoundGone from error


class Blocks(Iterator[bytes]):
    """The bytes `[start, end)` of an open file, block by block; closes it at the end or by `close`.

    Not a generator: one that is dropped before its first block would never close its file.
    """

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self._file, self._left = file, end - start
        file.seek(start)

    def __next__(self) -> bytes:
        block = self._file.read(min(_BLOCK, self._left)) if self._left > 0 else b""
        if not block:
            self.close()
            raise StopIteration
        self._left -= len(block)
        return block

    def close(self) -> None:
        self._left = 0
        self._file.close()


def open_range(key: str, start: int, end: int) -> Blocks:
    """The bytes `[start, end)`, in blocks. The file is opened at once, so that a missing one is told at once.

    Raises:
        SoundGone: there is no such file.
    """
    try:
        file = _path(key).open("rb")
    except OSError as error:
        raise SoundGone from error
    return Blocks(file, start, end)


@contextlib.contextmanager
def path_for_engine(key: str) -> Iterator[Path]:
    """A path that programs can read while the block lasts, and not after.

    Raises:
        SoundGone: there is no such file.
    """
    path = _path(key)
    if not path.is_file():
        raise SoundGone
    yield path


def remove(key: str) -> None:
    """Take a file out for good. Removing what is not there is no error."""
    with contextlib.suppress(SoundGone):
        _path(key).unlink(missing_ok=True)


def sweep(known: Iterable[str], *, older_than_s: float = 86_400) -> int:
    """Remove files that no row names and uploads that never ended; gives back how many went.

    A process can be killed between the disk and the database in either order. Only files older than
    `older_than_s` are touched, so that one on its way in is left alone.
    """
    kept = set(known)
    before = time.time() - older_than_s
    removed = 0
    for path in (*_root().glob("incoming/*.part"), *_root().glob("sound/*/*")):
        if path.name not in kept and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
