"""Copy everything but the keyring and the tombstones."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wisdoms import backups


class Command(BaseCommand):
    """May be killed anywhere, and run while the site works; see `wisdoms.backups.making`."""

    help = "Copies the database, the sealed sound and the pictures into a new folder inside DIR."

    def add_arguments(self, parser: CommandParser) -> None:
        """A folder and two options."""
        parser.add_argument("folder", metavar="DIR", type=Path, help="where copies are kept; made if need be")
        parser.add_argument(
            "--keep-days", type=int, default=30, help="remove copies older than this (default: 30, 1 to 30)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, folder: Path, keep_days: int, **options: Any) -> None:
        """Make it, and print where it is and how much."""
        if not 1 <= keep_days <= 30:
            raise CommandError(
                "A copy holds words that may be taken back, so it is kept for 1 to 30 days. "
                "Say for instance --keep-days 14."
            )
        tell = (lambda _line: None) if options["json"] else self.stdout.write
        try:
            made = backups.make_backup(folder.absolute(), keep=timedelta(days=keep_days), tell=tell)
        except (backups.BackupError, OSError) as error:
            raise CommandError(_sentence(error)) from error
        if options["json"]:
            said = {"path": str(made.path), "files": made.files, "bytes": made.size}
            self.stdout.write(json.dumps(said | {"linked": made.linked, "expired": made.expired}))
            return
        self.stdout.write(
            f"Made {made.path}: {made.files} files, {made.size / 1024**2:.1f} MiB, {made.linked} of them "
            f"lent by the copy before. {made.expired} older copies were removed."
        )
        self.stdout.write(
            "The keyring and the tombstones are not in it: `manage.py backup_keyring` copies them."
        )


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"The copy could not be written ({error.strerror}). Make room, or choose another folder."
    return str(error)
