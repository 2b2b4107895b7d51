"""List every place that holds anything of a person, by kind and id."""

import json
import uuid
from collections import Counter
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enquiries.tombstones import TombstoneUnreadable
from enquiries.tracing import trace


class Command(BaseCommand):
    """Reads, and changes nothing. Prints ids and counts, never a name or a word."""

    help = (
        "Lists every place that holds anything of a person (a number) or of one voice (its handle). After "
        "everything was taken back nothing is held, and only the tombstone is left."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whom, and how to print it."""
        parser.add_argument("id", help="number of a person, or handle of a voice")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Trace and print."""
        try:
            traced = trace(**_whom(options["id"]))
        except TombstoneUnreadable as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            said = {
                "voices": [str(each) for each in traced.voices],
                "held": [asdict(each) for each in traced.held],
                "tombstone": [asdict(each) for each in traced.tombstone],
            }
            self.stdout.write(json.dumps(said, indent=1))
            return
        for title, found in (("Held", traced.held), ("Left of the tombstone", traced.tombstone)):
            self.stdout.write(f"{title}: {len(found)}")
            for kind, count in sorted(Counter(each.kind for each in found).items()):
                self.stdout.write(f"  {kind}: {count}")


def _whom(text: str) -> dict[str, Any]:
    if text.isascii() and text.isdigit():
        return {"person_id": int(text)}
    try:
        return {"handle": uuid.UUID(text)}
    except ValueError as error:
        raise CommandError("Give the number of a person, or the handle of a voice.") from error
