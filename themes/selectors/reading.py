"""One conversation as the reading page shows it: passages, and in their margin what is tagged and offered."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from accounts.models import User
from enquiries import consent
from enquiries.models import AnalysisMode, Conversation, Scope
from themes.marks import CLASSES, Block, Mark, draw
from themes.models import Code, Memo, Quote, QuoteState, Suggestion, TagDecision
from themes.passages import open_passages, passages_of
from themes.selectors.codebook import code_numbers
from themes.selectors.tags import current_tags, finished_readings, may_see, open_offers
from transcripts.models import Segment, SourceKind, Transcript
from transcripts.recordings import Strip, recording_of, strip
from transcripts.voices import allows_sound


@dataclass(slots=True)
class MarginNote:
    """A code on one stretch, with everyone who put it there."""

    code: Code
    css: str
    initial: str
    anchor: str
    start: int
    end: int
    decisions: list[TagDecision]
    mine: TagDecision | None
    is_whole: bool

    @property
    def others(self) -> list[TagDecision]:
        return [one for one in self.decisions if one is not self.mine]


@dataclass(slots=True)
class PassageView:
    """One passage with its margin."""

    segment: Segment
    blocks: list[Block]
    notes: list[MarginNote]
    offers: list[Suggestion]
    quotes: list[Quote]
    may_quote: bool
    memos: list[Memo] = field(default_factory=list)


@dataclass(slots=True)
class ReadingView:
    """The page: passages in order, one's memo, who has finished, and whether reading is apart."""

    conversation: Conversation
    passages: list[PassageView]
    memo: Memo | None
    other_memos: list[Memo]
    is_apart: bool
    i_have_finished: bool
    others_finished: int
    versions: list[int]


def reading_view(
    conversation: Conversation, *, reader: User, only: Iterable[int] | None = None
) -> ReadingView:
    """The reading page, in a constant number of queries.

    Args:
        only: ids of passages to build, for a fragment.
    """
    enquiry = conversation.enquiry
    segments = list(passages_of(conversation).select_related("version").defer("embedding", "version__text"))
    tags = current_tags(enquiry=enquiry, conversation=conversation, seen_by=reader)
    offers = open_offers(conversation=conversation, seen_by=reader)
    quotes: dict[int, list[Quote]] = defaultdict(list)
    for quote in Quote.objects.filter(segment__in=segments).exclude(state=QuoteState.WITHDRAWN):
        if quote.segment_id:
            quotes[quote.segment_id].append(quote)
    quotable = consent.allowing_pairs(
        {(one.contributor_id, conversation.wave_id) for one in segments}, Scope.QUOTE_WORDS
    )
    tags_of: dict[int, list[TagDecision]] = defaultdict(list)
    for tag in tags:
        tags_of[tag.segment_id].append(tag)
    offers_of: dict[int, list[Suggestion]] = defaultdict(list)
    for offer in offers:
        offers_of[offer.segment_id].append(offer)
    finished = finished_readings(enquiry)[conversation.pk]
    is_apart = enquiry.analysis_mode == AnalysisMode.CODEBOOK
    memos = [
        memo
        for memo in Memo.objects.filter(conversation=conversation).select_related("author").order_by("pk")
        if not is_apart or may_see(finished, viewer=reader.pk, reader=memo.author_id)
    ]
    numbers = code_numbers(enquiry)
    wanted = None if only is None else set(only)
    views: list[PassageView] = []
    for segment in segments:
        if wanted is not None and segment.pk not in wanted:
            continue
        notes = _notes(segment, tags_of[segment.pk], reader, numbers)
        views.append(
            PassageView(
                segment=segment,
                blocks=draw(segment.text, _marks(notes, offers_of[segment.pk])),
                notes=notes,
                offers=offers_of[segment.pk],
                quotes=quotes[segment.pk],
                may_quote=(segment.contributor_id, conversation.wave_id) in quotable,
                memos=[memo for memo in memos if memo.segment_id == segment.pk],
            )
        )
    whole = [memo for memo in memos if memo.segment_id is None]
    return ReadingView(
        conversation=conversation,
        passages=views,
        memo=next((memo for memo in whole if memo.author_id == reader.pk), None),
        other_memos=[memo for memo in whole if memo.author_id != reader.pk],
        is_apart=is_apart,
        i_have_finished=reader.pk in finished,
        others_finished=len(finished - {reader.pk}),
        versions=sorted({segment.version.number for segment in segments}),
    )


def _notes(
    segment: Segment, tags: list[TagDecision], reader: User, numbers: dict[int, str]
) -> list[MarginNote]:
    """One note per code and stretch, in the order in which they stand in the passage."""
    found: dict[tuple[int, int, int], MarginNote] = {}
    for tag in tags:
        key = (tag.start, tag.end, tag.code_id)
        if key not in found:
            found[key] = MarginNote(
                code=tag.code,
                css=CLASSES[tag.code.kind],
                initial=numbers[tag.code_id],
                anchor=f"note-{segment.pk}-{tag.pk}",
                start=tag.start,
                end=tag.end,
                decisions=[],
                mine=None,
                is_whole=tag.start == 0 and tag.end == len(segment.text),
            )
        found[key].decisions.append(tag)
        if tag.decided_by_id == reader.pk:
            found[key].mine = tag
    return list(found.values())


def _marks(notes: list[MarginNote], offers: list[Suggestion]) -> list[Mark]:
    """What is drawn under the words. An offer speaks of the whole passage; a dashed line is drawn under all
    of it only where no tag is, so that the words stay readable."""
    marks = [
        Mark(note.start, note.end, note.initial, note.anchor, note.code.name, note.css) for note in notes
    ]
    if offers and not marks:
        first = offers[0]
        marks.append(Mark(0, len(first.segment.text), "?", f"offer-{first.pk}", first.code.name, "proposed"))
    return marks


def passages_near(suggestion: Suggestion, *, reader: User) -> list[Segment]:
    """The tagged passages that an offer is close to: those that are open now and whose tag this reader may
    see."""
    enquiry = suggestion.segment.conversation.enquiry
    visible = {
        tag.segment_id
        for tag in current_tags(enquiry=enquiry, segments=suggestion.near, seen_by=reader)
        if tag.code_id == suggestion.code_id
    }
    return list(open_passages(enquiry).filter(pk__in=visible).defer("embedding"))


def strip_of(conversation: Conversation) -> Strip | None:
    """The listening strip of the recording a text was written down from; None for typed text, and where
    not everyone who spoke allows `audio_record` now."""
    transcript = Transcript.objects.filter(conversation=conversation, source=SourceKind.SOUND).first()
    recording = recording_of(transcript) if transcript is not None else None
    return strip(recording) if recording is not None and allows_sound(recording) else None
