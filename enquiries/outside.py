"""Small files outside the database, each written whole: a kill leaves the old or the new, never half.

Each bears a check of what stands in it, so that one that was changed, cut, or damaged on its disk is not
taken for what was written. Whoever may write here can make the check anew: it guards against harm, not theft.
"""

import hashlib
import json
import os
import uuid
from pathlib import Path
from typing import Any

_CHECK = "check"


def write_whole(path: Path, said: dict[str, Any]) -> None:
    """Write `said` as JSON to `path`, for us alone, and on the disk, not only in memory.

    Raises:
        OSError: nothing was changed.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A name of its own: two processes may write the same file at once.
    part = path.with_name(f".{uuid.uuid4()}.part")
    descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(said | {_CHECK: _check(said)}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync(path.parent)


def read_whole(path: Path) -> dict[str, Any]:
    """What `write_whole` was given.

    Raises:
        FileNotFoundError: there is no such file.
        OSError, ValueError: it cannot be read, or is not what was written.
    """
    said = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(said, dict) or said.pop(_CHECK, None) != _check(said):
        raise ValueError("changed since it was written")
    return said


def _check(said: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


def sync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
