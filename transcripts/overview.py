"""How far each conversation's words have come, for lists: a constant number of queries, no words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from transcripts.models import PseudonymisedVersion, Transcript, TranscriptState
from transcripts.models.raw import NameFinding, RawVersion, Recording, RecordingState, Replacement


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one conversation's words are.

    Attributes:
        recordings: how many readable or newly received recordings there are.
        state: of the transcript; None when there is no text yet.
        names_to_decide: offers nobody has answered yet, on the newest raw version that has offers.
        waits_for_sign_off_of: id of the user who made the unsigned pseudonymised version, if there is one.
    """

    recordings: int = 0
    state: str | None = None
    transcript_id: int | None = None
    names_to_decide: int = 0
    names_were_sought: bool = False
    waits_for_sign_off_of: int | None = None


def progress_of(conversation_ids: Iterable[int]) -> dict[int, Progress]:
    """Progress by conversation id; a conversation with nothing yet gets an empty one."""
    ids = list(conversation_ids)
    recordings = dict(
        Recording.objects.filter(conversation_id__in=ids)
        .exclude(state=RecordingState.UNREADABLE)
        .values_list("conversation_id")
        .annotate(n=Count("pk"))
    )
    transcripts = {t.conversation_id: t for t in Transcript.objects.filter(conversation_id__in=ids)}
    newest = (
        RawVersion.objects.filter(transcript=OuterRef("version__transcript"))
        .order_by("-number")
        .values("pk")[:1]
    )
    found = NameFinding.objects.filter(
        version__transcript__conversation_id__in=ids, version_id=Subquery(newest)
    )
    # A find inside a stretch that is taken out is decided with it.
    answered = Replacement.objects.filter(version=OuterRef("version")).filter(
        Q(start=OuterRef("start"), end=OuterRef("end"))
        | Q(start__lt=OuterRef("end"), end__gt=OuterRef("start")) & ~Q(replacement="")
    )
    open_names = dict(
        found.filter(~Exists(answered)).values_list("version__transcript_id").annotate(n=Count("pk"))
    )
    sought = set(found.values_list("version__transcript_id", flat=True))
    unsigned = dict(
        PseudonymisedVersion.objects.filter(transcript__conversation_id__in=ids, signed_off_by=None)
        .order_by("number")
        .values_list("transcript_id", "made_by_id")
    )
    result = {}
    for pk in ids:
        text = transcripts.get(pk)
        is_waiting = text is not None and text.state == TranscriptState.VERIFIED and text.pk in unsigned
        result[pk] = Progress(
            recordings=recordings.get(pk, 0),
            state=text.state if text else None,
            transcript_id=text.pk if text else None,
            names_to_decide=open_names.get(text.pk, 0) if text else 0,
            names_were_sought=bool(text and text.pk in sought),
            waits_for_sign_off_of=unsigned[text.pk] if text and is_waiting else None,
        )
    return result
