"""Codes the computer offers for passages, and the answers people give."""

from collections import Counter, defaultdict

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent
from enquiries import work as works
from enquiries.models import AnalysisMode, Enquiry, Work, WorkState
from nlp.suggestions import CodeExamples, EmbeddedPassage, SuggestedCode, suggest_codes
from themes.actions.codebook import check_in_use
from themes.embedding import current_embedder, embed_missing, vectors_of
from themes.errors import RunRefused
from themes.models import Code, ReadingMark, Suggestion, TagChoice, TagDecision
from themes.passages import check_passage, open_passages
from themes.selectors.tags import latest_decisions
from transcripts.models import Segment

TASK = "themes.tasks.suggest_codes"
KIND = "suggest_codes"
THRESHOLD = 0.35
# Offers nobody has answered yet, at most, beside one passage: more would crowd out the voice.
PER_PASSAGE = 2
UNDER_WAY = (WorkState.QUEUED, WorkState.RUNNING)


@transaction.atomic
def request_suggestions(*, enquiry: Enquiry, by: User) -> Work:
    """Ask the computer to offer codes for the enquiry's passages, learning from the tags people made.

    Raises:
        RunRefused: there is no code list yet, or it is doing so already.
    """
    check(by, "pattern.ask", enquiry)
    if not hasattr(enquiry, "codebook"):
        raise RunRefused(_("There is no code list yet. Start one first."))
    asked = ask_for_offers(enquiry=enquiry, by=by)
    if asked is None:
        raise RunRefused(_("The computer is already looking for codes to offer. Wait until it has ended."))
    return asked


@transaction.atomic
def ask_for_offers(*, enquiry: Enquiry, by: User | None) -> Work | None:
    """Queue the work, unless it is queued already; after a topic run this happens by itself."""
    Enquiry.objects.select_for_update().get(pk=enquiry.pk)
    if Work.objects.filter(kind=KIND, about_id=enquiry.pk, state__in=UNDER_WAY).exists():
        return None
    n = open_passages(enquiry).count()
    record("suggestions.requested", by=by, about=enquiry, n_segments=n)
    return works.start(
        kind=KIND,
        task=TASK,
        about_id=enquiry.pk,
        partner_id=enquiry.partner_id,
        enquiry=enquiry,
        by=by,
        unit="passages",
        total=n,
    )


def carry_out_suggestions(work: Work) -> None:
    """Do claimed work. Offers are only added; done twice, nothing is offered twice."""
    enquiry = Enquiry.objects.select_related("codebook").get(pk=work.about_id)
    segments = list(open_passages(enquiry).order_by("pk"))
    works.progress(work, done=0, total=len(segments))
    codes = list(enquiry.codebook.codes.filter(retired_at=None).order_by("pk"))
    if not segments or not codes:
        return
    embedder = current_embedder()
    embed_missing(segments, embedder, on_progress=lambda done: works.progress(work, done=done))
    passages = [
        EmbeddedPassage(id=str(one.pk), vector=vector)
        for one, vector in zip(segments, vectors_of(segments), strict=True)
    ]
    by_id = {passage.id: passage for passage in passages}
    meanings = embedder.embed([f"{code.name}. {code.definition}" for code in codes])
    tagged = _tagged_passages(enquiry)
    offered = suggest_codes(
        passages,
        [
            CodeExamples(
                id=str(code.pk),
                definition=meaning,
                examples=[by_id[pk] for pk in sorted(tagged[code.pk]) if pk in by_id],
            )
            for code, meaning in zip(codes, meanings, strict=True)
        ],
        already=_already_considered(enquiry, codes),
        threshold=THRESHOLD,
        per_passage=PER_PASSAGE,
    )
    _keep(enquiry, offered, segments, made_with=embedder.name)


