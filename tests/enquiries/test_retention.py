"""Separate clocks for what is kept, holds that pause them, and what is written down."""

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from audit.models import Event
from enquiries import retention
from enquiries.errors import NotPossibleNow
from enquiries.models import Conversation, Enquiry, LegalHold, Link, LinkKept, Scope
from enquiries.tasks import keep_clocks
from tests.factories.accounts import colleague
from tests.factories.enquiries import (
    ContributorFactory,
    ConversationFactory,
    EnquiryFactory,
    LinkFactory,
    decide,
    grant,
)
from tests.factories.transcripts import RecordingFactory, TranscriptFactory
from transcripts import store
from transcripts.models import PseudonymisedVersion, Segment, Transcript
from transcripts.models.raw import RawVersion, Recording

pytestmark = pytest.mark.django_db
# A day on which three months before was the last of November.
VERIFIED = datetime.datetime(2025, 11, 30, 12, tzinfo=datetime.UTC)
FALLS = datetime.date(2026, 2, 28)


@pytest.fixture
def enquiry() -> Enquiry:
    return EnquiryFactory(cut_off_on=datetime.date(2026, 6, 1))


@pytest.fixture
def guardian(enquiry: Enquiry) -> User:
    return colleague(enquiry.partner, Role.DATA_GUARDIAN)


def _listened(enquiry: Enquiry, *without: str, verified: bool = True) -> Conversation:
    """A conversation with sound and a text, signed off, of somebody who agreed to all but `without`."""
    who = ContributorFactory(enquiry=enquiry)
    grant(who, *(scope for scope in Scope.values if scope not in without))
    row = ConversationFactory(enquiry=enquiry, contributors=[who])
    RecordingFactory(conversation=row)
    TranscriptFactory(conversation=row, turns__machine=True, **({"pseudonymised": True} if verified else {}))
    Transcript.objects.filter(conversation=row, verified_at__isnull=False).update(verified_at=VERIFIED)
    LinkFactory(contributor=who)
    return row


NO_CLIP = (Scope.AUDIO_CLIP, Scope.ARCHIVE_DEPOSIT)


def test_sound_goes_three_months_after_its_text_was_verified(
    enquiry: Enquiry, django_capture_on_commit_callbacks: Any
) -> None:
    row = _listened(enquiry, *NO_CLIP)
    key = Recording.objects.get().stored_as

    assert retention.run_clocks(FALLS - datetime.timedelta(days=1)) == {}
    with django_capture_on_commit_callbacks(execute=True):
        assert retention.run_clocks(FALLS) == {"sound": 1}

    assert not Recording.objects.exists()
    with pytest.raises(store.SoundGone):
        store.size(key)
    # What people found right stays, without its times in a sound that is gone.
    assert PseudonymisedVersion.objects.get(transcript__conversation=row).text
    event = Event.objects.get(action="retention.removed")
    assert (event.object_type, event.object_id) == ("enquiries.conversation", str(row.pk))
    assert event.detail["kind"] == "sound"
    assert event.detail["why"] == "after_verified"
    assert event.detail["fell_on"] == FALLS.isoformat()
    # A second run finds nothing to do.
    assert retention.run_clocks(FALLS) == {}


@pytest.mark.parametrize("scope", NO_CLIP)
def test_sound_stays_while_somebody_who_spoke_agreed_to_a_clip_or_an_archive(
    enquiry: Enquiry, scope: str
) -> None:
    row = _listened(enquiry, *(each for each in NO_CLIP if each != scope))
    assert retention.run_clocks(FALLS) == {}
    (sound,) = [each for each in retention.standings(enquiry, FALLS) if each.label == "Sound"]
    assert (sound.due, sound.later, sound.waiting[0][1]) == (0, 0, 1)

    (who,) = row.contributors.all()
    decide(who, "withdrawn", scope)
    assert retention.run_clocks(FALLS) == {"sound": 1}


def test_sound_waits_until_its_text_is_verified(enquiry: Enquiry) -> None:
    _listened(enquiry, *NO_CLIP, verified=False)
    assert retention.run_clocks(datetime.date(2099, 1, 1)).get("sound") is None
    assert Recording.objects.exists()


def test_texts_with_names_go_after_two_years_and_those_without_stay(enquiry: Enquiry, client: Client) -> None:
    row = _listened(enquiry)
    n = Segment.objects.count()

    assert "unedited" in retention.run_clocks(datetime.date(2027, 11, 30))

    assert not RawVersion.objects.filter(transcript__conversation=row).exists()
    assert (PseudonymisedVersion.objects.count(), Segment.objects.count()) == (1, n)
    # The pages of the text still answer.
    client.force_login(colleague(enquiry.partner, Role.RESEARCHER))
    for name in ("text", "names", "checking"):
        assert client.get(reverse(f"transcripts:{name}", args=[row.pk])).status_code == 200
    assert client.get(reverse("workspace:conversation", args=[row.pk])).status_code == 200
    assert client.get(reverse("themes:reading", args=[row.pk])).status_code == 200


def test_who_stands_behind_a_name_is_kept_until_the_cut_off(enquiry: Enquiry) -> None:
    _listened(enquiry)
    coach = ContributorFactory(enquiry=enquiry)
    LinkFactory(contributor=coach, colleague=True)

    assert retention.run_clocks(enquiry.cut_off_on).get("link") is None
    gone = retention.run_clocks(enquiry.cut_off_on + datetime.timedelta(days=1))

    assert gone["link"] == 1
    # A colleague's own note stays theirs to take back.
    assert [link.contributor for link in Link.objects.all()] == [coach]


