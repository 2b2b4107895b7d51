"""What somebody with every right does to the record, with its triggers off: five kinds, at random."""

import random
from typing import Any

import psycopg

KINDS = ("edit", "delete", "exchange", "put in", "cut off")

EDITS = (
    "UPDATE audit_event SET action = action || 'x' WHERE id = %(id)s",
    "UPDATE audit_event SET actor_id = coalesce(actor_id, 0) + 1 WHERE id = %(id)s",
    "UPDATE audit_event SET actor_id = NULL WHERE id = %(id)s",
    "UPDATE audit_event SET at = at - interval '1 microsecond' WHERE id = %(id)s",
    "UPDATE audit_event SET object_id = object_id || '1' WHERE id = %(id)s",
    "UPDATE audit_event SET object_id = '', object_type = object_type || object_id WHERE id = %(id)s",
    """UPDATE audit_event SET detail = detail || '{"count": 9}' WHERE id = %(id)s""",
    "UPDATE audit_event SET partner_id = coalesce(partner_id, 0) + 1 WHERE id = %(id)s",
    "UPDATE audit_event SET partner_id = NULL WHERE id = %(id)s",
    "UPDATE audit_event SET transaction_id = transaction_id + 1 WHERE id = %(id)s",
)
HASHED = """
UPDATE audit_link l SET hash = sha256(
    l.previous || int8send(l.chain) || int8send(l.position) || timestamptz_send(e.at)
    || convert_to(concat_ws(E'\\x1f', e.id, coalesce(e.actor_id::text, '-'),
       coalesce(e.partner_id::text, '-'), e.transaction_id, e.action, e.object_type,
       e.object_id, e.detail), 'UTF8'))
FROM audit_event e WHERE e.id = l.event_id AND l.event_id = %(id)s
"""
COPY_EVENT = """
INSERT INTO audit_event (id, at, action, actor_id, partner_id, object_type, object_id, detail, transaction_id)
SELECT %(new)s, at, action, coalesce(actor_id, 0) + 1, partner_id, object_type, object_id, detail,
    transaction_id
FROM audit_event WHERE id = %(id)s
"""


def tamper(opened: psycopg.Connection[Any], kind: str, rng: random.Random) -> None:
    """Tamper once, somewhere; the connection is a superuser's with the triggers off, inside a transaction."""
    chains = opened.execute("SELECT chain, max(position) FROM audit_link GROUP BY chain").fetchall()
    chain, length = rng.choice(chains)
    place = rng.randint(1, length)
    values: dict[str, Any] = {"chain": chain, "place": place}
    values["id"] = opened.execute(
        "SELECT event_id FROM audit_link WHERE chain = %(chain)s AND position = %(place)s", values
    ).fetchone()[0]  # type: ignore[index]
    TAMPERING[kind](opened, rng, values, length)


def _edit(opened: Any, rng: random.Random, values: dict[str, Any], length: int) -> None:
    """One column of one act; half the time its own hash is made to fit."""
    opened.execute(rng.choice([each for each in EDITS if not _is_idle(opened, each, values)]), values)
    if rng.random() < 0.5 and values["place"] < length:
        opened.execute(HASHED, values)


def _is_idle(opened: Any, edit: str, values: dict[str, Any]) -> bool:
    """Emptying what is empty already changes nothing."""
    actor, partner, object_id = opened.execute(
        "SELECT actor_id, partner_id, object_id FROM audit_event WHERE id = %(id)s", values
    ).fetchone()
    return (
        ("actor_id = NULL" in edit and actor is None)
        or ("partner_id = NULL" in edit and partner is None)
        or ("object_id = ''" in edit and object_id == "")
    )


def _delete(opened: Any, rng: random.Random, values: dict[str, Any], length: int) -> None:
    """One act; with its place, with the later places closed up, or the place alone."""
    how = rng.randrange(3)
    if how < 2:
        opened.execute("DELETE FROM audit_event WHERE id = %(id)s", values)
    if how > 0:
        opened.execute("DELETE FROM audit_link WHERE event_id = %(id)s", values)
        opened.execute(
            "UPDATE audit_link SET position = -position WHERE chain = %(chain)s AND position > %(place)s",
            values,
        )
        opened.execute(
            "UPDATE audit_link SET position = -position - 1 WHERE chain = %(chain)s AND position < 0", values
        )


def _exchange(opened: Any, rng: random.Random, values: dict[str, Any], length: int) -> None:
    """Two acts change places in their chain: their links' places, or the acts that the links name."""
    other = rng.choice([place for place in range(1, length + 1) if place != values["place"]])
    values = values | {"other": other}
    if rng.random() < 0.5:
        for statement in (
            "UPDATE audit_link SET position = -%(other)s WHERE chain = %(chain)s AND position = %(place)s",
            "UPDATE audit_link SET position = %(place)s WHERE chain = %(chain)s AND position = %(other)s",
            "UPDATE audit_link SET position = %(other)s WHERE chain = %(chain)s AND position = -%(other)s",
        ):
            opened.execute(statement, values)
        return
    values["other_id"] = opened.execute(
        "SELECT event_id FROM audit_link WHERE chain = %(chain)s AND position = %(other)s", values
    ).fetchone()[0]
    for statement in (
        "UPDATE audit_link SET event_id = -1 WHERE event_id = %(id)s",
        "UPDATE audit_link SET event_id = %(id)s WHERE event_id = %(other_id)s",
        "UPDATE audit_link SET event_id = %(other_id)s WHERE event_id = -1",
    ):
        opened.execute(statement, values)


def _put_in(opened: Any, rng: random.Random, values: dict[str, Any], length: int) -> None:
    """An act that never was: without a place, or in a place made for it with a hash that fits it."""
    values = values | {"new": 10_000_000 + rng.randrange(1_000_000)}
    opened.execute(COPY_EVENT, values)
    if rng.random() < 0.5:
        return
    for statement in (
        "UPDATE audit_link SET position = -position WHERE chain = %(chain)s AND position >= %(place)s",
        "UPDATE audit_link SET position = -position + 1 WHERE chain = %(chain)s AND position < 0",
        "INSERT INTO audit_link SELECT %(new)s, chain, %(place)s, previous, hash FROM audit_link"
        " WHERE event_id = %(id)s",
    ):
        opened.execute(statement, values)
    opened.execute(HASHED, {"id": values["new"]})


def _cut_off(opened: Any, rng: random.Random, values: dict[str, Any], length: int) -> None:
    """Every act of a chain from some place on, with its links: nothing in the database tells."""
    opened.execute(
        "WITH gone AS (DELETE FROM audit_link WHERE chain = %(chain)s AND position >= %(place)s"
        " RETURNING event_id) DELETE FROM audit_event WHERE id IN (SELECT event_id FROM gone)",
        values,
    )


TAMPERING = {
    "edit": _edit,
    "delete": _delete,
    "exchange": _exchange,
    "put in": _put_in,
    "cut off": _cut_off,
}
