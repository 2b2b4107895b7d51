from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from wisdoms.demo import build
from wisdoms.demo.world import Teller


class Command(BaseCommand):
    help = "Builds the demo partnership by running the real pipeline on made-up words. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEBUG and settings.IS_DEMO):
            raise CommandError(
                "The demo is built only where DEBUG and WISDOMS_DEMO are both set, so that made-up people "
                "never stand beside real ones. Use `make demo`."
            )
        build.build(Teller(self.stdout))
