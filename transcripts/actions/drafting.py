"""From what an engine heard to a version of a text: turns, words in their places, marks for a careful ear."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from audit.actions import record
from enquiries.models import Contributor, ConversationKind
from nlp.transcription import (
    FLAG_LOW_CONFIDENCE,
    FLAG_NO_SPEECH,
    FLAG_OVER_SILENCE,
    FLAG_REPEAT,
    TranscribedSegment,
    Transcription,
    join_pieces,
    word_offsets,
)
from transcripts.drafts import UNSURE_BELOW, TurnDraft
from transcripts.errors import NothingHeard, NotToBeReplaced
from transcripts.models import SourceKind, Transcript, TranscriptState
from transcripts.models.raw import RawVersion, Recording, TranscriptionRun, Turn
from transcripts.versions import store_version

# Speakers are not told apart by any machine here. A pause this long often lies where one stops and another
# begins; a person moves the cut where it does not.
TURN_PAUSE_MS = 600
# Nobody checks a wall of words: a long stretch is cut at the end of a sentence, or in the end anywhere.
LONG_TURN_MS = 45_000
LONGEST_TURN_MS = 90_000
_SENTENCE_END = (".", "?", "!", "…", ".”", "?”", "!”", '."', '?"')
LONG_PAUSE = "long_pause"
# Words where no voice was found: the same question for the reader, however the engine noticed it.
_MARK = {
    FLAG_REPEAT: FLAG_REPEAT,
    FLAG_OVER_SILENCE: FLAG_OVER_SILENCE,
    FLAG_NO_SPEECH: FLAG_OVER_SILENCE,
}


def check_may_be_drafted(recording: Recording) -> None:
    """Raise NotToBeReplaced where the conversation's words are more than an untouched machine's draft."""
    transcript = Transcript.objects.filter(conversation_id=recording.conversation_id).first()
    if transcript is None:
        return
    touched = (
        RawVersion.objects.filter(transcript=transcript, made_by__isnull=False).exists()
        or Turn.objects.filter(version__transcript=transcript, checked_by__isnull=False).exists()
    )
    if touched or transcript.state != TranscriptState.DRAFTED:
        raise NotToBeReplaced(
            _(
                "People have already worked on the words of this conversation, so a computer's draft would "
                "not replace them. Correct them where they are checked."
            )
        )


def store_draft(run: TranscriptionRun, pieces: Sequence[Transcription]) -> RawVersion:
    """Keep the joined pieces of a run as the next version of the conversation's text, a draft.

    Call it in the transaction that ends the run.

    Raises:
        NothingHeard: no words in any piece.
        NotToBeReplaced: a person has worked on the text since the run was asked for.
    """
    recording = run.recording
    check_may_be_drafted(recording)
    turns = as_turns(
        [segment for segment in join_pieces(list(pieces)).segments if segment.text.strip()],
        [(start, end) for start, end in recording.pauses],
    )
    if not turns:
        raise NothingHeard
    transcript, _made = Transcript.objects.select_for_update().get_or_create(
        conversation_id=recording.conversation_id,
        defaults={"partner_id": run.partner_id, "source": SourceKind.SOUND},
    )
    check_may_be_drafted(recording)
    speaker = _only_voice(recording)
    if speaker is not None:
        for turn in turns:
            turn["contributor_id"] = speaker.pk
    version = store_version(
        transcript, [TurnDraft(**turn) for turn in turns], change="drafted", run=run, made_by_id=None
    )
    record(
        "transcript.drafted",
        by=None,
        about=transcript,
        run=run.pk,
        version=version.number,
        turns=len(turns),
    )
    return version


def _only_voice(recording: Recording) -> Contributor | None:
    """Who must be speaking: only in a reflection of one person is nobody else in the room."""
    conversation = recording.conversation
    if conversation.kind != ConversationKind.REFLECTION or conversation.listener_id is not None:
        return None
    speakers = list(conversation.contributors.all()[:2])
    return speakers[0] if len(speakers) == 1 else None


def as_turns(
    segments: Sequence[TranscribedSegment], pauses: Sequence[tuple[int, int]] = ()
) -> list[dict[str, Any]]:
    """Group segments into turns, with no word about who speaks.

    Args:
        segments: in order, none empty.
        pauses: `(start_ms, end_ms)` of the long pauses of the recording; each is marked on the turn in
            which it lies or after which it comes.

    Returns:
        For each turn the fields of a `TurnDraft`: text, start_ms, end_ms, words and flags, with offsets in
        code points of the turn's text.
    """
    groups: list[list[TranscribedSegment]] = []
    for segment in segments:
        if groups and not _begins_turn(groups[-1], segment):
            groups[-1].append(segment)
        else:
            groups.append([segment])
    turns = [_turn(group) for group in groups]
    for start_ms, end_ms in pauses:
        before = [turn for turn in turns if turn["start_ms"] <= start_ms]
        if turns:
            turn = before[-1] if before else turns[0]
            turn["flags"].append({"kind": LONG_PAUSE, "start_ms": start_ms, "end_ms": end_ms})
    return turns


def _begins_turn(turn: list[TranscribedSegment], segment: TranscribedSegment) -> bool:
    if segment.start_ms - turn[-1].end_ms >= TURN_PAUSE_MS:
        return True
    if segment.end_ms - turn[0].start_ms > LONGEST_TURN_MS:
        return True
    lasted = turn[-1].end_ms - turn[0].start_ms
    return lasted >= LONG_TURN_MS and turn[-1].text.rstrip().endswith(_SENTENCE_END)


def _turn(group: list[TranscribedSegment]) -> dict[str, Any]:
    text = ""
    words: list[list[Any]] = []
    flags: list[dict[str, Any]] = []
    for segment in group:
        said = segment.text.strip()
        shift = len(segment.text) - len(segment.text.lstrip())
        at = len(text) + 1 if text else 0
        text = f"{text} {said}" if text else said
        placed = [
            [at + start - shift, at + end - shift, word.start_ms, word.end_ms, round(word.confidence, 3)]
            for word, (start, end) in zip(segment.words, word_offsets(segment), strict=True)
        ]
        words += placed
        flags += _marks(segment, placed, at, at + len(said))
    return {
        "text": text,
        "start_ms": group[0].start_ms,
        "end_ms": max(segment.end_ms for segment in group),
        "words": words,
        "flags": flags,
    }


def _marks(
    segment: TranscribedSegment, placed: list[list[Any]], start: int, end: int
) -> list[dict[str, Any]]:
    whole = {"start_ms": segment.start_ms, "end_ms": segment.end_ms, "start": start, "end": end}
    kinds = dict.fromkeys(_MARK[flag] for flag in segment.flags if flag in _MARK)
    marks = [{"kind": kind, **whole} for kind in kinds]
    unsure = _unsure(placed)
    marks += unsure
    if FLAG_LOW_CONFIDENCE in segment.flags and not unsure:
        marks.append({"kind": FLAG_LOW_CONFIDENCE, **whole})
    return marks


def _unsure(placed: list[list[Any]]) -> list[dict[str, Any]]:
    """One mark for each run of neighbouring words of which the engine was unsure."""
    runs: list[dict[str, Any]] = []
    follows = False
    for start, end, start_ms, end_ms, confidence in placed:
        low = confidence < UNSURE_BELOW
        if low and follows:
            runs[-1] |= {"end_ms": end_ms, "end": end}
        elif low:
            runs.append(
                {
                    "kind": FLAG_LOW_CONFIDENCE,
                    "start_ms": start_ms,
                    "end_ms": end_ms,
                    "start": start,
                    "end": end,
                }
            )
        follows = low
    return runs
