"""“Do not share this part”: somebody strikes a stretch of their own words out, in text and sound.

Nobody reads it from the same moment on. For a day it can be taken back; then its passages are removed with
everything made of them, and its sound is silenced for good. The unedited words stay closed, as they are.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actions import record
from enquiries import consent, wishes
from enquiries.models import Contributor, Conversation, Scope
from enquiries.wishes import Wish
from nlp.audio import SoundUnreadable
from nlp.text import carry_span
from transcripts import striking
from transcripts.actions.recalling import call_back_struck
from transcripts.actions.silencing import remove_whole, silence
from transcripts.errors import NotPossibleNow, SoundGone
from transcripts.models import PseudonymisedVersion, Segment, StruckOut, Transcript
from transcripts.models.raw import PseudonymisedFrom, RawVersion, Recording, Turn
from transcripts.replacing import to_new

logger = logging.getLogger(__name__)

# How long somebody can think again. Copies must be gone within a day.
CAN_BE_UNDONE_FOR = timedelta(hours=20)
# Told outside the database too, under this name (`enquiries.wishes`).
STRUCK_OUT = "struck_out"

Span = tuple[int, int]


@transaction.atomic
def strike_out(
    *,
    contributor: Contributor,
    transcript: Transcript,
    version_number: int,
    span: Span,
    span_ms: tuple[int | None, int | None] = (None, None),
    by_helper: bool = False,
) -> StruckOut:
    """Strike out `[start, end)` of a version of the unedited words. The speaker's own act; twice is no error.

    Raises:
        NotPossibleNow: the stretch is not this speaker's, or the text was changed meanwhile.
    """
    # Where they take everything back in this moment, nothing is left of it that a row here could speak of.
    consent.hold([contributor.pk])
    start, end = span
    version = RawVersion.objects.filter(transcript=transcript, number=version_number).first()
    turn = (
        Turn.objects.filter(version=version, contributor=contributor, start__lte=start, end__gte=end).first()
        if version is not None and start < end and _takes_part(contributor, transcript)
        else None
    )
    if turn is None:
        raise NotPossibleNow(_("These words have changed since you opened the page. Open it again."))
    start_ms, end_ms = span_ms
    has_times = start_ms is not None and end_ms is not None and start_ms < end_ms
    row, is_new = StruckOut.objects.get_or_create(
        transcript=transcript,
        version_number=version_number,
        start=start,
        end=end,
        defaults={
            "partner_id": transcript.partner_id,
            "contributor": contributor,
            "start_ms": start_ms if has_times else None,
            "end_ms": end_ms if has_times else None,
            "by_helper": by_helper,
        },
    )
    if is_new:
        hide_everywhere(transcript)
        wish = _told(row, turn.version)
        record(
            "words.struck_out",
            by=None,
            about=transcript,
            struck=row.pk,
            by_helper=by_helper,
            wish=wish.fact(),
        )
    return row


def hide_everywhere(transcript: Transcript) -> None:
    """`hide_in` for every version without names of this text."""
    for text in PseudonymisedVersion.objects.filter(transcript=transcript):
        hide_in(text)


def _told(row: StruckOut, version: RawVersion) -> Wish:
    talk = row.transcript.conversation
    return wishes.tell(
        kind=STRUCK_OUT,
        contributor=row.contributor,
        key=_key(row, version),
        about={
            "conversation": talk.pk,
            "conversation_at": talk.added_at.isoformat(),
            "transcript": row.transcript_id,
            "transcript_at": row.transcript.made_at.isoformat(),
            "version": version.number,
            "version_at": version.made_at.isoformat(),
            "start": row.start,
            "end": row.end,
            "start_ms": row.start_ms,
            "end_ms": row.end_ms,
        },
        said_at=row.struck_at,
    )


def _key(row: StruckOut, version: RawVersion) -> tuple[object, ...]:
    return (row.transcript_id, version.number, version.made_at, row.start, row.end)


def _takes_part(contributor: Contributor, transcript: Transcript) -> bool:
    wave_id = transcript.conversation.wave_id
    return consent.allows(contributor, Scope.TAKE_PART, wave=wave_id)


@transaction.atomic
def share_again(*, struck: StruckOut) -> None:
    """Take a striking-out back while nothing is gone. Quotes that were answered with no stay at no.

    Raises:
        NotPossibleNow: the words and their sound are gone.
    """
    row = StruckOut.objects.select_for_update().filter(pk=struck.pk).first()
    if row is None:
        return
    if row.done_at is not None:
        raise NotPossibleNow(
            _("This part is gone for good by now. Talk with us if you want to say it again.")
        )
    Segment.objects.filter(struck_out=row).update(struck_out=None)
    transcript = row.transcript
    for version in RawVersion.objects.filter(transcript=transcript, number=row.version_number).only(
        "number", "made_at"
    ):
        wishes.say_otherwise(kind=STRUCK_OUT, contributor=row.contributor, key=_key(row, version))
    row.delete()
    hide_everywhere(transcript)
    record("words.shared_again", by=None, about=transcript)


def hide_in(version: PseudonymisedVersion) -> None:
    """Close the passages of a version that lie over something struck out, and what was made of them."""
    rows = list(StruckOut.objects.filter(transcript_id=version.transcript_id))
    if not rows:
        return
    made = PseudonymisedFrom.objects.select_related("raw").filter(pseudonymised=version).first()
    if made is None:
        return
    hidden: list[int] = []
    for row in rows:
        for start, end in _spans_in(row, made.raw):
            over = Segment.objects.filter(
                version=version,
                contributor_id=row.contributor_id,
                start__lt=to_new(end, made.offsets, is_end=True),
                end__gt=to_new(start, made.offsets),
                struck_out=None,
            )
            ids = list(over.values_list("pk", flat=True))
            Segment.objects.filter(pk__in=ids).update(struck_out=row)
            hidden += ids
    if hidden:
        for each in striking.handlers():
            each.hide(hidden)


def _spans_in(row: StruckOut, raw: RawVersion) -> list[Span]:
    """Where a struck-out stretch lies in another version: carried over, or else the speaker's whole turns.

    Better too much than a word that somebody does not share.
    """
    if raw.number == row.version_number:
        return [(row.start, row.end)]
    old = RawVersion.objects.filter(transcript_id=row.transcript_id, number=row.version_number).first()
    if old is not None:
        carried = carry_span(old.text, raw.text, row.start, row.end)
        if carried is not None:
            return [carried]
    turns = Turn.objects.filter(version=raw, contributor_id=row.contributor_id)
    return list(turns.values_list("start", "end"))


def carry_out_due() -> int:
    """Finish what was struck out long enough ago, at the partners whose door is open; gives back how many."""
    before = timezone.now() - CAN_BE_UNDONE_FOR
    due = StruckOut.objects.filter(done_at=None, struck_at__lte=before).order_by("pk")
    # A text that is made anew from the unedited words brings back what was removed: it goes again.
    anew = set(Segment.objects.filter(struck_out__done_at__isnull=False).values_list("struck_out", flat=True))
    for row in StruckOut.objects.filter(pk__in=anew):
        with transaction.atomic():
            _clear(row)
    n = 0
    for pk in list(due.values_list("pk", flat=True)):
        try:
            n += carry_out(pk)
        except Exception:
            # A full disk, or a keyring that is not there now: it comes again, and the others do not wait.
            logger.exception("What was struck out by row %s stays for now", pk)
    return n


def carry_out(pk: int) -> bool:
    """Remove what lies under one struck-out stretch for good; may be killed anywhere and run again."""
    row = StruckOut.objects.select_related("transcript__conversation").filter(pk=pk, done_at=None).first()
    if row is None:
        return False
    silence_times(row.transcript.conversation, row.start_ms, row.end_ms)
    with transaction.atomic():
        held = StruckOut.objects.select_for_update().filter(pk=pk, done_at=None).first()
        if held is None:
            return False
        _clear(held)
        call_back_struck(held)
        held.done_at = timezone.now()
        held.save(update_fields=["done_at"])
        record("words.struck_out_for_good", by=None, about=row.transcript, struck=held.pk)
    return True


def _clear(row: StruckOut) -> None:
    """Passages go with all that was made of them; in texts without names spaces take the place of the words.

    Spaces of the same length, so that every offset of everybody's other words still counts right.
    """
    gone = list(Segment.objects.filter(struck_out=row).values_list("pk", flat=True))
    for each in striking.handlers():
        each.remove(gone)
    Segment.objects.filter(pk__in=gone).delete()
    made = PseudonymisedFrom.objects.filter(pseudonymised__transcript_id=row.transcript_id)
    for way in made.select_related("raw", "pseudonymised"):
        text = way.pseudonymised.text
        for start, end in _spans_in(row, way.raw):
            a, b = to_new(start, way.offsets), to_new(end, way.offsets, is_end=True)
            text = f"{text[:a]}{' ' * (b - a)}{text[b:]}"
        if text != way.pseudonymised.text:
            PseudonymisedVersion.objects.filter(pk=way.pseudonymised_id).update(text=text)


def silence_times(conversation: Conversation, start_ms: int | None, end_ms: int | None) -> int:
    """Write the sound of a conversation anew without this stretch; gives back how many recordings there are.

    Text that was typed has no times, and nothing happens. Makes transactions of its own.
    """
    if start_ms is None or end_ms is None:
        return 0
    recordings = list(Recording.objects.filter(conversation=conversation))
    for recording in recordings:
        try:
            silence(recording=recording, spans=[(start_ms, end_ms)])
        except SoundGone:
            continue
        except SoundUnreadable:
            # No part of it can be taken out, and a browser may still play what we cannot read.
            remove_whole(recording)
    return len(recordings)


def struck_out_of(made: PseudonymisedFrom) -> list[Span]:
    """Stretches of a text without names that its speakers do not share, in order; they may overlap."""
    rows = StruckOut.objects.filter(transcript_id=made.raw.transcript_id)
    return sorted(
        (to_new(start, made.offsets), to_new(end, made.offsets, is_end=True))
        for row in rows
        for start, end in _spans_in(row, made.raw)
    )
