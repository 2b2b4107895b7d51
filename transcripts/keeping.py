"""The clocks of sound and of texts with names."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from enquiries import consent
from enquiries.dates import months_after
from enquiries.models import Conversation, Enquiry, Scope
from enquiries.retention import Clock, Falling
from transcripts import withdrawal
from transcripts.models import Transcript
from transcripts.models.raw import PseudonymisedFrom, RawVersion, Recording

# What somebody agreed to that needs the sound beyond its months.
HOLDING = (Scope.AUDIO_CLIP, Scope.ARCHIVE_DEPOSIT)


def _falling(
    enquiry: Enquiry, conversations: Iterable[Conversation], months: int, *, is_sound: bool
) -> Iterator[Falling]:
    rows = list(conversations)
    verified = dict(
        Transcript.objects.filter(conversation__in=rows).values_list("conversation_id", "verified_at")
    )
    voices = {row.pk: {who.pk for who in row.contributors.all()} for row in rows}
    pairs = {(who, row.wave_id) for row in rows for who in voices[row.pk]}
    open_now = consent.allowing_each(pairs, HOLDING) if is_sound else {}
    for row in rows:
        concerned = frozenset(voices[row.pk])
        if any((who, row.wave_id) in held for held in open_now.values() for who in concerned):
            sentence = _("kept for a clip or an archive that somebody who spoke agreed to.")
            yield Falling(row, concerned, None, "", sentence)
            continue
        at = verified.get(row.pk)
        if at is None:
            yield Falling(row, concerned, None, "", _("it waits until the text is verified."))
            continue
        on = months_after(timezone.localtime(at).date(), months)
        yield Falling(row, concerned, on, "after_verified")


# --- Sound --------------------------------------------------------------------------------------------


def _sound_falling(enquiry: Enquiry) -> Iterable[Falling]:
    having = Recording.objects.filter(conversation__enquiry=enquiry).values("conversation_id")
    return _falling(enquiry, _conversations(enquiry, having), enquiry.keep_sound_months, is_sound=True)


def _remove_sound(thing: Falling) -> Mapping[str, int]:
    assert isinstance(thing.about, Conversation)
    return withdrawal.remove_sound_of(thing.about)


def _sound_says(enquiry: Enquiry) -> str:
    n = enquiry.keep_sound_months
    months = ngettext("%(n)d month", "%(n)d months", n) % {"n": n}
    return _(
        "%(months)s after its text is verified; longer where somebody agreed to a clip or an archive."
    ) % {"months": months}


# --- Texts with names ---------------------------------------------------------------------------------


def _unedited_falling(enquiry: Enquiry) -> Iterable[Falling]:
    having = RawVersion.objects.filter(transcript__conversation__enquiry=enquiry).values(
        "transcript__conversation_id"
    )
    return _falling(enquiry, _conversations(enquiry, having), enquiry.keep_unedited_months, is_sound=False)


def _remove_unedited(thing: Falling) -> Mapping[str, int]:
    """Take the words with names away; the text without names stays, without the way back to them."""
    assert isinstance(thing.about, Conversation)
    gone: Counter[str] = Counter()
    for transcript in Transcript.objects.select_for_update().filter(conversation=thing.about):
        versions = RawVersion.objects.filter(transcript=transcript)
        PseudonymisedFrom.objects.filter(raw__in=versions).delete()
        for version in versions:
            withdrawal.remove_version(version)
            gone["versions"] += 1
    return gone


def _unedited_says(enquiry: Enquiry) -> str:
    n = enquiry.keep_unedited_months
    return ngettext(
        "%(n)d month after it is verified. The text without names stays.",
        "%(n)d months after it is verified. The text without names stays.",
        n,
    ) % {"n": n}


def _conversations(enquiry: Enquiry, having: object) -> Iterable[Conversation]:
    return (
        Conversation.objects.filter(enquiry=enquiry, pk__in=having)  # type: ignore[misc]
        .prefetch_related("contributors")
        .order_by("pk")
    )


CLOCKS = (
    Clock("sound", _lazy("Sound"), _sound_says, _sound_falling, _remove_sound),
    Clock("unedited", _lazy("Text with names"), _unedited_says, _unedited_falling, _remove_unedited),
)
