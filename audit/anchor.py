"""The ends of the chains, kept outside the database, so that a tail cannot be cut off unseen.

One file of lines, only ever added to: time, chain, position, hash. Whoever can write the database must not
be able to write this file: WISDOMS_ANCHOR names a folder, best on another disk or machine that only adds.
Several processes write it: each line is one append under a lock. A line torn by a crash is passed over;
the next writer begins on a line of its own.
"""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)

FILE_NAME = "heads.log"
# After a commit, at most so often in one process; the job of every minute brings what came in between.
LEAST_INTERVAL_S = 1.0


@dataclass(frozen=True, slots=True)
class Head:
    """The end of one chain: how many acts it holds, and the hash of the last."""

    chain: int
    position: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A head that the anchor kept, and when."""

    at: str
    head: Head


class _Waiting:
    """Chains that have grown in this process since they were anchored."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chains: set[int] = set()
        self._written: dict[tuple[Path, int], Head] = {}
        self._next = 0.0

    def add(self, chain: int) -> list[int]:
        """Chains to anchor now: all that wait, or none while the last time is too short ago."""
        with self._lock:
            self._chains.add(chain)
            now = time.monotonic()
            if now < self._next:
                return []
            self._next = now + LEAST_INTERVAL_S
            due, self._chains = sorted(self._chains), set()
            return due

    def again(self, chains: Iterable[int]) -> None:
        with self._lock:
            self._chains.update(chains)

    def news(self, path: Path, heads: Iterable[Head]) -> list[Head]:
        """Those that this process has not written there already."""
        with self._lock:
            return [head for head in heads if self._written.get((path, head.chain)) != head]

    def written(self, path: Path, heads: Iterable[Head]) -> None:
        with self._lock:
            self._written.update({(path, head.chain): head for head in heads})


_waiting = _Waiting()


def path() -> Path:
    """The file of this installation."""
    return Path(settings.ANCHOR_DIR) / FILE_NAME


def note(chain: int) -> None:
    """After a commit: anchor the chains that have grown, unless this process did so a moment ago.

    A file that cannot be written is told in the log; what was done stays done.
    """
    due = _waiting.add(chain)
    if not due:
        return
    try:
        anchor_heads(due)
    except (OSError, DatabaseError):
        _waiting.again(due)
        logger.exception("The ends of %d chains could not be anchored. Look at WISDOMS_ANCHOR.", len(due))


def anchor_heads(chains: list[int] | None = None) -> int:
    """Write where chains end now, all or those given; those unchanged since this process wrote are left out.

    Returns:
        How many lines were added.

    Raises:
        OSError: the file cannot be written.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT chain, position, hash FROM audit_heads(%s)", [chains])
        heads = [Head(chain, position, bytes(digest)) for chain, position, digest in cursor.fetchall()]
    news = _waiting.news(path(), heads)
    append(path(), news)
    _waiting.written(path(), news)
    return len(news)


def append(file: Path, heads: Iterable[Head]) -> None:
    """Add lines and wait for the disk. Safe beside other processes; mends nothing, only adds."""
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    lines = "".join(f"{at} {head.chain} {head.position} {head.hash.hex()}\n" for head in heads)
    if not lines:
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        rest = (b"\n" if is_torn else b"") + lines.encode("ascii")
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def size(file: Path) -> int:
    """Bytes in the file now; 0 where there is none."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def read(file: Path, *, until: int | None = None) -> Iterator[Kept | None]:
    """Every line, oldest first; None for a line that cannot be read. Nothing where there is no file.

    A last line that does not end is the work of a crash, or being written now, and is passed over; so are
    empty lines, and all that begins after the first `until` bytes.
    """
    try:
        handle = file.open("rb")
    except FileNotFoundError:
        return
    so_far = 0
    with handle:
        for line in handle:
            so_far += len(line)
            if not line.endswith(b"\n") or (until is not None and so_far > until):
                return
            if line.strip():
                yield _parsed(line)


def _parsed(line: bytes) -> Kept | None:
    parts = line.decode("ascii", "replace").split()
    try:
        at, chain, position, digest = parts
        head = Head(int(chain), int(position), bytes.fromhex(digest))
    except ValueError:
        return None
    return Kept(at, head) if len(head.hash) == 32 and head.position > 0 else None
