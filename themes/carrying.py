"""Carrying tags and quotes over to a newer version of a text, by alignment of the two.

A stretch that cannot be carried with confidence is never moved silently and never dropped: the tag waits
for the reader who made it (`selectors.tags.stray_tags`), and the quote stays on the text it was taken from.
"""

from collections.abc import Iterable

from audit.actions import record
from nlp.text import SpanCarrier
from themes.models import Quote, QuoteState, TagChoice, TagDecision
from themes.selectors.tags import latest_decisions
from transcripts.models import PseudonymisedVersion, Segment


def carry_over(version: PseudonymisedVersion) -> None:
    """Carry what stands on older versions of this text over to this one. Done twice, it carries once.

    A tag is carried when its stretch lies inside one passage of the same speaker in the new text: as a new
    decision of the same reader that names the old one. A quote is carried only when its words are the very
    same there.
    """
    older = list(
        PseudonymisedVersion.objects.filter(
            transcript_id=version.transcript_id, number__lt=version.number
        ).order_by("number")
    )
    if not older:
        return
    new_segments = list(Segment.objects.filter(version=version).defer("embedding").order_by("start"))
    n_tags = n_quotes = n_waiting = 0
    for old in older:
        tags = list(
            latest_decisions()
            .filter(choice=TagChoice.APPLIED, segment__version=old, carried_to=None)
            .select_related("segment")
            .order_by("pk")
        )
        quotes = list(
            Quote.objects.select_for_update(of=("self",))
            .filter(segment__version=old)
            .exclude(state=QuoteState.WITHDRAWN)
            .select_related("segment")
        )
        if not tags and not quotes:
            continue
        carrier = SpanCarrier(old.text, version.text)
        for tag in tags:
            found = _place(carrier, tag.segment, tag.start, tag.end, new_segments)
            if found is None:
                n_waiting += 1
                continue
            segment, start, end = found
            TagDecision.objects.create(
                partner_id=tag.partner_id,
                segment=segment,
                code_id=tag.code_id,
                start=start,
                end=end,
                text=segment.text[start:end],
                choice=TagChoice.APPLIED,
                suggestion_id=tag.suggestion_id,
                carried_from=tag,
                reason=tag.reason,
                decided_by_id=tag.decided_by_id,
            )
            n_tags += 1
        for quote in quotes:
            assert quote.segment is not None
            found = _place(carrier, quote.segment, quote.start, quote.end, new_segments)
            if found is None or found[0].text[found[1] : found[2]] != quote.text:
                continue
            quote.segment, quote.start, quote.end = found
            quote.save(update_fields=["segment", "start", "end"])
            n_quotes += 1
    record(
        "tags.carried_over",
        by=None,
        about=version,
        n_tags=n_tags,
        n_quotes=n_quotes,
        n_waiting=n_waiting,
    )


def _place(
    carrier: SpanCarrier, old: Segment, start: int, end: int, new_segments: Iterable[Segment]
) -> tuple[Segment, int, int] | None:
    """The passage of the same speaker that holds the carried stretch whole, and the stretch inside it."""
    carried = carrier.carry(old.start + start, old.start + end)
    if carried is None:
        return None
    first, last = carried
    for segment in new_segments:
        if segment.contributor_id == old.contributor_id and segment.start <= first and last <= segment.end:
            return segment, first - segment.start, last - segment.start
    return None
