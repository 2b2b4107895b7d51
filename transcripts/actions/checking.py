"""Hearing and putting right what a computer, or a person, wrote down.

A version of the text never changes: other words or another speaker make the next version. Two kinds of mark
are kept on the turns of the version in force and do make none, since they change nothing anybody said: that a
person found the turn right, and that a doubt of the computer was answered.

Several people may work on one text. An act on a turn names the version it was read in; it is refused as
stale only when that very turn was changed since.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record, record_look
from enquiries import consent
from enquiries.models import Contributor, Scope
from transcripts import drafts, states
from transcripts.actions.names import request_names
from transcripts.drafts import TurnDraft
from transcripts.errors import (
    NotHeard,
    NotPossibleNow,
    SpeakersMissing,
    StaleVersion,
    TurnsUnchecked,
)
from transcripts.models import Transcript, TranscriptState
from transcripts.models.raw import RawVersion, Turn
from transcripts.versions import latest, store_version, turns_of, words_said
from transcripts.voices import check_draft, first_readable, is_machines_draft

OPEN_TO_CHANGE = frozenset({TranscriptState.DRAFTED, TranscriptState.CHECKED})


@dataclass(frozen=True)
class Speaker:
    """Who is set down as speaking: a contributor, the listener (`is_listener`), or nobody yet."""

    contributor_id: int | None = None
    is_listener: bool = False


@dataclass(frozen=True)
class Corrected:
    """What a correction came to: the version in force, and where in it the turn stands now."""

    version: RawVersion
    indexes: range


@transaction.atomic
def save_turns(
    *,
    transcript: Transcript,
    base_number: int,
    turns: Sequence[TurnDraft],
    by: User,
    change: str = "corrected",
) -> RawVersion:
    """Store all turns as the next version.

    Args:
        base_number: the version they were made from; it must still be the one in force.
        change: kind of step, a word for the log: corrected, speaker set, split, joined, taken out, restored.

    Raises:
        StaleVersion: there is a newer version. NotPossibleNow: the text is verified, or no turn is left.
        ConsentMissing: somebody in the conversation no longer takes part. NotYours: the role is missing.
    """
    held = _hold(transcript, by)
    if latest(held).number != base_number:
        raise StaleVersion(latest(held).number)
    return _store(held, turns, by, change)


@transaction.atomic
def correct_turn(
    *,
    transcript: Transcript,
    base_number: int,
    index: int,
    text: str,
    speaker: Speaker,
    is_right: bool,
    by: User,
) -> Corrected:
    """Put one turn right: its words, its speaker, and whether it is right now.

    Args:
        index: place of the turn in version `base_number`, from 0.
        text: the words as they should stand; an empty line in them starts a turn of its own.
        is_right: True marks the turn as checked by the acting user; False leaves it to be checked when
            anything was changed.

    Raises:
        StaleVersion: somebody else changed this turn. See `save_turns` for the others.
    """
    held = _hold(transcript, by)
    version, turns, at = _find(held, base_number, index)
    _check_speaker(held, speaker)
    before = turns[at]
    tidied = drafts.tidy(text)
    if not tidied:
        raise NotPossibleNow(_("The turn is empty. Write the words, or take the whole turn out."))
    spoken = replace(before, contributor_id=speaker.contributor_id, is_listener=speaker.is_listener)
    if tidied == drafts.tidy(before.text):
        # Line ends and spaces that a browser changed on the way are nobody's correction.
        after, tidied = [spoken], before.text
    else:
        after = drafts.split_at_empty_lines(drafts.rewritten(spoken, tidied))
    if [turn.key for turn in after] == [before.key]:
        if is_right:
            _mark(version, at, by)
        return Corrected(version, range(at, at + 1))
    checked_by_id = by.pk if is_right else None
    turns[at : at + 1] = [replace(turn, checked_by_id=checked_by_id) for turn in after]
    was_split, was_rewritten = len(after) > 1, before.text != tidied
    change = "split" if was_split else "corrected" if was_rewritten else "speaker_set"
    stored = _store(held, turns, by, change)
    return Corrected(stored, range(at, at + len(after)))


@transaction.atomic
def set_speaker(
    *, transcript: Transcript, base_number: int, index: int, speaker: Speaker, by: User
) -> Corrected:
    """Say who spoke a turn. Whether the words were checked stays as it was. Raises as `correct_turn` does."""
    held = _hold(transcript, by)
    version, turns, at = _find(held, base_number, index)
    _check_speaker(held, speaker)
    after = replace(turns[at], contributor_id=speaker.contributor_id, is_listener=speaker.is_listener)
    if after.key == turns[at].key:
        return Corrected(version, range(at, at + 1))
    turns[at] = after
    return Corrected(_store(held, turns, by, "speaker_set"), range(at, at + 1))


@transaction.atomic
def set_remaining_speakers(
    *, transcript: Transcript, base_number: int, speaker: Speaker, by: User
) -> RawVersion:
    """Say who spoke every turn that has no speaker yet. Raises as `save_turns` does."""
    held = _hold(transcript, by)
    if latest(held).number != base_number:
        raise StaleVersion(latest(held).number)
    _check_speaker(held, speaker)
    turns = turns_of(latest(held))
    if all(turn.has_speaker for turn in turns):
        raise NotPossibleNow(_("Every turn has a speaker already. Nothing was changed."))
    turns = [
        turn
        if turn.has_speaker
        else replace(turn, contributor_id=speaker.contributor_id, is_listener=speaker.is_listener)
        for turn in turns
    ]
    return _store(held, turns, by, "speaker_set")


@transaction.atomic
def check_turn(*, transcript: Transcript, base_number: int, index: int, by: User) -> Corrected:
    """Say that a turn is right as it stands. Makes no new version. Raises as `correct_turn` does."""
    held = _hold(transcript, by)
    version, _turns, at = _find(held, base_number, index)
    _mark(version, at, by)
    return Corrected(version, range(at, at + 1))


@transaction.atomic
def join_turns(*, transcript: Transcript, base_number: int, index: int, by: User) -> Corrected:
    """Make one turn of a turn and the one before it. Raises as `correct_turn` does."""
    held = _hold(transcript, by)
    _version, turns, at = _find(held, base_number, index)
    if at == 0:
        raise NotPossibleNow(_("This is the first turn. There is none before it to join it with."))
    turns[at - 1 : at + 1] = [drafts.joined(turns[at - 1], turns[at])]
    return Corrected(_store(held, turns, by, "joined"), range(at - 1, at))


@transaction.atomic
def take_out_turn(*, transcript: Transcript, base_number: int, index: int, by: User) -> Corrected:
    """Take a whole turn out that was never said. Raises as `correct_turn` does."""
    held = _hold(transcript, by)
    _version, turns, at = _find(held, base_number, index)
    del turns[at]
    return Corrected(_store(held, turns, by, "taken_out"), range(at, at))


@transaction.atomic
def answer_doubt(
    *, transcript: Transcript, base_number: int, index: int, doubt: int, was_said: bool, by: User
) -> Corrected:
    """Answer one of the computer's doubts about a turn: the words were said, or they come out.

    Args:
        doubt: place of the doubt among the turn's `flags`, from 0.
        was_said: True keeps the words and notes who said so; False takes the words of the doubt out, and the
            whole turn when nothing else is in it.

    Raises:
        As `correct_turn` does; NotPossibleNow when the doubt was answered meanwhile.
    """
    held = _hold(transcript, by)
    version, turns, at = _find(held, base_number, index)
    turn = turns[at]
    if doubt >= len(turn.flags):
        raise NotPossibleNow(_("This was answered already. Nothing was changed."))
    flag = turn.flags[doubt]
    if was_said:
        row = Turn.objects.get(version=version, number=_numbers(version)[at])
        row.flags[doubt] = {**row.flags[doubt], "kept_by": by.pk}
        row.save(update_fields=["flags"])
        record("transcript.doubt_answered", by=by, about=held, version=version.number, turn=at + 1)
        return Corrected(version, range(at, at + 1))
    others = [each for place, each in enumerate(turn.flags) if place != doubt]
    after = drafts.without(
        replace(turn, flags=others, checked_by_id=None),
        flag.get("start", 0),
        flag.get("end", len(turn.text)),
    )
    turns[at : at + 1] = [after] if after.text else []
    stored = _store(held, turns, by, "taken_out")
    return Corrected(stored, range(at, at + (1 if after.text else 0)))


@transaction.atomic
def restore_version(*, transcript: Transcript, number: int, by: User) -> RawVersion:
    """Make the next version equal to an earlier one, with its marks. The ones between stay in the log.

    Raises:
        NotPossibleNow: there is no such version, or it is the one in force. See `save_turns` for the others.
    """
    held = _hold(transcript, by)
    earlier = RawVersion.objects.filter(
        transcript=held, number=number, number__gte=first_readable(held)
    ).first()
    current = latest(held)
    if earlier is None or earlier.number == current.number:
        raise NotPossibleNow(_("Choose an earlier version than the one you see now."))
    return _store(held, turns_of(earlier), by, "restored")


@transaction.atomic
def mark_checked(*, transcript: Transcript, by: User) -> None:
    """All turns are right: the text goes from draft to checked.

    Raises:
        TurnsUnchecked: some are left, with their number. NotPossibleNow: it is not a draft.
    """
    held = _hold(transcript, by)
    _all_turns_checked(held)
    states.move(held, TranscriptState.CHECKED, by=by)
    record("transcript.checked", by=by, about=held, version=latest(held).number)
    transcript.refresh_from_db()


@transaction.atomic
def verify(*, transcript: Transcript, has_heard: bool, by: User) -> None:
    """A person stands for the whole text: it goes from checked to verified, and names are looked for.

    It may be the same person who checked the turns; who it was is kept for both.

    Args:
        has_heard: the person says that they heard the sound through, or read a typed text through.

    Raises:
        NotHeard, TurnsUnchecked, SpeakersMissing: what is left to do. NotPossibleNow: it is not checked yet.
    """
    held = _hold(transcript, by)
    if not has_heard:
        raise NotHeard(_("Say first that you have gone through the whole text yourself."))
    _all_turns_checked(held)
    nobody = Turn.objects.filter(version=latest(held), contributor=None, is_listener=False).count()
    if nobody:
        raise SpeakersMissing(nobody)
    states.move(held, TranscriptState.VERIFIED, by=by)
    record("transcript.verified", by=by, about=held, version=latest(held).number)
    request_names(transcript=held, by=by)
    transcript.refresh_from_db()


@transaction.atomic
def reopen(*, transcript: Transcript, by: User) -> None:
    """Open a verified text again to put it right: it goes back to checked, and is verified anew.

    What was signed off stays in use until the next one is.

    Raises:
        ConsentMissing: somebody in the conversation no longer takes part.
        NotPossibleNow: it is open already, or its text with names is erased.
    """
    check(by, "transcript.check", transcript)
    rows = Transcript.objects.select_for_update(of=("self",)).select_related("conversation")
    held = rows.get(pk=transcript.pk)
    consent.check_conversation(held.conversation, Scope.TAKE_PART)
    came_from = held.state
    if held.state in OPEN_TO_CHANGE:
        raise NotPossibleNow(_("This text is open already. Put it right where the words are checked."))
    latest(held)
    states.move(held, TranscriptState.CHECKED, by=by)
    record("transcript.reopened", by=by, about=held, came_from=str(came_from))
    transcript.refresh_from_db()


def note_read(*, transcript: Transcript, version: RawVersion, by: User, why: str) -> None:
    """Set down that the acting user is shown the unedited words; `why` is the page's purpose, one word."""
    record_look("transcript.read", by=by, about=transcript, why=why, version=version.number)


