from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wisdoms import reference


class Command(BaseCommand):
    help = "Writes the pages of docs/reference/ that are made from the code. Safe to run again."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is stale")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            stale = reference.stale_pages()
            if stale:
                raise CommandError(f"Stale: {', '.join(stale)}. Run `manage.py write_reference`.")
            self.stdout.write(f"{len(reference.PAGES)} pages say what the code says.")
            return
        written = reference.write_pages()
        self.stdout.write(f"{len(written)} of {len(reference.PAGES)} pages written.")
