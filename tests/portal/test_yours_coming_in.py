"""A person's own page: who gets in, and what a link that leads nowhere tells."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import limits, wall
from audit.models import Event
from enquiries.models import ConsentEvent, Scope, Withdrawal
from portal.actions import links
from portal.models import PersonalLink, Question
from portal.yours import tokens
from tests.factories.enquiries import (
    ContributorFactory,
    LinkFactory,
    PersonFactory,
)
from tests.factories.portal import PAGES, Card, a_card, come_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_shown_before_it_is_confirmed(client, card, page):
    answer = client.get(card.way(page))
    assert answer.status_code == 302
    assert answer["Location"] == card.way("confirm")
    assert b"Wren" not in client.get(card.way("confirm")).content


@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens_in_both_languages(inside, card, page):
    english = inside.get(card.way(page))
    assert english.status_code == 200
    assert 'lang="en-GB"' in english.content.decode()
    welsh = inside.get("/cy" + card.way(page))
    assert welsh.status_code == 200
    assert '<html lang="cy"' in welsh.content.decode()


def test_the_word_opens_the_page_for_half_an_hour(client, card, time_machine):
    time_machine.move_to(timezone.now())
    come_in(client, card)
    assert "Hello, Wren" in client.get(card.way("start")).content.decode()
    time_machine.shift(timedelta(minutes=29))
    assert client.get(card.way("start")).status_code == 200
    time_machine.shift(timedelta(minutes=29))
    assert client.get(card.way("start")).status_code == 200
    time_machine.shift(timedelta(minutes=31))
    assert client.get(card.way("start")).status_code == 302


def test_a_wrong_word_is_counted_and_opens_nothing(client, card):
    answer = client.post(card.way("confirm"), {"answer": "magpie", "who": "self"})
    assert answer.status_code == 422
    assert client.get(card.way("start")).status_code == 302
    card.link.refresh_from_db()
    assert card.link.misses == 1


def test_after_twenty_wrong_answers_a_link_leads_nowhere(client, card):
    PersonalLink.objects.update(misses=links.MOST_MISSES - 1)
    client.post(card.way("confirm"), {"answer": "magpie", "who": "self"})
    assert client.get(card.way("confirm")).status_code == 404


def test_a_link_that_leads_nowhere_is_written_down_and_never_its_secret(client, card):
    made_up = Card(card.link, f"{card.token[:-3]}zzz", card.code)
    links.end_link(link=card.link, by=card.link.made_by)
    assert client.get(made_up.way("start")).status_code == 404
    assert client.get(card.way("start")).status_code == 404
    assert client.post(reverse("yours:front"), {"code": card.code}).status_code == 404
    assert client.get(reverse("yours:receipt", args=["made-up"])).status_code == 404
    with wall.acting_for(partners=[0, card.link.partner_id]):
        events = Event.objects.filter(action="personal_link.refused").order_by("id")
        found = [(each.partner_id, each.object_id, each.detail) for each in events]
    assert found == [
        (None, "", {}),
        (card.link.partner_id, str(card.link.pk), {}),
        (None, "", {}),
        (None, "", {}),
    ]


@pytest.mark.parametrize("way", ["address", "typed", "receipt"])
def test_guessing_from_one_address_ends_soon_and_hinders_nobody_else(client, card, monkeypatch, way):
    monkeypatch.setitem(limits.LIMITS, "portal_link", (limits.Limit(limits.Per.ADDRESS, 2, 15),))

    def guess(**more: str) -> int:
        if way == "typed":
            return client.post(reverse("yours:front"), {"code": "K4PN 7RTX 2MWQ"}, **more).status_code
        name = "yours:receipt" if way == "receipt" else "yours:start"
        return client.get(reverse(name, args=["made-up"]), **more).status_code

    for _n in range(4):
        assert client.get(card.way("confirm")).status_code == 200  # a way that leads somewhere costs nothing
    assert [guess() for _n in range(4)] == [404, 404, 429, 429]
    assert client.get(card.way("confirm")).status_code == 429
    assert client.get(card.way("confirm"), REMOTE_ADDR="10.0.0.9").status_code == 200
    assert guess(REMOTE_ADDR="10.0.0.9") == 404
    with wall.acting_for(partners=[0]):
        refused = Event.objects.get(action="tries.refused")
    assert refused.detail == {"kind": "portal_link", "per": "address", "tries": 1}


def test_a_card_outlives_a_change_of_the_sites_secret(client, card, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret of the site, as long as it has to be"
    come_in(client, card)
    assert client.get(card.way("start")).status_code == 200
    typed = Client().post(reverse("yours:front"), {"code": card.code})
    assert client.get(typed["Location"]).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert Client().get(card.way("start")).status_code == 404


def test_tries_at_one_link_are_limited_however_many_addresses_they_come_from(client, card):
    seen = [
        client.post(
            card.way("confirm"), {"answer": f"magpie{n}", "who": "self"}, REMOTE_ADDR=f"10.0.0.{n}"
        ).status_code
        for n in range(10)
    ]
    assert seen == [422] * 8 + [429] * 2
    for before, says in (("", "We can help on the phone"), ("/cy", "Gallwn helpu dros y ffôn")):
        told = client.post(
            before + card.way("confirm"), {"answer": "magpie", "who": "self"}, headers={"Accept": "text/html"}
        )
        assert told.status_code == 429
        assert says in told.content.decode()
        assert "partner lead" not in told.content.decode()


def test_six_numbers_come_by_letter_and_work_once(client, wren, django_capture_on_commit_callbacks):
    LinkFactory(contributor=wren, person=PersonFactory(partner=wren.partner, email="wren@example.org"))
    card = a_card(wren, word="")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(card.way("code"))
    numbers = next(word for word in mail.outbox[0].body.split() if word.isdigit() and len(word) == 6)
    assert "Wren" not in mail.outbox[0].body
    assert client.post(card.way("confirm"), {"answer": numbers, "who": "self"}).status_code == 302
    assert client.get(card.way("start")).status_code == 200
    again = Client()
    assert again.post(card.way("confirm"), {"answer": numbers, "who": "self"}).status_code == 422


def test_numbers_read_out_on_the_phone_hold_for_a_quarter_of_an_hour(client, card, time_machine):
    time_machine.move_to(timezone.now())
    numbers = links.read_out_code(link=card.link, by=card.link.made_by)
    time_machine.shift(timedelta(minutes=16))
    assert client.post(card.way("confirm"), {"answer": numbers, "who": "self"}).status_code == 422


def test_the_code_of_the_card_leads_to_the_page(client, card):
    typed = tokens.in_groups(card.code).lower().replace(" ", "-")
    answer = client.post(reverse("yours:front"), {"code": typed})
    assert answer.status_code == 302
    assert answer["Location"] == card.way("start")


@pytest.mark.parametrize("typed", ["K4PN 7RTX 2MWQ", "hello", "Q2MX-SG7R", "x" * 40, "\u0000"])
def test_a_code_of_no_card_gives_the_closed_page(client, card, typed):
    answer = client.post(reverse("yours:front"), {"code": typed})
    assert answer.status_code in (404, 422)
    assert "Wren" not in answer.content.decode()


def test_the_number_of_a_receipt_leads_to_it(inside, card, wren):
    inside.post(card.way("change", Scope.QUOTE_WORDS), {"take_back": "yes"})
    number = Withdrawal.objects.get().receipt
    answer = Client().post(reverse("yours:front"), {"code": number.lower().replace("-", " ")}, follow=True)
    assert "It is taken back" in answer.content.decode()
    assert number in answer.content.decode()


def test_a_helper_is_noted(client, card, wren):
    come_in(client, card, who="helper")
    assert "Someone is helping you" in client.get(card.way("start")).content.decode()
    assert Event.objects.get(action="personal_link.confirmed").detail["with_helper"] is True


def test_leaving_ends_the_visit_everywhere(client, card):
    elsewhere = Client()
    come_in(client, card)
    come_in(elsewhere, card)
    left = client.post(card.way("leave"))
    assert (left.status_code, left["Clear-Site-Data"]) == (200, '"cache"')
    assert client.get(card.way("start")).status_code == 302
    assert elsewhere.get(card.way("start")).status_code == 302


# --- Links that lead nowhere --------------------------------------------------------------------------
def _nowhere(client, card: Card) -> dict[str, str]:
    other = a_card(ContributorFactory(agreed=True))
    expired = a_card(card.link.contributor, lasts=timedelta(seconds=-1))
    ended = a_card(card.link.contributor)
    links.end_link(link=ended.link, by=ended.link.made_by)
    code, partner, _pk, signature = card.token.split("-")
    return {
        "guessed": "k4pn7rtx2mwq-1-1-0123456789abcdef",
        "nonsense": "hello",
        "another row under this signature": f"{code}-{partner}-{other.link.pk}-{signature}",
        "another code for this row": tokens.address(card.link.partner_id, card.link.pk, "K4PN7RTX2MWQ"),
        "expired": expired.token,
        "ended": ended.token,
        "another partner's row": tokens.address(card.link.partner_id, other.link.pk, other.code),
        "far too long": "a" * 300,
    }


def test_whatever_leads_nowhere_gives_one_and_the_same_page(client, card):
    said = set()
    for token in _nowhere(client, card).values():
        answer = client.get(f"/yours/{token}/")
        said.add((answer.status_code, answer.content.replace(token.encode(), b"")))
    assert len({status for status, _body in said}) == 1
    bodies = {body.split(b"<main")[1].split(b"</main>")[0] for _status, body in said}
    assert len(bodies) == 1
    assert {status for status, _body in said} == {404}


def test_whatever_leads_nowhere_asks_the_database_the_same(client, card):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = {}
    ways = _nowhere(client, card)
    client.get(f"/yours/{ways['nonsense']}/")
    for why, token in ways.items():
        with CaptureQueriesContext(connection) as seen:
            client.get(f"/yours/{token}/")
        counts[why] = len(seen)
    assert len(set(counts.values())) == 1, counts


def test_looking_never_acts(client, card, wren, offered):
    """As a bot does that previews links: every address is looked at, by GET and by HEAD."""
    come_in(client, card)
    before = (ConsentEvent.objects.count(), Question.objects.count(), offered.state)
    for name, rest in [(page, ()) for page in PAGES] + [
        ("confirm", ()),
        ("code", ()),
        ("leave", ()),
        ("answer", (offered.pk,)),
        ("change_quote", (offered.pk,)),
        *(("change", (scope,)) for scope in Scope.values),
    ]:
        for look in (client.get, client.head):
            assert look(card.way(name, *rest)).status_code in (200, 302, 405)
    offered.refresh_from_db()
    assert (ConsentEvent.objects.count(), Question.objects.count(), offered.state) == before
    assert client.get(card.way("start")).status_code == 200


def test_nothing_of_these_pages_is_kept_or_told_on(inside, card):
    answer = inside.get(card.way("start"))
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    cookie = inside.cookies["yours"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert "sessionid" not in inside.cookies