def _hold(transcript: Transcript, by: User) -> Transcript:
    """The row, locked against others until this transaction ends, if it may be changed by this user now."""
    check(by, "transcript.check", transcript)
    held = (
        Transcript.objects.select_for_update(of=("self",))
        .select_related("conversation")
        .get(pk=transcript.pk)
    )
    consent.check_conversation(held.conversation, Scope.TAKE_PART)
    check_draft(held)
    if held.state not in OPEN_TO_CHANGE:
        raise NotPossibleNow(
            _("This text is verified. Open it again first if something has to be put right.")
        )
    return held


def _find(held: Transcript, base_number: int, index: int) -> tuple[RawVersion, list[TurnDraft], int]:
    """The version in force, its turns, and the place in it of a turn that was read in another version."""
    current = latest(held)
    turns = turns_of(current)
    if base_number == current.number:
        if not 0 <= index < len(turns):
            raise NotPossibleNow(_("There is no such turn. Open the page again."))
        return current, turns, index
    base = RawVersion.objects.filter(transcript=held, number=base_number).first()
    if base is None:
        raise StaleVersion(current.number)
    read = words_said(base)
    if not 0 <= index < len(read):
        raise NotPossibleNow(_("There is no such turn. Open the page again."))
    found, _range = drafts.where_now(read, turns, index)
    if found is None:
        raise StaleVersion(current.number)
    return current, turns, found


