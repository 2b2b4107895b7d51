"""What goes when somebody takes back that their words are made sense of, or quoted.

Each step of the sweep locks the speaker's row as storing locks it, so that a run or a round of offers under
way either has stored its rows already, and they go here, or finds the gate closed.
"""

import re
from collections.abc import Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from enquiries.models import Contributor, Scope
from themes.actions.proposals import name_by_words
from themes.actions.quotes import erase_words
from themes.models import (
    Memo,
    ProposalDecision,
    Quote,
    QuoteState,
    Suggestion,
    TagDecision,
    TopicAssignment,
    TopicProposal,
    TopicRun,
)
from themes.states import move
from transcripts.models import Segment

# A word the computer names for a group stays only while this many people who are still in it use it:
# fewer, and the word could be somebody's own.
LEAST_PEOPLE_PER_WORD = 3
ENDS_QUOTING = frozenset({Scope.QUOTE_WORDS, Scope.ANALYSE, Scope.TAKE_PART})
_WORD = re.compile(r"\w+")


def forget_quotes(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """`quote_words`: the words of every quote, in all its steps.

    The row stays, empty, so that a page that points at it finds nothing.
    """
    if not scopes & ENDS_QUOTING:
        return {}
    Contributor.objects.select_for_update().get(pk=contributor.pk)
    return {"quotes": _forget_quotes(contributor)}


def forget_sense(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """`analyse`: tags, offers, places in topic runs, parts of splits, the computer's words that fewer than
    three of the remaining people use, and memos on the passages and conversations, which may hold extracts.
    """
    if not scopes & {Scope.ANALYSE, Scope.TAKE_PART}:
        return {}
    Contributor.objects.select_for_update().get(pk=contributor.pk)
    return _forget_sense(contributor)


STEPS = {"quotes": forget_quotes, "sense": forget_sense}


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
    conversations = set(contributor.participations.values_list("conversation_id", flat=True))
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
    proposal = TopicProposal.objects.get(pk=proposal_id)
    spoken: dict[int, set[str]] = {}
    rows = Segment.objects.filter(topic_assignments__proposal=proposal).values_list("contributor_id", "text")
    for speaker, text in rows:
        spoken.setdefault(speaker, set()).update(_WORD.findall(text.casefold()))
    kept = [
        [word, weight]
        for word, weight in proposal.words
        if sum(set(_WORD.findall(str(word).casefold())) <= said for said in spoken.values())
        >= LEAST_PEOPLE_PER_WORD
    ]
    dropped = len(proposal.words) - len(kept)
    if dropped:
        # A group accepted without a name carries the computer's words as its name.
        offered = name_by_words(proposal)
        proposal.words = kept
        proposal.save(update_fields=["words"])
        proposal.decisions.filter(name=offered).update(name=name_by_words(proposal))
    return dropped
