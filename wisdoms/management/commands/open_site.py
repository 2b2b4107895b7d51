from typing import Any

from django.core.management.base import BaseCommand

from wisdoms import maintenance


class Command(BaseCommand):
    help = "Opens the site on this machine again after close_site."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("Open again." if maintenance.open_again() else "The site was not closed.")
