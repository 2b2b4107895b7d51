"""A real worker on a test's database, for tests that kill one: `python -m tests.worker '{"database": …}'`.

Settings that a test changed in its own process are given as JSON and set here too.
"""

import json
import os
import sys
from typing import Any


def main(given: dict[str, Any]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    connection.settings_dict["NAME"] = given["database"]
    for name, value in given["settings"].items():
        setattr(settings, name, value)
    which = ["--queues", ",".join(given["queues"])] if given["queues"] else []
    more = [] if given.get("wait") else ["--one-shot"]
    if "polling_s" in given:
        more += ["--fetch-job-polling-interval", str(given["polling_s"])]
    call_command("procrastinate", "worker", *which, *more)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
