"""The form in which sound lies on the disk: chunks that are each sealed, in an order that cannot be changed.

    header   "WSOF", version, 3 zero bytes, the file's id (16 bytes), its keyring entry (16 bytes)
    chunk    12 random bytes of nonce, up to 64 KiB under AES-256-GCM, 16 bytes of tag
    …        all chunks are full but the last, which may be shorter, and in an empty file is empty

What is authenticated with each chunk: the header, the chunk's number, and whether it is the last. So none can
be moved, taken to another file, cut off or added, and a file that was cut between two chunks is refused too.
A chunk that is written again gets a fresh nonce. Method: the STREAM construction of Hoang, Reyhanitabar,
Rogaway and Vizár (2015), with random nonces in place of counted ones because a growing file seals its last
chunk anew.

Plaintext is in memory only, a chunk at a time. Knows neither where files lie nor where keys come from.
"""

import io
import os
import secrets
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from transcripts.errors import SoundDamaged, SoundGone

CHUNK = 65_536
NONCE, TAG = 12, 16
RECORD = NONCE + CHUNK + TAG
_MAGIC = b"WSOF\x01\0\0\0"
HEADER_BYTES = len(_MAGIC) + 32
# So many chunks go to the disk in one call.
_AT_ONCE = 16
_CAN_ADVISE = hasattr(os, "posix_fadvise")  # not on macOS

Bytes = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Header:
    """Which file this is and which entry of the keyring opens it; both are 32 hexadecimal digits."""

    file: str
    entry: str

    def as_bytes(self) -> bytes:
        return _MAGIC + bytes.fromhex(self.file) + bytes.fromhex(self.entry)

    @classmethod
    def read(cls, descriptor: int) -> Self:
        """The header of an open file. Raises SoundDamaged where it has none that is known."""
        data = os.pread(descriptor, HEADER_BYTES, 0)
        if len(data) != HEADER_BYTES or not data.startswith(_MAGIC):
            raise SoundDamaged
        ids = data[len(_MAGIC) :]
        return cls(ids[:16].hex(), ids[16:].hex())


def plain_size(sealed_bytes: int) -> int:
    """Length of what is sealed in a file of so many bytes. Raises SoundDamaged for an impossible length."""
    full, rest = divmod(sealed_bytes - HEADER_BYTES, RECORD)
    if full < 0 or (full == 0 and rest == 0) or 0 < rest < NONCE + TAG or (rest == NONCE + TAG and full):
        raise SoundDamaged
    return full * CHUNK + max(0, rest - NONCE - TAG)


def _place(number: int) -> int:
    return HEADER_BYTES + number * RECORD


class _Cipher:
    """Seals and opens the chunks of one file."""

    def __init__(self, key: bytes, header: Header) -> None:
        self._aead = AESGCM(key)
        self._header = header.as_bytes()

    def _about(self, number: int, is_last: bool) -> bytes:
        return self._header + number.to_bytes(8, "big") + (b"\x01" if is_last else b"\0")

    def seal_into(self, out: memoryview, plain: Bytes, number: int, *, is_last: bool) -> None:
        nonce = os.urandom(NONCE)
        out[:NONCE] = nonce
        self._aead.encrypt_into(nonce, plain, self._about(number, is_last), out[NONCE:])

    def open(self, record: bytes, number: int, *, is_last: bool) -> bytes:
        """Raises SoundDamaged unless this is that chunk of that file, as it was written."""
        view = memoryview(record)
        try:
            return self._aead.decrypt(record[:NONCE], view[NONCE:], self._about(number, is_last))
        except (InvalidTag, ValueError) as error:
            raise SoundDamaged from error


