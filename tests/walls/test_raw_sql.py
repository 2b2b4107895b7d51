"""What the database itself refuses to the application's role, table by table, found in the catalogue."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import wall
from tests.walls.world import World

# Wagtail's pages name the enquiry they were written from and the partner whose shelf they are. They are the
# public site's, hold nothing anybody said, and other partners' drafts are kept apart in `publishing.fence`.
PAGES = {
    "publishing_homepage",
    "publishing_suitepage",
    "publishing_wisdomsreportpage",
    "publishing_wisdompage",
    "publishing_reportpartner",
}

# A row that leads to another partner's by design: somebody's voice in an enquiry may be that of a person whom
# a partner of that enquiry walks alongside, and that partner freezes figures of its own for it.
ACROSS = {
    ("enquiries_link", "person_id"),
    ("coaching_publishedfigure", "enquiry_id"),
    ("coaching_jointdisplay", "figure_id"),
}


def _rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall()


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _refused(sql: str, *values: Any, at_the_end: bool = False) -> bool:
    """Whether the statement is refused, or touches no row. `at_the_end`: deferred constraints too."""
    try:
        with _undone(), connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            touched = cursor.rowcount
            if at_the_end and touched:
                cursor.execute("set constraints all immediate")
    except DatabaseError:
        return True
    return touched == 0


def partners_tables() -> set[str]:
    """Tables with a partner's material: those that name a partner, and those that lean on one of them."""
    found = {
        row[0]
        for row in _rows(
            "select c.table_name from information_schema.columns c"
            " join information_schema.tables t using (table_schema, table_name)"
            " where c.table_schema = 'public' and c.column_name = 'partner_id'"
            " and t.table_type = 'BASE TABLE'"
        )
    }
    leaning = _rows(
        "select distinct child.relname, parent.relname from pg_constraint k"
        " join pg_class child on child.oid = k.conrelid join pg_class parent on parent.oid = k.confrelid"
        " where k.contype = 'f'"
    )
    before = 0
    while len(found) != before:
        before = len(found)
        found |= {child for child, parent in leaning if parent in found and parent not in PAGES}
    return found


def walled() -> list[str]:
    return sorted(partners_tables() - PAGES - RECORD)


# The record of acts has a writer and tests of its own: see `tests/audit`.
RECORD = {"audit_event", "audit_link"}


def writable() -> list[str]:
    """Walled tables that the application's role may write to at all."""
    return [
        name
        for name in walled()
        if _rows(
            "select has_table_privilege(%s, 'update') and has_table_privilege(%s, 'insert')", name, name
        )[0][0]
    ]


@pytest.fixture(scope="module")
def samples(world: World) -> dict[str, dict[str, Any]]:
    """One row of partner A from each walled table."""
    found = {}
    for name in walled():
        rows = _rows(
            f'select row_to_json(t) from "{name}" t where partner_id = %s limit 1', world.a.partner.pk
        )
        if rows:
            found[name] = rows[0][0]
    return found


def test_every_table_with_a_partners_material_is_walled(world: World) -> None:
    behind = {
        row[0]
        for row in _rows(
            "select c.relname from pg_class c where c.relrowsecurity and c.relforcerowsecurity"
            " and exists (select 1 from pg_policy p where p.polrelid = c.oid)"
        )
    }
    assert set(walled()) - behind == set()
    assert len(behind) > 50


def test_the_world_has_a_row_in_every_walled_table(samples: dict[str, Any]) -> None:
    """What the world has none of is not proved by these tests: make one, or say here why not."""
    without = set(walled()) - set(samples)
    assert without <= {
        # Pieces of a recording exist while it is being written down.
        "transcripts_piece",
        # Made when a page that has gone live is changed; open to readers like the page.
        "publishing_pagechange",
    }


def test_without_a_door_no_row_is_seen_changed_or_removed(samples: dict[str, Any]) -> None:
    seen, changed, removed = [], [], []
    with wall.acting_for(partners=()):
        for name in walled():
            if not _rows("select has_table_privilege(%s, 'select')", name)[0][0]:
                continue
            if _rows(f'select count(*) from "{name}"')[0][0]:
                seen.append(name)
            if _rows(f'select 1 from "{name}" limit 1'):
                seen.append(name)
            if not _refused(f'update "{name}" set partner_id = partner_id'):
                changed.append(name)
            if not _refused(f'delete from "{name}"'):
                removed.append(name)
    assert not seen
    assert not changed
    assert not removed


