from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from enquiries import consent
from enquiries.errors import ConsentMissing
from enquiries.models import ConsentEvent, ConsentState, Scope
from tests.factories.enquiries import (
    ContributorFactory,
    ConversationFactory,
    WaveFactory,
    decide,
    grant,
    latest_wave,
    take_back,
)

pytestmark = pytest.mark.django_db


def test_gate_is_closed_for_somebody_who_was_asked_nothing():
    contributor = ContributorFactory()

    assert not any(consent.allows(contributor, scope) for scope in Scope.values)
    assert set(consent.states(contributor).values()) == {ConsentState.NOT_ASKED}


def test_gate_opens_only_for_what_was_granted():
    contributor = ContributorFactory()
    grant(contributor, Scope.TAKE_PART, Scope.ANALYSE)

    assert consent.allows(contributor, Scope.ANALYSE)
    assert not consent.allows(contributor, Scope.QUOTE_WORDS)


def test_gate_stays_closed_while_a_scope_it_needs_is_missing():
    contributor = ContributorFactory()
    grant(contributor, Scope.TAKE_PART, Scope.MACHINE_TRANSCRIBE)

    with pytest.raises(ConsentMissing) as refusal:
        consent.check(contributor, Scope.MACHINE_TRANSCRIBE)

    assert refusal.value.scope == Scope.AUDIO_RECORD
    assert "audio_record" in str(refusal.value)
    assert contributor.pseudonym in str(refusal.value)


def test_latest_line_wins_and_the_past_can_still_be_asked():
    contributor = ContributorFactory(agreed=True)
    before = timezone.now()
    decide(contributor, "declined", Scope.ANALYSE, wave=latest_wave(contributor))

    assert not consent.allows(contributor, Scope.ANALYSE)
    assert consent.allows(contributor, Scope.ANALYSE, at=before)
    assert not consent.allows(contributor, Scope.TAKE_PART, at=before - timedelta(days=1))


def test_each_wave_is_asked_anew():
    contributor = ContributorFactory(agreed=True)
    first = latest_wave(contributor)
    second = WaveFactory(enquiry=contributor.enquiry)

    assert consent.allows(contributor, Scope.ANALYSE, wave=first)
    assert not consent.allows(contributor, Scope.ANALYSE, wave=second)


def test_taking_back_speaks_for_every_wave():
    contributor = ContributorFactory(agreed=True)
    first = latest_wave(contributor)
    second = WaveFactory(enquiry=contributor.enquiry)
    grant(contributor, wave=second)
    take_back(contributor, Scope.ANALYSE)

    assert not consent.allows(contributor, Scope.ANALYSE, wave=first)
    assert not consent.allows(contributor, Scope.ANALYSE, wave=second)


def test_a_conversation_needs_everyone_who_spoke():
    conversation = ConversationFactory()
    other = ContributorFactory(enquiry=conversation.enquiry)
    conversation.participations.create(partner=conversation.partner, contributor=other, order=2)

    assert not consent.allows_conversation(conversation, Scope.ANALYSE)
    with pytest.raises(ConsentMissing):
        consent.check_conversation(conversation, Scope.ANALYSE)


def test_a_conversation_nobody_is_set_down_for_allows_nothing():
    assert not consent.allows_conversation(ConversationFactory(contributors=[]), Scope.TAKE_PART)


def test_allowing_answers_for_many_in_one_query(django_assert_num_queries):
    yes, no = ContributorFactory(agreed=True), ContributorFactory(declined=True)
    back = ContributorFactory(withdrawn=True)

    with django_assert_num_queries(1):
        found = consent.allowing([yes.pk, no.pk, back.pk], Scope.QUOTE_WORDS)

    assert found == {yes.pk}


def test_allowing_agrees_with_allows_for_every_scope():
    contributor = ContributorFactory()
    grant(contributor, Scope.TAKE_PART, Scope.AUDIO_RECORD, Scope.ANALYSE)
    take_back(contributor, Scope.ANALYSE)

    for scope in Scope.values:
        alone = consent.allows(contributor, scope)
        assert (contributor.pk in consent.allowing([contributor.pk], scope)) == alone


def test_allowing_pairs_agrees_with_allows_for_every_scope_and_wave():
    contributor, other = ContributorFactory(), ContributorFactory(agreed=True)
    first = latest_wave(contributor)
    second = WaveFactory(enquiry=contributor.enquiry)
    grant(contributor, Scope.TAKE_PART, Scope.AUDIO_RECORD, Scope.ANALYSE, wave=first)
    grant(contributor, Scope.TAKE_PART, Scope.ANALYSE, Scope.QUOTE_WORDS, wave=second)
    take_back(contributor, Scope.QUOTE_WORDS)
    pairs = [(contributor, first), (contributor, second), (other, latest_wave(other))]

    for scope in Scope.values:
        alone = {(who.pk, wave.pk) for who, wave in pairs if consent.allows(who, scope, wave=wave)}
        assert consent.allowing_pairs([(who.pk, wave.pk) for who, wave in pairs], scope) == alone


def test_the_ledger_refuses_change_and_deletion():
    contributor = ContributorFactory(agreed=True)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ConsentEvent.objects.filter(contributor=contributor).update(decision="declined")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ConsentEvent.objects.filter(contributor=contributor).delete()

    assert consent.allows(contributor, Scope.TAKE_PART)


@given(st.sampled_from(Scope.values), st.sampled_from(Scope.values))
def test_what_a_scope_needs_and_what_rests_on_it_are_two_sides_of_one_relation(one, other):
    assert (one in consent.needed_for(other)) == (other in consent.resting_on(one))
