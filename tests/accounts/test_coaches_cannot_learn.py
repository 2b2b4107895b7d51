"""Coaches and partner leads cannot learn who took part in an enquiry, declined, or withdrew.

Every test here asks the same thing twice, with and without somebody having taken part, and compares the two
answers byte by byte: pages, lists, choices, counts, errors, redirects and messages. What must differ between
two pages whoever asks (a token against forged forms, a nonce, a row's number) is taken out first.
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

from accounts.models import Partner, Role, User
from coaching import actions as coaching
from coaching import selectors
from coaching.models import CoachingRelationship, ReflectiveNote
from enquiries.models import Contributor, Enquiry, Person, Scope
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.coaching import NoteFactory, RelationshipFactory, SessionFactory, SightingFactory
from tests.factories.enquiries import (
    ContributorFactory,
    ConversationFactory,
    EnquiryFactory,
    LinkFactory,
    PersonFactory,
    WorkFactory,
)
from tests.sweeping import withdraw_and_sweep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_spring")]
NAMESPACES = {"portal", "workspace", "enquiries", "transcripts", "themes", "coaching", "accounts"}


@pytest.fixture
def _spring():
    with time_machine.travel(datetime.datetime(2026, 4, 1, 12, tzinfo=datetime.UTC), tick=False):
        yield


@dataclass
class World:
    """A partner with an enquiry, and a coach who walks alongside Robin."""

    partner: Partner
    enquiry: Enquiry
    coach: User
    lead: User
    robin: CoachingRelationship
    note: ReflectiveNote


def made(number: int = 1) -> World:
    partner = PartnerFactory(name=f"Partner {number}", slug=f"partner-{number}")
    coach = colleague(partner, Role.COACH)
    coach.name = "Mair"
    coach.save()
    robin = RelationshipFactory(partner=partner, coach=coach, person__called="Robin", person__ref="R1")
    SessionFactory(relationship=robin)
    return World(
        partner=partner,
        enquiry=EnquiryFactory(partner=partner, title="Finding a home"),
        coach=coach,
        lead=colleague(partner, Role.PARTNER_LEAD),
        robin=robin,
        note=NoteFactory(partner=partner, author=coach),
    )


@pytest.fixture
def world() -> World:
    return made()


def takes_part(world: World, person: Person, pseudonym: str = "Wren") -> Contributor:
    contributor = ContributorFactory(enquiry=world.enquiry, pseudonym=pseudonym, agreed=True)
    LinkFactory(contributor=contributor, person=person)
    ConversationFactory(enquiry=world.enquiry, contributors=[contributor])
    WorkFactory(partner=world.partner, enquiry=world.enquiry)
    return contributor


def took_part(world: World) -> None:
    takes_part(world, world.robin.person)


def declined(world: World) -> None:
    contributor = ContributorFactory(enquiry=world.enquiry, pseudonym="Wren", declined=True)
    LinkFactory(contributor=contributor, person=world.robin.person)


def withdrew(world: World) -> None:
    withdraw_and_sweep(contributor=takes_part(world, world.robin.person), scope=Scope.TAKE_PART, by=None)


def unlinked(world: World) -> None:
    withdraw_and_sweep(contributor=takes_part(world, world.robin.person), scope=Scope.LINK_COACHING, by=None)


HAPPENINGS = [took_part, declined, withdrew, unlinked]


def plain(answer: HttpResponse) -> tuple[int, str, str]:
    """Status, where it leads, and body, without what differs between any two answers."""
    body = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]
    text = body.decode()
    text = re.sub(r'(name="csrfmiddlewaretoken" value=|nonce=)"[^"]*"', r"\1", text)
    text = re.sub(r"(X-CSRFToken[^A-Za-z0-9]+)[A-Za-z0-9]{32,}", r"\1", text)
    return answer.status_code, answer.headers.get("Location", ""), text


def numberless(seen: tuple[int, str, str]) -> tuple[int, str, str]:
    """For comparing two worlds: their rows have other numbers, and their partners other names."""
    status, place, text = seen
    return status, re.sub(r"\d+", "#", place), re.sub(r"\d+", "#", text)


def addresses(world: World) -> list[str]:
    """Every address of ours that takes no more than numbers, with those of this world's rows."""
    session = world.robin.sessions.get()
    sighting = SightingFactory(partner=world.partner, author=world.coach)
    numbers = {
        "portal:people": world.robin.pk,
        "portal:meetings": session.pk,
        "portal:notes": world.note.pk,
        "portal:got-in-the-way": sighting.pk,
    }
    found = []
    for namespace, pattern in _patterns(get_resolver()):
        root = f"{namespace}:{str(pattern.pattern).split('/')[0]}"
        wanted = {
            name: world.enquiry.pk if name == "enquiry_id" else numbers.get(root, world.enquiry.pk)
            for name in pattern.pattern.converters
        }
        found.append(reverse(f"{namespace}:{pattern.name}", kwargs=wanted))
    assert len(found) > 80
    return found


