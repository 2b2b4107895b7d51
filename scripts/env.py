"""Write a `.env` for this machine from `.env.example`: debug on, a fresh secret, this host only."""

import os
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWN_MACHINE = {
    "SECRET_KEY": "",
    "DEBUG": "1",
    "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
}


def write_env(root: Path = ROOT) -> bool:
    """Write `.env` unless there is one.

    Returns:
        True when it was written, False when one was there and stays.
    """
    target = root / ".env"
    if target.exists():
        return False
    values = OWN_MACHINE | {"SECRET_KEY": secrets.token_urlsafe(48)}
    lines = []
    for line in (root / ".env.example").read_text(encoding="utf-8").splitlines():
        name = line.partition("=")[0]
        lines.append(f"{name}={values[name]}" if name in values else line)
    # Made readable by its owner alone before anything is in it.
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return True


if __name__ == "__main__":
    if write_env():
        print("Wrote .env for this machine.")
    elif "--quiet" not in sys.argv:
        print("There is a .env already; it stays as it is.")
