import datetime

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Role
from coaching import actions
from coaching.models import (
    BarrierSighting,
    CoachingRelationship,
    CoachingSession,
    NoteVisibility,
    ReflectiveNote,
)
from enquiries.models import Scope
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.coaching import (
    NoteFactory,
    RelationshipFactory,
    SessionFactory,
    SightingFactory,
    coach_at,
)
from tests.factories.enquiries import ContributorFactory, EnquiryFactory
from tests.queries import OF_THE_WALL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_spring")]


@pytest.fixture
def _spring():
    with time_machine.travel(datetime.datetime(2026, 4, 1, 12, tzinfo=datetime.UTC), tick=False):
        yield


@pytest.fixture
def robin():
    return RelationshipFactory(person__called="Robin")


@pytest.fixture
def coach(robin):
    return robin.coach


@pytest.fixture
def open_as(client):
    def open_as(user):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return open_as


def page(name, *args):
    return reverse(f"portal:{name}", args=args)


def addresses(relationship, note):
    """Every address that reads; each must open to its owner and to nobody else."""
    session = SessionFactory(relationship=relationship)
    enquiry = EnquiryFactory(partner=relationship.partner)
    return [
        page("person", relationship.pk),
        page("ending", relationship.pk),
        page("meeting", session.pk),
        page("note", note.pk),
        page("change_note", note.pk),
        page("throw_away", note.pk),
        page("give", note.pk),
        page("give_to", note.pk, enquiry.pk),
    ]


SHARED_BY_ALL_COACHES = ["today", "missed", "people", "new_person", "notes", "new_note", "sightings"]


def test_pages_open_to_their_owner_and_to_nobody_else(open_as, robin, coach):
    note = NoteFactory(partner=robin.partner, author=coach)
    own = addresses(robin, note)
    for address in [*own, *(page(name) for name in SHARED_BY_ALL_COACHES)]:
        assert open_as(coach).get(address).status_code == 200, address
    other = coach_at(robin.partner)
    for address in own:
        assert open_as(other).get(address).status_code == 404, address
    lead = colleague(robin.partner, *(role for role in Role.values if role != Role.COACH))
    for address in [*own, *(page(name) for name in SHARED_BY_ALL_COACHES)]:
        assert open_as(lead).get(address).status_code == 404, address


def test_pages_ask_to_sign_in(client, robin):
    for address in (page("today"), page("person", robin.pk)):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")


def test_acts_of_another_coach_change_nothing(open_as, robin, coach):
    note = NoteFactory(partner=robin.partner, author=coach)
    session = SessionFactory(relationship=robin)
    sighting = SightingFactory(partner=robin.partner, author=coach)
    other = open_as(coach_at(robin.partner))
    for address, data in (
        (page("move", robin.pk), {"to": "paused"}),
        (page("ending", robin.pk), {"kind": "too_soon", "ended_on": "2026-04-01"}),
        (page("remove_meeting", session.pk), {}),
        (page("note_visibility", note.pk), {"to": "shared_with_group"}),
        (page("throw_away", note.pk), {}),
        (page("take_back", note.pk), {}),
        (page("remove_sighting", sighting.pk), {}),
    ):
        assert other.post(address, data).status_code == 404, address
    robin.refresh_from_db()
    note.refresh_from_db()
    assert (robin.state, note.visibility) == ("active", NoteVisibility.PRIVATE)
    assert CoachingSession.objects.exists()
    assert BarrierSighting.objects.exists()


def test_we_met_is_kept_with_who_where_and_keep(open_as, robin, coach):
    response = open_as(coach).post(
        page("today"),
        {"who": robin.pk, "where": "outdoors", "held_on": "2026-04-01", "minutes": "60"},
        follow=True,
    )
    assert "Kept: met Robin, outdoors, today." in response.text
    assert "With Robin so far" in response.text
    session = CoachingSession.objects.get()
    assert (session.relationship, session.place_kind, session.minutes) == (robin, "outdoors", 60)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "Choose who it was."),
        ({"who": "0"}, "Choose one of the people you walk alongside."),
        ({"where": ""}, "Choose where you met."),
        ({"minutes": "0"}, "At least 1."),
        ({"held_on": "2026-04-02"}, "yet to come"),
        ({"held_on": "soon"}, "Write the day"),
    ],
)
def test_we_met_says_what_is_missing_and_clears_nothing(open_as, robin, coach, data, says):
    right = {"who": robin.pk, "where": "cafe", "held_on": "2026-03-01", "minutes": "45"}
    response = open_as(coach).post(page("today"), {**right, **data} if data else {"where": "cafe"})
    assert response.status_code == 422
    assert says in response.text
    if data and "where" not in data:
        assert 'value="cafe" checked' in response.text
    assert not CoachingSession.objects.exists()


