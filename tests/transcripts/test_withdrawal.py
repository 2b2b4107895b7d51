"""What goes when somebody takes a scope back, and that nothing of anybody else goes with it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from enquiries.consent import resting_on
from enquiries.models import Contributor, Conversation, Scope, Work, WorkState
from enquiries.withdrawal import at_once_handlers, steps
from tests.factories.accounts import UserFactory, colleague
from tests.factories.enquiries import ContributorFactory, ConversationFactory, EnquiryFactory
from tests.factories.transcripts import RecordingFactory, TranscriptFactory, raw_version, stored
from tests.sweeping import let_go
from tests.transcripts import sounds
from transcripts.actions import request_transcription
from transcripts.models import PseudonymisedVersion, Segment, Transcript
from transcripts.models.raw import (
    NameFinding,
    Piece,
    PseudonymisedFrom,
    RawVersion,
    Recording,
    Replacement,
    TranscriptionRun,
    Turn,
)
from transcripts.withdrawal import STEPS, at_once, overwritten, stop_work

pytestmark = pytest.mark.django_db
CANARY = "the green kettle of Wainscot Row"


@pytest.fixture
def wren() -> Contributor:
    return ContributorFactory(agreed=True)


@pytest.fixture
def conversation(wren: Contributor) -> Conversation:
    return ConversationFactory(enquiry=wren.enquiry, contributors=[wren])


@pytest.fixture
def take() -> Callable[[Contributor, str], dict[str, int]]:
    def taken(who: Contributor, scope: str) -> dict[str, int]:
        return let_go("transcripts", who, resting_on(scope))

    return taken


def files(settings: Any) -> list[Path]:
    return [path for path in Path(settings.STORE_DIR).rglob("*") if path.is_file()]


def a_name(version: RawVersion, start: int, by: User) -> NameFinding:
    finding = NameFinding.objects.create(
        partner=version.partner,
        version=version,
        start=start,
        end=start + 4,
        text=version.text[start : start + 4],
        kind="person",
        score=0.9,
        why="test",
        offered="[name]",
    )
    Replacement.objects.create(
        partner=version.partner,
        version=version,
        finding=finding,
        start=start,
        end=start + 4,
        original=finding.text,
        replacement="[name]",
        decision="accepted",
        decided_by=by,
    )
    return finding


def everything(conversation: Conversation, **more: Any) -> Transcript:
    """A conversation all the way to passages, with a recording, a copy of it and a machine's draft."""
    RecordingFactory(conversation=conversation, playback_as=stored(b"copy"))
    transcript: Transcript = TranscriptFactory(
        conversation=conversation, pseudonymised=True, turns__machine=True, **more
    )
    a_name(RawVersion.objects.get(transcript=transcript), 0, UserFactory())
    run = TranscriptionRun.objects.get()
    Piece.objects.create(
        partner=run.partner, run=run, number=1, start_ms=0, end_ms=9, result={"segments": [CANARY]}
    )
    return transcript


def test_this_app_is_in_the_register() -> None:
    assert ("transcripts", at_once) in at_once_handlers()
    assert {f"transcripts.{name}" for name in STEPS} <= {name for name, _step in steps()}


def test_taking_part_taken_back_leaves_no_word_no_sound_and_no_file(
    conversation: Conversation, wren: Contributor, take: Any, settings: Any
) -> None:
    everything(conversation, turns=[(wren, f"It was {CANARY}."), (None, "Yes?")])
    gone = take(wren, Scope.TAKE_PART)

    for model in (
        Recording,
        TranscriptionRun,
        Piece,
        Transcript,
        RawVersion,
        Turn,
        NameFinding,
        Replacement,
        PseudonymisedVersion,
        PseudonymisedFrom,
        Segment,
    ):
        assert not model.objects.exists(), model
    assert files(settings) == []
    assert gone["files"] == 2
    assert (gone["recordings"], gone["transcripts"], gone["segments"]) == (1, 1, 1)


