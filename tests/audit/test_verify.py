"""Whatever is tampered with is found, and what nobody touched is not."""

import json
import random
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit import anchor
from audit.actions import record
from audit.verification import verify
from tests.audit.connections import append, connected
from tests.audit.tampering import KINDS, tamper
from wisdoms import embedded

pytestmark = pytest.mark.django_db(transaction=True)
TAMPERINGS = 60


@pytest.fixture
def acts() -> None:
    """A hundred and twenty acts in three chains, some together in one transaction; every end anchored."""
    with connected() as writer:
        for number in range(90):
            append(writer, number % 3, f"thing.done_{number % 4}")
        with writer.transaction():
            for number in range(30):
                append(writer, number % 3)
    anchor.anchor_heads()


@pytest.fixture
def tamperer(acts: None) -> Any:
    with connected(embedded.SUPERUSER, autocommit=False) as opened:
        yield opened
        opened.rollback()


def faults(opened: psycopg.Connection[Any], **asked: Any) -> list[str]:
    verdict = verify(opened.cursor(), anchor.path(), **asked)
    return [fault.kind for fault in verdict.faults]


def off(opened: psycopg.Connection[Any]) -> None:
    opened.execute("SET LOCAL session_replication_role = replica")


def test_a_record_that_nobody_touched_is_sound(tamperer: psycopg.Connection[Any]):
    verdict = verify(tamperer.cursor(), anchor.path())
    assert verdict.is_sound
    assert (verdict.acts, len(verdict.heads), verdict.unreadable) == (120, 3, 0)
    assert verdict.anchored >= 3


