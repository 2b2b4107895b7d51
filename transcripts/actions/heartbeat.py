"""Signs of life of a worker that is busy with one long piece."""

import threading
import time
from types import TracebackType
from typing import Self

from django.db import connection

from enquiries import work
from enquiries.models import Work, WorkState
from transcripts.errors import TakenOver

# Shorter than the half minute promised, so that a slow write does not make it longer.
BEAT_S = 20.0
_TOLD_EVERY_S = 1.0


class Heartbeat:
    """Tells the row how far the work is; while an engine says nothing, a thread repeats the last word.

    The thread uses a connection of its own and closes it. It is in the worker, never in a web process.
    """

    def __init__(self, claimed: Work) -> None:
        self._work = claimed
        self._done, self._total = claimed.done, claimed.total
        self._told_at = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name=f"heartbeat-{claimed.pk}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def tell(self, done: int, total: int, *, now: bool = False) -> None:
        """Say how far, in the unit of the row; at most once a second unless `now`.

        Raises:
            TakenOver: another worker has the work, or it was stopped.
        """
        self._done, self._total = done, total
        self.check(now=now)

    def check(self, *, now: bool = False) -> None:
        """Say again what was said last. Raises TakenOver as `tell`."""
        if not now and time.monotonic() - self._told_at < _TOLD_EVERY_S:
            return
        self._told_at = time.monotonic()
        work.progress(self._work, done=min(self._done, self._total), total=self._total)
        mine = Work.objects.filter(
            pk=self._work.pk, state=WorkState.RUNNING, attempts=self._work.attempts
        ).exists()
        if not mine:
            raise TakenOver

    def _beat(self) -> None:
        try:
            while not self._over.wait(BEAT_S):
                work.progress(self._work, done=min(self._done, self._total), total=self._total)
        finally:
            connection.close()
