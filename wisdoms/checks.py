"""System checks: facts that settings cannot know by themselves."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from enquiries.keyring import keyring

LEAST_POSTGRES = 150000


@register(Tags.database)
def check_database_role(
    app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The application's role is ordinary, PostgreSQL is new enough, and pgvector is there.

    Runs with `manage.py check --database default` and before `migrate`.
    """
    found: list[CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "select rolsuper or rolbypassrls, current_setting('server_version_num')::int, "
                "exists (select 1 from pg_extension where extname = 'vector'), "
                "exists (select 1 from pg_tables where schemaname = 'public' and tableowner = current_user), "
                "array(select r.rolname::text from pg_roles r where r.rolname = any(%s) "
                "and pg_has_role(current_user, r.oid, 'MEMBER')) "
                "from pg_roles where rolname = current_user",
                [[settings.DATABASE_PUBLIC_ROLE, settings.DATABASE_PERSON_ROLE]],
            )
            passes_walls_by, version, has_vectors, owns_tables, may_be = cursor.fetchone()
        # What changes tables runs as their owner, on purpose and for as long as the command lasts.
        is_application = settings.DB_ROLE == "app"
        if is_application and owns_tables:
            found.append(
                Error(
                    "The application connects as the role that owns its tables.",
                    hint="Name an ordinary role in DATABASE_URL and the owner in DATABASE_OWNER_URL: see "
                    "`manage.py prepare_database --sql`.",
                    id="wisdoms.E013",
                )
            )
        found += [
            Error(
                f"The application may not become “{role}”, as which it reads for {pages}.",
                hint="A superuser runs what `manage.py prepare_database --sql` prints.",
                id="wisdoms.E014",
            )
            for role, pages in (
                (settings.DATABASE_PUBLIC_ROLE, "the public site"),
                (settings.DATABASE_PERSON_ROLE, "people's own pages"),
            )
            if is_application and role not in may_be
        ]
        if is_application and passes_walls_by:
            found.append(
                Error(
                    "The application connects as a role that passes row security by.",
                    hint="Name an ordinary role in DATABASE_URL: see `manage.py prepare_database --sql`.",
                    id="wisdoms.E010",
                )
            )
        if version < LEAST_POSTGRES:
            found.append(
                Error(
                    f"PostgreSQL is version {version // 10000}; 15 or later is needed.",
                    hint="Upgrade the server, or leave DATABASE_URL empty to use the embedded one.",
                    id="wisdoms.E011",
                )
            )
        if not has_vectors:
            found.append(
                Error(
                    "The database lacks the extension “vector”.",
                    hint="A superuser runs what `manage.py prepare_database --sql` prints.",
                    id="wisdoms.E012",
                )
            )
    return found


@register(Tags.security, deploy=True)
def check_keys_apart(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """On a real installation the keyring lies outside the folder that backups copy."""
    if settings.KEYRING_DIR.is_relative_to(settings.VAR_DIR) and not settings.DEBUG:
        return [
            checks.Warning(
                "The keyring lies in the same folder as what it locks.",
                hint="Set WISDOMS_KEYRING to a folder that no backup of the rest contains.",
                id="wisdoms.W010",
            )
        ]
    return []


@register(Tags.security)
def check_keyring(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """What looks after the keys is there, and the folder of keys is open to nobody else."""
    found: list[CheckMessage] = []
    try:
        keyring()
    except ImportError:
        found.append(
            Error(
                f"WISDOMS_KEYRING_BACKEND names “{settings.KEYRING_BACKEND}”, which is not there.",
                hint="Leave it empty to keep keys in the folder WISDOMS_KEYRING, or name another class.",
                id="wisdoms.E020",
            )
        )
    folder = Path(settings.KEYRING_DIR)
    if folder.is_dir() and folder.stat().st_mode & 0o077:
        found.append(
            Error(
                "Others on this machine can look into the folder of keys.",
                hint=f"Run: chmod 700 {folder}",
                id="wisdoms.E021",
            )
        )
    return found
