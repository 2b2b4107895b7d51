"""Whether the site is closed for a while. Kept in a file, so that it works while the database is away."""

import time
from pathlib import Path

from django.conf import settings

# Asked again and again by those who wait, when the time that was said is over.
LEAST_WAIT_S = 60


def _file() -> Path:
    return Path(settings.VAR_DIR) / "closed"


def close(minutes: int) -> None:
    """Close the site on this machine until `open_again`; `minutes` is what visitors are told to wait."""
    _file().parent.mkdir(parents=True, exist_ok=True)
    _file().write_text(f"{time.time() + minutes * 60:.0f}\n", encoding="ascii")


def open_again() -> bool:
    """Open the site; False when it was not closed."""
    try:
        _file().unlink()
    except FileNotFoundError:
        return False
    return True


def seconds_left() -> int | None:
    """Seconds until the site means to be back, at least 60; None while it is open."""
    try:
        until = float(_file().read_text(encoding="ascii") or 0)
    except FileNotFoundError:
        return None
    except ValueError:
        until = 0.0
    return max(LEAST_WAIT_S, round(until - time.time()))