def _tagged_passages(enquiry: Enquiry) -> dict[int, set[str]]:
    """Ids of passages that people tagged, by code. With two readers who may not see each other's tags yet,
    only conversations that both have finished teach the computer: else its offers would tell."""
    tags = latest_decisions().filter(choice=TagChoice.APPLIED, segment__conversation__enquiry=enquiry)
    if enquiry.analysis_mode == AnalysisMode.CODEBOOK:
        finished: dict[int, set[int]] = defaultdict(set)
        for conversation_id, reader_id in ReadingMark.objects.filter(enquiry=enquiry).values_list(
            "conversation_id", "reader_id"
        ):
            finished[conversation_id].add(reader_id)
        tags = tags.filter(
            segment__conversation_id__in=[pk for pk, readers in finished.items() if len(readers) > 1]
        )
    found: dict[int, set[str]] = defaultdict(set)
    for code_id, segment_id in tags.values_list("code_id", "segment_id"):
        found[code_id].add(str(segment_id))
    return found


def _already_considered(enquiry: Enquiry, codes: list[Code]) -> set[tuple[str, str]]:
    """What was offered before, or decided by anyone: it is not offered again."""
    pairs: set[tuple[str, str]] = set()
    for rows in (Suggestion.objects, TagDecision.objects):
        pairs |= {
            (str(segment_id), str(code_id))
            for segment_id, code_id in rows.filter(code__in=codes, segment__conversation__enquiry=enquiry)
            .values_list("segment_id", "code_id")
            .order_by()
            .distinct()
        }
    return pairs


@transaction.atomic
def _keep(enquiry: Enquiry, offered: list[SuggestedCode], segments: list[Segment], *, made_with: str) -> None:
    """Add the offers for passages that are still open, while nobody can take theirs back."""
    consent.hold({one.contributor_id for one in segments})
    still_open = {str(pk) for pk in open_passages(enquiry).values_list("pk", flat=True)}
    made = Suggestion.objects.bulk_create(
        (
            Suggestion(
                partner_id=enquiry.partner_id,
                segment_id=int(one.passage_id),
                code_id=int(one.code_id),
                score=float(one.score),
                why=_why(one),
                near=[int(pk) for pk in one.near_passage_ids if pk in still_open],
                made_with=made_with,
            )
            for one in _with_room(enquiry, offered)
            if one.passage_id in still_open
        ),
        ignore_conflicts=True,
    )
    record("suggestions.made", by=None, about=enquiry, n=len(made))


def _with_room(enquiry: Enquiry, offered: list[SuggestedCode]) -> list[SuggestedCode]:
    """Those offers, best first, that still have room beside what waits for an answer already."""
    waiting = Counter(
        str(pk)
        for pk in Suggestion.objects.filter(
            segment__conversation__enquiry=enquiry, decisions=None
        ).values_list("segment_id", flat=True)
    )
    kept = []
    for one in sorted(offered, key=lambda each: -each.score):
        if waiting[one.passage_id] < PER_PASSAGE:
            waiting[one.passage_id] += 1
            kept.append(one)
    return kept


def _why(offered: SuggestedCode) -> str:
    if offered.basis == "definition":
        return _("Close to what this code means.")
    n = len(offered.near_passage_ids)
    return ngettext(
        "Close to %(n)d passage people tagged this way.", "Close to %(n)d passages people tagged this way.", n
    ) % {"n": n}


@transaction.atomic
def answer_suggestion(*, suggestion: Suggestion, accept: bool, by: User, reason: str = "") -> TagDecision:
    """Accept or refuse an offer; the answer is a decision on the whole passage by a named person.

    Two readers each answer for themselves. Answering again supersedes one's own earlier answer.

    Raises:
        ConsentMissing, PassageClosed: the passage may not be tagged now.
        CodeRetired: the code was retired since it was offered; it can still be refused.
    """
    segment = suggestion.segment
    check(by, "passage.tag", segment)
    check_passage(segment)
    if accept:
        check_in_use(suggestion.code)
    decision = TagDecision.objects.create(
        partner_id=segment.partner_id,
        segment=segment,
        code=suggestion.code,
        start=0,
        end=len(segment.text),
        text=segment.text,
        choice=TagChoice.APPLIED if accept else TagChoice.REFUSED,
        suggestion=suggestion,
        reason=reason.strip(),
        decided_by=by,
    )
    record(
        "suggestion.answered",
        by=by,
        about=suggestion,
        is_accepted=accept,
        segment_id=segment.pk,
        code_id=suggestion.code_id,
    )
    return decision
