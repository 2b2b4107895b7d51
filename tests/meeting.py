"""Two at once: something that is begun in a thread of its own while this thread's transaction is open.

Nothing here is decided by how long anything takes. The database says whether one waits for the other.
"""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

from django.db import connection, connections

from accounts import wall

# Nothing takes so long; a test that would go on for ever ends with a sentence.
PATIENCE_S = 60.0
_LOOK_AGAIN_S = 0.01


class Beside:
    """An act with a connection and a door of its own, at one partner. It begins at once."""

    def __init__(self, partner_id: int, act: Callable[[], Any]) -> None:
        self.error: BaseException | None = None
        self._act, self._partner_id = act, partner_id
        self._pid = 0
        self._begun, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            with wall.acting_for(partners=[self._partner_id]):
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_backend_pid()")
                    self._pid = cursor.fetchone()[0]
                self._begun.set()
                self._act()
        except BaseException as error:  # noqa: BLE001 (told to the test)
            self.error = error
        finally:
            connections.close_all()
            self._begun.set()
            self._ended.set()

    def waits(self) -> bool:
        """Whether it has come to wait for this thread's transaction; False when it ended without."""
        assert self._begun.wait(PATIENCE_S), "It did not begin."
        end = monotonic() + PATIENCE_S
        while not self._ended.wait(_LOOK_AGAIN_S):
            if _is_blocked_by_us(self._pid):
                return True
            assert monotonic() < end, "It neither ended nor came to wait for this transaction."
        return False

    def end(self) -> BaseException | None:
        """Wait for its end; the error it ended with, or None. Call it when this transaction has ended."""
        assert self._ended.wait(PATIENCE_S), "It did not end."
        self._thread.join(PATIENCE_S)
        return self.error


def _is_blocked_by_us(pid: int) -> bool:
    """Whether this server process waits for ours, or for another that does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ours = cursor.fetchone()[0]
        seen: set[int] = set()
        waiting = {pid}
        while waiting:
            seen |= waiting
            cursor.execute(
                "SELECT DISTINCT unnest(pg_blocking_pids(each)) FROM unnest(%s::int[]) AS each",
                [list(waiting)],
            )
            found = {row[0] for row in cursor.fetchall()}
            if ours in found:
                return True
            waiting = found - seen
    return False
