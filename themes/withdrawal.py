"""What goes when somebody takes back that their words are made sense of, or quoted.

Whatever stores rows here holds the speaker first (`consent.hold`): it has ended before the taking back could
be, and its rows go here, or it finds the gate closed. Steps of a quote lock the quote, and so does its going.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from enquiries.models import Contributor, Scope
from themes.actions.quotes import erase_words
from themes.cleaning import Clean, cleaner
from themes.group_words import shared_words_of
from themes.models import (
    Attribution,
    Memo,
    ProposalDecision,
    Quote,
    QuoteState,
    QuoteStep,
    ReadingMark,
    Suggestion,
    TagDecision,
    Theme,
    TopicAssignment,
    TopicProposal,
    TopicRun,
)
from themes.states import move
from transcripts.models import Segment

ENDS_QUOTING = frozenset({Scope.QUOTE_WORDS, Scope.ANALYSE, Scope.TAKE_PART})


def forget_typed(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """`analyse`: their words typed again into what colleagues wrote about others. `named_credit`: their name.

    Runs first, while what says what to look for is still there. Somebody who only lets nobody quote them any
    more is still made sense of, so their words stay in what the team alone reads.
    """
    clean = cleaner(contributor, scopes & {Scope.ANALYSE, Scope.TAKE_PART, Scope.NAMED_CREDIT})
    return {"extracts": _clean_written(contributor, clean)} if clean is not None else {}


def forget_quotes(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """`quote_words`: the words of every quote, in all its steps.

    The row stays, empty, so that a page that points at it finds nothing.
    """
    if not scopes & ENDS_QUOTING:
        return {}
    return {"quotes": _forget_quotes(contributor)}


def forget_sense(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """`analyse`: tags, offers, places in topic runs, parts of splits, the computer's words that fewer than
    three of the remaining people use, and memos on the passages and conversations, which may hold extracts.
    """
    if not scopes & {Scope.ANALYSE, Scope.TAKE_PART}:
        return {}
    counts = _forget_sense(contributor)
    if Scope.TAKE_PART in scopes:
        counts["readings"] = _forget_readings(contributor)
    return counts


def forget_names(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """`named_credit`: no quote is attributed by a name any more."""
    if not scopes & {Scope.NAMED_CREDIT, Scope.TAKE_PART}:
        return {}
    named = Quote.objects.filter(
        contributor=contributor, attribution__in=[Attribution.CHOSEN_NAME, Attribution.REAL_NAME]
    )
    return {"names": named.update(attribution=Attribution.NONE)}


def drop_quotes(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """`take_part`: the emptied rows too, since they say that this voice was quoted. A page that holds the id
    of one is told by the gate that it is no longer here."""
    if Scope.TAKE_PART not in scopes:
        return {}
    return {"quotes": Quote.objects.filter(contributor=contributor).delete()[1].get("themes.Quote", 0)}


STEPS = {
    "typed": forget_typed,
    "quotes": forget_quotes,
    "names": forget_names,
    "sense": forget_sense,
    "quote_rows": drop_quotes,
}


def _forget_quotes(contributor: Contributor) -> int:
    quotes = list(
        Quote.objects.select_for_update()
        .filter(contributor=contributor)
        .exclude(state=QuoteState.WITHDRAWN)
        .order_by("pk")
    )
    for quote in quotes:
        move(quote, QuoteState.WITHDRAWN, by=None)
        erase_words(quote)
    return len(quotes)


def _forget_sense(contributor: Contributor) -> dict[str, int]:
    segments = set(Segment.objects.filter(contributor=contributor).values_list("pk", flat=True))
    runs = set(
        TopicAssignment.objects.filter(segment__in=segments).values_list("run_id", flat=True).distinct()
    )
    proposals = set(
        TopicAssignment.objects.filter(segment__in=segments, proposal__isnull=False)
        .values_list("proposal_id", flat=True)
        .distinct()
    )
    # Whoever decides about a group holds it, and names its passages: they end first, or find them gone.
    list(TopicProposal.objects.select_for_update().filter(pk__in=proposals).order_by("pk").values_list("pk"))
    conversations = set(contributor.participations.values_list("conversation_id", flat=True))
    for run in sorted(runs):
        _count_down(run, segments, contributor)
    counts = {
        "tags": TagDecision.objects.filter(segment__in=segments).delete()[0],
        "offers": Suggestion.objects.filter(segment__in=segments).delete()[0],
        "memos": Memo.objects.filter(segment__in=segments).delete()[0]
        + Memo.objects.filter(conversation__in=conversations, segment=None).delete()[0],
        "places_in_runs": TopicAssignment.objects.filter(segment__in=segments)
        .delete()[1]
        .get("themes.TopicAssignment", 0),
    }
    _forget_near(contributor, segments)
    _forget_parts(proposals, segments)
    counts["words_of_groups"] = sum(_trim_words(pk) for pk in sorted(proposals))
    counts["runs_outdated"] = TopicRun.objects.filter(pk__in=runs, outdated_at=None).update(
        outdated_at=timezone.now()
    )
    return counts


def _forget_near(contributor: Contributor, segments: set[int]) -> None:
    """Other passages' offers no longer point at these as examples, nor count them."""
    others = Suggestion.objects.filter(segment__conversation__enquiry_id=contributor.enquiry_id)
    changed = []
    for offer in others.only("pk", "near", "why"):
        left = [pk for pk in offer.near if pk not in segments]
        if len(left) != len(offer.near):
            offer.near, offer.why = left, _("Close to passages people tagged this way.")
            changed.append(offer)
    Suggestion.objects.bulk_update(changed, ["near", "why"], batch_size=500)


