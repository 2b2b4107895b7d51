"""Agreement spoken aloud: tied to its seconds, only within the sound, and never against the ledger."""

import pytest
from django.urls import reverse

from accounts.errors import NotYours
from accounts.models import Role
from audit.models import Event
from enquiries import consent
from enquiries.errors import ConsentMissing, NotPossibleNow
from enquiries.models import ConsentEvent, Scope
from tests.factories.accounts import colleague
from tests.factories.enquiries import (
    ContributorFactory,
    ConversationFactory,
    EnquiryFactory,
    decide,
    grant,
    spoken_line,
    take_back,
)
from tests.factories.transcripts import RecordingFactory
from transcripts.actions.spoken import tie_spoken_consent
from transcripts.models.raw import Recording
from transcripts.views.spoken import milliseconds

pytestmark = pytest.mark.django_db


@pytest.fixture
def who():
    who = ContributorFactory(enquiry=EnquiryFactory(), pseudonym="Wren")
    grant(who, Scope.TAKE_PART, Scope.AUDIO_RECORD)
    return who


@pytest.fixture
def recording(who):
    talk = ConversationFactory(enquiry=who.enquiry, contributors=[who])
    return RecordingFactory(conversation=talk, duration_ms=60_000)


def tied(recording, who, decisions=None, **changes):
    given = {
        "recording": recording,
        "contributor": who,
        "decisions": decisions or {"take_part": "granted"},
        "start_ms": 12_000,
        "end_ms": 31_000,
        "by": colleague(recording.partner),
    }
    return tie_spoken_consent(**given | changes)


def test_a_yes_in_the_ledger_gets_its_place_in_the_sound(recording, who):
    before = ConsentEvent.objects.get(contributor=who, scope="take_part")
    [line] = tied(recording, who)

    assert (line.spoken_recording, line.start_ms, line.end_ms) == (recording.pk, 12_000, 31_000)
    assert (line.method, line.decided_at, line.form) == ("spoken", before.decided_at, before.form)
    assert ConsentEvent.objects.filter(contributor=who, scope="take_part").count() == 2
    assert Event.objects.filter(action="consent.heard", object_id=str(who.pk)).count() == 1


def test_what_was_only_said_aloud_is_kept_with_its_day(recording, who):
    tied(recording, who, {"analyse": "granted", "named_credit": "declined"})

    assert consent.allows(who, Scope.ANALYSE)
    states = consent.states(who)
    assert states["named_credit"] == "declined"


def test_what_was_taken_back_stays_taken_back(recording, who):
    grant(who, Scope.ANALYSE)
    take_back(who, Scope.ANALYSE)

    with pytest.raises(NotPossibleNow, match="taken back since"):
        tied(recording, who, {"analyse": "granted"})
    assert not consent.allows(who, Scope.ANALYSE)


def test_tying_an_older_yes_does_not_undo_a_later_no(recording, who):
    grant(who, Scope.ANALYSE)
    decide(who, "declined", Scope.ANALYSE, wave=recording.conversation.wave)

    with pytest.raises(NotPossibleNow, match="another answer"):
        tied(recording, who, {"analyse": "granted"})
    tied(recording, who, {"analyse": "declined"})
    assert not consent.allows(who, Scope.ANALYSE)


@pytest.mark.parametrize(
    ("start_ms", "end_ms"), [(-1, 5), (0, 60_001), (59_000, 90_000), (60_000, 60_000), (9, 9), (9, 3)]
)
def test_seconds_outside_the_sound_are_refused(recording, who, start_ms, end_ms):
    with pytest.raises(NotPossibleNow):
        tied(recording, who, start_ms=start_ms, end_ms=end_ms)
    assert not ConsentEvent.objects.exclude(start_ms=None).exists()


def test_the_last_millisecond_is_within(recording, who):
    assert tied(recording, who, start_ms=0, end_ms=60_000)


def test_before_the_computer_knows_the_length_nothing_is_set(recording, who):
    Recording.objects.filter(pk=recording.pk).update(duration_ms=0)
    recording.refresh_from_db()
    with pytest.raises(NotPossibleNow, match="still listening"):
        tied(recording, who)