def _patterns(resolver: URLResolver) -> list[tuple[str, URLPattern]]:
    found = []
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver) and each.namespace in NAMESPACES:
            inner = [(each.namespace, one) for one in each.url_patterns if isinstance(one, URLPattern)]
            found += [(space, one) for space, one in inner if _takes_numbers(one)]
        elif isinstance(each, URLResolver):
            found += _patterns(each)
    return found


def _takes_numbers(pattern: URLPattern) -> bool:
    return all(type(each).__name__ == "IntConverter" for each in pattern.pattern.converters.values())


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def look(user: User, places: list[str]) -> dict[str, tuple[int, str, str]]:
    client = as_user(user)
    return {place: plain(client.get(place)) for place in places}


@pytest.mark.parametrize("happening", HAPPENINGS)
def test_no_page_of_a_coach_or_a_lead_changes_by_what_happens_in_an_enquiry(
    world: World, happening: Callable[[World], None]
) -> None:
    places = addresses(world)
    before = look(world.coach, places), look(world.lead, places)
    assert sum(status == 200 for status, _place, _text in before[0].values()) >= 12

    happening(world)

    assert look(world.coach, places) == before[0]
    assert look(world.lead, places) == before[1]


def test_what_is_there_and_closed_answers_as_what_is_not_there(world: World) -> None:
    took_part(world)
    contributor = world.enquiry.contributors.get()
    missing = 987_654
    for user in (world.coach, world.lead):
        client = as_user(user)
        for name, pk in (
            ("workspace:enquiry", world.enquiry.pk),
            ("workspace:conversation", world.enquiry.conversations.get().pk),
            ("enquiries:contributors", world.enquiry.pk),
            ("enquiries:consent", contributor.pk),
            ("transcripts:recording", world.enquiry.conversations.get().pk),
            ("themes:quotes", world.enquiry.pk),
            ("coaching:beside", world.enquiry.pk),
        ):
            for method in (client.get, client.post):
                there, nowhere = (plain(method(reverse(name, args=[number]))) for number in (pk, missing))
                assert there[0] == nowhere[0] == 404
                assert there[2].replace(f"/{pk}/", "/#/") == nowhere[2].replace(f"/{missing}/", "/#/"), name


def test_another_coachs_person_answers_as_nobody(world: World) -> None:
    theirs = RelationshipFactory(partner=world.partner)
    client = as_user(world.coach)
    for name in ("person", "move", "ending"):
        seen = []
        for number in (theirs.pk, 987_654):
            status, place, text = plain(client.post(reverse(f"portal:{name}", args=[number])))
            seen.append((status, place, text.replace(f"/{number}/", "/#/")))
        assert seen[0] == seen[1]
        assert seen[0][0] == 404


# --- The same act in two worlds: in the first somebody took part, in the second nobody did -------------


@pytest.fixture
def worlds() -> tuple[World, World]:
    return made(1), made(2)


def same(worlds: tuple[World, World], act: Callable[[World], list[HttpResponse]]) -> list[HttpResponse]:
    """Do the act in both worlds; every answer must be alike. Gives those of the first."""
    answers = [act(world) for world in worlds]
    first, second = ([numberless(plain(answer)) for answer in each] for each in answers)
    assert first == second
    return answers[0]


def test_adding_somebody_who_took_part_is_adding_anybody(worlds: tuple[World, World]) -> None:
    takes_part(worlds[0], PersonFactory(partner=worlds[0].partner, called="Jay", full_name="Jay Bright"))

    def add(world: World) -> list[HttpResponse]:
        client = as_user(world.coach)
        form = {"called": "Jay", "started_on": "2026-03-01", "state": "trying_out"}
        done = client.post(reverse("portal:new_person"), form)
        return [done, client.get(done["Location"]), client.get(reverse("portal:people"))]

    assert same(worlds, add)[0].status_code == 302


