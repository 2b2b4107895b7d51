"""Quotes as readers see them on the way: state in a sentence, who took each step, what comes next."""

from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from accounts.models import User
from enquiries import consent
from enquiries.models import Enquiry, ReviewChoice, Scope
from themes.models import Quote, QuoteState, QuoteStep
from themes.selectors.tags import current_tags
from transcripts.models import SourceKind


@dataclass(frozen=True, slots=True)
class QuoteView:
    """One quote: its row, its steps with names, whether it is typed, and what holds it up.

    Attributes:
        is_allowed: the gate for `quote_words` is open now; while it is not, no words are shown.
        may_check_names: this reader is not the one who chose it.
        asks_nobody: the speaker asked not to see quotes first.
    """

    quote: Quote
    steps: tuple[QuoteStep, ...]
    codes: tuple[str, ...]
    is_typed: bool
    is_allowed: bool
    may_check_names: bool
    asks_nobody: bool

    @property
    def state(self) -> str:
        """Where the quote is, in words; typed words are read, not heard."""
        if self.is_typed and self.quote.state == QuoteState.SELECTED:
            return _("Chosen, to be read against the typed text")
        if self.is_typed and self.quote.state == QuoteState.HEARD:
            return _("Read against the typed text, names to be checked")
        return self.quote.get_state_display()

    @property
    def is_edited(self) -> bool:
        return self.quote.shown != self.quote.text


def quotes_of(enquiry: Enquiry, *, reader: User) -> list[QuoteView]:
    """Every quote of an enquiry that was not taken back, in order, in a constant number of queries."""
    rows = list(
        Quote.objects.filter(enquiry=enquiry)
        .exclude(state=QuoteState.WITHDRAWN)
        .select_related("contributor", "selected_by", "segment__conversation", "segment__version__transcript")
        .defer("segment__embedding", "segment__version__text")
        .prefetch_related(
            Prefetch("steps", queryset=QuoteStep.objects.select_related("by")), "theme_quotes__theme"
        )
        .order_by("pk")
    )
    pairs = {(one.contributor_id, one.segment.conversation.wave_id) for one in rows if one.segment}
    allowed = consent.allowing_pairs(pairs, Scope.QUOTE_WORDS)
    tags: dict[int, list[tuple[int, int, str]]] = {}
    ids = {one.segment_id for one in rows if one.segment_id}
    for tag in current_tags(enquiry=enquiry, segments=ids, seen_by=reader):
        tags.setdefault(tag.segment_id, []).append((tag.start, tag.end, tag.code.name))
    views = []
    for one in rows:
        assert one.segment is not None
        over = [
            name for start, end, name in tags.get(one.segment.pk, []) if start < one.end and one.start < end
        ]
        views.append(
            QuoteView(
                quote=one,
                steps=tuple(one.steps.all()),
                codes=tuple(dict.fromkeys(over)),
                is_typed=one.segment.version.transcript.source != SourceKind.SOUND,
                is_allowed=(one.contributor_id, one.segment.conversation.wave_id) in allowed,
                may_check_names=one.selected_by_id != reader.pk,
                asks_nobody=one.contributor.review_choice == ReviewChoice.NONE,
            )
        )
    return views
