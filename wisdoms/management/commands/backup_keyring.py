"""Copy the keyring and the tombstones, for seven days."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wisdoms import backups


class Command(BaseCommand):
    """To be run every day, into a folder that no other backup copies; see `wisdoms.backups.keys`."""

    help = "Copies the keyring and the tombstones into DIR, and removes copies older than 7 days."

    def add_arguments(self, parser: CommandParser) -> None:
        """A folder and one option."""
        parser.add_argument("folder", metavar="DIR", type=Path, help="where copies are kept; made if need be")
        parser.add_argument("--expire-only", action="store_true", help="remove old copies; make none")

    def handle(self, *args: Any, folder: Path, expire_only: bool, **options: Any) -> None:
        """Copy, and say until when the copy lives."""
        try:
            if expire_only:
                self.stdout.write(
                    f"{backups.expire_copies(folder.absolute())} copies older than 7 days went."
                )
                return
            copied = backups.copy_keyring(folder.absolute())
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"The copy could not be written ({error.strerror}). Make room, or choose another folder."
            ) from error
        self.stdout.write(
            f"Copied {copied.keys} keys to {copied.path}. The copy lives until "
            f"{copied.lives_until:%Y-%m-%d %H:%M} UTC; the first run after that removes it. "
            f"{copied.expired} older copies were removed."
        )
        self.stdout.write(
            "What people take back from now on is out of reach for good when this copy is gone."
        )
