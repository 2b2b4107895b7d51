from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wisdoms import maintenance


class Command(BaseCommand):
    help = "Closes the site on this machine for a while: everything answers with a page that says so."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--minutes", type=int, default=15, help="what visitors are told to wait")

    def handle(self, *args: Any, minutes: int, **options: Any) -> None:
        if not 1 <= minutes <= 24 * 60:
            raise CommandError("Say a number of minutes from 1 to 1440, for instance --minutes 20.")
        maintenance.close(minutes)
        self.stdout.write(f"Closed for about {minutes} minutes. `manage.py open_site` opens it again.")
