"""Whoever comes by their own link sees rows of one contributor alone, in every walled table there is."""

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import wall
from enquiries.models import Contributor, Participation
from tests.walls.test_raw_sql import RECORD, walled, writable
from tests.walls.world import World

# Rows of these say themselves whose they are.
BY_CONTRIBUTOR = {
    "enquiries_consentevent",
    "enquiries_link",
    "enquiries_participation",
    "enquiries_withdrawal",
    "portal_personallink",
    "portal_question",
    "themes_quote",
    "transcripts_segment",
    "transcripts_struckout",
}
# What stands around them: their enquiry, the conversations they spoke in, the person they are.
AROUND = {
    "coaching_assetdefinition",
    "coaching_assetsurvey",
    "coaching_wellbeingresponse",
    "enquiries_consentform",
    "enquiries_contributor",
    "enquiries_conversation",
    "enquiries_enquiry",
    "enquiries_person",
    "enquiries_wave",
    "publishing_quoteonpage",
    "themes_quotestep",
    "transcripts_transcript",
}


def _rows(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall()


@pytest.fixture
def speaker(world: World) -> Contributor:
    return Contributor.objects.get(pk=world.key("contributor", "own"))


@pytest.fixture
def other(world: World) -> Contributor:
    return Contributor.objects.get(pk=world.key("contributor", "colleague"))


def _seen(who: Contributor) -> dict[str, set[int]]:
    with wall.acting_for(partners=(), kind=wall.DoorKind.PERSON, person=who.pk):
        return {name: {row[0] for row in _rows(f'select id from "{name}"')} for name in walled()}


def test_a_person_sees_their_own_rows_in_the_tables_opened_to_them_and_none_in_all_others(speaker):
    seen = _seen(speaker)
    assert {name for name, ids in seen.items() if ids} <= BY_CONTRIBUTOR | AROUND
    assert seen["enquiries_contributor"] == {speaker.pk}
    assert seen["enquiries_enquiry"] == {speaker.enquiry_id}
    talks = set(Participation.objects.filter(contributor=speaker).values_list("conversation_id", flat=True))
    assert seen["enquiries_conversation"] == talks
    for name in BY_CONTRIBUTOR & set(seen):
        whose = {
            row[0]
            for row in _rows(
                f'select distinct contributor_id from "{name}" where id = any(%s)', list(seen[name])
            )
        }
        assert whose <= {speaker.pk}, name
        # The speaker of the world has taken nothing back.
        assert seen[name] or name == "enquiries_withdrawal", name


def test_two_people_of_one_partner_share_no_row_that_anybody_said(speaker, other):
    assert speaker.partner_id == other.partner_id
    mine, theirs = _seen(speaker), _seen(other)
    shared = {name for name in mine if mine[name] & theirs[name]}
    assert shared <= {
        "enquiries_enquiry",
        "enquiries_wave",
        "enquiries_consentform",
        "coaching_assetdefinition",
    }


def test_through_a_persons_door_nothing_can_be_written(speaker):
    with wall.acting_for(partners=(), kind=wall.DoorKind.PERSON, person=speaker.pk):
        for name in writable() + sorted(RECORD):
            for statement in (f'delete from "{name}"', f'update "{name}" set id = id'):
                with pytest.raises(DatabaseError), transaction.atomic():
                    _rows(statement)


def test_a_partner_named_at_a_persons_door_opens_nothing_more(speaker):
    with wall.acting_for(partners=[speaker.partner_id], kind=wall.DoorKind.PERSON, person=speaker.pk):
        assert _rows("select id from enquiries_contributor") == [(speaker.pk,)]
        assert not _rows("select id from transcripts_rawversion")


def test_without_a_person_their_door_is_shut(world: World):
    with wall.acting_for(partners=[world.a.partner.pk], kind=wall.DoorKind.PERSON):
        assert not {name for name in walled() if _rows(f'select 1 from "{name}" limit 1')}


def test_the_persons_setting_means_nothing_at_other_doors(speaker):
    for kind in (wall.DoorKind.PUBLIC, wall.DoorKind.STAFF):
        with wall.acting_for(partners=(), kind=kind, person=speaker.pk):
            assert not _rows("select id from enquiries_link")


def test_own_turns_are_cut_out_of_the_whole_text(speaker, world: World):
    with wall.acting_for(partners=(), kind=wall.DoorKind.PERSON, person=speaker.pk):
        said = [row[0] for row in _rows("select said from own_turns()")]
    assert said
    assert not any("What would have helped" in words for words in said)
    with wall.acting_for(partners=[speaker.partner_id], person=speaker.pk):
        assert not _rows("select * from own_turns()")