def _copy(name: str, row: dict[str, Any]) -> tuple[str, str]:
    """A statement that puts a copy of a row in, under a key of its own."""
    fresh = {**row, "id": 876_543_210} if "id" in row else row
    return f'insert into "{name}" select * from json_populate_record(null::"{name}", %s)', json.dumps(fresh)


def test_without_a_door_no_row_is_put_in(samples: dict[str, Any]) -> None:
    with wall.acting_for(partners=()):
        let_in = [name for name in samples if not _refused(*_copy(name, samples[name]))]
    assert not let_in


def test_another_partners_row_is_not_put_in(world: World, samples: dict[str, Any]) -> None:
    with wall.acting_for(partners=[world.b.partner.pk]):
        let_in = [name for name in samples if not _refused(*_copy(name, samples[name]))]
    assert not let_in


def test_through_its_own_door_a_partner_sees_its_own_rows_alone(
    world: World, samples: dict[str, Any]
) -> None:
    with wall.acting_for(partners=[world.a.partner.pk], user_id=world.a.first["coach"].pk):
        mixed = [
            name
            for name in samples
            if _rows(f'select 1 from "{name}" where partner_id <> %s limit 1', world.a.partner.pk)
        ]
    assert not mixed


def test_a_row_is_not_given_to_another_partner(world: World, samples: dict[str, Any]) -> None:
    """Through the door of its own partner, and through one that stands open to both."""
    both = [world.a.partner.pk, world.b.partner.pk]
    moved = []
    for name in sorted(set(samples) & set(writable())):
        statement = f'update "{name}" set partner_id = %s where partner_id = %s'
        with wall.acting_for(partners=[world.a.partner.pk]):
            if not _refused(statement, world.b.partner.pk, world.a.partner.pk):
                moved.append(f"{name} (own door)")
        # One that leans on no other row of its partner is held by its own door alone.
        leans = [
            column
            for (column,) in _rows(
                "select a.attname from pg_constraint k join pg_class c on c.oid = k.conrelid"
                " join pg_class p on p.oid = k.confrelid"
                " join pg_attribute a on a.attrelid = c.oid and a.attnum = any(k.conkey)"
                " where k.contype = 'f' and c.relname = %s and p.relforcerowsecurity",
                name,
            )
            if (name, column) not in ACROSS and column != "partner_id" and samples[name].get(column)
        ]
        with wall.acting_for(partners=both):
            if leans and not _refused(statement, world.b.partner.pk, world.a.partner.pk, at_the_end=True):
                moved.append(f"{name} (both doors)")
    assert not moved


def test_a_row_does_not_point_at_another_partners_row(world: World, samples: dict[str, Any]) -> None:
    """Also for somebody who may see both partners: they may mix nothing."""
    pointing = _rows(
        "select distinct child.relname, a.attname, parent.relname from pg_constraint k"
        " join pg_class child on child.oid = k.conrelid join pg_class parent on parent.oid = k.confrelid"
        " join pg_attribute a on a.attrelid = child.oid and a.attnum = any(k.conkey)"
        " where k.contype = 'f' and a.attname <> 'partner_id'"
        " and child.relforcerowsecurity and parent.relforcerowsecurity order by 1, 2"
    )
    mixed, tried = [], 0
    with wall.acting_for(partners=[world.a.partner.pk, world.b.partner.pk]):
        for child, column, parent in pointing:
            if (child, column) in ACROSS:
                continue
            theirs = _rows(f'select id from "{parent}" where partner_id = %s limit 1', world.b.partner.pk)
            mine = _rows(f'select id from "{child}" where partner_id = %s limit 1', world.a.partner.pk)
            if not theirs or not mine or child not in writable():
                continue
            tried += 1
            statement = f'update "{child}" set "{column}" = %s where id = %s'
            if not _refused(statement, theirs[0][0], mine[0][0], at_the_end=True):
                mixed.append(f"{child}.{column} → {parent}")
    print(f"\n{tried} references tried of {len(pointing)}.")
    assert not mixed
    assert tried > 60
