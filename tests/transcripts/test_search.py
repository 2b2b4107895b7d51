import unicodedata

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import wall
from accounts.models import Role
from accounts.permissions import partners_where
from accounts.wall import DoorKind
from enquiries.models import Scope
from tests.factories.accounts import MembershipFactory, PartnerFactory, colleague
from tests.factories.enquiries import (
    ContributorFactory,
    ConversationFactory,
    EnquiryFactory,
    grant,
    take_back,
)
from tests.factories.transcripts import TranscriptFactory, pseudonymised_version, raw_version
from transcripts import search as searching
from transcripts.models import PseudonymisedVersion, Segment
from transcripts.search import MOST_LETTERS, Part, hits, parts_of, search

pytestmark = pytest.mark.django_db


def door(*partners, kind=DoorKind.STAFF):
    return wall.acting_for(partners=[each.pk for each in partners], kind=kind)


def said(text, *, enquiry=None, language="en"):
    """A passage of a signed-off text, said by somebody who agreed to everything."""
    conversation = ConversationFactory(enquiry=enquiry or EnquiryFactory(), language=language)
    speaker = conversation.contributors.get()
    TranscriptFactory(conversation=conversation, pseudonymised=True, turns=[(speaker, text)])
    return Segment.objects.get(conversation=conversation)


def found(passage, query, *, enquiry=None):
    """Ids that a researcher of the passage's partner finds, with the door open for that partner alone."""
    reader = colleague(passage.partner)
    with door(passage.partner):
        return list(search(reader, query, enquiry=enquiry).ids)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("They kept moving me between hostels.", "hostel"),
        ("They kept moving me between hostels.", "moved hostels"),
        ("They kept moving me between hostels.", '"moving me between"'),
        ("They kept moving me between hostels.", "“moving me between”"),
        ("They kept moving me between hostels.", "palace or hostel"),
        ("They kept moving me between hostels.", "hostel -palace"),
        ("It was not me.", "not me"),
        ("They said they don’t care about us.", '"they don\'t care"'),
        ("They said they don't care about us.", "don’t care"),
        ("I rang [sister] from [a hostel].", "sister"),
        ("Mae’r tŷ yn oer, a’r môr yn agos.", "ty mor"),
        ("Mae'r ty yn oer, a'r mor yn agos.", "tŷ môr"),
        ("DW I’N BYW YN Y TŶ.", "tŷ"),
        (unicodedata.normalize("NFD", "Mae’r tŷ yn oer."), "tŷ"),
        ("We needed help with housing/benefits.right away", "benefits"),
        ("<script>alert(1)</script> he typed", "script"),
    ],
)
def test_search_finds_what_was_said(text, query):
    passage = said(text)

    assert found(passage, query) == [passage.pk]


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        "x",
        '"',
        '"" ""',
        "-hostel",
        "palace",
        '"hostels between"',
        "hostel -moving",
        "the and of",
        "()&|!:*<->",
        "hostel\0",
        "%s %(x)s",
        "'; drop table transcripts_segment; --",
        "\\ \\' \\",
        "ŵ" * 150,
        "hostel " * 2000,
        "\U0001f600\U0001f600",
        "\ue000\ue001",
    ],
)
def test_search_finds_nothing_for_what_was_not_said_and_survives_every_question(query):
    passage = said("They kept moving me between hostels.")

    assert found(passage, query) == []


@settings(max_examples=60, deadline=None)
@given(query=st.text(st.characters(exclude_categories=["Cs"]), max_size=MOST_LETTERS))
def test_search_survives_any_text(query):
    with connection.cursor() as cursor:
        if "\0" not in query:
            cursor.execute("select search_question(%s), mark_words(%s, %s)", [query, query, query])


@pytest.mark.parametrize("kind", list(DoorKind))
def test_search_answers_staff_and_jobs_alone(kind):
    passage = said("They kept moving me between hostels.")
    reader = colleague(passage.partner)

    if kind == DoorKind.PERSON:
        # The role of people's own pages may not even call it.
        with (
            door(passage.partner, kind=kind),
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
        ):
            called("hostel", among=[passage.partner_id])
        return
    with door(passage.partner, kind=kind):
        ids = called("hostel", among=[passage.partner_id])
        if kind in (DoorKind.STAFF, DoorKind.JOB):
            assert ids == set(search(reader, "hostel").ids) == {passage.pk}
        else:
            assert ids == set()