@pytest.mark.parametrize("state", ["agreed", "declined", "withdrawn"])
def test_giving_a_note_under_a_name_that_somebody_goes_by(worlds: tuple[World, World], state: str) -> None:
    ContributorFactory(enquiry=worlds[0].enquiry, pseudonym="Wren", **{state: True})

    def give(world: World) -> list[HttpResponse]:
        client = as_user(world.coach)
        place = reverse("portal:give_to", args=[world.note.pk, world.enquiry.pk])
        form = {"take_part": "granted", "analyse": "granted", "pseudonym": "Wren", "review_choice": "quotes"}
        shown, done = client.get(place), client.post(place, form)
        return [
            shown,
            done,
            client.get(done["Location"]),
            client.get(reverse("portal:notes")),
            client.get(place),
        ]

    assert same(worlds, give)[1].status_code == 302
    assert worlds[0].enquiry.contributors.filter(pseudonym="Wren").count() == 1
    assert worlds[1].enquiry.contributors.filter(pseudonym="Wren").count() == 1


@pytest.mark.parametrize("state", ["agreed", "declined", "withdrawn"])
def test_a_coach_who_gives_without_a_name_is_shown_no_number_of_others(
    worlds: tuple[World, World], state: str
) -> None:
    for n in range(1, 4):
        ContributorFactory(enquiry=worlds[0].enquiry, pseudonym=f"Coach {n}", **{state: True})

    def give(world: World) -> list[HttpResponse]:
        client = as_user(world.coach)
        place = reverse("portal:give_to", args=[world.note.pk, world.enquiry.pk])
        done = client.post(place, {"take_part": "granted", "review_choice": "quotes"})
        return [done, client.get(done["Location"]), client.get(place)]

    answers = same(worlds, give)
    assert not any("Coach 4" in answer.content.decode() for answer in answers)


FILES = {
    "relationships": "person_ref,called,coach_email,started_on,state,ended_on,ending_kind,housing_tied\n"
    "J9,Jay,{coach},2026-03-01,active,,,no\n",
    "sessions": "person_ref,coach_email,held_on,minutes,place_kind,was_met\n"
    "J9,{coach},2026-03-02,60,cafe,yes\n",
    "swemwbs": "person_ref,completed_on,record_mode,q01,q02,q03,q06,q07,q09,q11\n"
    "J9,2026-03-02,alone,3,3,3,3,3,3,3\n",
}


@pytest.mark.parametrize("kind", FILES)
def test_bringing_a_file_in_tells_a_lead_nothing_of_a_person_who_took_part(
    worlds: tuple[World, World], kind: str
) -> None:
    takes_part(worlds[0], PersonFactory(partner=worlds[0].partner, called="Jay", ref="J9"))
    for world in worlds:
        world.coach.email = "mair@example.org" if world is worlds[0] else "mais@example.org"
        world.coach.save()

    def bring(world: World) -> list[HttpResponse]:
        client = as_user(world.lead)
        text = FILES[kind].format(coach=world.coach.email)
        file = SimpleUploadedFile("rows.csv", text.encode(), content_type="text/csv")
        offered = client.post(
            reverse("coaching:import"), {"partner": world.partner.pk, "kind": kind, "file": file}
        )
        answers = [offered]
        if offered.status_code == 302:
            answers.append(client.get(offered["Location"]))
            answers.append(client.post(offered["Location"] + "take-in/"))
        return answers

    same(worlds, bring)


def test_a_lead_is_shown_no_figure_of_those_alone_who_let_their_words_be_linked(world: World) -> None:
    people = [RelationshipFactory(partner=world.partner, coach=world.coach) for _n in range(12)]
    for n, each in enumerate(people):
        SessionFactory(relationship=each)
        takes_part(world, each.person, pseudonym=f"Wren {n}")
    researcher = colleague(world.partner)
    whole = coaching.freeze_figure(
        metric="people_reached", enquiry=None, partner=world.partner, by=world.lead, title="Everybody"
    )
    before = look(world.lead, [reverse("coaching:figures")])
    linked = coaching.freeze_figure(
        metric="sessions_per_person",
        enquiry=world.enquiry,
        partner=world.partner,
        by=researcher,
        title="Of those linked",
        only_linked=True,
    )
    assert look(world.lead, [reverse("coaching:figures")]) == before
    assert set(selectors.figures_for(world.lead)) == {whole}
    assert set(selectors.figures_for(researcher)) == {whole, linked}


def test_somebody_who_took_back_everything_stays_as_they_were_to_their_coach(world: World) -> None:
    before = look(world.coach, [reverse("portal:person", args=[world.robin.pk]), reverse("portal:today")])
    withdrew(world)
    assert look(world.coach, list(before)) == before
