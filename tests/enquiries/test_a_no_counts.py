"""What a no undoes: after a yes on a form, from somebody who never said yes, when a clock was put back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enquiries import actions, consent
from enquiries.models import ConsentEvent, Contributor, Link, Person, Scope, Withdrawal
from enquiries.tracing import trace
from tests.factories.accounts import colleague
from tests.factories.enquiries import (
    ContributorFactory,
    LinkFactory,
    PersonFactory,
    WaveFactory,
    grant,
    latest_wave,
)
from tests.sweeping import sweep_all

pytestmark = pytest.mark.django_db


def says(who: Contributor, decision: str, *scopes: str, **more) -> None:
    actions.record_consent(
        contributor=who,
        **{
            "wave": latest_wave(who),
            "by": colleague(who.partner),
            "decisions": dict.fromkeys(scopes, decision),
            **more,
        },
    )


def test_a_no_after_a_yes_takes_back_what_rests_on_it_too():
    who = ContributorFactory(agreed=True)
    says(who, "declined", Scope.QUOTE_WORDS)

    fell = Withdrawal.objects.get(contributor=who)
    assert set(fell.scopes) == {Scope.QUOTE_WORDS, Scope.AUDIO_CLIP}
    assert consent.allows(who, Scope.ANALYSE)
    assert not consent.allows(who, Scope.AUDIO_CLIP)
    sweep_all()
    says(who, "granted", Scope.QUOTE_WORDS)
    assert consent.allows(who, Scope.QUOTE_WORDS)
    # The clip was taken back with it: it has to be asked for by itself.
    assert not consent.allows(who, Scope.AUDIO_CLIP)


def test_a_no_to_what_was_never_agreed_to_takes_nothing_back():
    who = ContributorFactory()
    says(who, "declined", Scope.QUOTE_WORDS)
    says(who, "declined", Scope.QUOTE_WORDS)
    assert not Withdrawal.objects.exists()


def test_a_no_that_was_said_before_the_yes_takes_nothing_back():
    who = ContributorFactory(agreed=True)
    said_at = ConsentEvent.objects.filter(contributor=who).first().decided_at
    says(who, "declined", Scope.ANALYSE, decided_at=said_at - timedelta(days=1))
    assert consent.allows(who, Scope.ANALYSE)
    assert not Withdrawal.objects.exists()


def test_a_no_in_one_round_leaves_what_was_said_in_another():
    who = ContributorFactory(agreed=True)
    first = latest_wave(who)
    second = WaveFactory(enquiry=who.enquiry)
    grant(who, *Scope.values, wave=second)

    says(who, "declined", Scope.ANALYSE, wave=second)
    assert not Withdrawal.objects.exists()
    assert consent.allows(who, Scope.ANALYSE, wave=first)
    assert not consent.allows(who, Scope.ANALYSE, wave=second)

    says(who, "declined", Scope.ANALYSE, wave=first)
    assert Scope.ANALYSE in Withdrawal.objects.get().scopes


@pytest.mark.parametrize("trait", [{}, {"declined": True}])
def test_whoever_never_said_yes_is_forgotten_when_they_ask(trait):
    who = ContributorFactory(pseudonym="Wren", **trait)
    LinkFactory(contributor=who, person=PersonFactory(partner=who.partner, phone="01234 567890"))

    asked = actions.withdraw(contributor=who, scope=[Scope.TAKE_PART, Scope.CONTACT_AGAIN], by=None)
    assert asked.scopes == [Scope.TAKE_PART]
    again = actions.withdraw(contributor=who, scope=Scope.TAKE_PART, by=None)
    assert again.pk == asked.pk
    sweep_all()

    assert not Link.objects.exists()
    assert not Person.objects.exists()
    who.refresh_from_db()
    assert who.pseudonym != "Wren"
    assert actions.withdraw(contributor=who, scope=Scope.TAKE_PART, by=None).pk == asked.pk


def test_whoever_comes_back_is_traced_again():
    who = ContributorFactory(agreed=True)
    actions.withdraw(contributor=who, scope=[Scope.TAKE_PART, Scope.CONTACT_AGAIN], by=None)
    sweep_all()
    assert trace(handle=who.handle).held == ()
    says(who, "granted", Scope.TAKE_PART)
    assert {each.kind for each in trace(handle=who.handle).held} >= {"enquiries.contributor"}


def test_a_clock_that_was_put_back_lets_no_older_yes_come_after_a_taking_back():
    who = ContributorFactory(agreed=True)
    ahead = timezone.now() + timedelta(hours=2)
    says(who, "granted", Scope.ANALYSE, decided_at=ahead)

    actions.withdraw(contributor=who, scope=Scope.ANALYSE, by=None)
    for moment in (timezone.now(), ahead, ahead + timedelta(days=1)):
        assert not consent.allows(who, Scope.ANALYSE, at=moment)
    assert actions.withdraw(contributor=who, scope=Scope.ANALYSE, by=None) == Withdrawal.objects.get()
