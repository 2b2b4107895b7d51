"""Put a copy back that `backup` made."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wisdoms import backups


class Command(BaseCommand):
    """All or nothing; see `wisdoms.backups.restoring`. Runs as the owner of the tables."""

    help = "Puts the newest copy in DIR back (or DIR itself, where it is one): database, sound, pictures."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """A folder and one option."""
        parser.add_argument("folder", metavar="DIR", type=Path, help="where copies are kept, or one of them")
        parser.add_argument(
            "--over-newer", action="store_true", help="also where the site is newer than the copy"
        )

    def handle(self, *args: Any, folder: Path, over_newer: bool, **options: Any) -> None:
        """Restore, saying each step."""
        try:
            done = backups.restore_backup(
                folder.absolute(), over_newer=over_newer, tell=lambda line: self.stdout.write(line)
            )
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"A file could not be read or written ({error.strerror}). The database is as it was."
            ) from error
        self.stdout.write(
            f"Put back {done.files} files from {done.path.name}; {done.already_there} were there already."
        )
        self.stdout.write(
            "Now run `manage.py migrate`, then `manage.py replay_withdrawals`: before that the site does not "
            "start. `verify_audit` will say, rightly, that the record is shorter than its anchor."
        )
