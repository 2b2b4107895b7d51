"""Look whether the record of acts is as it was written."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError, connection, transaction

from audit import anchor
from audit.verification import MOST_FAULTS, Verdict, verify


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """Transactions begun inside see one state of the database and change nothing.

    Set for the connection and not for a transaction, whose first statement may be somebody else's.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_isolation TO 'repeatable read'")
        cursor.execute("SET default_transaction_read_only TO on")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET default_transaction_read_only")
            cursor.execute("RESET default_transaction_isolation")


class Command(BaseCommand):
    """Finds every edit, deletion, exchange and insertion, and an end cut off since it was last anchored.

    Changes nothing in the database. After a run without faults it anchors where the chains end.
    """

    help = "Looks whether the record of acts is as it was written; ends with 1 when it is not."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to look at, and how to tell."""
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")
        parser.add_argument(
            "--partner",
            type=int,
            metavar="ID",
            help="this partner's record alone; 0 for the installation's own",
        )
        parser.add_argument(
            "--start-anchor",
            action="store_true",
            help="accept chains of which the anchor knows nothing yet, and anchor them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, tell, and anchor what was found sound."""
        began = time.perf_counter()
        file = anchor.path()
        believed = anchor.size(file)
        try:
            with _one_snapshot(), transaction.atomic(), connection.cursor() as cursor:
                verdict = verify(
                    cursor,
                    file,
                    anchor_size=believed,
                    chain=options["partner"],
                    starts_anchor=options["start_anchor"],
                )
        except ProgrammingError as error:
            raise CommandError(
                f"This role may not see the whole record ({str(error).splitlines()[0]}). Run it as the owner"
                " of the database: set DATABASE_OWNER_URL, or WISDOMS_DB_ROLE=owner."
            ) from error
        self._tell(verdict, time.perf_counter() - began, as_json=options["json"])
        if not verdict.is_sound:
            raise CommandError(
                "The record is not as it was written. Keep everything as it is, and ask who had access."
            )
        anchor.append(file, verdict.heads)

    def _tell(self, verdict: Verdict, seconds: float, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(
                json.dumps(
                    {
                        "is_sound": verdict.is_sound,
                        "acts": verdict.acts,
                        "chains": [{"chain": head.chain, "acts": head.position} for head in verdict.heads],
                        "anchor_lines": verdict.anchored,
                        "anchor_lines_unreadable": verdict.unreadable,
                        "seconds": round(seconds, 3),
                        "faults": [
                            {
                                "kind": fault.kind,
                                "chain": fault.chain,
                                "position": fault.position,
                                "event_id": fault.event_id,
                                "sentence": fault.sentence,
                            }
                            for fault in verdict.faults
                        ],
                    }
                )
            )
            return
        for fault in verdict.faults:
            self.stdout.write(fault.sentence)
        if len(verdict.faults) >= MOST_FAULTS:
            self.stdout.write("There may be more; these are the first found.")
        if verdict.unreadable:
            self.stdout.write(
                f"{verdict.unreadable} lines of the anchor cannot be read; a crash may tear one, nothing else"
                " should."
            )
        self.stdout.write(
            f"Looked at {verdict.acts} acts in {len(verdict.heads)} chains and {verdict.anchored} anchored"
            f" ends, in {seconds:.1f} s: {'all as written' if verdict.is_sound else 'not as written'}."
        )
