"""The embedded database, killed in every way we could think of, with real processes and real kills."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.processes import PATIENCE_S, is_gone, kill, until
from wisdoms import embedded, keeper

ROOT = Path(__file__).resolve().parents[2]

# A process that attaches, says so, and waits to be told or killed.
HOLDER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from wisdoms import embedded
embedded.attach(Path({home!r}), durable=len(sys.argv) > 1)
print("attached", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    # Not under tmp_path: its folders are closed to the account that the server runs as for root.
    folder = Path(tempfile.mkdtemp(prefix="wisdoms-test-"))
    yield folder / "database"
    embedded.detach(folder / "database")
    embedded.stop(folder / "database")
    shutil.rmtree(folder)


@pytest.fixture
def holder(home: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER.format(root=str(ROOT), home=str(home)), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def _ask(home: Path, question: str = "select 1", *, user: str = embedded.APP_ROLE) -> object:
    with psycopg.connect(
        embedded.address(home, user=user), autocommit=True, connect_timeout=10
    ) as connection:
        cursor = connection.execute(question)  # type: ignore[call-overload]
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def _server_pid(home: Path) -> int:
    return int((home / "data" / "postmaster.pid").read_text().splitlines()[0])


def _keeper_pid(home: Path) -> int:
    return int((home / "keeper.lock").read_text())


def _processes(home: Path, *, running: str = "") -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            said = process.cmdline()
        except psutil.Error:
            continue
        is_ours = any(str(home) in word for word in said) and process.pid != os.getpid()
        if is_ours and (not running or running in said):
            found.append(process)
    return found


def _keepers(home: Path) -> list[psutil.Process]:
    return _processes(home, running="wisdoms.keeper")


def test_first_attach_makes_roles_database_and_extension(home: Path) -> None:
    embedded.attach(home, durable=False)
    assert _ask(home, "select current_user") == "wisdoms_app"
    assert _ask(home, "select extname from pg_extension where extname = 'vector'") == "vector"
    assert _ask(home, "select count(*) from pg_roles where rolsuper and rolname like 'wisdoms%'") == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _ask(home, "create table mine (id int)")


def test_only_the_account_that_runs_it_reaches_the_socket_and_the_data(home: Path) -> None:
    sockets = embedded.attach(home, durable=False)
    assert (home / "data").stat().st_mode & 0o077 == 0
    assert sockets.stat().st_mode & 0o077 == 0


def test_server_killed_is_started_again_with_its_data(home: Path) -> None:
    embedded.attach(home)
    _ask(home, "create table kept (word text)", user=embedded.OWNER_ROLE)
    _ask(home, "insert into kept values ('still here')")
    os.kill(_server_pid(home), signal.SIGKILL)
    assert embedded.wait_until_answering(home, timeout_s=PATIENCE_S)
    assert _ask(home, "select word from kept") == "still here"


def test_keeper_killed_takes_the_server_along_and_both_return(home: Path) -> None:
    embedded.attach(home, durable=False)
    server = psutil.Process(_server_pid(home))
    os.kill(_keeper_pid(home), signal.SIGKILL)
    assert until(lambda: is_gone(server))
    embedded.attach(home, durable=False)
    assert embedded.wait_until_answering(home, timeout_s=PATIENCE_S)
    assert _ask(home) == 1


def test_everything_killed_at_once_starts_again(
    home: Path, holder: Callable[..., subprocess.Popen[str]]
) -> None:
    process = holder("durable")
    assert process.stdout is not None
    assert process.stdout.readline() == "attached\n"
    _ask(home, "create table kept (word text)", user=embedded.OWNER_ROLE)
    killed = _processes(home)
    for each in killed:
        kill(each)
    assert until(lambda: all(is_gone(each) for each in killed))
    assert (home / "data" / "postmaster.pid").exists()
    embedded.attach(home)
    assert _ask(home, "select count(*) from kept") == 0


def test_last_process_killed_leaves_no_server_behind(
    home: Path, holder: Callable[..., subprocess.Popen[str]]
) -> None:
    process = holder()
    assert process.stdout is not None
    assert process.stdout.readline() == "attached\n"
    assert embedded.is_running(home)
    process.kill()
    process.wait()
    assert until(lambda: not _processes(home))
    assert not (home / "data" / "postmaster.pid").exists()


def test_server_stays_while_another_process_is_attached(
    home: Path, holder: Callable[..., subprocess.Popen[str]]
) -> None:
    first, second = holder(), holder()
    for process in (first, second):
        assert process.stdout is not None
        assert process.stdout.readline() == "attached\n"
    first.kill()
    first.wait()
    time.sleep(keeper.LINGER_S + 1.5)
    assert _ask(home) == 1


def test_pid_file_naming_another_program_is_not_believed(home: Path) -> None:
    embedded.attach(home, durable=False)
    account = (home / "data").stat()
    pid_file = home / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    embedded.detach(home)
    embedded.stop(home)
    as_root = {"user": account.st_uid, "group": account.st_gid} if os.getuid() == 0 else {}
    stranger = subprocess.Popen(["sleep", "60"], **as_root)  # type: ignore[call-overload]
    try:
        # PostgreSQL by itself refuses to start here: the pid lives, and belongs to its own account.
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        shutil.chown(pid_file, account.st_uid, account.st_gid)
        embedded.attach(home, durable=False)
        assert _ask(home) == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_lock_file_naming_another_program_is_not_believed(home: Path) -> None:
    home.mkdir()
    (home / "keeper.lock").write_text(str(os.getpid()))
    (home / "state").write_text("ready\n")
    embedded.attach(home, durable=False)
    assert _ask(home) == 1


def test_making_broken_off_is_begun_anew(home: Path) -> None:
    (home / "data.new" / "base").mkdir(parents=True)
    (home / "data.new" / "PG_VERSION").write_text("18\n")
    embedded.attach(home, durable=False)
    assert _ask(home) == 1
    assert not (home / "data.new").exists()


def test_several_processes_may_attach_at_once_to_a_server_not_yet_made(
    home: Path, holder: Callable[..., subprocess.Popen[str]]
) -> None:
    processes = [holder() for _ in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "attached\n"
    assert _ask(home) == 1
    # One that lost the race for the lock may still be on its way out.
    assert until(lambda: len(_keepers(home)) == 1)


def test_long_path_puts_the_socket_in_a_short_folder_of_our_own(home: Path) -> None:
    deep = home.joinpath(*["a-rather-long-name-for-a-folder"] * 4)
    try:
        sockets = embedded.attach(deep, durable=False)
        assert len(str(sockets)) < 60
        assert sockets.stat().st_mode & 0o077 == 0
        assert _ask(deep) == 1
    finally:
        embedded.detach(deep)
        embedded.stop(deep)
    assert not sockets.exists()


def test_stop_ends_a_server_and_says_whether_there_was_one(home: Path) -> None:
    embedded.attach(home, durable=False)
    assert embedded.stop(home) is True
    assert embedded.stop(home) is False
    assert until(lambda: not _processes(home))


def test_folder_that_cannot_be_made_is_answered_with_a_sentence(home: Path) -> None:
    home.write_text("a file is in the way")
    with pytest.raises(embedded.EmbeddedDatabaseError, match=r"cannot write to .* WISDOMS_VAR"):
        embedded.attach(home, durable=False)
    home.unlink()


def test_data_folder_with_other_files_is_left_alone(home: Path) -> None:
    (home / "data").mkdir(parents=True)
    (home / "data" / "letter.txt").write_text("mine")
    with pytest.raises(embedded.EmbeddedDatabaseError, match="Move it away"):
        embedded.attach(home, durable=False)
    assert (home / "data" / "letter.txt").read_text() == "mine"