def test_somebody_who_did_not_speak_there_is_refused(recording, who):
    other = ContributorFactory(enquiry=who.enquiry, agreed=True)
    with pytest.raises(NotPossibleNow, match="who spoke"):
        tied(recording, other)


def test_a_sound_that_may_not_be_heard_gives_nothing(recording, who):
    take_back(who, Scope.AUDIO_RECORD)
    with pytest.raises(ConsentMissing):
        tied(recording, who)


def test_who_may_not_ask_may_set_nothing(recording, who):
    for role in (Role.REVIEWER, Role.COACH, Role.DATA_GUARDIAN):
        with pytest.raises(NotYours):
            tied(recording, who, by=colleague(recording.partner, role))


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0:12", 12_000),
        ("12", 12_000),
        ("0:12.5", 12_500),
        ("1:02,25", 62_250),
        ("1:02:03", 3_723_000),
        ("125:30", 7_530_000),
        ("", None),
        ("soon", None),
        ("1:2:3:4", None),
        ("-3", None),
        ("٣", 3_000),
    ],
)
def test_places_are_read_as_people_write_them(text, ms):
    assert milliseconds(text) == ms


def test_the_page_sets_a_stretch_and_the_ledger_leads_to_it(client, recording, who):
    client.force_login(colleague(recording.partner))
    address = reverse("transcripts:spoken_consent", args=[recording.pk])
    page = client.get(address).text
    assert "It begins at" in page
    answer = client.post(address, {"who": who.pk, "begins": "0:12", "ends": "0:31", "take_part": "granted"})
    assert answer.status_code == 302
    line = ConsentEvent.objects.exclude(start_ms=None).get()
    hear = reverse("transcripts:spoken", args=[line.pk])
    assert hear in client.get(reverse("enquiries:consent", args=[who.pk])).text
    heard = client.get(hear).text
    assert f'/workspace/recordings/{recording.pk}/sound#t=12.000,31.000"' in heard
    assert "0:12 to 0:31" in heard


def test_wrong_seconds_are_told_on_the_page_and_kept_there(client, recording, who):
    client.force_login(colleague(recording.partner))
    address = reverse("transcripts:spoken_consent", args=[recording.pk])
    for begins, ends in (("0:12", "2:00"), ("x", "0:31"), ("0:31", "0:12")):
        answer = client.post(address, {"who": who.pk, "begins": begins, "ends": ends, "take_part": "granted"})
        assert answer.status_code == 422
        assert f'value="{begins}"' in answer.text
    assert not ConsentEvent.objects.exclude(start_ms=None).exists()


def test_a_line_whose_sound_is_gone_says_so(client, recording, who):
    line = spoken_line(who, recording.conversation, recording.pk, 0, 900)
    Recording.objects.filter(pk=recording.pk).delete()
    client.force_login(colleague(recording.partner))
    page = client.get(reverse("transcripts:spoken", args=[line.pk])).text

    assert "no longer here" in page
    assert "<audio" not in page


def test_a_line_of_a_closed_sound_is_read_and_not_heard(client, recording, who):
    line = spoken_line(who, recording.conversation, recording.pk, 0, 900)
    take_back(who, Scope.AUDIO_RECORD)
    client.force_login(colleague(recording.partner))
    assert "<audio" not in client.get(reverse("transcripts:spoken", args=[line.pk])).text
    address = reverse("transcripts:spoken_consent", args=[recording.pk])
    assert client.post(address, {"who": who.pk}).status_code == 403


def test_strangers_find_neither(client, recording, who):
    line = spoken_line(who, recording.conversation, recording.pk, 0, 900)
    for stranger in (colleague(EnquiryFactory().partner), colleague(recording.partner, Role.COACH)):
        client.force_login(stranger)
        for address in (
            reverse("transcripts:spoken", args=[line.pk]),
            reverse("transcripts:spoken_consent", args=[recording.pk]),
        ):
            assert client.get(address).status_code == 404


def test_a_line_that_was_written_has_nothing_to_hear(client, recording, who):
    client.force_login(colleague(recording.partner))
    written = ConsentEvent.objects.filter(contributor=who).first()
    assert client.get(reverse("transcripts:spoken", args=[written.pk])).status_code == 404