class SealedWriter(io.RawIOBase):
    """Writes a sealed file; can seek, as those who write the length of a sound at its start do.

    Nothing in it counts as last before `finish`: what a killed process leaves cannot be read as a file.

    Args:
        descriptor: of a file open for reading and writing; stays the caller's to close.
        resume: take up a file that was written so far; a torn or unsealed end is cut off.
    """

    def __init__(self, descriptor: int, key: bytes, header: Header, *, resume: bool = False) -> None:
        super().__init__()
        self._number, self._filled, self._changed = 0, 0, False
        self._first, self._waiting = 0, 0
        self._file, self._cipher, self._header = descriptor, _Cipher(key, header), header
        self._buffer = bytearray(CHUNK)
        self._position, self.size = 0, 0
        self._out = memoryview(bytearray(_AT_ONCE * RECORD))  # sealed, on its way to the file
        if resume:
            self._take_up()
        else:
            _write_all(descriptor, header.as_bytes(), 0)

    # --- As a file ------------------------------------------------------------------------------------
    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError("A file cannot be written before its start.")
        self._position = start + offset
        return self._position

    def write(self, data: Bytes) -> int:  # type: ignore[override]
        """Write at the position; a gap left by seeking past the end is filled with zeros."""
        if self.closed:
            raise ValueError("This file takes nothing more: it was kept, parked or discarded.")
        view = memoryview(data).cast("B")
        length = len(view)
        if length and self._position > self.size:
            gap, self._position = self._position - self.size, self.size
            for start in range(0, gap, CHUNK):
                self.write(bytes(min(CHUNK, gap - start)))
        while view:
            number, offset = divmod(self._position, CHUNK)
            if offset == 0 and len(view) >= CHUNK and self._position >= self.size:
                taken = self._write_chunks(number, view)
            else:
                taken = self._write_within(number, offset, view)
            view = view[taken:]
            self._position += taken
            self.size = max(self.size, self._position)
        return length

    def flush(self) -> None:
        """Put on the file what is only in memory so far; it still does not count as the last chunk."""
        self._settle()
        self._drain()

    def finish(self) -> None:
        """Seal the last chunk as the last, and put everything on the disk."""
        self._turn_to(max(0, self.size - 1) // CHUNK)
        self._drain()
        self._seal(memoryview(self._buffer)[: self._filled], self._number, is_last=True)
        self._changed = False
        self._drain()
        os.fsync(self._file)

    def close(self) -> None:
        """Take nothing more. What is only in memory is forgotten: the file may be closed already, and its
        number another file's."""
        self._changed, self._waiting = False, 0
        super().close()

    # --- Chunks ---------------------------------------------------------------------------------------
    def _write_chunks(self, number: int, view: memoryview) -> int:
        """Whole chunks at the end, straight from the caller's memory."""
        self._settle()
        count = len(view) // CHUNK
        for at in range(count):
            self._seal(view[at * CHUNK : (at + 1) * CHUNK], number + at)
        self._number, self._filled = number + count, 0
        return count * CHUNK

    def _write_within(self, number: int, offset: int, view: memoryview) -> int:
        self._turn_to(number)
        taken = min(CHUNK - offset, len(view))
        self._buffer[offset : offset + taken] = view[:taken]
        self._filled = max(self._filled, offset + taken)
        self._changed = True
        return taken

    def _turn_to(self, number: int) -> None:
        """Have chunk `number` in the buffer."""
        if number == self._number:
            return
        self._settle()
        there = min(CHUNK, max(0, self.size - number * CHUNK))
        if there:
            self._drain()
            record = os.pread(self._file, NONCE + there + TAG, _place(number))
            self._buffer[:there] = self._cipher.open(record, number, is_last=False)
        self._number, self._filled = number, there

    def _settle(self) -> None:
        """Seal the chunk in the buffer, if it was written to."""
        if self._changed:
            self._seal(memoryview(self._buffer)[: self._filled], self._number)
            self._changed = False

    def _seal(self, plain: memoryview, number: int, *, is_last: bool = False) -> None:
        """Seal a chunk; it goes to the file with those before it, some at a time."""
        if self._waiting and (number != self._first + self._waiting or self._waiting == _AT_ONCE):
            self._drain()
        if not self._waiting:
            self._first = number
        start = self._waiting * RECORD
        end = start + NONCE + len(plain) + TAG
        self._cipher.seal_into(self._out[start:end], plain, number, is_last=is_last)
        self._waiting += 1
        if len(plain) < CHUNK:
            # Nothing may come after a chunk that is not full.
            _write_all(self._file, self._out[:end], _place(self._first))
            self._waiting = 0

    def _drain(self) -> None:
        if self._waiting:
            place, length = _place(self._first), self._waiting * RECORD
            _write_all(self._file, self._out[:length], place)
            self._waiting = 0
            if _CAN_ADVISE:
                # The disk begins now, while the next chunks are sealed: so the wait at the end is short.
                os.posix_fadvise(self._file, place, length, os.POSIX_FADV_DONTNEED)

    def _take_up(self) -> None:
        """Find how far the file was written: back from its end to the last chunk that opens."""
        if Header.read(self._file) != self._header:
            raise SoundDamaged
        written = os.fstat(self._file).st_size - HEADER_BYTES
        number = max(0, written - 1) // RECORD
        while written > 0:
            record = os.pread(self._file, min(RECORD, written - number * RECORD), _place(number))
            try:
                plain = self._cipher.open(record, number, is_last=False)
            except SoundDamaged:
                written = number * RECORD
                os.ftruncate(self._file, _place(number))
                number -= 1
                continue
            self._buffer[: len(plain)] = plain
            self._number, self._filled = number, len(plain)
            self.size = self._position = number * CHUNK + len(plain)
            return


class SealedReader(io.RawIOBase):
    """Reads a sealed file from any moment on, opening a chunk at a time.

    The last chunk is opened at once, so that a file that was cut or added to is refused before its first
    byte. A file that is removed while it is read ends there: see `SoundGone`.

    Args:
        descriptor: of a file open for reading; closed with this reader, also where that cannot be made.

    Raises:
        SoundDamaged: this is not a file that was finished under this key, from here or from any read.
    """

    def __init__(self, descriptor: int, key: bytes, header: Header) -> None:
        super().__init__()
        self._file, self._cipher = descriptor, _Cipher(key, header)
        self._position = 0
        self._held: tuple[int, bytes] = (-1, b"")
        try:
            self.size = plain_size(os.fstat(descriptor).st_size)
            self._last = max(0, self.size - 1) // CHUNK
            self._chunk(self._last)
        except BaseException:
            self.close()
            raise

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError("A file cannot be read before its start.")
        self._position = start + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes, fewer only at the end. Raises SoundDamaged, SoundGone."""
        left = max(0, self.size - self._position)
        if size is not None and size >= 0:
            left = min(left, size)
        parts = []
        while left > 0:
            number, offset = divmod(self._position, CHUNK)
            part = self._chunk(number)[offset : offset + left]
            parts.append(part)
            left -= len(part)
            self._position += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            os.close(self._file)
            self._held = (-1, b"")
        super().close()

    def _chunk(self, number: int) -> bytes:
        if number != self._held[0]:
            if os.fstat(self._file).st_nlink == 0:
                raise SoundGone
            length = min(CHUNK, self.size - number * CHUNK)
            record = os.pread(self._file, NONCE + length + TAG, _place(number))
            self._held = (number, self._cipher.open(record, number, is_last=number == self._last))
        return self._held[1]


def new_id() -> str:
    """A name for a file or an entry: 32 hexadecimal digits that say nothing."""
    return secrets.token_hex(16)


def _write_all(descriptor: int, data: Bytes, place: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, place)
        view = view[written:]
        place += written
