"""System checks: the demo, with its printed password and one press, never stands where real people work."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections

# Printed by `make demo`, and so known to everyone.
DEMO_PASSWORD = "listen-without-steering"  # noqa: S105
DEMO_ENDING = ".example"


@register(Tags.security)
def check_demo_alone(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The demo marker stands only where DEBUG does, on one's own machine."""
    found: list[CheckMessage] = []
    if settings.IS_DEMO and not settings.DEBUG:
        found.append(
            Error(
                "WISDOMS_DEMO is on while DEBUG is off.",
                hint="The demo signs in with one press. Turn WISDOMS_DEMO off where others reach the site.",
                id="accounts.E001",
            )
        )
    if settings.IS_DEMO and settings.IS_HTTPS:
        found.append(
            Error(
                "WISDOMS_DEMO is on while SITE_ADDRESS is https.",
                hint="The demo is for one's own machine. Turn WISDOMS_DEMO off.",
                id="accounts.E002",
            )
        )
    return found


@register(Tags.database)
def check_no_demo_accounts(
    app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """No open account has the demo's printed password, unless this is the demo.

    Looks at the made-up people's own addresses, and at the thirty oldest accounts: hashing a password takes
    a tenth of a second each. Runs with `manage.py check --database default` and before `migrate`.
    """
    if settings.DEBUG and settings.IS_DEMO:
        return []
    known: list[int] = []
    for alias in databases or ():
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("select to_regclass('accounts_user') is not null")
                if not cursor.fetchone()[0]:
                    continue
                cursor.execute(
                    "select id, password from accounts_user where is_active"
                    " order by email like %s desc, id limit 30",
                    [f"%{DEMO_ENDING}"],
                )
                rows = cursor.fetchall()
        except DatabaseError:
            # Tables of another release: `migrate`, which runs this check first, puts them right.
            continue
        known += [pk for pk, password in rows if check_password(DEMO_PASSWORD, password)]
    if not known:
        return []
    return [
        Error(
            f"{len(known)} open accounts have the demo's password, which is printed for everyone to read.",
            hint=f"Close them or set new passwords. Their ids: {', '.join(map(str, known))}.",
            id="accounts.E003",
        )
    ]
