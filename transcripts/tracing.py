"""Where this app holds something of somebody, for `enquiries.tracing`."""

from collections.abc import Iterable

from procrastinate.contrib.django.models import ProcrastinateJob

from enquiries.models import Work
from enquiries.tracing import Paths, Place, Whose
from transcripts.actions.names import FIND_NAMES
from transcripts.actions.pseudonymising import EMBED_SEGMENTS
from transcripts.actions.receiving import LISTEN_THROUGH
from transcripts.actions.transcribing import TRANSCRIBE
from transcripts.models import ExportedVoice, PseudonymisedVersion, Segment, StruckOut, Transcript
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

OF_VOICES: Paths = {
    Recording: "conversation__contributors",
    TranscriptionRun: "recording__conversation__contributors",
    Piece: "run__recording__conversation__contributors",
    Transcript: "conversation__contributors",
    RawVersion: "transcript__conversation__contributors",
    Turn: "contributor",
    NameFinding: "version__transcript__conversation__contributors",
    Replacement: "version__transcript__conversation__contributors",
    PseudonymisedVersion: "transcript__conversation__contributors",
    PseudonymisedFrom: "pseudonymised__transcript__conversation__contributors",
    Segment: "contributor",
    StruckOut: "contributor",
    ExportedVoice: "contributor",
}


def files(whose: Whose) -> Iterable[str]:
    """Keys of what lies in the store."""
    for pair in Recording.objects.filter(conversation__contributors__in=whose.voices).values_list(
        "stored_as", "playback_as"
    ):
        yield from filter(None, pair)


def works(whose: Whose) -> Iterable[int]:
    """Long work about their sound and text; the arguments of its jobs name the work and nothing else."""
    voices = list(whose.voices)
    about = {
        LISTEN_THROUGH: Recording.objects.filter(conversation__contributors__in=voices),
        TRANSCRIBE: TranscriptionRun.objects.filter(recording__conversation__contributors__in=voices),
        FIND_NAMES: RawVersion.objects.filter(transcript__conversation__contributors__in=voices),
        EMBED_SEGMENTS: PseudonymisedVersion.objects.filter(
            transcript__conversation__contributors__in=voices
        ),
    }
    for kind, rows in about.items():
        yield from Work.objects.filter(kind=kind, about_id__in=rows.values("pk")).values_list("pk", flat=True)


def jobs(whose: Whose) -> Iterable[int]:
    """Jobs of that work in the queue, those that have ended too."""
    ids = list(works(whose))
    return ProcrastinateJob.objects.filter(args__work_id__in=ids).values_list("pk", flat=True)


PLACES: dict[str, Place] = {"store.file": files, "enquiries.work": works, "queue.job": jobs}
