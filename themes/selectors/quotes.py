"""Quotes for pages, and the public trail behind each.

Everything here asks the gate for `quote_words` again, for the wave the words were said in, in bulk: the
number of queries is the same for five quotes and for fifty.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enquiries import consent
from enquiries.models import AnalysisMode, Enquiry, Scope, Voice
from themes.models import Attribution, Code, Quote, QuoteState, TagDecision, Theme
from themes.selectors.tags import current_tags, finished_readings
from themes.states import SHOWABLE
from transcripts.models import SourceKind

RTL_LANGUAGES = frozenset({"ar", "fa", "he", "ur", "ps", "sd", "yi", "ku"})


@dataclass(frozen=True, slots=True)
class ShownQuote:
    """A quote as a page may show it now.

    Attributes:
        shown: the words, with brackets and cuts as approved.
        voice: key of who is speaking; `voice_label` says it in words.
        attribution: what stands beside the words: empty for no name, a role, or the chosen name.
        language: code for the `lang` attribute; `direction` is "rtl" or "ltr" for `dir`.
        themes: titles of the themes it speaks for; empty where they were not asked for.
        segment_id, start_ms, end_ms: where it was said, for a clip; times are empty for typed text.
    """

    id: int
    enquiry_id: int
    contributor_id: int
    shown: str
    voice: str
    voice_label: str
    attribution: str
    language: str
    direction: str
    state: str
    is_changed: bool
    theme_ids: tuple[int, ...]
    themes: tuple[str, ...]
    segment_id: int
    start_ms: int | None
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class TrailStep:
    """One step back from a sentence. `is_end` marks where the public trail stops."""

    title: str
    sentence: str
    is_spoken: bool = False
    is_end: bool = False


def shown_quotes(
    ids: Iterable[int], at: datetime | None = None, *, with_themes: bool = True
) -> dict[int, ShownQuote]:
    """Those of the quotes that may stand on a page, by id; the others are simply absent.

    A quote may be shown while its speaker said yes to it (or asked not to be shown it first) and the gate
    for `quote_words` is open, at `at` or now. Without themes it takes two queries.
    """
    return _shown(Quote.objects.filter(pk__in=set(ids)), at, with_themes=with_themes)


def approved_quotes(enquiry: Enquiry) -> list[ShownQuote]:
    """Every quote of the enquiry that may be put into a page now, oldest first."""
    return list(_shown(Quote.objects.filter(enquiry=enquiry), None).values())


def _loaded(rows: QuerySet[Quote], *, with_themes: bool = True) -> list[Quote]:
    loaded = (
        rows.filter(state__in=SHOWABLE)
        .select_related("contributor", "segment__conversation", "segment__version__transcript")
        .defer("segment__embedding", "segment__version__text")
        .order_by("pk")
    )
    if with_themes:
        titles = Theme.objects.order_by("title").only("pk", "title")
        loaded = loaded.prefetch_related(Prefetch("theme_quotes__theme", queryset=titles))
    return list(loaded)


def _allowed(quotes: Iterable[Quote], at: datetime | None) -> list[Quote]:
    """Those quotes whose speakers allow quoting, one query for all."""
    listed = [quote for quote in quotes if quote.segment is not None]
    pairs = {(quote.contributor_id, _wave(quote)) for quote in listed}
    open_pairs = consent.allowing_pairs(pairs, Scope.QUOTE_WORDS, at=at)
    return [quote for quote in listed if (quote.contributor_id, _wave(quote)) in open_pairs]


def _wave(quote: Quote) -> int:
    assert quote.segment is not None
    return quote.segment.conversation.wave_id


def _shown(rows: QuerySet[Quote], at: datetime | None, *, with_themes: bool = True) -> dict[int, ShownQuote]:
    loaded = _loaded(rows, with_themes=with_themes)
    pairs = {one.pk: (one.contributor_id, _wave(one)) for one in loaded if one.segment is not None}
    allowed = consent.allowing_each(pairs.values(), (Scope.QUOTE_WORDS, Scope.NAMED_CREDIT), at=at)
    return {
        one.pk: _as_shown(one, pairs[one.pk] in allowed[Scope.NAMED_CREDIT], with_themes=with_themes)
        for one in loaded
        if one.pk in pairs and pairs[one.pk] in allowed[Scope.QUOTE_WORDS]
    }


def _as_shown(quote: Quote, may_be_named: bool, *, with_themes: bool) -> ShownQuote:
    assert quote.segment is not None
    label = str(Voice(quote.voice).label)
    beside = ""
    if quote.attribution == Attribution.ROLE:
        beside = label
    elif quote.attribution == Attribution.CHOSEN_NAME and may_be_named:
        beside = quote.contributor.pseudonym
    links = sorted(quote.theme_quotes.all(), key=lambda link: link.theme.title) if with_themes else []
    language = quote.language or "en"
    return ShownQuote(
        id=quote.pk,
        enquiry_id=quote.enquiry_id,
        contributor_id=quote.contributor_id,
        shown=quote.shown,
        voice=quote.voice,
        voice_label=label,
        attribution=beside,
        language=language,
        direction="rtl" if language.split("-")[0] in RTL_LANGUAGES else "ltr",
        state=quote.state,
        is_changed=quote.shown != quote.text,
        theme_ids=tuple(link.theme_id for link in links),
        themes=tuple(link.theme.title for link in links),
        segment_id=quote.segment.pk,
        start_ms=quote.segment.start_ms,
        end_ms=quote.segment.end_ms,
    )


def trail(quote: Quote | int) -> list[TrailStep]:
    """The public way back from one quote; empty when it may not be shown now."""
    pk = quote if isinstance(quote, int) else quote.pk
    return trails([pk]).get(pk, [])


def trails(ids: Iterable[int], at: datetime | None = None) -> dict[int, list[TrailStep]]:
    """The public way back from each quote that may be shown now, in a constant number of queries.

    Sentence, agreement, tags, who decided, version of the text; it ends at the recording, which stays
    locked. It names nobody: readers and checkers appear as numbers of people.
    """
    quotes = _allowed(_loaded(Quote.objects.filter(pk__in=set(ids)).prefetch_related("steps")), at)
    if not quotes:
        return {}
    by_enquiry: dict[int, list[Quote]] = defaultdict(list)
    for quote in quotes:
        by_enquiry[quote.enquiry_id].append(quote)
    found: dict[int, list[TrailStep]] = {}
    # A page belongs to one enquiry, so this loop runs once in practice.
    enquiries = Enquiry.objects.in_bulk(by_enquiry)
    for enquiry_id, listed in by_enquiry.items():
        enquiry = enquiries[enquiry_id]
        finished = finished_readings(enquiry) if enquiry.analysis_mode == AnalysisMode.CODEBOOK else {}
        tags = defaultdict(list)
        for tag in current_tags(enquiry=enquiry, segments={quote.segment_id or 0 for quote in listed}):
            tags[tag.segment_id].append(tag)
        for quote in listed:
            assert quote.segment is not None
            # A tag speaks for a quote where their stretches share words.
            over = [tag for tag in tags[quote.segment.pk] if tag.start < quote.end and quote.start < tag.end]
            readers = {tag.decided_by_id for tag in over}
            apart = len(readers & finished.get(quote.segment.conversation_id, set())) > 1
            found[quote.pk] = [
                TrailStep(_("The sentence"), f"“{quote.shown}”", is_spoken=True),
                TrailStep(_("The agreement"), _agreement(quote)),
                *(
                    [
                        TrailStep(_("The tag"), _tags_sentence([tag.code for tag in over])),
                        TrailStep(_("Who decided"), _readers_sentence(over, len(readers), apart)),
                    ]
                    if over
                    else []
                ),
                TrailStep(_("The text"), _text_sentence(quote)),
                _end(quote),
            ]
    return found


def _agreement(quote: Quote) -> str:
    answers = [
        step
        for step in quote.steps.all()
        if step.to_state in (QuoteState.APPROVED, QuoteState.CHANGED) and step.from_state != QuoteState.PLACED
    ]
    last = answers[-1] if answers else None
    if last is not None and last.from_state == QuoteState.PSEUDONYMISED:
        return _("The person who said it agreed to being quoted, and asked not to see quotes first.")
    if last is not None and last.to_state == QuoteState.CHANGED:
        return _("The person who said it saw these words, changed them, and said yes to them being here.")
    return _("The person who said it saw these words, and said yes to them being here.")


def _tags_sentence(codes: list[Code]) -> str:
    seen: dict[int, str] = {}
    for code in codes:
        seen.setdefault(code.pk, f"{code.name} ({code.get_kind_display().lower()})")
    return "; ".join(seen.values()) + "."


def _readers_sentence(over: list[TagDecision], n_readers: int, apart: bool) -> str:
    who = (
        _("Two readers, each without seeing what the other chose.")
        if apart and n_readers == 2
        else ngettext("One reader.", "%(n)d readers.", n_readers) % {"n": n_readers}
    )
    if any(tag.suggestion_id for tag in over):
        return _("%(who)s A computer had offered it; people decided.") % {"who": who}
    return _("%(who)s A computer had not offered this one.") % {"who": who}


def _text_sentence(quote: Quote) -> str:
    assert quote.segment is not None
    version = quote.segment.version
    if version.transcript.source == SourceKind.SOUND:
        how = _("A person listened and put right what the computer wrote.")
    else:
        how = _("The words came to us written down.")
    return _("Version %(n)d. %(how)s Names were changed, and checked by a second person.") % {
        "n": version.number,
        "how": how,
    }


def _end(quote: Quote) -> TrailStep:
    assert quote.segment is not None
    if quote.segment.version.transcript.source == SourceKind.SOUND:
        return TrailStep(
            _("The recording"), _("Kept locked, and private. The public trail ends here."), is_end=True
        )
    return TrailStep(
        _("The whole text"), _("Kept locked, and private. The public trail ends here."), is_end=True
    )
