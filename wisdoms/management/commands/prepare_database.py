"""Make a database ready for `migrate`: its roles, pgvector, and what each may do."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError, connection, transaction

from wisdoms import embedded


class Command(BaseCommand):
    """Safe to run twice. The embedded database prepares itself; this then only says so."""

    help = "Makes a database ready for migrate; with --sql, prints what a superuser has to run once."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One option."""
        parser.add_argument("--sql", action="store_true", help="print the statements and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print or run the statements."""
        owner = _role(settings.DATABASE_OWNER_ADDRESS) or embedded.OWNER_ROLE
        app = _role(settings.DATABASE_ADDRESS) or embedded.APP_ROLE
        if options["sql"]:
            self.stdout.write("\n".join(self._statements(owner, app)))
            return
        if not settings.DATABASE_ADDRESS:
            embedded.attach(settings.EMBEDDED_HOME)
            self.stdout.write(f"The embedded database is ready: roles {owner} and {app}, extension vector.")
            return
        if owner == app or not settings.DATABASE_OWNER_ADDRESS:
            raise CommandError(
                "The application must not own its tables, or the wall would not bind it. Name a second role "
                "in DATABASE_OWNER_URL; `manage.py prepare_database --sql` prints what makes it."
            )
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                for statement in embedded.grants(owner=f'"{owner}"', app=f'"{app}"'):
                    cursor.execute(statement)
        except ProgrammingError as error:
            raise CommandError(
                f"The role {owner} may not do this ({str(error).splitlines()[0]}). Have a superuser run what "
                "`manage.py prepare_database --sql` prints, then run migrate."
            ) from error
        self.stdout.write(f"The database is ready: {owner} may migrate, {app} may read and write rows.")

    def _statements(self, owner: str, app: str) -> list[str]:
        database = urlsplit(settings.DATABASE_ADDRESS).path.lstrip("/") or embedded.DATABASE
        lines = [
            "-- As a superuser. Choose passwords with \\password afterwards; roles are made only once.",
            f'CREATE ROLE "{owner}" LOGIN NOSUPERUSER BYPASSRLS;',
            f'CREATE ROLE "{embedded.BACKUP_ROLE}" LOGIN NOSUPERUSER BYPASSRLS;',
            f'CREATE ROLE "{embedded.PUBLIC_ROLE}" NOLOGIN NOSUPERUSER NOBYPASSRLS;',
            f'CREATE ROLE "{embedded.PERSON_ROLE}" NOLOGIN NOSUPERUSER NOBYPASSRLS;',
            f'CREATE ROLE "{app}" LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT;',
            f'GRANT "{embedded.PUBLIC_ROLE}", "{embedded.PERSON_ROLE}" TO "{app}";',
            f'ALTER ROLE "{app}" SET max_parallel_workers_per_gather TO 0;',
        ]
        lines += [f'CREATE DATABASE "{database}" OWNER "{owner}";', f'\\connect "{database}"']
        return lines + [f"{line};" for line in embedded.grants(owner=f'"{owner}"', app=f'"{app}"')]


def _role(address: str) -> str:
    return urlsplit(address).username or ""
