"""PostgreSQL's own programs, run against the site's database as the role that a copy or a restore needs."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import dj_database_url
from django.conf import settings
from django.db import connection

from wisdoms import embedded, keeper
from wisdoms.backups.folders import BackupError

Role = Literal["backup", "owner"]

_PR_SET_PDEATHSIG = 1  # of Linux's prctl(2)


def run(program: str, *arguments: str, role: Role) -> str:
    """Run `pg_dump`, `pg_restore` or `psql` and give back what it printed.

    The embedded server's own programs where that is used, else those on PATH. Passwords go by environment,
    never where a list of processes shows them. On Linux the program ends with us, however we end: a `psql`
    that outlived a killed restore would put the old rows back under a site that had started meanwhile.

    Raises:
        BackupError: it is not installed, or it failed; the sentence carries its last line.
    """
    done = subprocess.run(
        [_program(program), *arguments],
        env=_environment(role),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        preexec_fn=_ends_with(os.getpid()),
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        said = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "no reason")
        raise BackupError(f"{program} failed: {said.strip()}. Nothing was changed.")
    return done.stdout


def _ends_with(parent: int) -> Callable[[], None] | None:
    """What a program does first, so that it is killed when `parent` is; None where no way is known."""
    if not sys.platform.startswith("linux"):
        return None
    # Loaded here: between fork and exec as little as possible is to happen.
    system = ctypes.CDLL(None)

    def end_with_parent() -> None:
        system.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)  # it was killed in between

    return end_with_parent


def _program(name: str) -> str:
    if is_embedded():
        return str(keeper.programs() / name)
    found = shutil.which(name)
    if found is None:
        raise BackupError(
            f"The program {name} is not installed. Install PostgreSQL's client programs, of the server's "
            "version or newer."
        )
    return found


def is_embedded() -> bool:
    """Whether the site uses the server of its own."""
    return not settings.DATABASE_ADDRESS


def _environment(role: Role) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {name: str(value) for name, value in _connection(role).items() if value}


def _connection(role: Role) -> dict[str, Any]:
    if is_embedded():
        given = connection.settings_dict
        home = Path(given["OPTIONS"]["embedded_home"])
        return {
            "PGHOST": embedded.attach(home, durable=bool(given["OPTIONS"].get("embedded_durable", True))),
            "PGUSER": embedded.BACKUP_ROLE if role == "backup" else embedded.OWNER_ROLE,
            "PGDATABASE": given["NAME"],
        }
    owner = settings.DATABASE_OWNER_ADDRESS or settings.DATABASE_ADDRESS
    address = dj_database_url.parse(settings.DATABASE_BACKUP_ADDRESS or owner if role == "backup" else owner)
    return {
        "PGHOST": address.get("HOST"),
        "PGPORT": address.get("PORT"),
        "PGUSER": address.get("USER"),
        "PGPASSWORD": address.get("PASSWORD"),
        "PGDATABASE": address.get("NAME"),
    }