def test_search_through_a_door_for_nobody_finds_nothing():
    passage = said("They kept moving me between hostels.")

    with door():
        assert called("hostel", among=[passage.partner_id]) == set()


def test_search_without_a_door_finds_nothing(wall_shut):
    with wall.acting_for(partners=()) as opened:
        partner = PartnerFactory()
        opened.partners = frozenset({partner.pk})
        passage = said("A hostel here.", enquiry=EnquiryFactory(partner=partner))
        assert called("hostel", among=[partner.pk]) == {passage.pk}

    assert called("hostel", among=[partner.pk]) == set()


def called(query, *, among):
    """Ids that the database's function gives by itself."""
    with connection.cursor() as cursor:
        cursor.execute("select segment_id from search_segments(%s, %s, null, 100)", [query, among])
        return {pk for (pk,) in cursor.fetchall()}


def test_function_finds_nothing_of_a_partner_outside_the_door():
    here, there = said("A hostel here."), said("A hostel there.")
    everyone = [here.partner_id, there.partner_id]

    with door(here.partner):
        assert called("hostel", among=everyone) == {here.pk}
        assert called("hostel", among=[there.partner_id]) == set()
    with door(here.partner, there.partner):
        assert called("hostel", among=everyone) == {here.pk, there.pk}
        assert called("hostel", among=[]) == set()


def test_search_keeps_to_partners_where_the_user_listens_or_reads():
    here, there = said("A hostel here."), said("A hostel there.")
    reader = colleague(here.partner)
    MembershipFactory(user=reader, partner=there.partner, role=Role.COACH)

    with door(here.partner, there.partner):
        assert search(reader, "hostel").ids == (here.pk,)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.RESEARCHER, Role.REVIEWER)])
def test_search_finds_nothing_for_other_roles(role):
    passage = said("A hostel here.")
    someone = colleague(passage.partner, role)

    with door(passage.partner):
        assert search(someone, "hostel").ids == ()


def test_search_keeps_to_the_enquiry():
    one = EnquiryFactory()
    other = EnquiryFactory(partner=one.partner)
    here = said("A hostel here.", enquiry=one)
    there = said("A hostel there.", enquiry=other)

    assert found(here, "hostel", enquiry=one) == [here.pk]
    assert found(here, "hostel", enquiry=other) == [there.pk]
    assert set(found(here, "hostel")) == {here.pk, there.pk}


def test_search_finds_nothing_of_somebody_the_moment_they_take_it_back():
    enquiry = EnquiryFactory()
    stays, goes = said("A hostel.", enquiry=enquiry), said("A hostel.", enquiry=enquiry)
    assert set(found(stays, "hostel")) == {stays.pk, goes.pk}

    take_back(goes.contributor, Scope.ANALYSE)

    assert found(stays, "hostel") == [stays.pk]


def test_search_finds_nothing_of_somebody_who_never_agreed_to_being_read():
    speaker = ContributorFactory()
    grant(speaker, Scope.TAKE_PART)
    conversation = ConversationFactory(enquiry=speaker.enquiry, contributors=[speaker])
    TranscriptFactory(conversation=conversation, pseudonymised=True, turns=[(speaker, "A hostel.")])

    assert found(Segment.objects.get(), "hostel") == []


def test_search_looks_in_the_newest_signed_off_text_alone():
    old = said("A hostel in the north.")
    transcript, speaker = old.version.transcript, old.contributor
    pseudonymised_version(transcript, raw_version(transcript, [(speaker, "A hostel in the south.")]))
    new = Segment.objects.exclude(pk=old.pk).get()
    assert found(new, "hostel") == [new.pk]
    assert found(new, "north") == []

    PseudonymisedVersion.objects.filter(pk=new.version_id).update(signed_off_by=None, signed_off_at=None)

    assert found(old, "hostel") == [old.pk]


def test_search_puts_the_best_fit_first_and_says_when_there_are_more(monkeypatch):
    monkeypatch.setattr(searching, "MOST_FOUND", 2)
    enquiry = EnquiryFactory()
    said("A hostel, once, among many other words that were said about this and that.", enquiry=enquiry)
    best = said("Hostel to hostel to hostel.", enquiry=enquiry)
    said("One hostel and a bus.", enquiry=enquiry)
    reader = colleague(enquiry.partner)

    with door(enquiry.partner):
        matches = search(reader, "hostel")

    assert matches.ids[0] == best.pk
    assert len(matches.ids) == 2
    assert matches.there_are_more


