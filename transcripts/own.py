"""What somebody may read and hear of themselves: their own turns, and recordings they speak in alone.

Read through the wall's door for one person. The gate is asked for each conversation, at every call.
"""

import io
import json
import wave
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from enquiries import consent
from enquiries.models import Contributor, Conversation, Scope
from nlp.audio import SAMPLE_RATE, Samples, decode_mono_16k
from nlp.text import split_sentences
from transcripts import store
from transcripts.errors import SoundGone
from transcripts.models import SourceKind, StruckOut, Transcript, TranscriptState
from transcripts.models.raw import Recording, RecordingState, Turn
from transcripts.recordings import sound_file


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a turn: `[start, end)` code points of its version, its words, where it is heard."""

    start: int
    end: int
    text: str
    start_ms: int | None
    end_ms: int | None
    struck: StruckOut | None = None


@dataclass(frozen=True, slots=True)
class OwnTurn:
    """One turn of this person's, with its sentences. `start` counts in the whole text of its version."""

    pk: int
    conversation_id: int
    transcript_id: int
    version_number: int
    start: int
    text: str
    start_ms: int | None
    end_ms: int | None
    is_checked: bool
    sentences: tuple[Sentence, ...]


def own_turns(contributor: Contributor) -> list[OwnTurn]:
    """Their turns of the newest version of each text, in order, where they take part in that round now.

    Of what a machine wrote and nobody checked to its end: only where they let one write down what they say
    now. Of a text that was checked they then see no times.
    """
    mine = Conversation.objects.filter(participations__contributor=contributor)
    talks = list(mine.values_list("pk", "wave_id"))
    pairs = {(contributor.pk, wave_id) for _pk, wave_id in talks}
    open_now = consent.allowing_each(pairs, (Scope.TAKE_PART, Scope.MACHINE_TRANSCRIBE))
    allowed = {pk for pk, wave_id in talks if (contributor.pk, wave_id) in open_now[Scope.TAKE_PART]}
    written = {pk for pk, wave_id in talks if (contributor.pk, wave_id) in open_now[Scope.MACHINE_TRANSCRIBE]}
    # As the person's door shows it: a text that was written down from sound, by what became of it.
    by_machine = dict(
        Transcript.objects.filter(conversation__in=allowed - written, source=SourceKind.SOUND).values_list(
            "conversation_id", "state"
        )
    )
    allowed -= {pk for pk, state in by_machine.items() if state == TranscriptState.DRAFTED}
    struck = list(StruckOut.objects.filter(contributor=contributor))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM own_turns()")
        rows = cursor.fetchall()
    return [_turn(row, struck, has_times=row[1] not in by_machine) for row in rows if row[1] in allowed]


def _turn(row: tuple[Any, ...], struck: list[StruckOut], *, has_times: bool) -> OwnTurn:
    pk, talk, transcript, version, _number, start, text, start_ms, end_ms, words, is_checked = row
    times = json.loads(words) if isinstance(words, str) else words
    if not has_times:
        start_ms = end_ms = None
        times = []
    mine = [each for each in struck if (each.transcript_id, each.version_number) == (transcript, version)]
    return OwnTurn(
        pk=pk,
        conversation_id=talk,
        transcript_id=transcript,
        version_number=version,
        start=start,
        text=text,
        start_ms=start_ms,
        end_ms=end_ms,
        is_checked=bool(is_checked),
        sentences=tuple(
            _sentence(start + a, start + b, text[a:b], times, start_ms, end_ms, mine)
            for a, b in split_sentences(text)
        ),
    )


def _sentence(
    start: int,
    end: int,
    text: str,
    times: list[list[int]],
    turn_start_ms: int | None,
    turn_end_ms: int | None,
    struck: list[StruckOut],
) -> Sentence:
    """Times from its own words; those of the whole turn where no word of it has any."""
    heard = [each for each in times if each[0] < end and each[1] > start and each[2] is not None]
    over = next((each for each in struck if each.start < end and each.end > start), None)
    return Sentence(
        start=start,
        end=end,
        text=text.strip(),
        start_ms=min(each[2] for each in heard) if heard else turn_start_ms,
        end_ms=max(each[3] for each in heard) if heard else turn_end_ms,
        struck=over,
    )


