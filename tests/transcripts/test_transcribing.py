"""A machine writes a recording down: piece by piece, stopped by the gate, ended by a draft."""

import itertools
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.files import File

from accounts.errors import NotYours
from accounts.models import User
from audit.models import Event
from enquiries import work
from enquiries.errors import ConsentMissing
from enquiries.models import Scope, Work, WorkState
from nlp.audio import Piece as Stretch
from nlp.transcription import EngineProcess, TranscribedSegment, Word
from tests.factories.accounts import colleague
from tests.factories.enquiries import ConversationFactory, take_back
from tests.factories.transcripts import RecordingFactory, TranscriptFactory
from tests.fakes.nlp_checkpoints import planted_checkpoint
from tests.paths import sample
from tests.transcripts import sounds
from transcripts.actions import receive_recording, request_transcription
from transcripts.actions import transcribing as transcribing_module
from transcripts.actions.drafting import as_turns
from transcripts.errors import NotToBeReplaced
from transcripts.models import Transcript, TranscriptState
from transcripts.models.raw import Piece, RawVersion, Recording, TranscriptionRun, Turn

pytestmark = pytest.mark.django_db

SAID = [
    (200, 2000, "They sent me to another desk 🙂."),
    (2100, 3800, "And then the cafe\u0301 closed."),
    (8000, 9800, "So I walked back."),
]


@pytest.fixture
def script(settings: Any, tmp_path: Path) -> Path:
    path = sounds.script(tmp_path / "script.json", SAID)
    settings.WHISPER_ENGINE, settings.WHISPER_MODEL = "fake", str(path)
    return path


@pytest.fixture
def recording() -> Recording:
    data = sounds.wav(sounds.tones((4000, True), (4000, False), (2000, True)))
    return RecordingFactory(data=data, duration_ms=10_000, pauses=[[4000, 8000]])


@pytest.fixture
def researcher(recording: Recording) -> User:
    return colleague(recording.partner)


def state_of(asked: Work) -> tuple[str, str]:
    asked.refresh_from_db()
    return asked.state, asked.reason


# --- The way to a draft -------------------------------------------------------------------------------
def test_a_recording_becomes_a_draft_with_turns_words_and_times(
    recording: Recording, researcher: User, script: Path, run_jobs: Any
) -> None:
    asked = request_transcription(recording=recording, by=researcher, language="en")
    assert (asked.state, asked.queue, asked.unit) == (WorkState.QUEUED, "transcription", "ms")
    run_jobs("transcription")

    assert state_of(asked) == (WorkState.FINISHED, "")
    transcript = Transcript.objects.get(conversation=recording.conversation)
    assert (transcript.state, transcript.source) == (TranscriptState.DRAFTED, "sound")
    version = RawVersion.objects.get(transcript=transcript)
    assert (version.number, version.change, version.made_by) == (1, "drafted", None)
    first, second = Turn.objects.filter(version=version)
    assert version.text[first.start : first.end] == f"{SAID[0][2]} {SAID[1][2]}"
    assert version.text[second.start : second.end] == SAID[2][2]
    assert (first.start_ms, first.end_ms, second.start_ms) == (200, 3800, 8000)
    assert {(turn.contributor_id, turn.is_listener) for turn in (first, second)} == {(None, False)}
    words = [version.text[start:end] for start, end, *_times in first.words]
    assert words == f"{SAID[0][2]} {SAID[1][2]}".split()
    assert {"kind": "long_pause", "start_ms": 4000, "end_ms": 8000} in first.flags
    run = TranscriptionRun.objects.get()
    assert (run.engine, run.model_name, run.heard_language) == ("scripted", "script.json", "en")
    assert run.finished_at is not None
    assert Event.objects.filter(action="transcript.drafted", object_id=str(transcript.pk)).exists()


