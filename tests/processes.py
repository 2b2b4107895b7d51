"""Processes that tests start and kill: whether one is gone, and waiting for it with an end."""

import time
from collections.abc import Callable

import psutil

# Nothing waited for takes so long; it only ends a test that would go on for ever.
PATIENCE_S = 60.0
_LOOK_AGAIN_S = 0.05


def until(true: Callable[[], bool], *, within_s: float = PATIENCE_S) -> bool:
    """Whether something came true in time; asked again and again, and once more at the end."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(_LOOK_AGAIN_S)
    return true()


def is_gone(process: psutil.Process) -> bool:
    """Whether a process has ended, or nobody has asked yet how it did. It may end while we ask."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def is_pid_gone(pid: int) -> bool:
    """`is_gone` by number."""
    try:
        return is_gone(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return True


def kill(process: psutil.Process) -> None:
    """Kill one that may have ended already, as those of a server do whose head was killed."""
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
