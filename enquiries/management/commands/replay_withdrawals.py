"""Take back again what was taken back since the copy this database was put back from."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enquiries.replay import TombstonesMissing, missing, outstanding, replay_all
from enquiries.tombstones import TombstoneUnreadable


class Command(BaseCommand):
    """Safe to run twice, and to be killed: what was replayed is known the next time."""

    help = "Applies every tombstone that the database does not know; the site opens only after that."

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
            done = [] if options["dry_run"] else list(replay_all(without_missing=options["without_missing"]))
        except (TombstoneUnreadable, TombstonesMissing) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            said = {
                "outstanding": [each.id for each in waiting],
                "missing": [each.id for each in lost],
                "replayed": [asdict(each) for each in done],
            }
            self.stdout.write(json.dumps(said, indent=1))
            return
        for each in done:
            self.stdout.write(f"Taken back again: {each.tombstone}, {each.removed} things removed.")
        if options["dry_run"]:
            self.stdout.write(
                f"{len(waiting)} to be taken back again; {len(lost)} known here are not in the folder of "
                "tombstones. Nothing was changed."
            )
        else:
            self.stdout.write(f"{len(done)} taken back again. Nothing is outstanding; the site may start.")
