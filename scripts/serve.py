"""Run the site, one worker and the sweeper together until Ctrl-C; a worker that dies is started again.

The sweeper is a worker for withdrawals alone. Lines of each are marked with its name. All are in groups of
their own, so that Ctrl-C reaches this program alone and they are asked to stop in order: first the site, then
each worker after its job.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from scripts.setup import SetupError, check_port

ROOT = Path(__file__).resolve().parent.parent
STOP_PATIENCE_S = {"site": 10.0, "worker": 20.0, "sweeper": 20.0}
# A program that ends sooner than this after its start is not started again at once.
STEADY_AFTER_S = 10.0
WORKER = (sys.executable, "manage.py", "procrastinate", "worker")
MOST_QUICK_ENDS = 5


@dataclass
class _Program:
    name: str
    command: list[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    quick_ends: int = 0
    reader: threading.Thread | None = field(default=None, repr=False)

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=_end_with_parent(),
        )
        self.reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self.reader.start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            print(f"{self.name:>7} | {line.rstrip()}", flush=True)

    def stop(self) -> None:
        process = self.process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=STOP_PATIENCE_S[self.name])
        except subprocess.TimeoutExpired:
            # Its whole group: a transcription running in a child must not go on without it.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if self.reader is not None:
            self.reader.join(timeout=2)


def serve(port: int, *, announce: Callable[[], None] | None = None) -> int:
    """Serve until SIGINT or SIGTERM.

    Args:
        port: on 127.0.0.1.
        announce: called once the site accepts connections.

    Returns:
        0 after being asked to stop, 1 when the site would not run.

    Raises:
        SetupError: the port is taken.
    """
    check_port(port)
    environment = dict(os.environ, PYTHONUNBUFFERED="1")
    programs = [
        _Program("site", _site_command(port), environment),
        _Program("worker", [*WORKER], environment),
        # What people take back never waits behind hours of transcription.
        _Program("sweeper", [*WORKER, "--queues", "withdrawal", "--concurrency", "1"], environment),
    ]
    asked = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        asked.set()

    signal.signal(signal.SIGINT, ask)
    signal.signal(signal.SIGTERM, ask)
    outcome = 0
    try:
        for program in programs:
            program.start()
        if announce is not None:
            threading.Thread(target=_when_answering, args=(port, announce, asked), daemon=True).start()
        while not asked.wait(timeout=0.5):
            for program in programs:
                if not _keep_going(program):
                    asked.set()
                    outcome = 1
    finally:
        print("Stopping ...", flush=True)
        for program in programs:
            program.stop()
    return outcome


def _site_command(port: int) -> list[str]:
    if os.environ.get("WISDOMS_RELOAD") == "1":
        return [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}"]
    command = [sys.executable, "-m", "gunicorn", "wisdoms.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--workers", os.environ.get("WEB_CONCURRENCY", "1")]
    # A long upload over a bad line may be silent for minutes. Requests are not logged: addresses of
    # people's own pages carry their key.
    command += ["--threads", "8", "--timeout", "300", "--graceful-timeout", "8", "--log-level", "warning"]
    return command


def _keep_going(program: _Program) -> bool:
    """Start a program again that has ended; False once it has ended too often in a row."""
    assert program.process is not None
    code = program.process.poll()
    if code is None:
        return True
    if time.monotonic() - program.started_at > STEADY_AFTER_S:
        program.quick_ends = 0
    program.quick_ends += 1
    if program.quick_ends >= MOST_QUICK_ENDS or (program.name == "site" and program.quick_ends >= 2):
        print(
            f"The {program.name} does not stay up; its last lines above say why.", file=sys.stderr, flush=True
        )
        return False
    print(f"The {program.name} ended (code {code}); starting it again.", flush=True)
    time.sleep(min(0.5 * 2**program.quick_ends, 5.0))
    program.start()
    return True


def _when_answering(port: int, announce: Callable[[], None], asked: threading.Event) -> None:
    import socket

    while not asked.wait(timeout=0.1):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            announce()
            return


def _end_with_parent() -> Callable[[], None] | None:
    """On Linux: a hook that has the kernel end the child when this program is killed."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent_death_signal = 1

    def hook() -> None:
        libc.prctl(parent_death_signal, int(signal.SIGTERM))

    return hook


def main() -> int:
    """Serve on PORT; one sentence and 1 when that cannot be."""
    port = int(os.environ.get("PORT", "8000"))

    def announce() -> None:
        print(f"\nOpen http://127.0.0.1:{port}/ (Ctrl-C stops everything).\n", flush=True)

    try:
        return serve(port, announce=announce)
    except SetupError as error:
        print(f"{error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