def test_we_met_refuses_another_coachs_person(open_as, robin, coach):
    stranger = RelationshipFactory(partner=robin.partner)
    response = open_as(coach).post(
        page("today"), {"who": stranger.pk, "where": "cafe", "held_on": "2026-04-01", "minutes": "60"}
    )
    assert response.status_code == 422
    assert stranger.person.called not in response.text
    assert not CoachingSession.objects.exists()


def test_the_rest_of_many_people_are_one_press_away(open_as, robin, coach):
    for n in range(8):
        RelationshipFactory(partner=robin.partner, coach=coach, person__called=f"Wren {n}")
    response = open_as(coach).get(page("today"))
    assert "Someone else" in response.text
    assert response.text.count('name="who"') == 9


def test_we_did_not_meet_asks_for_no_reason(open_as, robin, coach):
    response = open_as(coach).post(page("missed"), {"who": robin.pk, "held_on": "2026-03-30"}, follow=True)
    assert "Kept: did not meet Robin." in response.text
    assert CoachingSession.objects.get().was_met is False


def test_someone_new_is_tried_out_and_then_goes_on(open_as, coach, robin):
    browser = open_as(coach)
    browser.post(page("new_person"), {"called": "Idris", "started_on": "2026-04-01", "state": "trying_out"})
    idris = CoachingRelationship.objects.get(person__called="Idris")
    for to in ("active", "paused", "active"):
        assert "Kept" in browser.post(page("move", idris.pk), {"to": to}, follow=True).text
    refused = browser.post(page("move", idris.pk), {"to": "trying_out"}, follow=True)
    assert "cannot go to" in refused.text
    ended = browser.post(
        page("ending", idris.pk),
        {"kind": "persons_choice", "ended_on": "2026-04-01", "talk_held": "yes"},
        follow=True,
    )
    assert "Came to an end: the person’s choice." in ended.text
    idris.refresh_from_db()
    assert (idris.state, idris.ending.talk_held, idris.ending.door_left_open) == ("ended", True, None)
    assert "Before now" in browser.get(page("people")).text


def test_new_person_says_what_is_missing(open_as, coach):
    response = open_as(coach).post(page("new_person"), {"called": "", "started_on": "2026-04-01"})
    assert response.status_code == 422
    assert "Write what to call them." in response.text


def test_a_coach_at_two_partners_says_where(open_as, coach, robin):
    other = PartnerFactory(name="Second place")
    coach.memberships.create(partner=other, role=Role.COACH)
    response = open_as(coach).post(
        page("new_note"), {"template": "free", "note": "A walk.", "written_on": "2026-04-01"}
    )
    assert response.status_code == 422
    assert "A walk." in response.text
    open_as(coach).post(
        page("new_note"),
        {"template": "free", "note": "A walk.", "written_on": "2026-04-01", "partner": other.pk},
    )
    assert ReflectiveNote.objects.get().partner == other


def test_a_meeting_is_put_right_or_taken_away(open_as, robin, coach):
    session = SessionFactory(relationship=robin)
    browser = open_as(coach)
    browser.post(page("meeting", session.pk), {"held_on": "2026-03-01", "where": "home", "minutes": "30"})
    session.refresh_from_db()
    assert (session.place_kind, session.minutes) == ("home", 30)
    wrong = browser.post(
        page("meeting", session.pk), {"held_on": "2024-03-01", "where": "home", "minutes": "30"}
    )
    assert wrong.status_code == 422
    assert "before you first met" in wrong.text
    assert "Taken away" in browser.post(page("remove_meeting", session.pk), follow=True).text
    assert not CoachingSession.objects.exists()


@pytest.mark.parametrize(
    ("template", "keys"),
    [
        ("free", ["note"]),
        ("three_steps", ["what", "so_what", "now_what"]),
        ("four_steps", ["did"]),
        ("six_steps", ["felt"]),
    ],
)
def test_a_note_is_written_in_any_of_four_ways(open_as, coach, template, keys):
    browser = open_as(coach)
    form = browser.get(page("new_note"), {"steps": template})
    assert all(f'name="{key}"' in form.text for key in keys)
    written = {key: f"About {key}." for key in keys}
    response = browser.post(
        page("new_note"), {"template": template, "written_on": "2026-04-01", **written}, follow=True
    )
    assert "Only you can read" in response.text
    assert ReflectiveNote.objects.get().parts == written


def test_nothing_written_is_lost_when_a_note_cannot_be_kept(open_as, coach):
    response = open_as(coach).post(
        page("new_note"),
        {"template": "three_steps", "what": "We walked <b>far</b>.", "written_on": "2026-04-02"},
    )
    assert response.status_code == 422
    assert "We walked &lt;b&gt;far&lt;/b&gt;." in response.text
    assert "yet to come" in response.text


