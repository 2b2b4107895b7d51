"""Finds what somebody said where a colleague typed it again: in a memo, a reason, the draft of a page.

A run of as many words as nobody writes twice by chance counts as theirs. Such words are taken out and a cut
is left in their place; whatever else the colleague wrote stays.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from enquiries.models import Contributor, Enquiry
from themes.models import Quote, QuoteStep
from transcripts.models import Segment

RUN_LENGTH = 6
CUT = "[…]"
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# What stands between words: marks of rich text and the names of signs, which are not words.
_TAG = re.compile(r"<[^<>]*>|&#?\w+;")

Runs = frozenset[tuple[str, ...]]


def _folded(word: str) -> str:
    return word.replace("’", "'").casefold()


def runs_of(texts: Iterable[str]) -> Runs:
    """Every run of `RUN_LENGTH` words in the texts, without case and signs; none in a shorter text."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = [_folded(word) for word in _WORD.findall(text)]
        found.update(tuple(words[at : at + RUN_LENGTH]) for at in range(len(words) - RUN_LENGTH + 1))
    return frozenset(found)


def runs_said_by(contributor: Contributor) -> Runs:
    """Runs of what this voice said, in passages and quotes. The enquiry's own question is not theirs."""
    passages = Segment.objects.filter(contributor=contributor).values_list("text", flat=True)
    quotes = Quote.objects.filter(contributor=contributor).values_list("text", "shown")
    steps = QuoteStep.objects.filter(quote__contributor=contributor).values_list("shown", flat=True)
    said = runs_of([*passages, *(text for pair in quotes for text in pair), *steps])
    return said - runs_of([Enquiry.objects.values_list("question", flat=True).get(pk=contributor.enquiry_id)])


def without(text: str, said: Runs) -> str:
    """`text` with every word of a run in `said` taken out and `[…]` once in the place of each stretch.

    Marks of rich text between and inside the words stay, so that markup is as whole as it was.
    """
    if not said or not text:
        return text
    tags = [match.span() for match in _TAG.finditer(text)]
    blank = text
    for start, end in tags:
        blank = blank[:start] + " " * (end - start) + blank[end:]
    words = list(_WORD.finditer(blank))
    folded = [_folded(word.group()) for word in words]
    going: set[int] = set()
    for at in range(len(folded) - RUN_LENGTH + 1):
        if tuple(folded[at : at + RUN_LENGTH]) in said:
            going.update(range(at, at + RUN_LENGTH))
    if not going:
        return text
    out, done = [], 0
    for at, word in enumerate(words):
        if at not in going:
            continue
        before = text[done : word.start()]
        if at - 1 in going:
            # Between two words that go, only marks stay.
            before = "".join(_TAG.findall(before))
        else:
            before += CUT
        out.append(before)
        done = word.end()
    return "".join(out) + text[done:]


def without_in(value: Any, clean: Callable[[str], str]) -> Any:
    """`clean` applied to all text inside a JSON value, text that is itself JSON included."""
    if isinstance(value, dict):
        return {key: without_in(each, clean) for key, each in value.items()}
    if isinstance(value, list):
        return [without_in(each, clean) for each in value]
    if not isinstance(value, str):
        return value
    if value[:1] in ("[", "{"):
        try:
            inner = json.loads(value)
        except ValueError:
            return clean(value)
        if isinstance(inner, dict | list):
            cleaned = without_in(inner, clean)
            return value if cleaned == inner else json.dumps(cleaned)
    return clean(value)
