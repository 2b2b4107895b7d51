"""What the gate refused is written down with its scope, whatever became of the act."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from audit.models import Event
from enquiries import consent, refusals, work
from enquiries.errors import ConsentMissing
from enquiries.models import Scope
from tests.factories.accounts import colleague
from tests.factories.enquiries import ContributorFactory, ConversationFactory, WorkFactory, take_back

pytestmark = pytest.mark.django_db


def _refused() -> list[Event]:
    return list(Event.objects.filter(action="consent.refused").order_by("id"))


def test_a_refusal_outlives_the_transaction_it_undoes() -> None:
    who = ContributorFactory(declined=True)

    with pytest.raises(ConsentMissing), refusals.written("somewhere"), transaction.atomic():
        consent.check(who, Scope.QUOTE_WORDS, wave=who.enquiry.waves.get())

    (event,) = _refused()
    # The first scope that is missing is named: without taking part, nothing else counts.
    assert event.detail == {"scope": "take_part", "wave": who.enquiry.waves.get().pk, "where": "somewhere"}
    assert (event.object_type, event.object_id) == ("enquiries.contributor", str(who.pk))
    assert event.partner_id == who.partner_id
    assert event.actor_id is None


def test_the_same_refusal_in_one_act_is_written_once() -> None:
    who = ContributorFactory(declined=True)

    with refusals.written("somewhere"):
        for _n in range(3):
            with pytest.raises(ConsentMissing):
                consent.check(who, Scope.ANALYSE)

    assert len(_refused()) == 1


def test_a_conversation_of_nobody_is_refused_by_its_own_id() -> None:
    row = ConversationFactory(contributors=[])

    with pytest.raises(ConsentMissing), refusals.written("somewhere"):
        consent.check_conversation(row, Scope.AUDIO_RECORD)

    (event,) = _refused()
    assert (event.object_type, event.object_id) == ("enquiries.conversation", str(row.pk))
    assert event.detail["scope"] == "audio_record"


def test_asking_beforehand_stops_nobody_and_writes_nothing() -> None:
    who = ContributorFactory(declined=True)

    with refusals.written("somewhere"):
        assert consent.refusal(who, Scope.ANALYSE) is not None
        assert not consent.allows(who, Scope.ANALYSE)

    assert not _refused()


def test_a_request_that_the_gate_refuses_writes_it_down(client: Client) -> None:
    row = ConversationFactory()
    (who,) = row.contributors.all()
    user = colleague(row.partner, Role.RESEARCHER)
    client.force_login(user)
    take_back(who, Scope.TAKE_PART)

    answer = client.get(reverse("transcripts:checking", args=[row.pk]))

    assert answer.status_code == 403
    (event,) = _refused()
    assert event.actor_id == user.pk
    assert event.detail == {"scope": "take_part", "wave": row.wave_id, "where": "transcripts:checking"}


def test_a_page_that_says_why_it_is_closed_writes_nothing(client: Client) -> None:
    row = ConversationFactory()
    (who,) = row.contributors.all()
    client.force_login(colleague(row.partner, Role.RESEARCHER))
    take_back(who, Scope.AUDIO_RECORD)

    answer = client.get(reverse("transcripts:recording", args=[row.pk]))

    assert answer.status_code == 200
    assert not _refused()


def test_a_job_that_the_gate_refuses_writes_it_down() -> None:
    who = ContributorFactory(declined=True)
    row = WorkFactory(partner=who.partner)

    @work.for_its_partner
    def job(work_id: int) -> None:
        consent.check(who, Scope.MACHINE_TRANSCRIBE)

    with pytest.raises(ConsentMissing):
        job(work_id=row.pk, partner_id=row.partner_id)

    (event,) = _refused()
    assert event.actor_id is None
    assert event.detail["where"].endswith("job")
