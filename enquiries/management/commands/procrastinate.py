"""procrastinate's own command, with two things before a worker starts."""

from typing import Any

from django.core.management.base import CommandError
from procrastinate.contrib.django.management.commands.procrastinate import Command as Stock

from enquiries import sweep
from enquiries.replay import ReplayNeeded, check_replayed
from enquiries.tombstones import TombstoneUnreadable


class Command(Stock):
    """A worker does not start on a database that knows less than the tombstones.

    A worker of the withdrawals' own queue first ends what an earlier one left in the middle.
    """

    def handle(self, *args: Any, **kwargs: Any) -> None:
        """Check, sweep what is left, then hand over."""
        if kwargs.get("command") == "worker":
            try:
                check_replayed()
            except (ReplayNeeded, TombstoneUnreadable) as error:
                raise CommandError(str(error)) from error
            if sweep.QUEUE in (kwargs.get("queues") or ()):
                sweep.sweep_unfinished()
        super().handle(*args, **kwargs)
