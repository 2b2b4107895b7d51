"""The version of the raw text in force, and its turns as values."""

from django.utils.translation import gettext as _

from transcripts.drafts import TurnDraft
from transcripts.errors import NotPossibleNow
from transcripts.models import Transcript
from transcripts.models.raw import RawVersion, Turn


def latest(transcript: Transcript) -> RawVersion:
    """The version in force. Raises NotPossibleNow while there is no text at all."""
    version = RawVersion.objects.filter(transcript=transcript).order_by("-number").first()
    if version is None:
        raise NotPossibleNow(_("There are no words here yet. They come when the sound is written down."))
    return version


def turns_of(version: RawVersion) -> list[TurnDraft]:
    """The turns of a version as drafts, in order."""
    return [
        TurnDraft(
            text=version.text[turn.start : turn.end],
            contributor_id=turn.contributor_id,
            is_listener=turn.is_listener,
            start_ms=turn.start_ms,
            end_ms=turn.end_ms,
            words=[[word[0] - turn.start, word[1] - turn.start, *word[2:]] for word in turn.words],
            flags=[
                {**flag, "start": flag["start"] - turn.start, "end": flag["end"] - turn.start}
                if flag.get("start") is not None
                else {key: value for key, value in flag.items() if key not in ("start", "end")}
                for flag in turn.flags
            ],
            checked_by_id=turn.checked_by_id,
        )
        for turn in Turn.objects.filter(version=version).order_by("number")
    ]
