"""What a conversation waits for, in a sentence, and where that is done."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from enquiries.consent import allowing
from enquiries.models import Conversation, ConversationKind, Scope
from themes.models import ReadingMark
from transcripts.models import TranscriptState
from transcripts.overview import Progress, progress_of


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a list: what is so, where to go on (empty when nothing waits), and for whom it waits."""

    sentence: str
    address: str = ""
    label: str = ""
    for_whom: str = ""
    is_for_reader: bool = True

    @property
    def waits(self) -> bool:
        return bool(self.address)


def steps_of(conversations: Iterable[Conversation], user: User) -> dict[int, Step]:
    """The next step of each conversation, as this user would be told; a constant number of queries.

    `conversations` need `contributors` prefetched.
    """
    rows = list(conversations)
    progress = progress_of(row.pk for row in rows)
    may: dict[tuple[int, str], set[int]] = {}
    for wave_id in {row.wave_id for row in rows}:
        voices = {who.pk for row in rows if row.wave_id == wave_id for who in row.contributors.all()}
        for scope in (Scope.TAKE_PART, Scope.AUDIO_RECORD, Scope.ANALYSE):
            may[wave_id, scope] = allowing(voices, scope, wave=wave_id)
    readers = _readers(row.pk for row in rows)
    return {row.pk: _step(row, progress[row.pk], user, may, readers.get(row.pk, [])) for row in rows}


def _readers(conversation_ids: Iterable[int]) -> dict[int, list[str]]:
    """Names of those who have finished reading each conversation."""
    found: dict[int, list[str]] = {}
    marks = ReadingMark.objects.filter(conversation_id__in=list(conversation_ids)).order_by("finished_at")
    for conversation_id, name in marks.values_list("conversation_id", "reader__name"):
        found.setdefault(conversation_id, []).append(name)
    return found


def _step(
    row: Conversation, now: Progress, user: User, may: dict[tuple[int, str], set[int]], readers: list[str]
) -> Step:
    voices = list(row.contributors.all())
    everyone = _("anyone on the team")

    def all_allow(scope: str) -> bool:
        return bool(voices) and all(who.pk in may[row.wave_id, scope] for who in voices)

    if not all_allow(Scope.TAKE_PART):
        return Step(_("Someone who spoke no longer takes part. Their words are closed."))
    if now.state is None:
        if now.recordings:
            return Step(
                _("The sound is here. It has not been written down yet."),
                reverse("transcripts:recording", args=[row.pk]),
                _("Write it down"),
                everyone,
            )
        if all_allow(Scope.AUDIO_RECORD) and row.kind not in (
            ConversationKind.WRITTEN,
            ConversationKind.MESSAGE,
        ):
            return Step(
                _("Agreed to be recorded. No sound has come in yet."),
                reverse("transcripts:recording", args=[row.pk]),
                _("Add the sound"),
                everyone,
            )
        return Step(
            _("Agreed to take part, not to be recorded. The words can be typed in."),
            reverse("transcripts:typed", args=[row.pk]),
            _("Add the words"),
            everyone,
        )
    if now.state == TranscriptState.DRAFTED:
        return Step(
            _("Words to check."),
            reverse("transcripts:checking", args=[row.pk]),
            _("Check the words"),
            everyone,
        )
    if now.state == TranscriptState.CHECKED:
        return Step(
            _("Checked once. It waits to be verified."),
            reverse("transcripts:checking", args=[row.pk]),
            _("Verify"),
            everyone,
        )
    if now.state == TranscriptState.VERIFIED:
        return _step_of_names(row, now, user, everyone)
    if not all_allow(Scope.ANALYSE) and len(voices) == 1:
        return Step(_("Names taken out. They did not agree to their words being read with others’."))
    return Step(
        _("Ready to read."),
        reverse("themes:reading", args=[row.pk]),
        _("Read"),
        everyone,
        is_for_reader=False,
    )


def _step_of_names(row: Conversation, now: Progress, user: User, everyone: str) -> Step:
    if now.waits_for_sign_off_of is not None:
        mine = now.waits_for_sign_off_of == user.pk
        return Step(
            _("Names are taken out. A second person must sign off."),
            reverse("transcripts:text", args=[row.pk]),
            _("Read and sign off"),
            _("anyone but you") if mine else _("you, or another second reader"),
            is_for_reader=not mine,
        )
    if now.names_to_decide:
        sentence = ngettext(
            "%(n)d name or place to decide.", "%(n)d names and places to decide.", now.names_to_decide
        ) % {"n": now.names_to_decide}
    elif now.names_were_sought:
        sentence = _("All names are decided. The text without names can be made.")
    else:
        sentence = _("Verified. Names can be taken out.")
    return Step(sentence, reverse("transcripts:names", args=[row.pk]), _("Take names out"), everyone)
