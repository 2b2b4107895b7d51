"""Putting a draft right: versions, marks, two people at once, and the way to verified."""

import pytest

from accounts.errors import NotYours
from accounts.models import Role
from audit.models import Event
from enquiries.errors import ConsentMissing
from tests.factories.accounts import UserFactory, colleague
from tests.factories.enquiries import take_back
from tests.transcripts.texts import LETTER, text_of
from transcripts.actions import checking
from transcripts.actions.checking import Speaker, latest, turns_of
from transcripts.errors import (
    NotHeard,
    NotPossibleNow,
    SpeakersMissing,
    StaleVersion,
    StepNotAllowed,
    TurnsUnchecked,
)
from transcripts.models import Transcript, TranscriptState
from transcripts.models.raw import RawVersion, Turn

pytestmark = pytest.mark.django_db


def speaker_of(transcript: Transcript, index: int) -> Speaker:
    turn = turns_of(latest(transcript))[index]
    return Speaker(turn.contributor_id, turn.is_listener)


def put_right(transcript: Transcript, index: int, text: str, by, *, base: int = 1, is_right: bool = True):
    return checking.correct_turn(
        transcript=transcript,
        base_number=base,
        index=index,
        text=text,
        speaker=speaker_of(transcript, index),
        is_right=is_right,
        by=by,
    )


def test_correct_turn_makes_the_next_version_and_leaves_the_first():
    transcript = text_of()
    by = colleague(transcript.partner)
    before = RawVersion.objects.get(transcript=transcript).text
    corrected = put_right(transcript, 2, LETTER[2][1].replace("counsel", "council"), by)
    assert corrected.version.number == 2
    assert "council" in corrected.version.text
    assert RawVersion.objects.get(transcript=transcript, number=1).text == before
    turn = turns_of(corrected.version)[2]
    assert turn.checked_by_id == by.pk
    times = {turn.text[word[0] : word[1]]: word[2] for word in turn.words}
    old = turns_of(RawVersion.objects.get(transcript=transcript, number=1))[2]
    assert times["Eastmere,"] == {old.text[w[0] : w[1]]: w[2] for w in old.words}["Eastmere,"]


def test_correct_turn_with_nothing_changed_only_marks_it():
    transcript = text_of()
    by = colleague(transcript.partner)
    put_right(transcript, 0, LETTER[0][1], by)
    assert RawVersion.objects.filter(transcript=transcript).count() == 1
    assert Turn.objects.get(version__transcript=transcript, number=1).checked_by == by
    assert Event.objects.filter(action="transcript.turn_checked", actor_id=by.pk).exists()


def test_correct_turn_kept_but_not_right_is_left_to_check():
    transcript = text_of(checked_by=UserFactory())
    corrected = put_right(transcript, 0, "Other words.", colleague(transcript.partner), is_right=False)
    assert [turn.checked_by_id is None for turn in turns_of(corrected.version)] == [True, False, False]


def test_correct_turn_splits_at_an_empty_line():
    transcript = text_of()
    by = colleague(transcript.partner)
    corrected = put_right(transcript, 0, "And I thought, right.\n\nI had the letter.", by)
    assert [turn.text for turn in turns_of(corrected.version)][:2] == [
        "And I thought, right.",
        "I had the letter.",
    ]
    assert corrected.indexes == range(2)
    assert corrected.version.change == "split"


def test_correct_turn_follows_a_turn_that_moved():
    transcript = text_of()
    by = colleague(transcript.partner)
    put_right(transcript, 0, "One.\n\nTwo.", by)
    corrected = checking.correct_turn(
        transcript=transcript,
        base_number=1,
        index=2,
        text="So I walked back.",
        speaker=speaker_of(transcript, 3),
        is_right=True,
        by=colleague(transcript.partner),
    )
    assert [turn.text for turn in turns_of(corrected.version)] == [
        "One.",
        "Two.",
        LETTER[1][1],
        "So I walked back.",
    ]