@pytest.mark.parametrize("kind", KINDS)
def test_every_tampering_is_found(tamperer: psycopg.Connection[Any], kind: str):
    rng = random.Random(kind)
    for number in range(TAMPERINGS // len(KINDS)):
        off(tamperer)
        tamper(tamperer, kind, rng)
        assert faults(tamperer), (kind, number)
        tamperer.rollback()
    assert faults(tamperer) == []


def test_an_end_cut_off_is_told_with_the_time_of_the_anchor(tamperer: psycopg.Connection[Any]):
    off(tamperer)
    tamperer.execute(
        "DELETE FROM audit_event e USING audit_link l WHERE l.event_id = e.id AND l.position > 30"
    )
    tamperer.execute("DELETE FROM audit_link WHERE position > 30")
    verdict = verify(tamperer.cursor(), anchor.path(), chain=2)
    assert {fault.kind for fault in verdict.faults} == {"cut"}
    assert "the record of partner 2, its end was cut off" in verdict.faults[0].sentence
    assert "held 40 acts" in verdict.faults[-1].sentence


def test_a_whole_chain_taken_away_is_found(tamperer: psycopg.Connection[Any]):
    off(tamperer)
    tamperer.execute("DELETE FROM audit_event WHERE partner_id = 1")
    tamperer.execute("DELETE FROM audit_link WHERE chain = 1")
    assert set(faults(tamperer)) == {"cut"}


def test_a_chain_written_anew_with_fitting_hashes_is_found_by_the_anchor(tamperer: psycopg.Connection[Any]):
    off(tamperer)
    tamperer.execute("UPDATE audit_event SET actor_id = 99 WHERE partner_id = 2")
    tamperer.execute("CREATE TEMP TABLE kept AS SELECT * FROM audit_event WHERE partner_id = 2")
    tamperer.execute("DELETE FROM audit_event WHERE partner_id = 2")
    tamperer.execute("DELETE FROM audit_link WHERE chain = 2")
    tamperer.execute("SET LOCAL session_replication_role = origin")
    # The database's own trigger chains them again, in a transaction that says it is the old one.
    tamperer.execute(
        "INSERT INTO audit_event (id, at, action, actor_id, partner_id, object_type, object_id, detail,"
        " transaction_id) SELECT id, at, action, actor_id, partner_id, object_type, object_id, detail,"
        " pg_current_xact_id()::text::bigint FROM kept"
    )
    tamperer.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert set(faults(tamperer)) == {"rewritten"}


def test_an_exact_copy_is_found_where_the_key_was_dropped(tamperer: psycopg.Connection[Any]):
    off(tamperer)
    tamperer.execute("ALTER TABLE audit_event DROP CONSTRAINT audit_event_pkey")
    tamperer.execute("INSERT INTO audit_event SELECT * FROM audit_event LIMIT 1")
    assert faults(tamperer) == ["doubled"]


def test_a_guard_that_was_switched_off_is_told(tamperer: psycopg.Connection[Any]):
    tamperer.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_event_append_only")
    verdict = verify(tamperer.cursor(), anchor.path())
    assert [fault.kind for fault in verdict.faults] == ["guard"]
    assert "audit_event_append_only" in verdict.faults[0].sentence


def test_a_lost_anchor_is_told_once_acts_are_old_enough(tamperer: psycopg.Connection[Any]):
    anchor.path().unlink()
    assert faults(tamperer) == []
    off(tamperer)
    tamperer.execute("CREATE TEMP TABLE kept AS SELECT * FROM audit_event")
    tamperer.execute("DELETE FROM audit_link")
    tamperer.execute("DELETE FROM audit_event")
    tamperer.execute("SET LOCAL session_replication_role = origin")
    tamperer.execute(
        "INSERT INTO audit_event (id, at, action, actor_id, partner_id, object_type, object_id, detail,"
        " transaction_id) SELECT id, at - interval '1 hour', action, actor_id, partner_id, object_type,"
        " object_id, detail, pg_current_xact_id()::text::bigint FROM kept"
    )
    tamperer.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert faults(tamperer) == ["unanchored"] * 3
    assert faults(tamperer, starts_anchor=True) == []


def test_one_partners_record_can_be_looked_at_alone(tamperer: psycopg.Connection[Any]):
    off(tamperer)
    tamperer.execute("UPDATE audit_event SET actor_id = 99 WHERE partner_id = 1")
    assert set(faults(tamperer, chain=1)) == {"changed"}
    assert faults(tamperer, chain=2) == []
    assert faults(tamperer, chain=0) == []


# --- The command --------------------------------------------------------------------------------------


@pytest.fixture
def as_owner(acts: None) -> Any:
    """Django's connection as the owner: the command's own role."""
    connection.close()
    before = connection.settings_dict["USER"]
    connection.settings_dict["USER"] = embedded.OWNER_ROLE
    yield
    connection.close()
    connection.settings_dict["USER"] = before


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("verify_audit", *arguments, stdout=out)
    return out.getvalue()


def tampered(statement: str) -> None:
    with connected(embedded.SUPERUSER) as opened:
        opened.execute("SET session_replication_role = replica")
        opened.execute(statement)


def test_the_command_says_that_all_is_as_written_and_anchors(as_owner: None):
    before = anchor.size(anchor.path())
    assert "Looked at 120 acts in 3 chains" in run()
    assert anchor.size(anchor.path()) > before
    found = json.loads(run("--json"))
    assert (found["is_sound"], found["acts"], found["faults"]) == (True, 120, [])


def test_the_command_says_what_is_wrong_where_and_fails(as_owner: None):
    tampered("UPDATE audit_event SET actor_id = 99 WHERE id = (SELECT min(id) FROM audit_event)")
    before = anchor.size(anchor.path())
    out = StringIO()
    with pytest.raises(CommandError, match="not as it was written") as failed:
        call_command("verify_audit", stdout=out)
    assert failed.value.returncode == 1
    assert "the act at place 1 (event" in out.getvalue()
    assert "it was changed" in out.getvalue()
    assert anchor.size(anchor.path()) == before
    with pytest.raises(CommandError):
        call_command("verify_audit", "--json", stdout=(as_json := StringIO()))
    assert json.loads(as_json.getvalue())["faults"][0]["kind"] == "changed"
    assert "all as written" in run("--partner", "1")


def test_the_command_tells_lines_of_the_anchor_that_cannot_be_read(as_owner: None):
    with anchor.path().open("a") as file:
        file.write("what is this\n")
    assert "1 lines of the anchor cannot be read" in run()


def test_acts_anchored_since_the_command_began_do_not_look_cut_off(as_owner: None, monkeypatch):
    believed = anchor.size(anchor.path())
    record("thing.done", by=None)
    anchor.append(anchor.path(), [anchor.Head(0, 999, b"\x00" * 32)])
    monkeypatch.setattr(anchor, "size", lambda _file: believed)
    assert "all as written" in run()
