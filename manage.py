#!/usr/bin/env python
"""Django's command line, run as the role the command needs."""

import os
import sys

# These change tables, or read across the wall, so they run as the owner of the database; everything else is
# the ordinary role.
OWNER_COMMANDS = frozenset({"migrate", "prepare_database", "sqlflush", "dbshell", "verify_audit", "restore"})


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wisdoms.settings")
    command = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), "")
    if command in OWNER_COMMANDS:
        os.environ.setdefault("WISDOMS_DB_ROLE", "owner")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        sys.exit(
            f"A package is missing ({error.name}). Run `make install`, then use .venv/bin/python manage.py."
        )
    from wisdoms.environment import SettingsError

    try:
        execute_from_command_line(sys.argv)
    except SettingsError as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