def test_an_hour_is_cut_into_pieces_of_at_most_ten_minutes_stored_one_by_one(
    researcher: User, recording: Recording, script: Path, run_jobs: Any
) -> None:
    minutes = 24
    data = sounds.wav(sounds.tones(*[(58_000, True), (2000, False)] * minutes))
    long = RecordingFactory(data=data, duration_ms=minutes * 60_000, conversation=recording.conversation)
    sounds.script(script, [(m * 60_000 + 1000, m * 60_000 + 3000, f"Minute {m}.") for m in range(minutes)])
    asked = request_transcription(recording=long, by=researcher)
    run_jobs("transcription")

    assert state_of(asked) == (WorkState.FINISHED, "")
    pieces = list(Piece.objects.order_by("number"))
    assert len(pieces) == 3
    assert pieces[0].start_ms == 0
    assert pieces[-1].end_ms == minutes * 60_000
    for earlier, later in itertools.pairwise(pieces):
        assert earlier.end_ms == later.start_ms
    assert all(piece.end_ms - piece.start_ms <= 600_000 for piece in pieces)
    assert all(piece.finished_at is not None for piece in pieces)
    said = RawVersion.objects.get().text
    assert all(f"Minute {minute}." in said for minute in range(minutes))


def test_the_only_voice_of_a_reflection_is_set_as_speaker(
    researcher: User, script: Path, run_jobs: Any
) -> None:
    conversation = ConversationFactory(kind="reflection")
    recording = RecordingFactory(
        conversation=conversation, data=sounds.wav(sounds.talk(10_000)), duration_ms=10_000
    )
    request_transcription(recording=recording, by=colleague(conversation.partner))
    run_jobs("transcription")
    assert set(Turn.objects.values_list("contributor", flat=True)) == {conversation.contributors.get().pk}


def test_a_second_press_gives_back_the_run_that_is_going_on(
    recording: Recording, researcher: User, script: Path
) -> None:
    first = request_transcription(recording=recording, by=researcher)
    again = request_transcription(recording=recording, by=researcher)
    assert first == again
    assert TranscriptionRun.objects.count() == 1


def test_transcribing_again_makes_the_next_version_of_an_untouched_draft(
    recording: Recording, researcher: User, script: Path, run_jobs: Any
) -> None:
    request_transcription(recording=recording, by=researcher)
    run_jobs("transcription")
    sounds.script(script, [(200, 2000, "They sent me to another place.")])
    request_transcription(recording=recording, by=researcher)
    run_jobs("transcription")
    assert list(RawVersion.objects.values_list("number", "change")) == [(1, "drafted"), (2, "drafted")]
    assert TranscriptionRun.objects.count() == 2


@pytest.mark.parametrize("how", ["typed", "checked turn", "state"])
def test_words_that_people_worked_on_are_not_replaced(
    recording: Recording, researcher: User, script: Path, how: str
) -> None:
    transcript = TranscriptFactory(
        conversation=recording.conversation, turns__machine=how != "typed", checked=how == "state"
    )
    if how == "checked turn":
        Turn.objects.filter(version__transcript=transcript, number=1).update(checked_by=researcher)
    with pytest.raises(NotToBeReplaced, match="already worked on"):
        request_transcription(recording=recording, by=researcher)


def test_a_stranger_may_not_ask(recording: Recording, script: Path) -> None:
    with pytest.raises(NotYours):
        request_transcription(recording=recording, by=colleague(ConversationFactory().partner))


# --- What is missing ----------------------------------------------------------------------------------
def test_missing_weights_wait_and_say_which_file_and_the_recording_stays(
    recording: Recording, researcher: User, settings: Any, tmp_path: Path, run_jobs: Any
) -> None:
    missing = tmp_path / "small.pt"
    settings.WHISPER_ENGINE, settings.WHISPER_MODEL = "whisper", str(missing)
    asked = request_transcription(recording=recording, by=researcher)
    run_jobs("transcription")

    state, reason = state_of(asked)
    assert state == WorkState.WAITING
    assert str(missing) in reason
    assert "make models" in reason
    assert Recording.objects.filter(pk=recording.pk).exists()
    assert not Transcript.objects.exists()


