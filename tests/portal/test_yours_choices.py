"""On their own page somebody chooses whether they see their words first, and finds their receipts."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Event
from enquiries import consent
from enquiries.models import ReviewChoice, Scope, Withdrawal
from portal.models import Question
from tests.factories.accounts import UserFactory
from tests.factories.enquiries import ContributorFactory, ConversationFactory
from tests.factories.portal import Card, a_card, come_in
from tests.factories.themes import a_quote, signed_off
from tests.sweeping import sweep_all
from themes.models import QuoteState, QuoteStep

pytestmark = pytest.mark.django_db


def _approved(who, words: str = "They sent me from one desk to the next."):
    talk = ConversationFactory(enquiry=who.enquiry, contributors=[who])
    return a_quote(signed_off(talk, [words])[0], by=UserFactory(), state=QuoteState.APPROVED)


def _choose(inside: Client, card: Card, choice: str):
    return inside.post(card.way("first"), {"review_choice": choice})


def test_the_choice_is_read_and_changed_both_ways(inside, card, wren):
    assert "Show me each piece first" in inside.get(card.way("agreed")).content.decode()
    for choice in (ReviewChoice.NONE, ReviewChoice.TRANSCRIPT, ReviewChoice.QUOTES):
        answer = _choose(inside, card, choice)
        assert answer.status_code == 302
        wren.refresh_from_db()
        assert wren.review_choice == choice
    kept = Event.objects.filter(action="contributor.preference_kept").order_by("pk")
    assert [event.detail["choice"] for event in kept] == ["none", "transcript", "quotes"]


def test_the_same_choice_twice_is_kept_once(inside, card):
    _choose(inside, card, ReviewChoice.NONE)
    _choose(inside, card, ReviewChoice.NONE)
    assert Event.objects.filter(action="contributor.preference_kept").count() == 1


@pytest.mark.parametrize("data", [{}, {"review_choice": "later"}])
def test_what_is_none_of_the_three_changes_nothing(inside, card, wren, data):
    answer = inside.post(card.way("first"), data)
    assert answer.status_code == 422
    wren.refresh_from_db()
    assert wren.review_choice == ReviewChoice.QUOTES


def test_looking_changes_nothing(inside, card, wren):
    assert inside.get(card.way("first") + "?review_choice=none").status_code == 200
    wren.refresh_from_db()
    assert wren.review_choice == ReviewChoice.QUOTES


def test_who_wants_to_see_them_after_all_is_asked_about_what_was_taken_for_approved(inside, card, wren):
    wren.review_choice = ReviewChoice.NONE
    wren.save()
    quote = _approved(wren)
    answer = _choose(inside, card, ReviewChoice.QUOTES)
    quote.refresh_from_db()
    assert quote.state == QuoteState.OFFERED
    assert answer["Location"].startswith(card.way("quotes"))
    assert "wait for your answer now" in inside.get(answer["Location"]).content.decode()


def test_what_they_said_yes_to_themselves_stays_as_they_said(inside, card, wren):
    quote = _approved(wren)
    QuoteStep.objects.create(partner_id=quote.partner_id, quote=quote, to_state=QuoteState.APPROVED, by=None)
    wren.review_choice = ReviewChoice.NONE
    wren.save()
    _choose(inside, card, ReviewChoice.QUOTES)
    quote.refresh_from_db()
    assert quote.state == QuoteState.APPROVED


def test_each_receipt_is_found_again_from_the_first_page(inside, card, wren):
    answer = inside.post(card.way("change", Scope.QUOTE_WORDS), {"take_back": "yes"})
    taken = Withdrawal.objects.get(contributor=wren)
    assert answer["Location"] == card.way("taken", taken.pk)
    page = inside.get(answer["Location"]).content.decode()
    assert taken.receipt in page
    assert card.way("start") in page
    assert card.way("taken", taken.pk) in inside.get(card.way("start")).content.decode()


def test_a_receipt_of_somebody_else_is_not_there(inside, card, wren):
    other = ContributorFactory(enquiry=wren.enquiry, agreed=True)
    theirs = a_card(other)
    stranger = Client()
    come_in(stranger, theirs)
    stranger.post(theirs.way("change", Scope.QUOTE_WORDS), {"take_back": "yes"})
    taken = Withdrawal.objects.get(contributor=other)
    assert inside.get(card.way("taken", taken.pk)).status_code == 404


def test_a_yes_that_cannot_stand_alone_says_what_comes_first(inside, card, wren):
    inside.post(card.way("change", Scope.ANALYSE), {"take_back": "yes"})
    sweep_all()
    page = inside.post(card.way("change", Scope.QUOTE_WORDS), {"decision": "granted"})
    assert page.status_code == 422
    said = page.content.decode()
    assert "Say yes first to what stands above" in said
    assert card.way("change", Scope.ANALYSE) in said


def test_a_yes_while_things_are_still_being_removed_is_asked_for_later(inside, card, wren):
    inside.post(card.way("change", Scope.QUOTE_WORDS), {"take_back": "yes"})
    page = inside.post(card.way("change", Scope.QUOTE_WORDS), {"decision": "granted"})
    assert page.status_code == 422
    assert "Try again in a few minutes" in page.content.decode()


def test_a_yes_pressed_twice_stays_a_yes(inside, card, wren):
    inside.post(card.way("change", Scope.CONTACT_AGAIN), {"take_back": "yes"})
    sweep_all()
    for _press in range(2):
        answer = inside.post(card.way("change", Scope.CONTACT_AGAIN), {"decision": "granted"})
        assert answer["Location"].startswith(card.way("agreed"))
        assert consent.allows(wren, Scope.CONTACT_AGAIN)


def test_a_no_to_what_stands_asks_before_it_takes_back(inside, card, wren):
    page = inside.post(card.way("change", Scope.CONTACT_AGAIN), {"decision": "declined"})
    assert page.status_code == 200
    assert "Yes, take it back" in page.content.decode()
    assert consent.allows(wren, Scope.CONTACT_AGAIN)


def test_the_same_answer_pressed_twice_is_kept_once(inside, card, wren):
    quote = _approved(wren)
    for answer in ("refused", "approved"):
        for _press in range(2):
            said = inside.post(card.way("answer", quote.pk), {"answer": answer})
            assert f"kept={answer}" in said["Location"]
    for _press in range(2):
        inside.post(card.way("change_quote", quote.pk), {"shown": "From desk to desk."})
    steps = quote.steps.order_by("pk").values_list("to_state", flat=True)
    assert list(steps) == [QuoteState.REFUSED, QuoteState.APPROVED, QuoteState.CHANGED]


def test_the_same_question_pressed_twice_is_kept_once(inside, card, time_machine):
    time_machine.move_to(timezone.now())
    said = {"kind": "question", "said": "Who reads this?"}
    for _press in range(2):
        assert inside.post(card.way("ask"), said).status_code == 302
    assert Question.objects.count() == 1
    time_machine.shift(timedelta(minutes=11))
    inside.post(card.way("ask"), said)
    assert Question.objects.count() == 2


@pytest.mark.parametrize(("before", "said"), [("", "leave the rest"), ("/cy", "gadael y gweddill")])
def test_who_takes_everything_back_is_told_that_some_is_possible_too(inside, card, before, said):
    page = inside.get(before + card.way("everything")).content.decode()
    assert said in page
    assert page.index(f'href="{before}{card.way("agreed")}"') < page.index("<button", page.index("<main"))


def test_a_link_that_was_made_stands_among_the_days(inside, card):
    assert "We made a link to this page." in inside.get(card.way("start")).content.decode()
