"""Where sound lies: a private folder, one sealed file per key, never under the name it was sent with.

A key is random and says nothing. Files are written under `incoming/` in the store itself and moved into
place only when whole and on the disk, so that a killed process leaves nothing that looks like a recording.
What is written is ciphertext from the first byte (`transcripts.sealing`); there is no function that gives out
a path, because no program may read these files but through here.

Each recording has an entry of its own in the keyring, named like its first file. Files made of it, such as
the copy for browsers, are sealed under the same entry: destroying it ends them all.
"""

import contextlib
import errno
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast
from uuid import UUID

from django.conf import settings

from enquiries import keyring
from enquiries.errors import KeyGone
from enquiries.outside import sync
from transcripts.errors import SoundDamaged, SoundGone, StoreFull
from transcripts.sealing import Header, SealedReader, SealedWriter, new_id

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


def _part(key: str) -> Path:
    if not _KEY.fullmatch(key):
        raise SoundGone
    return _root() / "incoming" / f"{key}.part"


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


class NewFile:
    """A file on its way into the store. Nothing can be read by its key before `keep`.

    Use it in a with statement: leaving without `keep` or `park` removes what was written, and its key.

    Attributes:
        file: seals what is written to it; for those who write by themselves and seek.
    """

    def __init__(self, key: str, entry: str, descriptor: int, *, resume: bool = False) -> None:
        self.key, self.entry = key, entry
        self._descriptor: int | None = descriptor
        try:
            opener = keyring.data_key(entry)
            self._sealed = SealedWriter(descriptor, opener, Header(key, entry), resume=resume)
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, KeyGone):
                raise SoundGone from error
            raise
        self.file = cast(BinaryIO, self._sealed)

    @property
    def size(self) -> int:
        """Length of what was written so far, unsealed."""
        return self._sealed.size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()
        # From those who write to `file` by themselves.
        if isinstance(error, OSError) and _is_full(error):
            raise StoreFull from error

    def write(self, data: bytes) -> None:
        """Add bytes at the end.

        Raises:
            StoreFull: no room on the disk. What was written so far is removed.
        """
        with self._room():
            self._sealed.write(data)

    def keep(self) -> str:
        """Put the whole file in its place, on the disk and not only in memory; gives back its key.

        Raises:
            StoreFull: no room on the disk. What was written so far is removed.
        """
        target = _path(self.key)
        with self._room():
            self._sealed.finish()
            self._close()
            _part(self.key).replace(_folder(target.parent) / target.name)
            sync(target.parent)
        return self.key

    def park(self) -> str:
        """Leave the file where it is, for `take_up`: an upload that comes in parts. Gives back its key.

        Raises:
            StoreFull: no room on the disk. What was written so far is removed.
        """
        with self._room():
            self._sealed.flush()
            assert self._descriptor is not None
            os.fsync(self._descriptor)
            self._close()
        return self.key

    def discard(self) -> None:
        """Remove what was written; does nothing after `keep` or `park`."""
        if self._descriptor is None:
            return
        self._close()
        _forget(self.key)

    def _close(self) -> None:
        if self._descriptor is not None:
            self._sealed.close()
            os.close(self._descriptor)
            self._descriptor = None

    @contextlib.contextmanager
    def _room(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.discard()
            if _is_full(error):
                raise StoreFull from error
            raise


def _is_full(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _forget(key: str) -> None:
    """Remove a file on its way in and the entry named like it, as far as the disk allows; the hourly sweep
    removes the rest."""
    _part(key).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        keyring.destroy_key(key)


def new_file(*, holders: Iterable[UUID] = (), under: str = "") -> NewFile:
    """Begin a file: a recording with an entry of its own, or one that is made of a recording.

    Args:
        holders: handles of all who speak in a new recording; its entry is made for them.
        under: the entry of the recording that this file is made of. Give one of the two.

    Raises:
        StoreFull: the disk has no room even for its first bytes.
        SoundGone: the entry `under` is there no more.
        ValueError: neither holders nor an entry, or both.
    """
    handles = list(holders)
    if bool(handles) == bool(under):
        raise ValueError("Sound is sealed for those who speak in it, or under its recording's entry.")
    key = new_id()
    try:
        _folder(_root() / "incoming")
        # Made by us alone and readable by us alone. Before its entry: an entry without a file is swept away.
        descriptor = os.open(_part(key), os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            if handles:
                keyring.make_key(key, handles)
        except BaseException:
            os.close(descriptor)
            raise
        return NewFile(key, under or key, descriptor)
    except BaseException as error:
        _forget(key)
        if isinstance(error, OSError) and _is_full(error):
            raise StoreFull from error
        raise


def take_up(key: str) -> NewFile:
    """Go on with a file that was parked; `size` says how much of it is here.

    A process that was killed while it wrote may cost the last 64 KiB: ask for `size`, and send from there.

    Raises:
        SoundGone: no file is parked under this key.
    """
    try:
        descriptor = os.open(_part(key), os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise SoundGone from error
    try:
        header = Header.read(descriptor)
        if header.file != key:
            raise SoundGone
    except BaseException:
        os.close(descriptor)
        raise
    return NewFile(key, header.entry, descriptor, resume=True)


def has_room_for(size: int) -> bool:
    """Whether `size` more bytes fit on the disk and leave it some air."""
    return shutil.disk_usage(_folder(_root())).free - SPARE_BYTES >= size


def open(key: str) -> SealedReader:  # noqa: A001 - it opens a file of the store
    """A reader of a kept file, as it was before it was sealed; it can seek, and closes its file.

    Raises:
        SoundGone: there is no such file, or nobody can open it any more.
        SoundDamaged: it is not what was put there; also from reading.
    """
    try:
        descriptor = os.open(_path(key), os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise SoundGone from error
    try:
        header = Header.read(descriptor)
        if header.file != key:
            raise SoundDamaged
        opener = keyring.data_key(header.entry)
    except BaseException as error:
        os.close(descriptor)
        if isinstance(error, KeyGone):
            raise SoundGone from error
        raise
    return SealedReader(descriptor, opener, header)


def source(key: str) -> contextlib.closing[BinaryIO]:
    """`open` in the shape that `nlp.audio` takes, for a with statement."""
    return contextlib.closing(cast(BinaryIO, open(key)))


def size(key: str) -> int:
    """Length of what was kept, unsealed. Raises SoundGone, SoundDamaged as `open`."""
    with open(key) as file:
        return file.size


class Blocks(Iterator[bytes]):
    """The bytes `[start, end)` of an open file, block by block; closes it at the end or by `close`.

    Not a generator: one that is dropped before its first block would never close its file. A file that is
    removed meanwhile ends the blocks with SoundGone, however much of it was promised.
    """

    def __init__(self, file: SealedReader, start: int, end: int) -> None:
        self._file, self._left = file, end - start
        file.seek(start)

    def __next__(self) -> bytes:
        try:
            block = self._file.read(min(_BLOCK, self._left)) if self._left > 0 else b""
        except SoundGone:
            self.close()
            raise
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
        SoundGone, SoundDamaged: as `open`.
    """
    return Blocks(open(key), start, end)


def remove(key: str) -> None:
    """Take a file out for good, and the entry named like it. Removing what is not there is no error."""
    with contextlib.suppress(SoundGone):
        path = _path(key)
        # The key first: whatever happens to the file then, nobody can open it.
        keyring.destroy_key(key)
        path.unlink(missing_ok=True)


def sweep(known: Iterable[str], *, older_than_s: float = 86_400) -> int:
    """Remove files that no row names, uploads that never ended, and keys whose file is gone.

    A process can be killed between the disk and the database in either order. Only files older than
    `older_than_s` are touched, so that one on its way in is left alone. Gives back how many files went.
    """
    kept = set(known)
    before = time.time() - older_than_s
    removed = 0
    for path in (*_root().glob("incoming/*.part"), *_root().glob("sound/*/*")):
        key = path.name.removesuffix(".part")
        if key not in kept and path.stat().st_mtime < before:
            remove(key)
            path.unlink(missing_ok=True)
            removed += 1
    for entry in keyring.keyring().entries():
        # In this order, which is the order in which a file moves.
        if entry not in kept and not _part(entry).exists() and not _path(entry).exists():
            keyring.destroy_key(entry)
    return removed