def _forget_parts(proposals: set[int], segments: set[int]) -> None:
    for decision in ProposalDecision.objects.filter(proposal__in=proposals).exclude(parts=[]):
        decision.parts = [
            {**part, "segment_ids": [pk for pk in part["segment_ids"] if pk not in segments]}
            for part in decision.parts
        ]
        decision.save(update_fields=["parts"])


def _trim_words(proposal_id: int) -> int:
    """Drop the computer's words that too few of the remaining people use; how many were dropped."""
    proposal = TopicProposal.objects.select_for_update().get(pk=proposal_id)
    before = {str(word) for word, _weight in proposal.words}
    kept = shared_words_of(proposal)
    dropped = before - {str(word) for word, _weight in kept}
    if dropped:
        proposal.words = kept
        proposal.save(update_fields=["words"])
        _rename_by_words(proposal, before, dropped)
    return len(dropped)


def _rename_by_words(proposal: TopicProposal, before: set[str], dropped: set[str]) -> None:
    """A group accepted without a name carries the computer's words as its name: the dropped ones leave it."""
    for decision in proposal.decisions.exclude(name=""):
        parts = decision.name.split(", ")
        if set(parts) <= before and dropped & set(parts):
            decision.name = ", ".join(part for part in parts if part not in dropped) or str(proposal)
            decision.save(update_fields=["name"])


def _count_down(run_id: int, segments: set[int], contributor: Contributor) -> None:
    """A run says of how many passages and people it was made; both are counted down by exactly these."""
    left = TopicAssignment.objects.filter(run=run_id, segment__in=segments)
    n_here = left.count()
    if n_here:
        TopicRun.objects.filter(pk=run_id).update(
            n_segments=Greatest(F("n_segments") - n_here, 0),
            n_contributors=Greatest(F("n_contributors") - 1, 0),
        )


def _forget_readings(contributor: Contributor) -> int:
    """At `take_part`: that somebody finished reading a conversation in which nobody else spoke."""
    alone = [
        each.pk
        for each in contributor.conversations.all()
        if not each.contributors.exclude(pk=contributor.pk).exists()
    ]
    return ReadingMark.objects.filter(conversation__in=alone).delete()[0]


def _clean_written(contributor: Contributor, clean: Clean) -> int:
    """How many texts of colleagues were cut."""
    enquiry = contributor.enquiry_id
    written: list[tuple[QuerySet[Any], str]] = [
        (Memo.objects.filter(enquiry=enquiry), "text"),
        (Theme.objects.filter(enquiry=enquiry), "statement"),
        (Theme.objects.filter(enquiry=enquiry), "title"),
        (TagDecision.objects.filter(segment__conversation__enquiry=enquiry), "reason"),
        (ProposalDecision.objects.filter(proposal__run__enquiry=enquiry), "reason"),
        (QuoteStep.objects.filter(quote__enquiry=enquiry), "note"),
    ]
    cut = 0
    for rows, name in written:
        for pk, text in rows.exclude(**{name: ""}).values_list("pk", name).iterator(chunk_size=500):
            kept = clean(text)
            if kept != text:
                cut += rows.filter(pk=pk).update(**{name: kept})
    return cut