def test_a_note_is_shared_closed_changed_and_thrown_away(open_as, coach, robin):
    note = NoteFactory(partner=robin.partner, author=coach, parts={"note": "<script>alert(1)</script>"})
    browser = open_as(coach)
    shared = browser.post(page("note_visibility", note.pk), {"to": "shared_with_group"}, follow=True)
    assert "&lt;script&gt;" in shared.text
    assert "<script>alert" not in shared.text
    colleague_sees = open_as(coach_at(robin.partner)).get(page("notes"))
    assert page("note", note.pk) in colleague_sees.text
    browser = open_as(coach)
    browser.post(page("note_visibility", note.pk), {"to": "private"})
    assert browser.post(page("note_visibility", note.pk), {"to": "contributed"}).status_code == 404
    browser.post(page("change_note", note.pk), {"note": "Other words.", "written_on": "2026-03-31"})
    note.refresh_from_db()
    assert (note.parts, note.visibility) == ({"note": "Other words."}, "private")
    assert "Throw this note away?" in browser.get(page("throw_away", note.pk)).text
    assert ReflectiveNote.objects.exists()
    browser.post(page("throw_away", note.pk))
    assert not ReflectiveNote.objects.exists()


def test_giving_a_note_asks_scope_by_scope_and_shows_nobody_in_the_enquiry(open_as, coach, robin):
    note = NoteFactory(partner=robin.partner, author=coach)
    enquiry = EnquiryFactory(partner=robin.partner)
    elsewhere = EnquiryFactory()
    ContributorFactory(enquiry=enquiry, agreed=True, pseudonym="Kestrel")
    browser = open_as(coach)
    choose = browser.get(page("give", note.pk))
    assert enquiry.question in choose.text
    assert elsewhere.title not in choose.text
    assert browser.get(page("give_to", note.pk, elsewhere.pk)).status_code == 404
    asked = browser.get(page("give_to", note.pk, enquiry.pk))
    assert "Kestrel" not in asked.text
    scopes = asked.context["form"].asked
    assert scopes[:3] == [Scope.TAKE_PART, Scope.ANALYSE, Scope.QUOTE_WORDS]
    for scope in scopes:
        assert not asked.context["form"][scope].value()
    refused = browser.post(page("give_to", note.pk, enquiry.pk), {"take_part": "declined"})
    assert refused.status_code == 422
    assert "It is still yours" in refused.text
    cannot_stand = browser.post(
        page("give_to", note.pk, enquiry.pk),
        {"take_part": "granted", "quote_words": "granted", "review_choice": "quotes"},
    )
    assert cannot_stand.status_code == 422
    given = browser.post(
        page("give_to", note.pk, enquiry.pk),
        {"take_part": "granted", "analyse": "granted", "review_choice": "none"},
        follow=True,
    )
    assert "You gave a copy to" in given.text
    note.refresh_from_db()
    assert note.visibility == NoteVisibility.CONTRIBUTED
    again = NoteFactory(partner=robin.partner, author=coach)
    asked = browser.get(page("give_to", again.pk, enquiry.pk))
    assert "You said yes before" in asked.text
    assert Scope.TAKE_PART not in asked.context["form"].asked
    browser.post(page("give_to", again.pk, enquiry.pk), {})
    check = browser.get(page("take_back", note.pk))
    assert "You gave one more note" in check.text
    taken = browser.post(page("take_back", note.pk), follow=True)
    assert "Taken back." in taken.text
    note.refresh_from_db()
    assert note.visibility == NoteVisibility.PRIVATE


def test_taking_back_what_was_never_given_leads_to_the_note(open_as, coach, robin):
    note = NoteFactory(partner=robin.partner, author=coach)
    assert open_as(coach).get(page("take_back", note.pk))["Location"] == page("note", note.pk)


def test_a_line_on_what_got_in_the_way(open_as, coach):
    browser = open_as(coach)
    assert "Kept." in browser.post(page("sightings"), {"text": "Shut at noon."}, follow=True).text
    refused = browser.post(page("sightings"), {"text": "Robin was sent away."})
    assert refused.status_code == 422
    assert "Robin was sent away." in refused.text
    assert "without the name" in refused.text
    assert BarrierSighting.objects.count() == 1
    browser.post(page("remove_sighting", BarrierSighting.objects.get().pk))
    assert not BarrierSighting.objects.exists()


def test_lists_ask_the_same_for_few_and_many(open_as, coach, robin, django_assert_max_num_queries):
    for _each in range(30):
        row = RelationshipFactory(partner=robin.partner, coach=coach)
        SessionFactory(relationship=row)
        actions.share_note(note=(note := NoteFactory(partner=robin.partner)), by=note.author)
        NoteFactory(partner=robin.partner, author=coach)
    browser = open_as(coach)
    for name in ("today", "people", "notes"):
        with django_assert_max_num_queries(14 + OF_THE_WALL):
            browser.get(page(name))


def test_more_than_forty_people_is_said_quietly(open_as, coach, robin):
    for _each in range(40):
        RelationshipFactory(partner=robin.partner, coach=coach)
    assert "more than most coaches can" in open_as(coach).get(page("people")).text