def test_or_until_the_second_round_is_over(enquiry: Enquiry) -> None:
    enquiry.keep_link = LinkKept.SECOND_WAVE
    enquiry.save()
    enquiry.waves.update(opened_on=datetime.date(2026, 1, 1))
    _listened(enquiry)
    assert retention.run_clocks(datetime.date(2027, 7, 1)).get("link") is None
    assert retention.run_clocks(datetime.date(2027, 7, 2))["link"] == 1


@pytest.mark.parametrize("on_one_voice", [True, False])
def test_a_hold_pauses_every_clock_until_it_ends(
    enquiry: Enquiry, guardian: User, on_one_voice: bool
) -> None:
    row = _listened(enquiry, *NO_CLIP)
    (who,) = row.contributors.all()
    hold = retention.place_hold(on=who if on_one_voice else enquiry, reason="Letter of 2 May.", by=guardian)

    assert retention.run_clocks(datetime.date(2099, 1, 1)) == {}
    assert all(each.held == each.due for each in retention.standings(enquiry, datetime.date(2099, 1, 1)))
    with pytest.raises(NotPossibleNow):
        retention.place_hold(on=who if on_one_voice else enquiry, reason="Once more.", by=guardian)

    retention.end_hold(hold=hold, by=guardian)
    assert retention.run_clocks(datetime.date(2099, 1, 1)) == {"link": 1, "sound": 1, "unedited": 1}
    assert list(
        Event.objects.filter(action__startswith="hold.").order_by("id").values_list("action", flat=True)
    ) == ["hold.placed", "hold.ended"]


def test_a_hold_on_one_voice_leaves_the_others_clocks_alone(enquiry: Enquiry, guardian: User) -> None:
    held, other = _listened(enquiry, *NO_CLIP), _listened(enquiry, *NO_CLIP)
    (who,) = held.contributors.all()
    retention.place_hold(on=who, reason="Letter of 2 May.", by=guardian)

    assert retention.run_clocks(FALLS) == {"sound": 1}
    assert Recording.objects.get().conversation == held
    assert not Recording.objects.filter(conversation=other).exists()


def test_a_hold_and_the_clock_at_once_wait_for_each_other(enquiry: Enquiry) -> None:
    _listened(enquiry, *NO_CLIP)
    with CaptureQueriesContext(connection) as asked:
        assert retention.run_clocks(FALLS) == {"sound": 1}
    locked = [each["sql"] for each in asked if " FOR " in each["sql"] and "UPDATE" in each["sql"]]
    for table in ("enquiries_enquiry", "enquiries_contributor"):
        assert any(f'FROM "{table}"' in sql for sql in locked), table


def test_one_thing_that_cannot_go_leaves_the_others_going(
    enquiry: Enquiry, monkeypatch: pytest.MonkeyPatch
) -> None:
    _listened(enquiry, *NO_CLIP)
    _listened(enquiry, *NO_CLIP)
    (clock,) = [each for each in retention.clocks() if each.name == "sound"]
    first = next(iter(clock.falling(enquiry))).about.pk

    def remove(thing: retention.Falling) -> Any:
        if thing.about.pk == first:
            raise RuntimeError("the disk is away")
        return clock.remove(thing)

    monkeypatch.setitem(
        retention._clocks,
        "sound",
        retention.Clock(clock.name, clock.label, clock.says, clock.falling, remove),
    )
    assert retention.run_clocks(FALLS) == {"sound": 1}
    assert Recording.objects.get().conversation_id == first


def test_every_night_each_partners_clocks_run() -> None:
    rows = [_listened(EnquiryFactory(cut_off_on=timezone.localdate()), *NO_CLIP) for _n in range(2)]
    Transcript.objects.update(verified_at=timezone.now() - datetime.timedelta(days=120))

    assert keep_clocks(timestamp=0) == {"sound": 2}
    assert {event.partner_id for event in Event.objects.filter(action="retention.removed")} == {
        row.partner_id for row in rows
    }


def test_the_guardian_sees_the_clocks_and_places_and_ends_holds(
    client: Client, enquiry: Enquiry, guardian: User
) -> None:
    _listened(enquiry, *NO_CLIP)
    client.force_login(guardian)
    assert enquiry.title in client.get(reverse("care:keeping")).text
    page = reverse("care:enquiry_keeping", args=[enquiry.pk])
    assert "3 months after its text is verified" in client.get(page).text

    assert client.post(page, {"on": "enquiry", "reason": " "}).status_code == 422
    answer = client.post(page, {"on": "enquiry", "reason": "Letter of 2 May."}, follow=True)
    assert "Letter of 2 May." in answer.text
    hold = LegalHold.objects.get()
    client.post(reverse("care:end_hold", args=[hold.pk]))
    hold.refresh_from_db()
    assert hold.ended_by == guardian


@pytest.mark.parametrize("role", [role for role in Role if role != Role.DATA_GUARDIAN])
def test_nobody_else_does(client: Client, enquiry: Enquiry, role: str) -> None:
    client.force_login(colleague(enquiry.partner, role))
    for address in (reverse("care:keeping"), reverse("care:enquiry_keeping", args=[enquiry.pk])):
        assert client.get(address).status_code == 404
