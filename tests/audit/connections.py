"""Real connections to the test's database, beside the one that Django holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

from wisdoms import embedded


@contextmanager
def connected(role: str = embedded.APP_ROLE, *, autocommit: bool = True) -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own, as the application, the owner or the superuser."""
    parameters = connection.get_connection_params()
    with psycopg.connect(
        host=parameters["host"], dbname=parameters["dbname"], user=role, autocommit=autocommit
    ) as opened:
        yield opened


APPEND = "SELECT event_id FROM audit_append(%s, 1, %s, 'audit.thing', '1', '{}')"


def append(opened: psycopg.Connection[Any], chain: int, action: str = "thing.done") -> int:
    """One act in a chain; 0 is the installation's own."""
    return opened.execute(APPEND, [action, chain or None]).fetchone()[0]  # type: ignore[index]


def links(opened: psycopg.Connection[Any]) -> list[tuple[int, int, int]]:
    """(chain, position, event) of every link."""
    return opened.execute(
        "SELECT chain, position, event_id FROM audit_link ORDER BY chain, position"
    ).fetchall()