def test_sound_taken_back_leaves_the_words_people_wrote(
    conversation: Conversation, wren: Contributor, take: Any, settings: Any
) -> None:
    transcript = everything(conversation)
    mine = raw_version(transcript, [(wren, "What I corrected."), (None, "Yes?")])
    Turn.objects.filter(version=mine).update(words=[[0, 4, 0, 900, 0.5]], start_ms=0, end_ms=900)
    take(wren, Scope.AUDIO_RECORD)

    assert not Recording.objects.exists()
    assert not TranscriptionRun.objects.exists()
    assert files(settings) == []
    # The machine's own version was the one names were taken out of: a person had found it right.
    assert set(RawVersion.objects.values_list("run", flat=True)) == {None}
    assert Segment.objects.exists()
    assert {(str(turn.words), turn.start_ms) for turn in Turn.objects.all()} == {("[]", None)}


def test_a_machines_draft_goes_and_the_sound_stays(
    conversation: Conversation, wren: Contributor, take: Any, settings: Any
) -> None:
    RecordingFactory(conversation=conversation)
    TranscriptFactory(conversation=conversation, turns__machine=True)
    take(wren, Scope.MACHINE_TRANSCRIBE)
    assert Recording.objects.exists()
    assert len(files(settings)) == 1
    assert not Transcript.objects.exists()
    assert not TranscriptionRun.objects.exists()


def test_an_older_machines_draft_goes_from_under_a_checked_text(
    conversation: Conversation, wren: Contributor, take: Any
) -> None:
    transcript = TranscriptFactory(conversation=conversation, checked=True, turns__machine=True)
    a_name(RawVersion.objects.get(), 0, UserFactory())
    raw_version(transcript, [(wren, "What I corrected.")])
    take(wren, Scope.MACHINE_TRANSCRIBE)
    assert list(RawVersion.objects.values_list("number", "text")) == [(2, "What I corrected.")]


def test_typed_words_stay_when_only_the_sound_is_taken_back(
    conversation: Conversation, wren: Contributor, take: Any
) -> None:
    TranscriptFactory(conversation=conversation)
    take(wren, Scope.AUDIO_RECORD)
    assert RawVersion.objects.get().text.startswith("They sent me")


def test_making_sense_taken_back_removes_passages_and_keeps_the_text(
    conversation: Conversation, wren: Contributor, take: Any
) -> None:
    everything(conversation)
    take(wren, Scope.ANALYSE)
    assert not Segment.objects.exists()
    assert PseudonymisedVersion.objects.exists()
    assert Recording.objects.exists()


@pytest.mark.parametrize("scope", [Scope.QUOTE_WORDS, Scope.LINK_COACHING, Scope.CONTACT_AGAIN])
def test_other_scopes_change_nothing_here(
    conversation: Conversation, wren: Contributor, take: Any, scope: str
) -> None:
    everything(conversation)
    assert take(wren, scope) == {}


def test_in_a_group_only_their_words_go_and_every_other_offset_still_holds(
    wren: Contributor, take: Any, settings: Any
) -> None:
    heron = ContributorFactory(enquiry=wren.enquiry, agreed=True)
    conversation = ConversationFactory(enquiry=wren.enquiry, contributors=[wren, heron], kind="group")
    said = [
        (heron, "I had a key 🙂."),
        (wren, f"I had {CANARY}."),
        (None, "And then?"),
        (heron, "Then it rained."),
    ]
    RecordingFactory(conversation=conversation)
    transcript = TranscriptFactory(conversation=conversation, pseudonymised=True, turns=said)
    raw = RawVersion.objects.get()
    theirs = Turn.objects.get(version=raw, contributor=wren)
    a_name(raw, theirs.start, UserFactory())
    kept = a_name(raw, 0, UserFactory())
    take(wren, Scope.TAKE_PART)

    raw.refresh_from_db()
    made = PseudonymisedVersion.objects.get(transcript=transcript)
    for text in (raw.text, made.text):
        assert CANARY not in text
        assert len(text) == len("\n\n".join(words for _who, words in said))
    for turn in Turn.objects.filter(version=raw):
        assert raw.text[turn.start : turn.end] in {words for _who, words in said}
    for passage in Segment.objects.all():
        assert made.text[passage.start : passage.end] == passage.text
        assert passage.contributor == heron
    assert list(NameFinding.objects.all()) == [kept]
    assert not Recording.objects.exists()
    assert files(settings) == []


