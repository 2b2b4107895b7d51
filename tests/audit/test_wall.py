"""The record is read through the wall: own partners alone, and nothing of the installation's own."""

import pytest
from django.db import connection

from accounts import wall
from audit.actions import record
from audit.models import Event, Link
from tests.audit.connections import append, connected

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(wall_shut: None) -> None:
    for partner_id in (3, 7, None):
        record("thing.done", by=None, partner_id=partner_id)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def seen() -> tuple[list[int | None], list[int]]:
    return (
        sorted(Event.objects.values_list("partner_id", flat=True)),
        sorted(Link.objects.values_list("chain", flat=True)),
    )


def test_without_a_door_nothing_is_seen_and_acts_are_written_all_the_same(three: None):
    assert seen() == ([], [])


def test_a_door_shows_its_own_partners(three: None):
    with wall.acting_for(partners=[3]):
        assert seen() == ([3], [3])
    with wall.acting_for(partners=[3, 7]):
        assert seen() == ([3, 7], [3, 7])


@pytest.mark.parametrize("kind", [wall.DoorKind.PUBLIC, wall.DoorKind.PERSON])
def test_the_public_and_a_person_see_nothing_of_it(three: None, kind: wall.DoorKind):
    with wall.acting_for(partners=[3, 7], kind=kind):
        assert seen() == ([], [])


@pytest.mark.django_db(transaction=True)
def test_a_plain_connection_of_the_application_sees_nothing():
    with connected() as opened:
        append(opened, 3)
        for table in ("audit_event", "audit_link"):
            assert opened.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