def _check_speaker(held: Transcript, speaker: Speaker) -> None:
    if speaker.contributor_id is None:
        return
    contributor = Contributor.objects.filter(
        pk=speaker.contributor_id, participations__conversation=held.conversation_id
    ).first()
    if contributor is None:
        raise NotPossibleNow(_("This person is not set down for this conversation. Add them there first."))
    # In a machine's draft, words set down for somebody are that machine's words of theirs.
    scope = Scope.MACHINE_TRANSCRIBE if is_machines_draft(held) else Scope.TAKE_PART
    consent.check(contributor, scope, wave=held.conversation.wave_id)


def _store(held: Transcript, turns: Sequence[TurnDraft], by: User, change: str) -> RawVersion:
    if not turns:
        raise NotPossibleNow(_("One turn must be left. A text without words cannot be checked."))
    version = store_version(held, turns, change=change, made_by_id=by.pk)
    record("transcript.corrected", by=by, about=held, version=version.number, change=change)
    return version


def _numbers(version: RawVersion) -> list[int]:
    return list(Turn.objects.filter(version=version).order_by("number").values_list("number", flat=True))


def _mark(version: RawVersion, at: int, by: User) -> None:
    number = _numbers(version)[at]
    Turn.objects.filter(version=version, number=number).update(checked_by=by)
    record("transcript.turn_checked", by=by, about=version.transcript, version=version.number, turn=at + 1)


def _all_turns_checked(held: Transcript) -> None:
    version = latest(held)
    left = Turn.objects.filter(version=version, checked_by=None).count()
    if left:
        raise TurnsUnchecked(left)