@dataclass(frozen=True, slots=True)
class OwnSound:
    """A recording somebody speaks in. `is_alone`: nobody else is set down as a speaker of it."""

    pk: int
    conversation_id: int
    duration_ms: int
    is_alone: bool


def own_sounds(contributor: Contributor) -> list[OwnSound]:
    """Recordings that can be played, where their round allows recording now. Needs a job's door."""
    return [
        OwnSound(row.pk, row.conversation_id, row.duration_ms, _is_alone(row))
        for row in _own_recordings(contributor)
    ]


def own_recording(contributor: Contributor, pk: int) -> Recording | None:
    """One recording that this person may hear whole: they alone speak in it. Needs a job's door."""
    return next((row for row in _own_recordings(contributor) if row.pk == pk and _is_alone(row)), None)


# A turn longer than this is heard in its first part alone; nobody speaks as long without a pause.
LONGEST_CLIP_MS = 10 * 60 * 1000


def own_clip(contributor: Contributor, turn: OwnTurn) -> bytes | None:
    """The sound of one turn of theirs as a wav, others silent where they speak into it. Needs a job's door.

    Made for this one answer out of the sealed recording, and kept nowhere. None where it has no times, where
    the recording cannot be heard now, or the gate is closed.
    """
    recordings = [row for row in _own_recordings(contributor) if row.conversation_id == turn.conversation_id]
    if turn.start_ms is None or turn.end_ms is None or len(recordings) != 1:
        return None
    file = sound_file(recordings[0])
    if file is None:
        return None
    start, end = turn.start_ms, min(turn.end_ms, turn.start_ms + LONGEST_CLIP_MS)
    others = (
        Turn.objects.filter(
            version__transcript_id=turn.transcript_id,
            version__number=turn.version_number,
            start_ms__lt=end,
            end_ms__gt=start,
        )
        .exclude(pk=turn.pk)
        .values_list("start_ms", "end_ms")
    )
    mute = [(a, b) for a, b in others if a is not None and b is not None]
    with store.source(file.key) as source:
        samples = decode_mono_16k(source, start, end, silenced=mute)
    return _wav(samples)


def _wav(samples: Samples) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((samples.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return out.getvalue()


def _own_recordings(contributor: Contributor) -> list[Recording]:
    rows = (
        Recording.objects.filter(conversation__participations__contributor=contributor)
        .exclude(state=RecordingState.UNREADABLE)
        .select_related("conversation")
        .order_by("pk")
    )
    playable = [row for row in rows if sound_file(row) is not None]
    pairs = {(contributor.pk, row.conversation.wave_id) for row in playable}
    allowed = consent.allowing_pairs(pairs, Scope.AUDIO_RECORD)
    return [row for row in playable if (contributor.pk, row.conversation.wave_id) in allowed]


def _is_alone(recording: Recording) -> bool:
    return recording.conversation.contributors.count() == 1


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A sound file to take home: the recording's id and how its name ends."""

    recording_id: int
    ending: str


_ENDINGS = {
    "audio/webm": "webm",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/flac": "flac",
}


def own_files(contributor: Contributor) -> list[OwnFile]:
    """Recordings this person may take a copy of: those in which they alone speak. Needs a job's door."""
    found = []
    for row in _own_recordings(contributor):
        file = sound_file(row)
        if _is_alone(row) and file is not None:
            found.append(OwnFile(row.pk, _ENDINGS.get(file.content_type.partition(";")[0], "m4a")))
    return found


def blocks_of(
    contributor: Contributor, file: OwnFile, door: Callable[[], AbstractContextManager[object]]
) -> Iterator[bytes]:
    """The sound of one file, decrypted as it is read. The gate is asked anew before its first byte.

    Gives nothing where the recording was taken back since.
    """
    with door():
        recording = own_recording(contributor, file.recording_id)
    found = sound_file(recording) if recording is not None else None
    if found is None:
        return
    try:
        yield from store.open_range(found.key, 0, store.size(found.key))
    except SoundGone:
        return
