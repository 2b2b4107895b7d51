"""manage.py with the settings of the tests, so that checks need no `.env` and no database."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()
