"""Tags as they stand: derived from the latest decisions of people, and only where the gate is open."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from accounts.models import User
from enquiries import consent
from enquiries.models import AnalysisMode, Conversation, Enquiry, Scope
from themes.models import ReadingMark, Suggestion, TagChoice, TagDecision
from transcripts.models import PseudonymisedVersion


def latest_decisions() -> QuerySet[TagDecision]:
    """The latest decision of each reader about each code on each stretch."""
    later = TagDecision.objects.filter(
        segment=OuterRef("segment"),
        code=OuterRef("code"),
        decided_by=OuterRef("decided_by"),
        start=OuterRef("start"),
        end=OuterRef("end"),
        pk__gt=OuterRef("pk"),
    )
    return TagDecision.objects.filter(~Exists(later))


def current_tags(
    *,
    enquiry: Enquiry,
    conversation: Conversation | None = None,
    segments: Iterable[int] | None = None,
    seen_by: User | None = None,
) -> list[TagDecision]:
    """Tags that stand now, in order of place.

    The latest decision of one reader about one code on one stretch stands; it is a tag while that is
    `applied`. Tags on words of anyone who does not allow `analyse` for the wave they spoke in are left out,
    and so are those on an older text: what could be carried over stands on the newest one.

    Args:
        conversation: narrow to this one.
        segments: narrow to these passages, whichever version of the text they are of.
        seen_by: in an enquiry read by two people apart, leave out what this reader may not see yet. None
            gives all, for what is derived and shows no single decision.
    """
    rows = (
        latest_decisions()
        .filter(choice=TagChoice.APPLIED, segment__conversation__enquiry=enquiry)
        .select_related("code", "decided_by", "segment__conversation")
        .defer("segment__embedding")
        .order_by("segment__conversation_id", "segment__number", "start", "-end", "pk")
    )
    if conversation is not None:
        rows = rows.filter(segment__conversation=conversation)
    if segments is not None:
        rows = rows.filter(segment__in=list(segments))
    else:
        rows = rows.filter(segment__version_id=Subquery(_newest_version()))
    found = list(rows)
    pairs = {(tag.segment.contributor_id, tag.segment.conversation.wave_id) for tag in found}
    allowed = consent.allowing_pairs(pairs, Scope.ANALYSE)
    found = [
        tag for tag in found if (tag.segment.contributor_id, tag.segment.conversation.wave_id) in allowed
    ]
    if seen_by is None or enquiry.analysis_mode != AnalysisMode.CODEBOOK:
        return found
    finished = finished_readings(enquiry)
    return [
        tag
        for tag in found
        if may_see(finished[tag.segment.conversation_id], viewer=seen_by.pk, reader=tag.decided_by_id)
    ]


def stray_tags(conversation: Conversation, *, reader: User) -> list[TagDecision]:
    """A reader's own tags on an older text that could not be carried over to the newest: they wait for the
    reader to put them again, or to let them go."""
    rows = (
        latest_decisions()
        .filter(
            choice=TagChoice.APPLIED,
            decided_by=reader,
            carried_to=None,
            segment__conversation=conversation,
            segment__version_id__lt=Subquery(_newest_version()),
        )
        .select_related("code", "segment__conversation", "segment__version")
        .defer("segment__embedding", "segment__version__text")
        .order_by("segment__number", "start", "pk")
    )
    found = list(rows)
    pairs = {(tag.segment.contributor_id, conversation.wave_id) for tag in found}
    allowed = consent.allowing_pairs(pairs, Scope.ANALYSE)
    return [tag for tag in found if (tag.segment.contributor_id, conversation.wave_id) in allowed]


def _newest_version() -> QuerySet[PseudonymisedVersion, int]:
    """Id of the newest signed-off version of the text that a decision's passage is of."""
    return (
        PseudonymisedVersion.objects.filter(
            transcript=OuterRef("segment__version__transcript"), signed_off_at__isnull=False
        )
        .order_by("-number")
        .values_list("pk", flat=True)[:1]
    )


def may_see(finished: set[int], *, viewer: int, reader: int) -> bool:
    """Whether one reader may see another's decisions in a conversation that is read apart: one's own
    always, another's only when both have finished."""
    return viewer == reader or {viewer, reader} <= finished


def finished_readings(enquiry: Enquiry) -> dict[int, set[int]]:
    """Ids of the readers who have finished, by conversation."""
    found: dict[int, set[int]] = defaultdict(set)
    for conversation_id, reader_id in ReadingMark.objects.filter(enquiry=enquiry).values_list(
        "conversation_id", "reader_id"
    ):
        found[conversation_id].add(reader_id)
    return found


def open_offers(*, conversation: Conversation, seen_by: User) -> list[Suggestion]:
    """Offers on a conversation's passages that still wait for this reader, the strongest first.

    Read apart, each reader answers for themselves. Read together, one answer by anyone settles an offer.
    An offer of a code that already stands on the passage, or of a retired one, waits for nobody.
    """
    enquiry = conversation.enquiry
    rows = (
        Suggestion.objects.filter(segment__conversation=conversation, code__retired_at=None)
        .select_related("code", "segment")
        .defer("segment__embedding")
    )
    answers = TagDecision.objects.filter(suggestion=OuterRef("pk"))
    standing = latest_decisions().filter(
        segment=OuterRef("segment"), code=OuterRef("code"), choice=TagChoice.APPLIED
    )
    if enquiry.analysis_mode == AnalysisMode.CODEBOOK:
        answers = answers.filter(decided_by=seen_by)
        standing = standing.filter(decided_by=seen_by)
    found = list(rows.filter(~Exists(answers), ~Exists(standing)))
    pairs = {(one.segment.contributor_id, conversation.wave_id) for one in found}
    allowed = consent.allowing_pairs(pairs, Scope.ANALYSE)
    return [one for one in found if (one.segment.contributor_id, conversation.wave_id) in allowed]
