"""Reading recordings: whose they are, how they are shown, and where the sound of a text lies."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.permissions import partners_where
from enquiries.models import Conversation, Work
from nlp.audio import PLAYBACK_CONTENT_TYPE
from transcripts import waveform
from transcripts.actions.receiving import LISTEN_THROUGH
from transcripts.actions.transcribing import latest_run
from transcripts.models import Transcript
from transcripts.models.raw import RawVersion, Recording, RecordingState, TranscriptionRun
from transcripts.voices import allows_sound

# Told by the container we found, never by the sender. What browsers cannot play is copied for them.
_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "mov": "audio/mp4",
    "mp4": "audio/mp4",
    "m4a": "audio/mp4",
    "matroska": "audio/webm",
    "webm": "audio/webm",
    "aac": "audio/aac",
}


def recordings_for(user: User, action: str = "recording.hear") -> QuerySet[Recording]:
    """Recordings at the partners where the user may do `action` to them."""
    return Recording.objects.filter(partner_id__in=partners_where(user, action)).select_related(
        "conversation__enquiry", "conversation__wave"
    )


def get_recording(user: User, pk: int, action: str = "recording.hear") -> Recording:
    """The recording, for somebody who may do `action` to it, or Http404: missing and forbidden alike."""
    found = recordings_for(user, action).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def recordings_of(conversation: Conversation) -> list[Recording]:
    """All recordings of a conversation, the first received first."""
    return list(Recording.objects.filter(conversation=conversation).select_related("conversation__enquiry"))


def open_recordings(conversation: Conversation) -> list[Recording]:
    """Recordings that may be heard now: everyone who can be heard in each allows it."""
    return [each for each in recordings_of(conversation) if allows_sound(each)]


def recording_of(transcript: Transcript) -> Recording | None:
    """The recording a text was written down from; where it was typed, the conversation's only recording.

    None where there is none, or where several could be meant.
    """
    run = (
        TranscriptionRun.objects.filter(
            pk__in=RawVersion.objects.filter(transcript=transcript, run__isnull=False).values("run_id")
        )
        .select_related("recording__conversation")
        .order_by("-pk")
        .first()
    )
    if run is not None:
        return run.recording
    found = recordings_of(transcript.conversation)
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class SoundFile:
    """Which stored file a browser is given."""

    key: str
    content_type: str


def sound_file(recording: Recording) -> SoundFile | None:
    """The copy made for browsers, or else the file as it came where browsers play that; None until then."""
    if recording.playback_as:
        return SoundFile(recording.playback_as, PLAYBACK_CONTENT_TYPE)
    kind = _TYPES.get(recording.container)
    if kind is None or recording.state == RecordingState.UNREADABLE:
        return None
    return SoundFile(recording.stored_as, kind)


@dataclass(frozen=True)
class Strip:
    """What `components/listen.html` shows: a player with the wave of one recording."""

    pk: int
    address: str
    duration_ms: int
    duration: str
    wave: waveform.Wave
    flags: str
    noticed: str


def strip(recording: Recording, marks: Iterable[tuple[str, int]] = ()) -> Strip | None:
    """The listening strip of a recording, or None where it cannot be played yet.

    Args:
        marks: `(kind, start_ms)` of the flags of its text. They are drawn under the wave and counted in
            words; without any, the long pauses of the recording are.
    """
    if sound_file(recording) is None:
        return None
    found = list(marks) or [("long_pause", start) for start, _end in recording.pauses]
    return Strip(
        pk=recording.pk,
        address=reverse("transcripts:sound", args=[recording.pk]),
        duration_ms=recording.duration_ms,
        duration=waveform.clock(recording.duration_ms),
        wave=waveform.draw(recording.peaks),
        flags=waveform.flags((ms for _kind, ms in found), recording.duration_ms),
        noticed=noticed([kind for kind, _ms in found]),
    )


def noticed(kinds: Sequence[str]) -> str:
    """What to listen to with care, in words: "2 long pauses, 9 unsure words, 1 repeat". Empty for nothing."""
    pauses, unsure = kinds.count("long_pause"), kinds.count("low_confidence")
    repeats, quiet = kinds.count("repeat"), kinds.count("over_silence")
    said = []
    if pauses:
        said.append(ngettext("%(n)d long pause", "%(n)d long pauses", pauses) % {"n": pauses})
    if unsure:
        said.append(ngettext("%(n)d unsure word", "%(n)d unsure words", unsure) % {"n": unsure})
    if repeats:
        said.append(ngettext("%(n)d repeat", "%(n)d repeats", repeats) % {"n": repeats})
    if quiet:
        said.append(
            ngettext("words in %(n)d quiet place", "words in %(n)d quiet places", quiet) % {"n": quiet}
        )
    return ", ".join(said)


@dataclass(frozen=True)
class Standing:
    """One recording as its page shows it.

    Attributes:
        listening: the work that listens through it; None once that is done.
        writing: the last transcription asked for, whatever became of it.
        about: length, kind and time of arrival in a sentence.
    """

    recording: Recording
    strip: Strip | None
    listening: Work | None
    writing: Work | None
    about: str


def standing(recording: Recording) -> Standing:
    """Where a recording stands: what can be heard, what is going on, what is missing."""
    listening = Work.objects.filter(kind=LISTEN_THROUGH, about_id=recording.pk).first()
    run = latest_run(recording)
    return Standing(
        recording=recording,
        strip=strip(recording) if recording.peaks else None,
        listening=listening if listening is not None and listening.state != "finished" else None,
        writing=run.work if run is not None else None,
        about=_about(recording),
    )


def _about(recording: Recording) -> str:
    kind = recording.container.upper() if recording.container != "mov" else "MP4"
    facts = {"length": waveform.clock(recording.duration_ms), "kind": kind}
    if recording.has_video:
        return _("%(length)s of sound from a %(kind)s video. The pictures are not used.") % facts
    return _("%(length)s of sound, %(kind)s.") % facts
