"""A yes that waited on a phone while something was taken back: it counts for nothing, and that is said."""

import datetime
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enquiries import consent
from enquiries.actions import record_consent, withdraw
from enquiries.capture import Answers, Kept, capture_in_field, earliest_by
from enquiries.errors import NotPossibleNow
from enquiries.form_versions import form_in_use
from enquiries.models import ConsentCapture, ConsentEvent, Contributor, Outcome, Scope, Withdrawal
from tests.factories.accounts import colleague
from tests.factories.enquiries import ContributorFactory, latest_wave
from tests.factories.enquiries import grant as grant_now
from tests.sweeping import withdraw_and_sweep

pytestmark = pytest.mark.django_db
HOUR = datetime.timedelta(hours=1)
YES = {"take_part": "granted", "analyse": "granted", "quote_words": "granted"}


@pytest.fixture
def who() -> Contributor:
    return ContributorFactory()


def grant(who: Contributor, *scopes: str) -> None:
    with time_machine.travel(timezone.now() - 100 * HOUR, tick=True):
        grant_now(who, *scopes)


def arrives(who: Contributor, *, given: datetime.timedelta, **changes: Any) -> Kept:
    """A form of somebody known comes from a phone; `given` is how long ago the phone says it was."""
    answers = {"decisions": YES, "was_adult": True, "answered_at": timezone.now() - given}
    more = {name: changes.pop(name) for name in list(changes) if name in Answers.__dataclass_fields__}
    sent = {
        "enquiry": who.enquiry,
        "wave": latest_wave(who),
        "form": form_in_use(who.enquiry, "standard"),
        "answers": Answers(**answers | more),
        "by": colleague(who.partner),
        "key": uuid4(),
        "pseudonym": who.pseudonym,
        "is_known": True,
    }
    return capture_in_field(**sent | changes)


def taken_back(who: Contributor, scope: str = Scope.ANALYSE, *, ago: datetime.timedelta) -> Withdrawal:
    with time_machine.travel(timezone.now() - ago, tick=True):
        return withdraw_and_sweep(contributor=who, scope=scope)


def open_now(who: Contributor) -> list[str]:
    found = consent.states(who, wave=latest_wave(who))
    return [scope for scope, state in found.items() if state == "granted"]


def test_it_counts_for_no_scope_also_for_those_that_nobody_knew_of(who: Contributor) -> None:
    grant(who, Scope.TAKE_PART, Scope.ANALYSE)
    taken_back(who, ago=HOUR)

    kept = arrives(who, given=2 * HOUR)

    assert open_now(who) == ["take_part"]
    assert "No yes on the form" in kept.note
    assert kept.capture.outcome == Outcome.OVERTAKEN
    # The form is kept as evidence, with each yes that the ledger did not hold, as ended.
    lines = ConsentEvent.objects.filter(capture=kept.capture)
    assert dict(lines.values_list("scope", "decision")) == {"quote_words": "lapsed"}
    # Asked anew about making sense of their words, the old yes to being quoted is still no yes.
    record_consent(
        contributor=who,
        wave=latest_wave(who),
        decisions={"analyse": "granted"},
        by=colleague(who.partner),
    )
    assert consent.allows(who, Scope.ANALYSE)
    assert not consent.allows(who, Scope.QUOTE_WORDS)


def test_it_counts_for_nothing_where_there_was_nothing_to_take_back_yet(who: Contributor) -> None:
    """The only yes they ever gave was still on the phone when they rang."""
    assert taken_back(who, ago=HOUR).scopes == []

    kept = arrives(who, given=2 * HOUR)

    assert kept.note
    assert open_now(who) == []


def test_asking_twice_to_take_back_counts_from_the_second_time(who: Contributor) -> None:
    grant(who, Scope.TAKE_PART, Scope.ANALYSE)
    taken_back(who, ago=72 * HOUR)
    assert withdraw(contributor=who, scope=Scope.ANALYSE, by=None).asked_again_at is not None

    assert arrives(who, given=30 * HOUR).note
    assert open_now(who) == ["take_part"]


def test_one_given_well_after_the_taking_back_counts(who: Contributor) -> None:
    grant(who, Scope.TAKE_PART, Scope.ANALYSE)
    taken_back(who, ago=72 * HOUR)

    kept = arrives(who, given=HOUR)

    assert (kept.note, kept.capture.outcome) == ("", Outcome.ANSWERED)
    assert consent.allows(who, Scope.QUOTE_WORDS)


