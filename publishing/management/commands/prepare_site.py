"""Lays the public site: languages, home page, plain pages, shelves and the editors' groups."""

import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from publishing import site


class Command(BaseCommand):
    help = (
        "Makes what the public site stands on, where it is missing. Safe to run again; changes nothing else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print ids and counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        address = urlsplit(settings.SITE_ADDRESS)
        port = address.port or (443 if address.scheme == "https" else 80)
        done = site.prepare(hostname=address.hostname or "localhost", port=port)
        if options["json"]:
            self.stdout.write(json.dumps(done))
        else:
            for name, value in done.items():
                self.stdout.write(f"{name}: {value}")