def test_in_a_group_a_turn_of_nobody_known_goes_too(wren: Contributor, take: Any) -> None:
    heron = ContributorFactory(enquiry=wren.enquiry, agreed=True)
    conversation = ConversationFactory(enquiry=wren.enquiry, contributors=[wren, heron], kind="group")
    TranscriptFactory(conversation=conversation, checked=True, turns=[(heron, "Mine."), (wren, CANARY)])
    Turn.objects.filter(contributor=wren).update(contributor=None)
    take(wren, Scope.TAKE_PART)
    assert CANARY not in RawVersion.objects.get().text


def test_the_pseudonymised_words_of_a_group_go_where_replacements_moved_them(
    wren: Contributor, take: Any
) -> None:
    heron = ContributorFactory(enquiry=wren.enquiry, agreed=True)
    conversation = ConversationFactory(enquiry=wren.enquiry, contributors=[wren, heron], kind="group")
    said = [(heron, "Jo rang."), (wren, f"Jo saw {CANARY}."), (heron, "Jo left.")]
    TranscriptFactory(conversation=conversation, pseudonymised=True, turns=said)
    made = PseudonymisedVersion.objects.get()
    offsets, text, at = [], "", 0
    raw = RawVersion.objects.get().text
    for found in [n for n in range(len(raw)) if raw.startswith("Jo", n)]:
        text += raw[at:found]
        offsets.append([found, found + 2, len(text), len(text) + 8])
        text, at = text + "[sister]", found + 2
    PseudonymisedVersion.objects.filter(pk=made.pk).update(text=text + raw[at:])
    PseudonymisedFrom.objects.update(offsets=offsets)
    take(wren, Scope.TAKE_PART)
    made.refresh_from_db()
    assert made.text.split() == ["[sister]", "rang.", "[sister]", "left."]
    assert made.text.startswith("[sister] rang.\n\n ")
    assert made.text.endswith(" \n\n[sister] left.")


def test_queued_work_is_stopped(
    conversation: Conversation, wren: Contributor, take: Any, settings: Any, tmp_path: Path
) -> None:
    settings.WHISPER_MODEL = str(sounds.script(tmp_path / "s.json", [(0, 900, "Here.")]))
    recording = RecordingFactory(conversation=conversation)
    asked = request_transcription(recording=recording, by=colleague(conversation.partner))
    stop_work(wren, resting_on(Scope.MACHINE_TRANSCRIBE))
    asked.refresh_from_db()
    assert (asked.state, "taken back" in asked.reason) == (WorkState.FAILED, True)
    assert ProcrastinateJob.objects.filter(args__work_id=asked.pk).exists()

    take(wren, Scope.MACHINE_TRANSCRIBE)
    assert not Work.objects.filter(pk=asked.pk).exists()
    assert not ProcrastinateJob.objects.filter(args__work_id=asked.pk).exists()


def test_the_other_conversations_of_others_are_left_alone(
    conversation: Conversation, wren: Contributor, take: Any, settings: Any
) -> None:
    other = ConversationFactory(enquiry=EnquiryFactory())
    everything(other)
    take(wren, Scope.TAKE_PART)
    assert Transcript.objects.count() == 1
    assert len(files(settings)) == 2
    assert not Work.objects.exists()


def test_overwriting_keeps_the_length_in_code_points() -> None:
    assert overwritten("a🙂b e\u0301 c", [(1, 2), (4, 6)]) == "a b    c"
