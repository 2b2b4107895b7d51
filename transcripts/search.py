"""Search over passages without names, for those who listen: found by the database, let through by the gate.

The database's function `search_segments` keeps to the door that stands open; what it finds is asked of the
gate here before any word of it is shown, and read again through the wall. What was asked for is kept
nowhere, in no log and no record.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, Func, TextField, Value

from accounts.models import User
from accounts.permissions import partners_where
from enquiries import consent
from enquiries.models import Enquiry, Scope
from transcripts.models import Segment

# Shorter questions find nearly everything; longer ones are texts, not questions.
LEAST_LETTERS = 2
MOST_LETTERS = 200
# At most so many passages are given, the best first. Beyond that, another word helps more than another page.
MOST_FOUND = 400

_OPEN, _SHUT = "\ue000", "\ue001"
# What `fold_words` leaves out of a text; every other character it keeps or changes for one other.
_GONE = frozenset(
    "\u00ad\u200b\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0323\u0327\u0328"
    "\ue000\ue001"
)


@dataclass(frozen=True, slots=True)
class Matches:
    """Ids of the passages found that may be read now, best first.

    Attributes:
        there_are_more: more passages match than are given; these fit best among the first 2,000.
    """

    ids: tuple[int, ...]
    there_are_more: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a passage; `is_hit` when it is a word that was asked for."""

    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage, and its text in parts that put together are the text, unchanged."""

    segment: Segment
    parts: tuple[Part, ...]


NOTHING = Matches((), False)


def search(user: User, query: str, *, enquiry: Enquiry | None = None) -> Matches:
    """Passages whose words answer `query`, at the partners where the user may read passages; two queries.

    Only texts in force count, and only what was said by those who allow `analyse` for that wave at this
    moment, as in `transcripts.selectors.segments_for_analysis`.

    Args:
        query: words that must all be there, in any form; "in quotation marks" exactly so; -without; or.
            Shorter than LEAST_LETTERS, longer than MOST_LETTERS or with a NUL finds nothing.
        enquiry: look in this one alone; None looks in all.
    """
    asked = query.strip()
    if not LEAST_LETTERS <= len(asked) <= MOST_LETTERS or "\0" in asked:
        return NOTHING
    among = partners_where(user, "passage.read")
    if not among:
        return NOTHING
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT segment_id, contributor_id, wave_id FROM search_segments(%s, %s, %s, %s)",
            [asked, among, enquiry.pk if enquiry else None, MOST_FOUND + 1],
        )
        rows: list[tuple[int, int, int]] = cursor.fetchall()
    open_now = consent.allowing_pairs({(who, wave) for _pk, who, wave in rows}, Scope.ANALYSE)
    ids = tuple(pk for pk, who, wave in rows if (who, wave) in open_now)
    return Matches(ids[:MOST_FOUND], len(rows) > MOST_FOUND)


def hits(ids: Sequence[int], query: str) -> list[Hit]:
    """The passages of a page of `Matches.ids`, in that order, with the words that were found; one query.

    A passage that has gone in the meantime is left out.
    """
    marked = Func(F("text"), Value(query.strip()), function="mark_words", output_field=TextField())
    found = {
        row.pk: row
        for row in Segment.objects.filter(pk__in=ids)
        .select_related("contributor", "conversation__enquiry__partner")
        .defer("embedding")
        .annotate(marked=marked)
    }
    return [Hit(found[pk], parts_of(found[pk].text, found[pk].marked)) for pk in ids if pk in found]


def parts_of(text: str, marked: str | None) -> tuple[Part, ...]:
    """The text cut where the database put its marks into the folded text.

    Folding leaves characters out but never adds any, so each kept character of the text is one of the folded
    text. Where that does not hold, which would be a fault, the whole text comes back without hits.
    """
    kept = [n for n, letter in enumerate(text) if letter not in _GONE]
    spans = list(_spans(marked or ""))
    if marked is None or len(marked) - 2 * len(spans) != len(kept):
        return (Part(text, is_hit=False),) if text else ()
    parts, at = [], 0
    for first, last in spans:
        start, end = kept[first], kept[last - 1] + 1
        # An accent that stands by itself belongs to the letter before it.
        while end < len(text) and text[end] in _GONE:
            end += 1
        if start > at:
            parts.append(Part(text[at:start], is_hit=False))
        parts.append(Part(text[start:end], is_hit=True))
        at = end
    if at < len(text):
        parts.append(Part(text[at:], is_hit=False))
    return tuple(parts)


def _spans(marked: str) -> Iterable[tuple[int, int]]:
    """Where hits lie, `[start, end)`, in the folded text without its marks. An empty hit is none."""
    at, start = 0, 0
    for letter in marked:
        if letter == _OPEN:
            start = at
        elif letter == _SHUT:
            yield start, at
        else:
            at += 1
