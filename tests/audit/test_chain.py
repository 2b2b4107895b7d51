"""The chain of the record: nobody changes it, and it is built when a transaction commits."""

import threading
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from audit.actions import record
from audit.verification import verify
from tests.audit.connections import append, connected, links
from wisdoms import embedded

pytestmark = pytest.mark.django_db(transaction=True)

ROLES = (embedded.APP_ROLE, embedded.OWNER_ROLE, embedded.SUPERUSER)
REFUSED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.RestrictViolation)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET action = 'nothing'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "UPDATE audit_link SET position = position + 1",
        "DELETE FROM audit_link",
        "TRUNCATE audit_link",
    ],
)
def test_no_role_changes_what_is_written(role: str, statement: str):
    record("thing.done", by=None)
    with connected(role) as opened, pytest.raises(REFUSED):
        opened.execute(statement)
    with connected(embedded.SUPERUSER) as opened:
        assert opened.execute("SELECT count(*), max(action) FROM audit_event").fetchone() == (1, "thing.done")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_event (at, action, object_type, object_id, detail, transaction_id)"
        " VALUES (now(), 'thing.forged', '', '', '{}', 1)",
        "INSERT INTO audit_link VALUES (1, 0, 1, '', '')",
        "INSERT INTO audit_turn VALUES (1, 1, 1)",
        "SELECT setval('audit_event_id_seq', 1)",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION audit_chain() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
    ],
)
def test_the_application_goes_through_the_one_function(statement: str):
    with connected() as opened, pytest.raises(psycopg.errors.InsufficientPrivilege):
        opened.execute(statement)


def test_an_act_is_linked_when_its_transaction_commits_and_not_before():
    with connected() as writer, connected(embedded.SUPERUSER) as reader:
        with writer.transaction():
            append(writer, 7)
            assert links(writer) == []
        assert [row[:2] for row in links(reader)] == [(7, 1)]


def test_chains_go_on_over_connections_each_for_its_partner():
    for _each in range(3):
        with connected() as writer:
            append(writer, 7)
            append(writer, 0)
    with connected(embedded.SUPERUSER) as reader:
        assert [row[:2] for row in links(reader)] == [(0, 1), (0, 2), (0, 3), (7, 1), (7, 2), (7, 3)]


def test_acts_of_one_transaction_stand_in_the_order_in_which_they_were_written():
    with connected() as writer, writer.transaction():
        first, second, third = (append(writer, chain) for chain in (7, 3, 7))
    with connected(embedded.SUPERUSER) as reader:
        assert links(reader) == [(3, 1, second), (7, 1, first), (7, 2, third)]


def test_what_is_rolled_back_leaves_no_gap_in_its_chain():
    with connected() as writer:
        append(writer, 7)
        with writer.transaction(force_rollback=True):
            append(writer, 7)
        with writer.transaction():
            kept = append(writer, 7)
            with writer.transaction(force_rollback=True):
                append(writer, 7)
    with connected(embedded.SUPERUSER) as reader:
        assert [row[1] for row in links(reader)] == [1, 2]
        assert links(reader)[-1][2] == kept


def test_checks_asked_for_early_link_early_and_later_acts_still_follow():
    with connected() as writer, writer.transaction():
        append(writer, 7)
        writer.execute("SET CONSTRAINTS ALL IMMEDIATE")
        append(writer, 7)
        writer.execute("SET CONSTRAINTS ALL DEFERRED")
        append(writer, 7)
    with connected(embedded.SUPERUSER) as reader:
        assert [row[1] for row in links(reader)] == [1, 2, 3]


def _both(first: Any, second: Any) -> list[BaseException]:
    """Run two functions at once; what they raised."""
    raised: list[BaseException] = []

    def run(work: Any) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 (handed to the test)
            raised.append(error)

    threads = [threading.Thread(target=run, args=[work]) for work in (first, second)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=60)
    return raised


def test_two_chains_in_opposite_order_do_not_wait_for_each_other(tmp_path):
    rounds, together = 60, threading.Barrier(2)

    def write(chains: tuple[int, int]) -> None:
        with connected() as writer:
            for _round in range(rounds):
                with writer.transaction():
                    for chain in chains:
                        append(writer, chain)
                    together.wait(timeout=30)

    # Django's connection is one thread's; these make their own from its parameters.
    connection.ensure_connection()
    assert _both(lambda: write((3, 7)), lambda: write((7, 3))) == []
    with connected(embedded.SUPERUSER, autocommit=False) as reader:
        assert len(links(reader)) == 4 * rounds
        assert verify(reader.cursor(), tmp_path / "none").is_sound


def test_a_key_checked_at_the_end_waits_before_the_chain_is_locked():
    """One transaction holds a row and then records; another recorded first and then refers to that row."""
    with connected(embedded.SUPERUSER) as maker:
        maker.execute("CREATE TABLE thing (id int PRIMARY KEY)")
        maker.execute(
            "CREATE TABLE part (thing int REFERENCES thing DEFERRABLE INITIALLY DEFERRED)",
        )
        maker.execute("INSERT INTO thing VALUES (1)")
        maker.execute("GRANT ALL ON thing, part TO PUBLIC")
    held, referred = threading.Event(), threading.Event()

    def holder() -> None:
        with connected() as writer, writer.transaction():
            writer.execute("SELECT FROM thing WHERE id = 1 FOR UPDATE")
            held.set()
            referred.wait(timeout=30)
            # Time for the other to reach its end, where it waits for the row.
            writer.execute("SELECT pg_sleep(0.5)")
            append(writer, 7)

    def referrer() -> None:
        held.wait(timeout=30)
        with connected() as writer, writer.transaction():
            append(writer, 7)
            writer.execute("INSERT INTO part VALUES (1)")
            referred.set()

    assert _both(holder, referrer) == []
    with connected(embedded.SUPERUSER) as reader:
        assert [row[1] for row in links(reader)] == [1, 2]


def test_many_acts_in_one_transaction_are_linked(tmp_path):
    with transaction.atomic():
        for number in range(300):
            record("thing.done", by=None, partner_id=number % 3 or None)
    with connected(embedded.SUPERUSER, autocommit=False) as reader:
        verdict = verify(reader.cursor(), tmp_path / "none")
        assert (verdict.acts, verdict.faults) == (300, [])