def test_correct_turn_refuses_what_another_changed_meanwhile():
    transcript = text_of()
    put_right(transcript, 2, "Theirs.", colleague(transcript.partner))
    with pytest.raises(StaleVersion) as refused:
        put_right(transcript, 2, "Mine.", colleague(transcript.partner))
    assert "Here is theirs, here is yours" in str(refused.value)
    assert turns_of(latest(transcript))[2].text == "Theirs."


@pytest.mark.parametrize("text", ["", "  \n \r\n "])
def test_correct_turn_refuses_an_empty_turn(text: str):
    transcript = text_of()
    with pytest.raises(NotPossibleNow, match="empty"):
        put_right(transcript, 0, text, colleague(transcript.partner))


@pytest.mark.parametrize("text", ["Café 🙂 né", "e\u0301t\u00e9 👩‍👩‍👧", "שלום, אמרתי", "a\r\nb"])
def test_correct_turn_keeps_every_script(text: str):
    transcript = text_of()
    corrected = put_right(transcript, 0, text, colleague(transcript.partner))
    turn = Turn.objects.get(version=corrected.version, number=1)
    assert corrected.version.text[turn.start : turn.end] == text.replace("\r\n", "\n")
    assert all(corrected.version.text[w[0] : w[1]].strip() for w in turn.words)


def test_correct_turn_is_closed_to_other_roles_and_partners():
    transcript = text_of()
    for stranger in (UserFactory(), colleague(transcript.partner, Role.COACH, Role.EDITOR)):
        with pytest.raises(NotYours):
            put_right(transcript, 0, "Mine.", stranger)


def test_correct_turn_stops_when_somebody_left():
    transcript = text_of()
    take_back(transcript.conversation.contributors.get(), "take_part")
    with pytest.raises(ConsentMissing) as refused:
        put_right(transcript, 0, "Mine.", colleague(transcript.partner))
    assert "take_part" in str(refused.value)


def test_set_speaker_keeps_the_check_and_the_words():
    transcript = text_of(checked_by=UserFactory())
    checking.set_speaker(
        transcript=transcript,
        base_number=1,
        index=0,
        speaker=Speaker(is_listener=True),
        by=colleague(transcript.partner),
    )
    turn = turns_of(latest(transcript))[0]
    assert turn.is_listener
    assert turn.contributor_id is None
    assert turn.checked_by_id is not None
    assert latest(transcript).change == "speaker_set"


def test_set_speaker_refuses_somebody_who_was_not_there():
    transcript, other = text_of(), text_of()
    stranger = other.conversation.contributors.get()
    with pytest.raises(NotPossibleNow, match="not set down"):
        checking.set_speaker(
            transcript=transcript,
            base_number=1,
            index=0,
            speaker=Speaker(stranger.pk),
            by=colleague(transcript.partner),
        )


def test_set_remaining_speakers_leaves_those_already_told_apart():
    transcript = text_of([("wren", "Hello."), ("", "Who?"), ("", "Me.")])
    version = checking.set_remaining_speakers(
        transcript=transcript,
        base_number=1,
        speaker=Speaker(is_listener=True),
        by=colleague(transcript.partner),
    )
    assert [turn.is_listener for turn in turns_of(version)] == [False, True, True]


def test_join_turns_makes_one_of_two():
    transcript = text_of()
    by = colleague(transcript.partner)
    joined = checking.join_turns(transcript=transcript, base_number=1, index=1, by=by)
    assert [turn.text for turn in turns_of(joined.version)] == [
        f"{LETTER[0][1]} {LETTER[1][1]}",
        LETTER[2][1],
    ]
    with pytest.raises(NotPossibleNow, match="first turn"):
        checking.join_turns(transcript=transcript, base_number=2, index=0, by=by)


def test_take_out_turn_refuses_the_last_one():
    transcript = text_of([("wren", "Hello.")])
    with pytest.raises(NotPossibleNow, match="One turn"):
        checking.take_out_turn(
            transcript=transcript, base_number=1, index=0, by=colleague(transcript.partner)
        )


