"""Bring lost keys and tombstones back from a copy that `backup_keyring` made."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import ngettext

from wisdoms import backups


class Command(BaseCommand):
    """Replaces nothing that is there, and brings back no key that a tombstone says was destroyed."""

    help = "Brings keys that were lost back from the newest copy in DIR (or DIR itself, where it is one)."

    def add_arguments(self, parser: CommandParser) -> None:
        """A folder."""
        parser.add_argument("folder", metavar="DIR", type=Path, help="where copies are kept, or one of them")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Bring back, and say how many."""
        try:
            done = backups.restore_keyring(folder.absolute())
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"A key could not be read or written ({error.strerror}). Try again."
            ) from error
        stays = ngettext("%(n)d stays destroyed", "%(n)d stay destroyed", done.stay_destroyed)
        self.stdout.write(
            f"Brought back {done.keys} keys from {done.path.name}; of voices that took their sound back "
            f"since, {stays % {'n': done.stay_destroyed}}."
        )
        self.stdout.write("Now run `manage.py replay_withdrawals`, and then start the site.")