def test_hits_mark_what_was_found_and_change_no_letter():
    text = "“Café” by the sea: <b>the caf\u0301e</b> & the\u00ad hostel’s door… 😀"
    passage = said(text)

    (hit,) = hits([passage.pk], "cafe hostel")

    assert "".join(part.text for part in hit.parts) == text
    assert [part.text for part in hit.parts if part.is_hit] == ["Café", "caf\u0301e", "hostel"]


def test_hits_leave_out_a_passage_that_has_gone():
    passage = said("A hostel.")

    assert [hit.segment.pk for hit in hits([passage.pk + 999, passage.pk], "hostel")] == [passage.pk]


def test_parts_of_a_text_whose_marks_do_not_fit_are_the_text_without_hits():
    assert parts_of("A hostel.", "A \ue000hostel\ue001, and more") == (Part("A hostel.", is_hit=False),)
    assert parts_of("A hostel.", None) == (Part("A hostel.", is_hit=False),)
    assert parts_of("", "") == ()


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80))
def test_marks_never_change_a_text(text):
    with connection.cursor() as cursor:
        cursor.execute("select mark_words(%s, 'hostel or the or é'), length(fold_words(%s))", [text, text])
        ((marked, length),) = cursor.fetchall()

    assert length == sum(letter not in searching._GONE for letter in text)
    assert "".join(part.text for part in parts_of(text, marked)) == text


def test_search_takes_two_queries_beside_the_memberships(django_assert_num_queries):
    passage = said("A hostel here.")
    reader = colleague(passage.partner)

    with door(passage.partner):
        partners_where(reader, "passage.read")
        with django_assert_num_queries(3):
            search(reader, "hostel")
        with django_assert_num_queries(1):
            hits([passage.pk], "hostel")


def test_function_belongs_to_the_owner_and_is_called_by_the_application_alone():
    with connection.cursor() as cursor:
        cursor.execute(
            "select prosecdef, pg_get_userbyid(proowner), proconfig,"
            " has_function_privilege('public', oid, 'execute'), has_function_privilege(current_user, oid,"
            " 'execute') from pg_proc where proname = 'search_segments'"
        )
        ((is_definer, owner, settings_, public_may, we_may),) = cursor.fetchall()
        cursor.execute("select current_user")
        assert owner != cursor.fetchone()[0]
    assert is_definer
    assert "search_path=public, pg_temp" in settings_
    assert (public_may, we_may) == (False, True)


def test_function_cannot_be_replaced_by_the_application():
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("drop function search_segments(text, bigint[], bigint, integer)")


def scans(name):
    """How often a table was read from end to end, or an index looked into, in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_stat_get_xact_numscans(%s::regclass)", [name])
        return cursor.fetchone()[0]


def test_function_looks_into_the_index_and_reads_no_table_from_end_to_end():
    enquiry = EnquiryFactory()
    rare = said("A hostel here.", enquiry=enquiry)
    common = said("A bus there.", enquiry=enquiry)
    fields = (
        "partner_id",
        "version_id",
        "conversation_id",
        "contributor_id",
        "voice",
        "start",
        "end",
        "text",
    )
    same = {field: getattr(common, field) for field in fields}
    Segment.objects.bulk_create(Segment(number=number, **same) for number in range(2, 3000))
    # What the planner knows of rows made a moment ago is chance. Left are the index of the words, which the
    # wall must not stand in front of, and reading everything.
    with connection.cursor() as cursor:
        for way in ("nestloop", "mergejoin", "indexscan", "seqscan"):
            cursor.execute(f"set local enable_{way} = off")
    index, table = scans("segment_words"), scans("transcripts_segment")

    assert called("hostel", among=[enquiry.partner_id]) == {rare.pk}

    assert scans("segment_words") == index + 1
    assert scans("transcripts_segment") == table


def test_policy_alone_would_not_let_words_use_the_index():
    """Why the function is there. Should PostgreSQL ever learn to, the function has had its day."""
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute("explain select id from transcripts_segment where words @@ 'hostel'::tsquery")
        assert "segment_words" not in "\n".join(line for (line,) in cursor.fetchall())
