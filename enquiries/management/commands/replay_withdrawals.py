"""Take back and close again what was taken back and closed since the copy this database was put back from."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enquiries import wishes
from enquiries.replay import Redone, Replayed, TombstonesMissing, missing, outstanding, replay_all
from enquiries.tombstones import TombstoneUnreadable


class Command(BaseCommand):
    """Safe to run twice, and to be killed: what was replayed is known the next time."""

    help = "Applies every tombstone and wish that the database does not know; the site opens only after that."

    def add_arguments(self, parser: CommandParser) -> None:
        """Three options."""
        parser.add_argument("--dry-run", action="store_true", help="say what is outstanding; change nothing")
        parser.add_argument(
            "--without-missing",
            action="store_true",
            help="the folder of tombstones is lost for good: go on with what this database knows",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay, and print ids and counts."""
        try:
            waiting, lost = outstanding(), missing()
            closed, lost_closed = wishes.outstanding(with_unsure=True), wishes.missing()
            done = [] if options["dry_run"] else list(replay_all(without_missing=options["without_missing"]))
        except (TombstoneUnreadable, TombstonesMissing) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            said = {
                "outstanding": [each.id for each in waiting],
                "missing": [each.id for each in lost],
                "replayed": [asdict(each) for each in done if isinstance(each, Replayed)],
                "closed_outstanding": [each.id for each in closed],
                "closed_missing": [each.id for each in lost_closed],
                "closed_again": [asdict(each) for each in done if isinstance(each, Redone)],
            }
            self.stdout.write(json.dumps(said, indent=1))
            return
        for each in done:
            self.stdout.write(_line(each))
        if options["dry_run"]:
            self.stdout.write(
                f"{len(waiting)} to be taken back again; {len(lost)} known here are not in the folder of "
                f"tombstones. {len(closed)} to be closed again; {len(lost_closed)} known here are not beside "
                "the tombstones. Nothing was changed."
            )
        else:
            again = [each for each in done if isinstance(each, Redone)]
            self.stdout.write(
                f"{len(done) - len(again)} taken back again, {len(again)} closed again. Nothing is "
                "outstanding; the site may start."
            )
            if not all(each.is_placed for each in again):
                self.stdout.write(
                    "Some of it was not found in this copy: the data guardian finds it under “Taken back”."
                )


def _line(done: Replayed | Redone) -> str:
    if isinstance(done, Replayed):
        return f"Taken back again: {done.tombstone}, {done.removed} things removed."
    return f"Closed again: {done.wish} ({done.kind})" + ("." if done.is_placed else ", not found here.")
