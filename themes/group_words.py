"""Which of the computer's words for a group may be shown: those that enough of its people use."""

import re
from collections.abc import Iterable

from enquiries import consent
from enquiries.models import Scope
from themes.models import TopicProposal
from transcripts.models import Segment

# Fewer, and the word could be somebody's own.
LEAST_PEOPLE_PER_WORD = 3
_WORD = re.compile(r"\w+")

Weighted = list[list[object]]


def shared_words(words: Iterable[Iterable[object]], said: Iterable[tuple[int, str]]) -> Weighted:
    """Those `[word, weight]` that at least three people use, in their order.

    Args:
        said: `(contributor id, text)` of the group's passages.
    """
    spoken: dict[int, set[str]] = {}
    for speaker, text in said:
        spoken.setdefault(speaker, set()).update(_WORD.findall(text.casefold()))
    kept: Weighted = []
    for word, weight in words:
        parts = set(_WORD.findall(str(word).casefold()))
        if sum(parts <= theirs for theirs in spoken.values()) >= LEAST_PEOPLE_PER_WORD:
            kept.append([word, weight])
    return kept


def shared_words_of(proposal: TopicProposal) -> Weighted:
    """The same for a group as it is stored now, by the passages of those who allow `analyse` now."""
    inside = Segment.objects.filter(topic_assignments__proposal=proposal)
    said = list(inside.values_list("pk", "contributor_id", "conversation__wave_id"))
    allowed = consent.allowing_pairs({(who, wave) for _pk, who, wave in said}, Scope.ANALYSE)
    open_now = [pk for pk, who, wave in said if (who, wave) in allowed]
    rows = Segment.objects.filter(pk__in=open_now).values_list("contributor_id", "text")
    return shared_words(proposal.words, rows)
