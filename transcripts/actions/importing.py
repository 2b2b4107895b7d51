"""Words that were typed come in: a transcript made elsewhere, or a reflective note."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent
from enquiries.models import Contributor, Conversation, Scope
from transcripts.drafts import TurnDraft
from transcripts.errors import AlreadyWritten, TypedTextRefused
from transcripts.models import SourceKind, Transcript, TranscriptState
from transcripts.states import move
from transcripts.versions import store_version


@dataclass(frozen=True)
class TypedTurn:
    """What one speaker said in one go.

    Attributes:
        speaker: the contributor; None for a listener.
        text: kept code point for code point; nothing is normalised, trimmed or joined.
        start_ms, end_ms: from the start of the recording, where the text came with times.
    """

    speaker: Contributor | None
    text: str
    start_ms: int | None = None
    end_ms: int | None = None


@transaction.atomic
def import_turns(
    *,
    conversation: Conversation,
    turns: Sequence[TypedTurn],
    by: User,
    source: str = SourceKind.TYPED,
    checked: bool = False,
) -> Transcript:
    """Keep typed words as the first version of a conversation's text.

    Args:
        source: what kind of text it is; a reflective note comes in as `note`, by the coach who wrote it.
        checked: whether `by` has read it against the source already; the text is then `checked`.

    Raises:
        NotYours, ConsentMissing: nothing was kept.
        AlreadyWritten: the conversation has words already; they are as they were.
        TypedTextRefused: no words at all, a speaker who is not of this conversation, or a character that
            no text may hold.
    """
    # A coach brings in nothing but their own reflection, which they have just set down themselves.
    is_own_note = source == SourceKind.NOTE and conversation.added_by_id == by.pk
    wanted = ("note.give", "transcript.import") if is_own_note else ("transcript.import",)
    check(by, wanted, conversation.partner_id)
    consent.hold_conversation(conversation)
    consent.check_conversation(conversation, Scope.TAKE_PART)
    # One at a time: of two people who send at once, the second is told.
    Conversation.objects.select_for_update(of=("self",)).get(pk=conversation.pk)
    if Transcript.objects.filter(conversation=conversation).exists():
        raise AlreadyWritten
    said = [turn for turn in turns if turn.text.strip()]
    if not said:
        raise TypedTextRefused(_("There are no words in this text. Nothing was kept."))
    _check_speakers(conversation, said)
    _check_characters(said)
    transcript = Transcript.objects.create(
        partner_id=conversation.partner_id, conversation=conversation, source=source
    )
    version = store_version(
        transcript,
        [
            TurnDraft(
                text=turn.text,
                contributor_id=turn.speaker.pk if turn.speaker else None,
                is_listener=turn.speaker is None,
                start_ms=turn.start_ms,
                end_ms=turn.end_ms,
                checked_by_id=by.pk if checked else None,
            )
            for turn in said
        ],
        change="typed",
        made_by_id=by.pk,
    )
    record(
        "transcript.typed",
        by=by,
        about=transcript,
        conversation=conversation.pk,
        version=version.number,
        turns=len(said),
        source=str(source),
    )
    if checked:
        move(transcript, TranscriptState.CHECKED, by=by)
    return transcript


def _check_speakers(conversation: Conversation, turns: Sequence[TypedTurn]) -> None:
    known = set(conversation.participations.values_list("contributor_id", flat=True))
    for number, turn in enumerate(turns, start=1):
        if turn.speaker is not None and turn.speaker.pk not in known:
            raise TypedTextRefused(
                _(
                    "Turn %(number)s is said by somebody who is not set down for this conversation. "
                    "Add them to it first. Nothing was kept."
                )
                % {"number": number}
            )


def _check_characters(turns: Sequence[TypedTurn]) -> None:
    for number, turn in enumerate(turns, start=1):
        # Half of a surrogate pair, or the zero character: neither can be stored as text.
        if "\x00" in turn.text or any("\ud800" <= letter <= "\udfff" for letter in turn.text):
            raise TypedTextRefused(
                _(
                    "Turn %(number)s holds a broken character that cannot be kept. "
                    "Save the text again as UTF-8 and send it once more. Nothing was kept."
                )
                % {"number": number}
            )