def test_within_a_day_the_clock_is_not_believed(who: Contributor) -> None:
    grant(who, Scope.TAKE_PART, Scope.ANALYSE)
    taken_back(who, ago=10 * HOUR)
    assert arrives(who, given=HOUR).note
    assert open_now(who) == ["take_part"]


def test_one_that_waited_longer_than_any_clock_is_believed_does_not_count(who: Contributor) -> None:
    assert arrives(who, given=24 * 181 * HOUR).note
    assert open_now(who) == []


def test_a_no_on_such_a_form_still_counts_and_so_does_what_stands(who: Contributor) -> None:
    grant(who, Scope.TAKE_PART, Scope.ANALYSE, Scope.CONTACT_AGAIN)
    taken_back(who, Scope.CONTACT_AGAIN, ago=HOUR)

    decisions = {"take_part": "granted", "partner_share": "granted", "archive_deposit": "declined"}
    arrives(who, given=datetime.timedelta(0), decisions=decisions)

    found = consent.states(who, wave=latest_wave(who))
    assert found["take_part"] == "granted"
    assert (found["partner_share"], found["archive_deposit"]) == ("lapsed", "declined")


def test_it_is_kept_while_the_removing_goes_on_and_leaves_the_preference(who: Contributor) -> None:
    grant(who, Scope.TAKE_PART, Scope.ANALYSE)
    withdraw(contributor=who, scope=Scope.ANALYSE, by=None)

    kept = arrives(who, given=HOUR, review_choice="none")

    who.refresh_from_db()
    assert kept.note
    assert who.review_choice == "quotes"


def test_the_phone_is_told_each_time_and_the_ledger_shows_the_form(client: Client, who: Contributor) -> None:
    grant(who, Scope.TAKE_PART, Scope.ANALYSE)
    taken_back(who, ago=HOUR)
    client.force_login(colleague(who.partner))
    now_ms = int(timezone.now().timestamp() * 1000)
    body = {
        "key": str(uuid4()),
        "wave": latest_wave(who).pk,  # type: ignore[union-attr]
        "form": form_in_use(who.enquiry, "standard").pk,
        "pseudonym": who.pseudonym,
        "is_known": True,
        "decisions": YES,
        "was_adult": True,
        "answered_ms": now_ms - 7_200_000,
        "device_ms": now_ms,
    }
    address = reverse("enquiries:field_keep", args=[who.enquiry_id])
    answers = [client.post(address, body, content_type="application/json") for _time in range(2)]

    assert [each.status_code for each in answers] == [201, 200]
    assert all("Ask them again" in each.json()["note"] for each in answers)
    assert ConsentCapture.objects.count() == 1
    shown = client.get(reverse("enquiries:consent", args=[who.pk])).text
    assert "No yes on it counts" in shown


def test_what_a_wrong_clock_says_is_taken_for_the_earliest_it_can_mean() -> None:
    now = int(timezone.now().timestamp() * 1000)
    day = 86_400_000
    near = datetime.timedelta(minutes=5)

    # Right all along.
    assert abs(timezone.now() - HOUR - earliest_by(now - 3_600_000, now)) < near
    # A week behind when it was answered, and put right before it was sent; and the other way round.
    assert abs(timezone.now() - 7 * 24 * HOUR - earliest_by(now - 7 * day, now)) < near
    assert abs(timezone.now() - 7 * 24 * HOUR - earliest_by(now, now + 7 * day)) < near
    # It ran backwards: it says nothing.
    assert earliest_by(now, now - 1).year == 1970
    assert earliest_by(0, 10**14).year == 1970


def test_a_backdated_yes_from_elsewhere_is_refused_with_a_sentence(who: Contributor) -> None:
    grant(who, Scope.TAKE_PART, Scope.CONTACT_AGAIN)
    taken_back(who, Scope.CONTACT_AGAIN, ago=HOUR)
    with pytest.raises(NotPossibleNow, match="Ask them anew"):
        record_consent(
            contributor=who,
            wave=latest_wave(who),
            decisions={"analyse": "granted"},
            by=colleague(who.partner),
            decided_at=timezone.now() - 2 * HOUR,
        )
