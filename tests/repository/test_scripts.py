"""What the Makefile runs: sentences for what a machine lacks, and a supervisor that leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from scripts import chromium, models, setup
from tests.processes import is_gone, until

ROOT = Path(__file__).resolve().parents[2]


def _free_port() -> int:
    """A port that nobody is given by chance meanwhile: systems hand those out from 32768 upwards."""
    first = 20_000 + os.getpid() % 12_000
    for port in (*range(first, 32_000), *range(20_000, first)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("Every port from 20000 to 31999 is taken.")


def test_taken_port_is_answered_with_another(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        assert setup.main(["--for", "demo", "--port", str(port)]) == 1
    assert f"Port {port} is taken; stop what uses it, or set PORT={port + 1}." in capsys.readouterr().err


def test_port_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert setup.main(["--port", "70000"]) == 1
    assert "Port 70000 does not exist" in capsys.readouterr().err


def test_old_python_is_answered_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "sys", SimpleNamespace(version_info=(3, 9, 2), executable="/usr/bin/python3"))
    monkeypatch.setattr(setup.shutil, "which", lambda name: None)
    with pytest.raises(setup.SetupError, match=r"needs Python 3\.11 or later; /usr/bin/python3 is 3\.9"):
        setup.find_python()


def test_old_python_gives_way_to_a_newer_one_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "sys", SimpleNamespace(version_info=(3, 9, 2), executable="/usr/bin/python3"))
    monkeypatch.setattr(setup.shutil, "which", lambda name: f"/opt/{name}" if name == "python3.12" else None)
    assert setup.find_python() == "/opt/python3.12"


def test_scripts_run_before_installing_can_be_read_by_an_older_python() -> None:
    import ast

    for name in ("setup.py", "env.py", "stop.py"):
        ast.parse((ROOT / "scripts" / name).read_text(encoding="utf-8"), feature_version=(3, 8))


def test_full_disk_is_answered_before_anything_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup.shutil, "disk_usage", lambda path: SimpleNamespace(free=2_100_000_000))
    with pytest.raises(setup.SetupError, match=r"has 2\.1 GB free.*need \d GB.*Make room"):
        setup.check_disk()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("NewConnectionError: Temporary failure in name resolution", "there seems to be no network"),
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "The disk is full"),
        ("ERROR: No matching distribution found for torch==2.13.0", "does not exist for this machine"),
        ("ERROR: something new", "its last lines are above"),
    ],
)
def test_failure_of_pip_becomes_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, sentence: str
) -> None:
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\necho '{said}'\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(setup, "VENV_PYTHON", str(fake))
    with pytest.raises(setup.SetupError, match=sentence):
        setup._watch_pip(["anything"])


def test_second_run_does_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(setup, "VENV", str(tmp_path))
    monkeypatch.setattr(setup, "VENV_PYTHON", sys.executable)
    wanted = setup._fingerprint("pyproject.toml", "constraints.txt")
    (tmp_path / ".installed").write_text(f"{wanted} check,nlp,test\n")
    monkeypatch.setattr(setup, "_watch_pip", lambda arguments: pytest.fail("pip was run again"))
    setup.install_packages(sys.executable, ["nlp"])


def test_sizes_and_the_way_by_hand_are_told_where_there_is_no_network(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(models.importlib.util, "find_spec", lambda name: None)

    def no_network(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "URLError: Temporary failure in name resolution")

    monkeypatch.setattr(models.subprocess, "run", no_network)
    assert models.main([]) == 1
    said = capsys.readouterr()
    assert "small 462" in said.out
    assert "462 MB" in said.out
    assert f"small.pt from its folder ~/.cache/whisper/ into {tmp_path}/whisper/" in said.err
    assert "WISDOMS_WHISPER_MODEL=" in said.err
    assert "WISDOMS_SPACY_MODEL" in said.err


def test_weights_that_are_there_are_not_fetched_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "whisper").mkdir()
    (tmp_path / "whisper" / "base.en.pt").write_bytes(b"weights")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(models.subprocess, "run", lambda *_, **__: pytest.fail("fetched again"))
    assert models.fetch_whisper("base.en") is True
    assert "is there already" in capsys.readouterr().out


def test_named_chromium_that_is_missing_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WISDOMS_CHROMIUM", "/nowhere/chromium")
    path, reason = chromium.ensure_chromium()
    assert path is None
    assert "/nowhere/chromium" in reason


# A site that answers and a worker that waits, in place of the real commands.
SUPERVISOR = """
import sys
sys.path.insert(0, {root!r})
from scripts import serve
serve._site_command = lambda port: [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
programs = serve._Program
def program(name, command, environment):
    worker = [sys.executable, "-c", "import time; print('at work', flush=True); time.sleep(600)"]
    return programs(name, command if name == "site" else [*worker, name], environment)
serve._Program = program
sys.exit(serve.serve({port}, announce=lambda: print("answering", flush=True)))
"""


@pytest.fixture
def supervisor() -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR.format(root=str(ROOT), port=port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
    )
    yield process, port
    if process.poll() is None:
        process.kill()
    process.communicate()


def _wait_for(process: subprocess.Popen[str], *wanted: str) -> None:
    assert process.stdout is not None
    missing = set(wanted)
    while missing:
        line = process.stdout.readline()
        assert line, f"ended before saying {missing}"
        missing -= {each for each in missing if each in line}


def _children(process: subprocess.Popen[str]) -> dict[str, psutil.Process]:
    named = {}
    for child in psutil.Process(process.pid).children():
        said = child.cmdline()
        named["site" if "http.server" in said else said[-1]] = child
    return named


def test_supervisor_runs_all_and_stops_all_when_asked(
    supervisor: tuple[subprocess.Popen[str], int],
) -> None:
    process, _port = supervisor
    _wait_for(process, "answering", "worker | at work", "sweeper | at work")
    children = _children(process)
    assert set(children) == {"site", "worker", "sweeper"}
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=120) == 0
    assert until(lambda: all(is_gone(child) for child in children.values()))


def test_supervisor_starts_a_killed_worker_again(supervisor: tuple[subprocess.Popen[str], int]) -> None:
    process, _port = supervisor
    _wait_for(process, "answering", "worker | at work", "sweeper | at work")
    killed = _children(process)["worker"]
    killed.kill()
    _wait_for(process, "starting it again", "worker | at work")
    assert _children(process)["worker"].pid != killed.pid


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="The kernel ends children on Linux only.")
def test_killed_supervisor_leaves_nothing_running(supervisor: tuple[subprocess.Popen[str], int]) -> None:
    process, _port = supervisor
    _wait_for(process, "answering", "worker | at work", "sweeper | at work")
    children = _children(process)
    os.kill(process.pid, signal.SIGKILL)
    assert until(lambda: all(is_gone(child) for child in children.values()))