def test_transcribe_again_works_once_the_missing_file_is_there(
    recording: Recording, researcher: User, settings: Any, tmp_path: Path, run_jobs: Any
) -> None:
    path = tmp_path / "later.json"
    settings.WHISPER_ENGINE, settings.WHISPER_MODEL = "fake", str(path)
    asked = request_transcription(recording=recording, by=researcher)
    run_jobs("transcription")
    assert state_of(asked)[0] == WorkState.WAITING

    sounds.script(path, SAID)
    assert request_transcription(recording=recording, by=researcher) == asked
    run_jobs("transcription")
    assert state_of(asked)[0] == WorkState.FINISHED
    assert TranscriptionRun.objects.count() == 1


def test_a_recording_without_words_says_so(
    recording: Recording, researcher: User, script: Path, run_jobs: Any
) -> None:
    sounds.script(script, [(60_000, 61_000, "Long after the end.")])
    asked = request_transcription(recording=recording, by=researcher)
    run_jobs("transcription")
    state, reason = state_of(asked)
    assert (state, "heard no words" in reason) == (WorkState.FAILED, True)
    assert not Transcript.objects.exists()


def test_sound_that_is_gone_says_so(
    recording: Recording, researcher: User, script: Path, run_jobs: Any
) -> None:
    from transcripts import store

    asked = request_transcription(recording=recording, by=researcher)
    store.remove(recording.stored_as)
    run_jobs("transcription")
    assert state_of(asked) == (WorkState.FAILED, "This sound is no longer here.")


