"""What this app lets go of when somebody takes a scope back: what stops at once, and the steps of the sweep.

Where several people spoke, what cannot be told apart goes whole (an engine's results, turns of nobody known);
of the rest only this person's turns go. They are overwritten with spaces of the same length,
so that every offset of everybody else's words still counts right.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from django.db.models import Q
from django.utils.translation import gettext as _

from enquiries import consent, work
from enquiries.models import Contributor, Conversation, Scope, Work, WorkState
from transcripts.actions.names import FIND_NAMES
from transcripts.actions.pseudonymising import EMBED_SEGMENTS
from transcripts.actions.recalling import call_back
from transcripts.actions.receiving import LISTEN_THROUGH
from transcripts.actions.transcribing import TRANSCRIBE
from transcripts.models import (
    PseudonymisedVersion,
    Segment,
    SourceKind,
    StruckOut,
    Transcript,
    TranscriptState,
)
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
from transcripts.voices import first_checked
from transcripts.withdrawal_of_sound import (
    is_left_to_others,
    remove_recordings,
    remove_sound,
    silence_in_groups,
)


def at_once(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """What a machine does with this person's sound ends, and texts that were handed over are called back."""
    return {**stop_work(contributor, scopes), **call_back(contributor, scopes)}


def stop_work(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """At once: end what a machine does with this sound; a running task finds its row no longer its own."""
    if not scopes & {Scope.AUDIO_RECORD, Scope.MACHINE_TRANSCRIBE}:
        return {}
    conversations = list(contributor.conversations.values_list("pk", flat=True))
    runs = TranscriptionRun.objects.filter(recording__conversation__in=conversations)
    stopped = _stop(TRANSCRIBE, runs.values_list("pk", flat=True))
    if Scope.AUDIO_RECORD in scopes:
        recordings = Recording.objects.filter(conversation__in=conversations)
        stopped += _stop(LISTEN_THROUGH, recordings.values_list("pk", flat=True))
    return {"stopped": stopped}


def remove_passages(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """`analyse`: this person's passages, with what was measured of them."""
    if not scopes & {Scope.ANALYSE, Scope.TAKE_PART}:
        return {}
    return {"segments": Segment.objects.filter(contributor=contributor).delete()[0]}


def remove_words(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """`take_part`: every version of what this person said; of a group's text only their turns."""
    gone: Counter[str] = Counter()
    if Scope.TAKE_PART in scopes:
        for conversation in contributor.conversations.all():
            _remove_words(conversation, contributor, gone)
    return gone


def remove_machine_draft(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """`machine_transcribe`: what the machine wrote down, and when it heard each word."""
    gone: Counter[str] = Counter()
    if scopes & {Scope.MACHINE_TRANSCRIBE, Scope.AUDIO_RECORD}:
        for conversation in contributor.conversations.all():
            if Scope.AUDIO_RECORD not in scopes and not _has_machines_work(conversation):
                continue
            if _stays_for_others(conversation, contributor, scopes):
                _leave_machine_draft(conversation, contributor, gone)
            else:
                _remove_machine_draft(conversation, gone)
    return gone


def remove_struck_out(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """At `take_part`: which parts they did not share. There are no words left for it to speak of."""
    if Scope.TAKE_PART not in scopes:
        return {}
    return {"struck_out": StruckOut.objects.filter(contributor=contributor).delete()[0]}


STEPS = {
    "silence": silence_in_groups,
    "passages": remove_passages,
    "words": remove_words,
    "struck_out": remove_struck_out,
    "machine_draft": remove_machine_draft,
    "sound": remove_sound,
}


def remove_sound_of(conversation: Conversation) -> Mapping[str, int]:
    """All sound of a conversation with what rests on its times, for a clock that ran out; the words that
    people found right stay. Counts by kind."""
    gone: Counter[str] = Counter()
    _remove_machine_draft(conversation, gone)
    remove_recordings(conversation, gone)
    return {kind: count for kind, count in gone.items() if count}


def _stop(kind: str, about: Iterable[int]) -> int:
    return Work.objects.filter(
        kind=kind,
        about_id__in=list(about),
        state__in=[WorkState.QUEUED, WorkState.RUNNING, WorkState.WAITING],
    ).update(state=WorkState.FAILED, reason=_("This was taken back, so it was stopped. Nothing was kept."))


# --- A machine's draft and its word times -------------------------------------------------------------
def _remove_machine_draft(conversation: Conversation, gone: Counter[str]) -> None:
    runs = TranscriptionRun.objects.filter(recording__conversation=conversation)
    gone["works"] += work.forget(kind=TRANSCRIBE, about=runs.values_list("pk", flat=True))
    gone["pieces"] += Piece.objects.filter(run__in=runs).delete()[0]
    transcript = Transcript.objects.select_for_update().filter(conversation=conversation).first()
    if transcript is not None:
        if transcript.state == TranscriptState.DRAFTED and _is_machines(transcript):
            # Not checked to its end by anyone: all that stands in it is still the machine's.
            _remove_transcript(transcript, gone)
        else:
            _keep_only_what_people_wrote(transcript, gone)
    gone["transcription_runs"] += runs.delete()[0]


def _has_machines_work(conversation: Conversation) -> bool:
    """Whether a machine wrote here; the times of a text that came with times are its writer's."""
    return (
        TranscriptionRun.objects.filter(recording__conversation=conversation).exists()
        or Transcript.objects.filter(conversation=conversation, source=SourceKind.SOUND).exists()
    )


def _stays_for_others(conversation: Conversation, contributor: Contributor, scopes: frozenset[str]) -> bool:
    """Whether somebody else still lets a machine write, and the sound it wrote down does not go whole."""
    others = conversation.contributors.exclude(pk=contributor.pk)
    scope = Scope.MACHINE_TRANSCRIBE
    if not any(consent.allows(each, scope, wave=conversation.wave_id) for each in others):
        return False
    return Scope.AUDIO_RECORD not in scopes or is_left_to_others(conversation, contributor)


def _leave_machine_draft(conversation: Conversation, contributor: Contributor, gone: Counter[str]) -> None:
    """In a group: what the machine wrote of this voice, and of whom nobody told apart. The rest stays.

    The engine's own results hold everybody's words in one text, so they go whole.
    """
    runs = TranscriptionRun.objects.filter(recording__conversation=conversation)
    gone["works"] += work.forget(kind=TRANSCRIBE, about=runs.values_list("pk", flat=True))
    gone["pieces"] += Piece.objects.filter(run__in=runs).delete()[0]
    transcript = Transcript.objects.select_for_update().filter(conversation=conversation).first()
    if transcript is not None:
        versions = list(
            RawVersion.objects.select_for_update().filter(transcript=transcript).order_by("number")
        )
        drafts = _drafts_among(transcript, versions)
        for version in versions:
            if version.pk in drafts:
                _overwrite_turns(version, contributor, gone)
        theirs = Turn.objects.filter(version__in=versions).filter(_may_be(contributor))
        gone["word_times"] += theirs.exclude(words=[]).count()
        theirs.update(words=[], flags=[], start_ms=None, end_ms=None)
        Segment.objects.filter(version__transcript=transcript, contributor=contributor).update(
            start_ms=None, end_ms=None
        )
    used = RawVersion.objects.filter(run__in=runs).values("run_id")
    gone["transcription_runs"] += runs.exclude(pk__in=used).delete()[0]


def _may_be(contributor: Contributor) -> Q:
    """Turns of this voice. Who is not told apart may be this person."""
    return Q(contributor=contributor) | Q(contributor=None, is_listener=False)


def _is_machines(transcript: Transcript) -> bool:
    return RawVersion.objects.filter(transcript=transcript, run__isnull=False).exists()


def _keep_only_what_people_wrote(transcript: Transcript, gone: Counter[str]) -> None:
    versions = list(RawVersion.objects.filter(transcript=transcript).order_by("number"))
    drafts = _drafts_among(transcript, versions)
    for version in versions:
        if version.pk in drafts:
            remove_version(version)
            gone["machine_drafts"] += 1
        elif version.run_id is not None:
            # A person heard it and found it right: it is their text from then on.
            RawVersion.objects.filter(pk=version.pk).update(
                run=None, made_by=transcript.checked_by, change="checked"
            )
    turns = Turn.objects.filter(version__transcript=transcript)
    gone["word_times"] += turns.exclude(words=[]).count()
    turns.update(words=[], flags=[], start_ms=None, end_ms=None)
    Segment.objects.filter(version__transcript=transcript).update(start_ms=None, end_ms=None)


def _drafts_among(transcript: Transcript, versions: list[RawVersion]) -> set[int]:
    """Ids of the versions that are a machine's draft still, though a person may have changed a word in one:
    all while nobody has checked the text to its end, from then on those before the version they found right.
    """
    if not _is_machines(transcript):
        return set()
    if transcript.state == TranscriptState.DRAFTED:
        return {version.pk for version in versions}
    checked = first_checked(transcript)
    return {
        version.pk
        for version in versions
        if (version.run_id is not None or version.number < checked)
        and version.number != checked
        and not _is_needed(version, versions[-1])
    }


def _is_needed(version: RawVersion, newest: RawVersion) -> bool:
    return version.pk == newest.pk or PseudonymisedFrom.objects.filter(raw=version).exists()


# --- Words --------------------------------------------------------------------------------------------
def _remove_words(conversation: Conversation, contributor: Contributor, gone: Counter[str]) -> None:
    transcript = Transcript.objects.select_for_update().filter(conversation=conversation).first()
    if transcript is None:
        return
    if not conversation.contributors.exclude(pk=contributor.pk).exists():
        _remove_transcript(transcript, gone)
        return
    for version in RawVersion.objects.select_for_update().filter(transcript=transcript):
        _overwrite_turns(version, contributor, gone)


def _remove_transcript(transcript: Transcript, gone: Counter[str]) -> None:
    pseudonymised = PseudonymisedVersion.objects.filter(transcript=transcript)
    made = list(pseudonymised.values_list("pk", flat=True))
    gone["works"] += work.forget(kind=EMBED_SEGMENTS, about=made)
    gone["segments"] += Segment.objects.filter(version__in=pseudonymised).delete()[0]
    PseudonymisedFrom.objects.filter(pseudonymised__in=pseudonymised).delete()
    gone["pseudonymised_versions"] += pseudonymised.delete()[0]
    for version in RawVersion.objects.filter(transcript=transcript):
        remove_version(version)
        gone["versions"] += 1
    transcript.delete()
    gone["transcripts"] += 1


def remove_version(version: RawVersion) -> None:
    """One version of a text with names, its turns, and what was found and replaced in it."""
    work.forget(kind=FIND_NAMES, about=[version.pk])
    Replacement.objects.filter(version=version).delete()
    NameFinding.objects.filter(version=version).delete()
    version.delete()


def _overwrite_turns(version: RawVersion, contributor: Contributor, gone: Counter[str]) -> None:
    theirs = Turn.objects.filter(version=version).filter(_may_be(contributor))
    spans = list(theirs.values_list("start", "end"))
    if not spans:
        return
    for start, end in spans:
        inside = Q(version=version, start__gte=start, start__lt=end)
        gone["replacements"] += Replacement.objects.filter(inside).delete()[0]
        gone["name_findings"] += NameFinding.objects.filter(inside).delete()[0]
    RawVersion.objects.filter(pk=version.pk).update(text=overwritten(version.text, spans))
    for made in PseudonymisedFrom.objects.filter(raw=version).select_related("pseudonymised"):
        there = [_carried(start, end, made.offsets) for start, end in spans]
        kept = overwritten(made.pseudonymised.text, there)
        PseudonymisedVersion.objects.filter(pk=made.pseudonymised_id).update(text=kept)
    gone["turns"] += theirs.delete()[0]


def overwritten(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """`text` with each `[start, end)` as spaces; its length and every other offset stay as they were."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _carried(start: int, end: int, offsets: Iterable[Iterable[int]]) -> tuple[int, int]:
    """A raw stretch in the pseudonymised text. A replacement across its edge counts as inside it."""
    new_start, new_end = start, end
    for raw_start, raw_end, made_start, made_end in offsets:
        if raw_end <= start:
            new_start = start + made_end - raw_end
        elif raw_start < start:
            new_start = made_start
        if raw_end <= end:
            new_end = end + made_end - raw_end
        elif raw_start < end:
            new_end = made_end
    return new_start, new_end
