"""A keyring in a folder: one small file per voice and per recording, each written whole or not at all.

    people/HANDLE   magic, 32 bytes of key, checksum
    sound/ENTRY     magic, number of holders, their handles, the wrapped key, checksum
    new/  ended/    on the way in, on the way out; whoever changes the keyring next finishes what lies there

A key counts only under its own name and with its checksum right. It is ended by being renamed away first, so
that no half-overwritten key is ever mistaken for one; then overwritten, unlinked, and the folders synced.
Overwriting reaches the disk's own blocks only where the file system writes in place: docs/adr/0010.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from django.conf import settings

from enquiries.errors import KeyDamaged, KeyGone
from enquiries.outside import sync

_ENTRY = re.compile(r"[0-9a-f]{32}")
_PERSON, _SOUND = b"WKP1", b"WKS1"
_CHECK = 16
_KEY = 32


class FileKeyring:
    """The keyring under `settings.KEYRING_DIR`; see `enquiries.keyring.Keyring` for each method."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = Path(root or settings.KEYRING_DIR)

    def make_key(self, entry: str, holders: Iterable[UUID]) -> None:
        target = self._sound(entry)
        handles = list(dict.fromkeys(holders))
        if not handles:
            raise ValueError("A recording's key needs at least one holder: nobody could ever end it.")
        with self._alone():
            if target.exists():
                raise ValueError(f"The entry {entry} has a key already; a key is never replaced in place.")
            wrapped = secrets.token_bytes(_KEY)
            for handle in handles:
                wrapped = aes_key_wrap(self._own_key(handle), wrapped)
            names = b"".join(handle.bytes for handle in handles)
            self._write(target, _SOUND + len(handles).to_bytes(2, "big") + names + wrapped)

    def data_key(self, entry: str) -> bytes:
        handles, wrapped = self._read_sound(entry)
        for handle in reversed(handles):
            key = self._read_person(handle)
            if key is None:
                raise KeyGone
            try:
                wrapped = aes_key_unwrap(key, wrapped)
            except InvalidUnwrap as error:
                # A holder's key that was made anew after the old one was destroyed opens nothing old.
                raise KeyGone from error
        return wrapped

    def destroy_key(self, entry: str) -> None:
        with self._alone():
            self._end(self._sound(entry))

    def destroy_holder(self, handle: UUID) -> None:
        with self._alone():
            self._end(self._person(handle))

    def holders_of(self, entry: str) -> list[UUID]:
        try:
            return self._read_sound(entry)[0]
        except KeyGone:
            return []

    def has_holder(self, handle: UUID) -> bool:
        return self._person(handle).exists()

    def is_there(self) -> bool:
        # Made with the first key, and never removed.
        return (self.root / "people").is_dir()

    def entries(self) -> list[str]:
        return sorted(path.name for path in self.root.glob("sound/*"))

    def copy_to(self, folder: Path) -> int:
        copied = 0
        _folder(folder)
        with self._alone():
            for kind in ("people", "sound"):
                _folder(folder / kind)
                for path in sorted(self.root.glob(f"{kind}/*")):
                    _write_whole(folder / kind / path.name, path.read_bytes())
                    copied += 1
                sync(folder / kind)
        return copied

    def bring_back(self, folder: Path, *, without: Container[UUID]) -> int:
        """Take what is missing or damaged here from a copy that `copy_to` made; gives back how many came.

        A key that is here and whole is never replaced, and those of `without` stay away: they were destroyed.
        """
        brought = 0
        with self._alone():
            for path in sorted(folder.glob("people/*")):
                handle = UUID(path.name)
                key = _read(path, _PERSON)
                if handle not in without and key is not None and self._read_person(handle) is None:
                    self._write(self._person(handle), _PERSON + key)
                    brought += 1
            for path in sorted(folder.glob("sound/*")):
                body = _read(path, _SOUND)
                if body is not None and _read(self._sound(path.name), _SOUND) is None:
                    self._write(self._sound(path.name), _SOUND + body)
                    brought += 1
        return brought

    # --- Files ----------------------------------------------------------------------------------------
    def _person(self, handle: UUID) -> Path:
        return self.root / "people" / handle.hex

    def _sound(self, entry: str) -> Path:
        if not _ENTRY.fullmatch(entry):
            raise ValueError("The entry of a recording is named by 32 hexadecimal digits.")
        return self.root / "sound" / entry

    def _own_key(self, handle: UUID) -> bytes:
        key = self._read_person(handle)
        if key is None:
            if self.has_holder(handle):
                # A new one in its place would end, unseen, every recording the damaged one still could open
                # once it is brought back from its copy.
                raise KeyDamaged
            key = secrets.token_bytes(_KEY)
            self._write(self._person(handle), _PERSON + key)
        return key

    def _read_person(self, handle: UUID) -> bytes | None:
        body = _read(self._person(handle), _PERSON)
        return body if body is not None and len(body) == _KEY else None

    def _read_sound(self, entry: str) -> tuple[list[UUID], bytes]:
        try:
            body = _read(self._sound(entry), _SOUND)
        except ValueError as error:
            raise KeyGone from error
        if body is None:
            raise KeyGone
        count = int.from_bytes(body[:2], "big")
        names, wrapped = body[2 : 2 + 16 * count], body[2 + 16 * count :]
        return [UUID(bytes=names[at : at + 16]) for at in range(0, len(names), 16)], wrapped

    def _write(self, target: Path, body: bytes) -> None:
        _folder(target.parent)
        part = _folder(self.root / "new") / secrets.token_hex(8)
        _write_whole(part, body + hashlib.sha256(body).digest()[:_CHECK])
        part.replace(target)
        sync(target.parent)

    def _end(self, path: Path) -> None:
        gone = _folder(self.root / "ended") / secrets.token_hex(8)
        try:
            path.replace(gone)
        except FileNotFoundError:
            return
        sync(path.parent)
        _overwrite(gone)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else changes the keyring meanwhile; what somebody who was killed left is finished first."""
        _folder(self.root)
        descriptor = os.open(self.root / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            for left in (*self.root.glob("new/*"), *self.root.glob("ended/*")):
                _overwrite(left)
            yield
        finally:
            os.close(descriptor)


def _read(path: Path, magic: bytes) -> bytes | None:
    """What stands in a key file after its magic; None where it is not there or not whole."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    body, check = data[:-_CHECK], data[-_CHECK:]
    if not body.startswith(magic) or hashlib.sha256(body).digest()[:_CHECK] != check:
        return None
    return body[len(magic) :]


def _write_whole(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        _write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    """A disk that is nearly full may take a part and say so without an error."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _overwrite(path: Path) -> None:
    """Overwrite a file on the disk with noise of its length, then unlink it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        _write_all(descriptor, secrets.token_bytes(os.fstat(descriptor).st_size))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    path.unlink()
    sync(path.parent)


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
