"""Whose voice is in a recording or a draft, and so whom the gate is asked about before it is heard or read.

Everybody set down for a conversation is asked, but for two: somebody whose voice was silenced out of a
recording of a group, and somebody whose turns were taken out of a machine's draft. What is left holds nothing
of theirs, and stays open to those who still agree.
"""

from collections.abc import Iterator

from enquiries import consent, keyring, refusals, sweep
from enquiries.errors import ConsentMissing
from enquiries.models import Contributor, Conversation, Scope
from transcripts.models import SourceKind, Transcript, TranscriptState
from transcripts.models.raw import RawVersion, Recording, Turn


# --- Sound --------------------------------------------------------------------------------------------
def is_without(recording: Recording, contributor: Contributor) -> bool:
    """Whether the sound was written anew under a key that this voice has no part in."""
    held_by = keyring.holders_of(recording.stored_as)
    return bool(held_by) and contributor.handle not in held_by


def allows_sound(recording: Recording, scope: str = Scope.AUDIO_RECORD) -> bool:
    """Whether everyone who can be heard in a recording allows `scope` now."""
    return refusal_of_sound(recording, scope) is None


def refusal_of_sound(recording: Recording, scope: str = Scope.AUDIO_RECORD) -> ConsentMissing | None:
    """What `check_sound` would raise; None where it is open. Nothing is written down."""
    conversation = recording.conversation
    heard = _heard_in(recording)
    if not heard:
        return consent.refusal_of_conversation(conversation, scope) or _nobody(conversation, scope)
    found = (consent.refusal(who, scope, wave=conversation.wave_id) for who in heard)
    return next(filter(None, found), None)


def check_sound(recording: Recording, scope: str = Scope.AUDIO_RECORD) -> None:
    """Raise ConsentMissing for the first voice in a recording that does not allow `scope` now.

    Somebody whose voice was silenced out of it is not asked; where that leaves nobody, it is closed.
    """
    conversation = recording.conversation
    heard = _heard_in(recording)
    if not heard:
        consent.check_conversation(conversation, scope)
        refusals.note(refusals.Refusal(conversation, scope, conversation.wave_id))
        raise _nobody(conversation, scope)
    for who in heard:
        consent.check(who, scope, wave=conversation.wave_id)


def _heard_in(recording: Recording) -> list[Contributor]:
    held_by = set(keyring.holders_of(recording.stored_as))
    speakers = list(recording.conversation.contributors.all())
    # Without a key nobody can tell, so everyone is asked.
    return [who for who in speakers if who.handle in held_by] if held_by else speakers


def _nobody(conversation: Conversation, scope: str) -> ConsentMissing:
    return ConsentMissing(scope, str(conversation), Scope(scope).label)


# --- What a machine wrote -----------------------------------------------------------------------------
def check_draft(transcript: Transcript) -> None:
    """Raise ConsentMissing where a text is still a machine's draft, and somebody in it does not allow that.

    A text that a person found right to its end is that person's work, and passes.
    """
    if not is_machines_draft(transcript):
        return
    conversation = transcript.conversation
    for who in _written_down_in(transcript):
        consent.check(who, Scope.MACHINE_TRANSCRIBE, wave=conversation.wave_id)


def is_machines_draft(transcript: Transcript) -> bool:
    """Whether what stands in a text is what a machine wrote, and nobody has checked it to its end."""
    return transcript.source == SourceKind.SOUND and transcript.state == TranscriptState.DRAFTED


def _written_down_in(transcript: Transcript) -> Iterator[Contributor]:
    """Everyone set down, but for those whose part was taken out of the draft of a group before."""
    conversation = transcript.conversation
    speakers = list(conversation.contributors.all())
    closed = closed_to_machines(conversation)
    newest = RawVersion.objects.filter(transcript=transcript).order_by("-number").values("pk")[:1]
    turns: set[tuple[int | None, bool]] = set(
        Turn.objects.filter(version__in=newest).values_list("contributor_id", "is_listener").distinct()
    )
    for who in speakers:
        is_taken_out = (
            who.pk in closed
            and len(closed) < len(speakers)
            and (who.pk, False) not in turns
            and ((None, False) not in turns or is_silenced(conversation, who))
            and not sweep.is_going_on(who)
        )
        if not is_taken_out:
            yield who


def is_silenced(conversation: Conversation, contributor: Contributor) -> bool:
    """Whether this voice was silenced out of every recording there is: no machine hears it any more."""
    recordings = list(Recording.objects.filter(conversation=conversation))
    return bool(recordings) and all(is_without(each, contributor) for each in recordings)


def may_be_untold(conversation: Conversation, closed: set[int]) -> bool:
    """Whether a turn of nobody known may be of one of these, whose voice is in the sound still."""
    voices = conversation.contributors.filter(pk__in=closed)
    return any(not is_silenced(conversation, who) for who in voices)


def closed_to_machines(conversation: Conversation) -> set[int]:
    """Ids of those set down for a conversation who do not let a machine write down what they say, now."""
    speakers = set(conversation.contributors.values_list("pk", flat=True))
    scope = Scope.MACHINE_TRANSCRIBE
    return speakers - consent.allowing(speakers, scope, wave=conversation.wave_id)


def first_checked(transcript: Transcript) -> int:
    """Number of the version that a person found right to its end; 0 where nobody has, or none is known.

    Versions before it are drafts, whoever changed a word in them.
    """
    if transcript.state == TranscriptState.DRAFTED or transcript.checked_at is None:
        return 0
    found = RawVersion.objects.filter(transcript=transcript, made_at__lte=transcript.checked_at)
    return found.order_by("-number").values_list("number", flat=True).first() or 0


def first_readable(transcript: Transcript) -> int:
    """Number of the first version that may be read now: all of them, or those after the machine's drafts."""
    if transcript.source != SourceKind.SOUND or not closed_to_machines(transcript.conversation):
        return 0
    return first_checked(transcript)
