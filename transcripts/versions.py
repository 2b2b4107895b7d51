"""Versions of the raw text: the one in force, its turns as values, the next one."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from transcripts.drafts import TurnDraft, lay_out
from transcripts.errors import NotPossibleNow
from transcripts.models import SourceKind, Transcript
from transcripts.models.raw import RawVersion, TranscriptionRun, Turn
from transcripts.voices import closed_to_machines, may_be_untold


def latest(transcript: Transcript) -> RawVersion:
    """The version in force. Raises NotPossibleNow while there is no text at all, and once it is erased."""
    version = RawVersion.objects.filter(transcript=transcript).order_by("-number").first()
    if version is None and transcript.verified_at is not None:
        raise NotPossibleNow(
            _("The text with names was kept long enough and is erased. It can no longer be changed.")
        )
    if version is None:
        raise NotPossibleNow(_("There are no words here yet. They come when the sound is written down."))
    return version


def turns_of(version: RawVersion) -> list[TurnDraft]:
    """The turns of a version as drafts, in order.

    Without the times and marks of a machine, where somebody does not let one write them down now: what is
    made of such a draft does not carry them on.
    """
    return _as_allowed(version, _turns_of(version))


def _as_allowed(version: RawVersion, drafts: list[TurnDraft]) -> list[TurnDraft]:
    if version.transcript.source != SourceKind.SOUND or not any(_is_timed(each) for each in drafts):
        return drafts
    conversation = version.transcript.conversation
    closed = closed_to_machines(conversation)
    if not closed:
        return drafts
    if conversation.contributors.count() == len(closed):
        return [_without_times(each) for each in drafts]
    is_untold_closed = may_be_untold(conversation, closed)
    return [
        _without_times(each)
        if each.contributor_id in closed or (is_untold_closed and not each.has_speaker)
        else each
        for each in drafts
    ]


def _is_timed(draft: TurnDraft) -> bool:
    return draft.start_ms is not None or bool(draft.words or draft.flags)


def _without_times(draft: TurnDraft) -> TurnDraft:
    return replace(draft, start_ms=None, end_ms=None, words=[], flags=[])


def _turns_of(version: RawVersion) -> list[TurnDraft]:
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


def words_said(version: RawVersion) -> list[TurnDraft]:
    """The turns of a version as `turns_of` gives them, but without word times, marks and checks.

    Enough to tell turns apart, and far quicker for an hour of speech.
    """
    rows = (
        Turn.objects.filter(version=version)
        .order_by("number")
        .values_list("start", "end", "contributor_id", "is_listener", "start_ms")
    )
    drafts = [
        TurnDraft(version.text[start:end], contributor_id, is_listener, start_ms)
        for start, end, contributor_id, is_listener, start_ms in rows
    ]
    return _as_allowed(version, drafts)


def store_version(
    transcript: Transcript,
    drafts: Iterable[TurnDraft],
    *,
    change: str,
    made_by_id: int | None,
    run: TranscriptionRun | None = None,
) -> RawVersion:
    """Write the next raw version of a text with its turns. The transcript's row must be locked or new."""
    text, laid = lay_out(drafts)
    last = RawVersion.objects.filter(transcript=transcript).order_by("-number").first()
    version = RawVersion.objects.create(
        partner_id=transcript.partner_id,
        transcript=transcript,
        number=last.number + 1 if last else 1,
        text=text,
        run=run,
        made_by_id=made_by_id,
        change=change,
    )
    Turn.objects.bulk_create(
        Turn(
            partner_id=transcript.partner_id,
            version=version,
            number=number,
            contributor_id=one.draft.contributor_id,
            is_listener=one.draft.is_listener,
            start=one.start,
            end=one.end,
            start_ms=one.draft.start_ms,
            end_ms=one.draft.end_ms,
            words=one.words,
            flags=one.flags,
            checked_by_id=one.draft.checked_by_id,
        )
        for number, one in enumerate(laid, start=1)
    )
    return version