def test_an_unforeseen_fault_is_told_without_its_text(
    recording: Recording, researcher: User, script: Path, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("something Wren said")

    monkeypatch.setattr(transcribing_module, "cut_at_pauses", fall)
    asked = request_transcription(recording=recording, by=researcher)
    run_jobs("transcription")
    state, reason = state_of(asked)
    assert (state, "Try again" in reason, "Wren" in reason) == (WorkState.FAILED, True, False)


# --- The gate -----------------------------------------------------------------------------------------
def test_without_consent_to_a_machine_nothing_is_queued(
    recording: Recording, researcher: User, script: Path
) -> None:
    take_back(recording.conversation.contributors.get(), "machine_transcribe")
    with pytest.raises(ConsentMissing, match="machine_transcribe"):
        request_transcription(recording=recording, by=researcher)
    assert not Work.objects.exists()


def test_consent_taken_back_before_the_worker_starts_stops_it(
    recording: Recording, researcher: User, script: Path, run_jobs: Any
) -> None:
    asked = request_transcription(recording=recording, by=researcher)
    take_back(recording.conversation.contributors.get(), "machine_transcribe")
    run_jobs("transcription")
    state, reason = state_of(asked)
    assert (state, "machine_transcribe" in reason) == (WorkState.FAILED, True)
    assert not Piece.objects.exists()


def test_consent_taken_back_in_the_middle_drops_what_was_heard(
    recording: Recording, researcher: User, script: Path, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        transcribing_module, "cut_at_pauses", lambda _envelope: [Stretch(0, 5000), Stretch(5000, 10_000)]
    )
    heard = EngineProcess.transcribe

    def transcribe(self: EngineProcess, path: object, piece: Stretch, **more: Any) -> Any:
        if piece.start_ms == 5000:
            assert Piece.objects.filter(result__isnull=False).count() == 1
            take_back(recording.conversation.contributors.get(), Scope.MACHINE_TRANSCRIBE)
        return heard(self, path, piece, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(EngineProcess, "transcribe", transcribe)
    asked = request_transcription(recording=recording, by=researcher)
    run_jobs("transcription")

    state, reason = state_of(asked)
    assert (state, "machine_transcribe" in reason) == (WorkState.FAILED, True)
    assert not Piece.objects.exists()
    assert not Transcript.objects.exists()
    stopped = Event.objects.get(action="transcription.stopped")
    assert stopped.detail == {"scope": "machine_transcribe", "pieces_dropped": 1}


# --- Twice, and cut short -----------------------------------------------------------------------------
def test_a_restart_goes_on_with_the_pieces_that_lack_a_result(
    recording: Recording, researcher: User, script: Path, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cuts = [Stretch(0, 3900), Stretch(3900, 7000), Stretch(7000, 10_000)]
    monkeypatch.setattr(transcribing_module, "cut_at_pauses", lambda _envelope: cuts)
    heard: list[int] = []
    transcribe = EngineProcess.transcribe

    def killed_at_the_second(self: EngineProcess, path: object, piece: Stretch, **more: Any) -> Any:
        heard.append(piece.start_ms)
        if len(heard) == 2:
            raise KeyboardInterrupt
        return transcribe(self, path, piece, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(EngineProcess, "transcribe", killed_at_the_second)
    asked = request_transcription(recording=recording, by=researcher)
    with pytest.raises(KeyboardInterrupt):
        transcribing_module.run_transcription(asked.pk)
    assert Piece.objects.filter(result__isnull=False).count() == 1

    Work.objects.filter(pk=asked.pk).update(state=WorkState.QUEUED)  # as the rescue does
    transcribing_module.run_transcription(asked.pk)
    assert state_of(asked)[0] == WorkState.FINISHED
    assert heard == [0, 3900, 3900, 7000]
    assert RawVersion.objects.count() == 1


def test_a_worker_that_was_given_up_for_dead_stores_nothing_more(
    recording: Recording, researcher: User, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = request_transcription(recording=recording, by=researcher)
    transcribe = EngineProcess.transcribe

    def taken_over_meanwhile(self: EngineProcess, *args: Any, **more: Any) -> Any:
        result = transcribe(self, *args, **more)
        Work.objects.filter(pk=asked.pk).update(state=WorkState.QUEUED)
        assert work.claim(asked.pk) is not None
        return result

    monkeypatch.setattr(EngineProcess, "transcribe", taken_over_meanwhile)
    transcribing_module.run_transcription(asked.pk)
    assert state_of(asked) == (WorkState.RUNNING, "")
    assert not Piece.objects.filter(result__isnull=False).exists()
    assert not Transcript.objects.exists()


def test_a_finished_run_does_nothing_when_its_task_runs_again(
    recording: Recording, researcher: User, script: Path, run_jobs: Any
) -> None:
    asked = request_transcription(recording=recording, by=researcher)
    run_jobs("transcription")
    transcribing_module.run_transcription(asked.pk)
    assert RawVersion.objects.count() == 1


# --- Turns --------------------------------------------------------------------------------------------
def heard(
    start: int, end: int, text: str, *, flags: tuple[str, ...] = (), sure: float = 0.9
) -> TranscribedSegment:
    words = text.split()
    share = (end - start) // max(1, len(words))
    return TranscribedSegment(
        start,
        end,
        text,
        0.9,
        flags,
        tuple(Word(start + n * share, start + (n + 1) * share, word, sure) for n, word in enumerate(words)),
    )


def test_a_pause_begins_a_turn_and_a_breath_does_not() -> None:
    turns = as_turns([heard(0, 1000, "One"), heard(1400, 3000, "two."), heard(3700, 5000, "Three.")])
    assert [turn["text"] for turn in turns] == ["One two.", "Three."]


def test_a_long_stretch_is_cut_at_the_end_of_a_sentence() -> None:
    segments = [heard(n * 5000, n * 5000 + 5000, f"Part {n}" + ("." if n % 2 else ",")) for n in range(20)]
    turns = as_turns(segments)
    assert all(turn["end_ms"] - turn["start_ms"] <= 90_000 for turn in turns)
    assert all(turn["text"].endswith(".") for turn in turns[:-1])


def test_marks_tell_unsure_words_apart_and_join_neighbours() -> None:
    words = (Word(0, 100, "from", 0.9), Word(100, 200, "the", 0.3), Word(200, 300, "counsel", 0.2))
    (turn,) = as_turns([TranscribedSegment(0, 300, " from the counsel", 0.4, ("low_confidence",), words)])
    assert turn["text"] == "from the counsel"
    assert turn["flags"] == [
        {"kind": "low_confidence", "start_ms": 100, "end_ms": 300, "start": 5, "end": 16}
    ]


def test_marks_of_repeats_and_words_over_silence_span_their_segment() -> None:
    (turn,) = as_turns(
        [
            heard(0, 1000, "I walked."),
            heard(1000, 2000, "Thank you.", flags=("repeat", "over_silence", "no_speech")),
        ]
    )
    assert [(flag["kind"], turn["text"][flag["start"] : flag["end"]]) for flag in turn["flags"]] == [
        ("repeat", "Thank you."),
        ("over_silence", "Thank you."),
    ]


def test_no_segments_make_no_turns() -> None:
    assert as_turns([], [(0, 4000)]) == []


@pytest.mark.slow
# Whisper leaves its vocabulary open when the checkpoint is made; the engine itself runs in a child.
@pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_the_real_engine_writes_down_a_real_recording_and_all_of_it_is_kept(
    settings: Any, tmp_path: Path, run_jobs: Any
) -> None:
    said = [(0.0, 3.0, " And so my fellow"), (3.0, 6.0, " Americans ask")]
    weights = planted_checkpoint(tmp_path / "planted.pt", said=said)
    settings.WHISPER_ENGINE, settings.WHISPER_MODEL = "whisper", str(weights)
    conversation = ConversationFactory()
    researcher = colleague(conversation.partner)
    with sample("jfk.flac").open("rb") as file:
        kept = receive_recording(conversation=conversation, upload=File(file), by=researcher)
    asked = request_transcription(recording=kept, by=researcher, language="en")
    run_jobs()

    assert state_of(asked) == (WorkState.FINISHED, "")
    kept.refresh_from_db()
    assert kept.playback_as
    run = TranscriptionRun.objects.get()
    assert (run.engine, run.model_name) == ("whisper", "planted.pt")
    assert run.code_version.startswith("openai-whisper 20")
    version = RawVersion.objects.get()
    assert version.text.startswith("And so my fellow")
    for turn in Turn.objects.all():
        times = [(start_ms, end_ms) for _start, _end, start_ms, end_ms, _sure in turn.words]
        assert times == sorted(times)
        assert all(0 <= start <= end <= kept.duration_ms for start, end in times)
        words = [version.text[start:end] for start, end, *_rest in turn.words]
        assert " ".join(words) == version.text[turn.start : turn.end]


@pytest.mark.slow
def test_the_heart_beats_while_a_piece_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from transcripts.actions import heartbeat

    beats = threading.Semaphore(0)
    monkeypatch.setattr(heartbeat, "BEAT_S", 0.01)
    monkeypatch.setattr(heartbeat.work, "progress", lambda *_args, **_more: beats.release())
    with heartbeat.Heartbeat(Work(pk=1, done=3, total=9)) as heart:
        for _beat in range(4):
            assert beats.acquire(timeout=60), "It stopped beating."
    assert not heart._thread.is_alive()


def test_an_engine_ends_with_its_task(
    recording: Recording, researcher: User, script: Path, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids: list[int] = []
    enter = EngineProcess.__enter__

    def remembered(self: EngineProcess) -> EngineProcess:
        entered = enter(self)
        assert self.pid is not None
        pids.append(self.pid)
        return entered

    monkeypatch.setattr(EngineProcess, "__enter__", remembered)
    request_transcription(recording=recording, by=researcher)
    run_jobs("transcription")
    assert len(pids) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
