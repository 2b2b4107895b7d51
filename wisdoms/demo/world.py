"""Who is who in the demo, and how its long work is run."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import date as day
from typing import Any, cast

from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from accounts.models import Partner, User
from enquiries.models import Enquiry

PASSWORD = "listen-without-steering"  # noqa: S105 - printed by `make demo`; the demo is on one's own machine.


@dataclass
class World:
    """What the steps of the build hand on to each other; each finds it in the database if it is there."""

    say: Callable[[str], None]
    partners: dict[str, Partner] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    enquiry: Enquiry | None = None

    @property
    def asked(self) -> Enquiry:
        if self.enquiry is None:
            raise RuntimeError("The enquiry of the demo has not been framed yet.")
        return self.enquiry

    @property
    def lead(self) -> Partner:
        return self.partners["eastmere"]


def run_jobs() -> None:
    """Do every job that is due, here and now, as a worker would, and come back when none is left."""

    connector = cast(DjangoConnector, app.connector)
    with app.replace_connector(connector.get_worker_connector()) as worker:
        worker.run_worker(
            wait=False, install_signal_handlers=False, listen_notify=False, delete_jobs="never", concurrency=1
        )


def noon(when: day) -> datetime:
    """A moment on a day, for lines of the ledger that were written on paper then."""
    return datetime(when.year, when.month, when.day, 12, tzinfo=UTC)


class Teller:
    """Prints each step with the seconds since the start, so that waiting has a reason."""

    def __init__(self, stream: Any = sys.stdout) -> None:
        self._started = time.monotonic()
        self._stream = stream

    def __call__(self, sentence: str) -> None:
        spent = timedelta(seconds=round(time.monotonic() - self._started))
        self._stream.write(f"  [{spent}] {sentence}\n")
        self._stream.flush()