def flagged(**flag: object) -> Transcript:
    transcript = text_of([("wren", "I walked back. Thank you for watching."), ("wren", "Then home.")])
    turn = Turn.objects.get(version__transcript=transcript, number=1)
    turn.flags = [{"kind": "over_silence", "start_ms": 3000, "end_ms": 8000, **flag}]
    turn.save()
    return transcript


def test_answer_doubt_takes_the_words_out():
    transcript = flagged(start=15, end=38)
    checking.answer_doubt(
        transcript=transcript,
        base_number=1,
        index=0,
        doubt=0,
        was_said=False,
        by=colleague(transcript.partner),
    )
    turn = turns_of(latest(transcript))[0]
    assert turn.text == "I walked back."
    assert turn.flags == []


def test_answer_doubt_about_a_whole_turn_takes_the_turn_out():
    transcript = flagged()
    checking.answer_doubt(
        transcript=transcript,
        base_number=1,
        index=0,
        doubt=0,
        was_said=False,
        by=colleague(transcript.partner),
    )
    assert [turn.text for turn in turns_of(latest(transcript))] == ["Then home."]


def test_answer_doubt_was_said_notes_who_and_makes_no_version():
    transcript = flagged(start=15, end=38)
    by = colleague(transcript.partner)
    checking.answer_doubt(transcript=transcript, base_number=1, index=0, doubt=0, was_said=True, by=by)
    assert latest(transcript).number == 1
    assert turns_of(latest(transcript))[0].flags[0]["kept_by"] == by.pk


def test_restore_version_makes_a_new_one_equal_to_the_old():
    transcript = text_of()
    by = colleague(transcript.partner)
    put_right(transcript, 0, "Other words.", by)
    version = checking.restore_version(transcript=transcript, number=1, by=by)
    assert version.number == 3
    first = RawVersion.objects.get(transcript=transcript, number=1)
    assert version.text == first.text
    assert [t.key for t in turns_of(version)] == [t.key for t in turns_of(first)]


def test_mark_checked_waits_for_every_turn():
    transcript = text_of()
    by = colleague(transcript.partner)
    with pytest.raises(TurnsUnchecked) as refused:
        checking.mark_checked(transcript=transcript, by=by)
    assert refused.value.count == 3
    for index, (_who, words) in enumerate(LETTER):
        put_right(transcript, index, words, by)
    checking.mark_checked(transcript=transcript, by=by)
    assert transcript.state == TranscriptState.CHECKED
    assert transcript.checked_by == by


def test_verify_waits_for_speakers_and_for_somebody_who_heard_it():
    by = UserFactory()
    transcript = text_of([("", "Hello."), ("wren", "Hello.")], state="checked", checked_by=by)
    by = colleague(transcript.partner)
    with pytest.raises(NotHeard):
        checking.verify(transcript=transcript, has_heard=False, by=by)
    with pytest.raises(SpeakersMissing):
        checking.verify(transcript=transcript, has_heard=True, by=by)
    checking.set_remaining_speakers(
        transcript=transcript, base_number=1, speaker=Speaker(is_listener=True), by=by
    )
    checking.verify(transcript=transcript, has_heard=True, by=by)
    assert transcript.state == TranscriptState.VERIFIED
    assert transcript.verified_by == by


def test_verify_refuses_a_draft():
    transcript = text_of(checked_by=UserFactory())
    with pytest.raises(StepNotAllowed):
        checking.verify(transcript=transcript, has_heard=True, by=colleague(transcript.partner))


def test_verified_text_is_closed_until_opened_again():
    transcript = text_of(state="verified", checked_by=UserFactory())
    by = colleague(transcript.partner)
    with pytest.raises(NotPossibleNow, match="Open it again"):
        put_right(transcript, 0, "Mine.", by)
    checking.reopen(transcript=transcript, by=by)
    assert transcript.state == TranscriptState.CHECKED
    put_right(transcript, 0, "Mine.", by)
