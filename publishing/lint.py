"""Words that do not show the respect of the published text, and what to say instead.

Reads what we write, never what people said. A word may stay where a person gives the reason.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape

from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _

# Pattern, its name, what to say instead. Whole words, in any case; plurals where English forms them.
_WORDS: tuple[tuple[str, str, object], ...] = (
    (r"the\s+homeless(?!\w|-)(?!\s+(?:people|person))", "the homeless", _("people without a home")),
    (r"addicts?", "addict", _("a person, and what they said themselves")),
    (r"ex-?\s?offenders?", "ex-offender", _("a person who has been in prison, if it matters at all")),
    (r"service[\s-]users?", "service user", _("person")),
    (r"clients?", "client", _("person")),
    (r"case\s?(?:work(?:er)?s?|loads?|notes?)?|cases", "case", _("person")),
    (r"complex\s+needs", "complex needs", _("people going through tough times")),
    (r"hard[\s-]to[\s-]reach", "hard to reach", _("people nobody had asked yet")),
    (r"chaotic", "chaotic", _("say what happened")),
    (r"vulnerable", "vulnerable", _("people going through tough times")),
    (r"fail(?:ed|s|ing)?\s+to\s+engage", "failed to engage", _("changed their mind")),
    (r"discharg(?:e|ed|es|ing)", "discharge", _("ending")),
    (r"fix(?:es|ed|ing)?(?!\s+(?:date|sum))", "fix", _("work alongside")),
)
# "in case", "in any case" and the like are not about a person.
_ALLOWED_BEFORE = {
    "case": re.compile(r"(?:in|in\s+(?:any|that|this|which|each|the|either)|just\s+in)\s+$", re.IGNORECASE)
}
# The name of one of the eight principles.
_ALLOWED_AROUND = {"fix": re.compile(r"\bnot\s+fixing\b", re.IGNORECASE)}
_PATTERNS = [
    (re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE), name, instead)
    for pattern, name, instead in _WORDS
]

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’')]*\s+")
_WORD = re.compile(r"\w+(?:[’'-]\w+)*")
LONGEST_AVERAGE = 20


@dataclass(frozen=True)
class Finding:
    """One word found: its name in the list, the words around it, and what to say instead."""

    word: str
    around: str
    instead: str


def plain(html: str) -> str:
    """Rich text as plain text, with the ends of paragraphs and list items kept apart."""
    parted = re.sub(r"</(?:p|li|h[1-6])>|<br\s*/?>", "\n", html)
    return unescape(strip_tags(parted)).strip()


def read(text: str) -> list[Finding]:
    """Every word of the list in `text`, in order. An empty text has none."""
    found: list[tuple[int, Finding]] = []
    for pattern, name, instead in _PATTERNS:
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - 24) : match.start()]
            if name in _ALLOWED_BEFORE and _ALLOWED_BEFORE[name].search(before):
                continue
            around = text[max(0, match.start() - 30) : match.end() + 30].strip()
            if name in _ALLOWED_AROUND and _ALLOWED_AROUND[name].search(around):
                continue
            found.append((match.start(), Finding(name, " ".join(around.split()), str(instead))))
    return [finding for _at, finding in sorted(found, key=lambda each: each[0])]


def sentences(texts: Iterable[str]) -> list[str]:
    """Sentences of several plain texts; a line end ends a sentence too."""
    parts: list[str] = []
    for text in texts:
        for line in text.splitlines():
            parts += [each for each in _SENTENCE_END.split(line.strip()) if _WORD.search(each)]
    return parts


def average_length(texts: Iterable[str]) -> float | None:
    """Words per sentence over all `texts`; None when there is no sentence."""
    found = sentences(texts)
    if not found:
        return None
    return sum(len(_WORD.findall(each)) for each in found) / len(found)
