"""Somebody takes back that a computer writes down what they say: its draft is closed before the sweep.

The gate alone is shut here; every row still lies there, as between a withdrawal and its sweep.
"""

import pytest
from django.test import Client
from django.urls import reverse

from accounts import wall
from enquiries.errors import ConsentMissing
from enquiries.models import Contributor, Conversation, Scope
from tests.factories.accounts import UserFactory, colleague
from tests.factories.enquiries import ContributorFactory, ConversationFactory, take_back
from tests.factories.transcripts import RecordingFactory, TranscriptFactory, raw_version
from tests.sweeping import let_go, withdraw_and_sweep
from transcripts import own, store, voices
from transcripts.actions import checking
from transcripts.errors import NotPossibleNow
from transcripts.models import Transcript
from transcripts.models.raw import RawVersion, Recording, Turn
from transcripts.versions import latest, turns_of

pytestmark = pytest.mark.django_db
DRAFTED = "They gave me a green kettle."
CORRECTED = "They gave me a green key."
SCOPE = Scope.MACHINE_TRANSCRIBE


@pytest.fixture
def wren() -> Contributor:
    return ContributorFactory(agreed=True)


@pytest.fixture
def talk(wren: Contributor) -> Conversation:
    made: Conversation = ConversationFactory(enquiry=wren.enquiry, contributors=[wren])
    RecordingFactory(conversation=made)
    return made


def draft_of(talk: Conversation, who: Contributor, **more: object) -> Transcript:
    made: Transcript = TranscriptFactory(
        conversation=talk, source="sound", turns=[(who, DRAFTED), (None, "Yes?")], turns__machine=True, **more
    )
    return made


def as_colleague(client: Client, talk: Conversation) -> Client:
    client.force_login(colleague(talk.partner))
    return client


def page(name: str, talk: Conversation, *more: int) -> str:
    return reverse(f"transcripts:{name}", args=[talk.pk, *more])


def own_words(who: Contributor) -> list[own.OwnTurn]:
    with wall.acting_for(partners=(), kind=wall.DoorKind.PERSON, person=who.pk):
        return own.own_turns(who)


def test_the_draft_is_shown_on_no_page_and_takes_no_correction(
    client: Client, talk: Conversation, wren: Contributor
) -> None:
    draft_of(talk, wren)
    as_colleague(client, talk)
    assert "kettle" in client.get(page("checking", talk)).text
    take_back(wren, SCOPE)

    shut = client.get(page("checking", talk))

    assert shut.status_code == 403
    assert "machine_transcribe" in shut.text
    sent = {"base": 1, "text": "Anything.", "speaker": str(wren.pk), "act": "right"}
    for answer in (
        client.post(page("turn", talk, 0), sent),
        client.post(page("add_name", talk), {"version": 1}),
        client.get(page("names", talk)),
    ):
        assert answer.status_code == 403
        assert "kettle" not in answer.text
    assert RawVersion.objects.count() == 1


def test_the_person_does_not_see_it_either(talk: Conversation, wren: Contributor) -> None:
    draft_of(talk, wren)
    assert [turn.text for turn in own_words(wren)] == [DRAFTED]
    take_back(wren, SCOPE)
    assert own_words(wren) == []


def test_a_typed_draft_stays_open(client: Client, talk: Conversation, wren: Contributor) -> None:
    TranscriptFactory(conversation=talk, turns=[(wren, "I typed this myself.")])
    take_back(wren, SCOPE)
    assert "typed this" in as_colleague(client, talk).get(page("checking", talk)).text
    assert [turn.text for turn in own_words(wren)] == ["I typed this myself."]


def test_of_a_checked_text_the_words_stay_and_the_machines_times_do_not(
    client: Client, talk: Conversation, wren: Contributor
) -> None:
    text = draft_of(talk, wren, checked=True)
    before = turns_of(latest(text))
    assert before[0].words
    assert own_words(wren)[0].start_ms == 0
    take_back(wren, SCOPE)

    shown = as_colleague(client, talk).get(page("checking", talk))

    assert shown.status_code == 200
    assert "kettle" in shown.text
    assert [turn.text for turn in turns_of(latest(text))] == [turn.text for turn in before]
    assert {(turn.start_ms, str(turn.words)) for turn in turns_of(latest(text))} == {(None, "[]")}
    (own_turn,) = own_words(wren)
    assert (own_turn.text, own_turn.start_ms, own_turn.sentences[0].start_ms) == (DRAFTED, None, None)


