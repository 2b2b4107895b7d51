"""Which passages may be read now, and the stretches of words inside them.

Offsets are code points of the passage's text; a browser counts in UTF-16 units, and `from_browser` is the
one place where the two meet.
"""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from enquiries import consent
from enquiries.models import Conversation, Enquiry, Scope
from nlp.text import utf16_to_codepoint
from themes.errors import PassageClosed, StretchUnknown
from transcripts.models import PseudonymisedVersion, Segment
from transcripts.selectors import segments_for_analysis, segments_of


def open_passages(enquiry: Enquiry) -> QuerySet[Segment]:
    """Passages of the enquiry that may be read, tagged and grouped at this moment, in order.

    Of each text the newest version that a second person has signed off, without the passages of anyone
    who does not allow `analyse` for the wave they spoke in.
    """
    return segments_for_analysis(enquiry)


def passages_of(conversation: Conversation) -> QuerySet[Segment]:
    """The open passages of one conversation, in order."""
    return segments_of(conversation)


def check_passage(segment: Segment, scope: str = Scope.ANALYSE) -> None:
    """Raise unless the words of this passage may be used for `scope` now, and until this transaction ends.

    Raises:
        ConsentMissing: the speaker does not allow it for the wave they spoke in.
        PassageClosed: the text is not signed off, or a newer signed-off version has taken its place.
    """
    consent.hold([segment.contributor_id])
    consent.check(segment.contributor, scope, wave=segment.conversation.wave_id)
    latest = (
        PseudonymisedVersion.objects.filter(
            transcript_id=segment.version.transcript_id, signed_off_at__isnull=False
        )
        .order_by("-number")
        .values_list("pk", flat=True)
        .first()
    )
    if latest != segment.version_id:
        raise PassageClosed(
            _("This passage is in a text that is not signed off, or in an older one. Open reading again.")
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """`[start, end)` in code points of one passage, with its words."""

    start: int
    end: int
    text: str


def stretch(segment: Segment, start: int | None = None, end: int | None = None) -> Stretch:
    """The stretch `[start, end)` of a passage, without white space at its edges; the whole when neither is
    given.

    Raises:
        StretchUnknown: outside the passage, back to front, or nothing but white space.
    """
    first = 0 if start is None else start
    last = len(segment.text) if end is None else end
    if not 0 <= first < last <= len(segment.text):
        raise StretchUnknown(_("Those words are not in this passage as it stands now. Select them again."))
    words = segment.text[first:last]
    bare = words.strip()
    if not bare:
        raise StretchUnknown(_("Nothing was selected. Select the words you mean."))
    first += len(words) - len(words.lstrip())
    return Stretch(first, first + len(bare), bare)


def from_browser(segment: Segment, start: int | None, end: int | None) -> Stretch:
    """The stretch a browser selected, given in UTF-16 units as its DOM counts them."""
    if start is None or end is None:
        return stretch(segment)
    try:
        first, last = (utf16_to_codepoint(segment.text, place) for place in (start, end))
    except (ValueError, IndexError):
        raise StretchUnknown(
            _("Those words are not in this passage as it stands now. Select them again.")
        ) from None
    return stretch(segment, first, last)
