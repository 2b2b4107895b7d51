"""Small files outside the database, each written whole: a kill leaves the old or the new, never half."""

import json
import os
import uuid
from pathlib import Path
from typing import Any


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
            json.dump(said, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