def checked_after_correcting(talk: Conversation, who: Contributor) -> Transcript:
    """Version 1 is the machine's, version 2 corrects one turn of it, version 3 was found right."""
    text = draft_of(talk, who)
    by = UserFactory()
    raw_version(text, [(who, DRAFTED), (None, "Yes, please?")], by=by)
    raw_version(text, [(who, CORRECTED), (None, "Yes, please?")], by=by)
    found_right = latest(text)
    Turn.objects.filter(version=found_right).update(checked_by=by)
    Transcript.objects.filter(pk=text.pk).update(
        state="checked", checked_by=by, checked_at=found_right.made_at
    )
    text.refresh_from_db()
    return text


def test_what_was_corrected_in_it_is_told_no_more_and_no_draft_comes_back(
    client: Client, talk: Conversation, wren: Contributor
) -> None:
    text = checked_after_correcting(talk, wren)
    as_colleague(client, talk)
    assert "kettle" in client.get(page("checking", talk)).text
    take_back(wren, SCOPE)

    shown = client.get(page("checking", talk)).text

    assert "green key" in shown
    assert "kettle" not in shown
    with pytest.raises(NotPossibleNow):
        checking.restore_version(transcript=text, number=2, by=colleague(talk.partner))


def test_the_sweep_takes_drafts_that_a_person_had_begun_to_correct(
    talk: Conversation, wren: Contributor
) -> None:
    checked_after_correcting(talk, wren)
    let_go("transcripts", wren, frozenset({SCOPE}))
    assert [row.text for row in RawVersion.objects.all()] == [f"{CORRECTED}\n\nYes, please?"]


def test_in_a_group_the_draft_opens_again_to_the_others_once_this_voice_is_out_of_it(
    client: Client, wren: Contributor
) -> None:
    heron = ContributorFactory(enquiry=wren.enquiry, agreed=True)
    group = ConversationFactory(enquiry=wren.enquiry, contributors=[wren, heron], kind="group")
    RecordingFactory(conversation=group)
    text = draft_of(group, wren)
    raw_version(text, [(wren, DRAFTED), (heron, "I had a dog."), (None, "Yes?")])
    as_colleague(client, group)
    take_back(wren, SCOPE)
    assert client.get(page("checking", group)).status_code == 403

    let_go("transcripts", wren, frozenset({SCOPE}))

    shown = client.get(page("checking", group))
    assert shown.status_code == 200
    assert "I had a dog." in shown.text
    assert "kettle" not in "".join(RawVersion.objects.values_list("text", flat=True))
    with pytest.raises(ConsentMissing):
        checking.set_speaker(
            transcript=text,
            base_number=latest(text).number,
            index=0,
            speaker=checking.Speaker(wren.pk),
            by=colleague(group.partner),
        )


def test_a_draft_of_one_of_whom_nothing_is_left_stays_shut(wren: Contributor) -> None:
    """Alone in a conversation, nobody is left for whom it could be open."""
    talk = ConversationFactory(enquiry=wren.enquiry, contributors=[wren])
    text = draft_of(talk, wren)
    Turn.objects.update(contributor=None, is_listener=True)
    take_back(wren, SCOPE)
    with pytest.raises(ConsentMissing):
        voices.check_draft(text)


def test_the_whole_way_leaves_the_sound_and_no_draft(talk: Conversation, wren: Contributor) -> None:
    draft_of(talk, wren)
    done = withdraw_and_sweep(contributor=wren, scope=SCOPE)
    assert done.scopes == [SCOPE]
    assert not Transcript.objects.exists()


def test_times_that_came_with_a_typed_text_are_its_writers_and_stay(
    talk: Conversation, wren: Contributor
) -> None:
    TranscriptFactory(conversation=talk, turns=[(wren, "I typed this myself.")])
    Turn.objects.update(start_ms=0, end_ms=900)
    let_go("transcripts", wren, frozenset({SCOPE}))
    assert Turn.objects.get().end_ms == 900


def test_written_down_anew_without_one_of_a_group_it_has_times_for_the_others(wren: Contributor) -> None:
    heron = ContributorFactory(enquiry=wren.enquiry, agreed=True)
    group = ConversationFactory(enquiry=wren.enquiry, contributors=[wren, heron], kind="group")
    recording = RecordingFactory(conversation=group)
    text = draft_of(group, wren)
    Turn.objects.update(contributor=None, is_listener=False)
    take_back(wren, SCOPE)
    assert turns_of(latest(text))[0].start_ms is None
    with pytest.raises(ConsentMissing):
        voices.check_draft(text)

    # As `silence` leaves it: under a key that they have no part in.
    with store.new_file(holders=[heron.handle]) as file:
        file.write(b"Heron alone.")
        Recording.objects.filter(pk=recording.pk).update(stored_as=file.keep())

    assert turns_of(latest(text))[0].start_ms == 0
    voices.check_draft(text)
