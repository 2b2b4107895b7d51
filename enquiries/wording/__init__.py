"""What a consent form says where nobody has written anything else: plain English, Easy Read and Welsh.

A form is a document in one language, kept as it was shown. So its words are not translated with the site:
they are written here, once for each kind of form, and copied into a version when it is made.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.formats import date_format

from enquiries.consent import NEEDS
from enquiries.models import ConsentForm, ConsentFormat, Enquiry, Scope
from enquiries.wording import easy_read, standard, welsh
from enquiries.wording.kinds import Ask, Text

__all__ = [
    "KINDS",
    "Ask",
    "Wording",
    "asks_of",
    "default_wording",
    "labels_of",
    "long_sentences",
    ("needs_of"),
    ("questions_of"),
]

# Formats and languages that we have words for, in the order in which they are offered.
KINDS: tuple[tuple[str, str], ...] = (
    (ConsentFormat.STANDARD, "en"),
    (ConsentFormat.EASY_READ, "en"),
    (ConsentFormat.OTHER_LANGUAGE, "cy"),
)
_TEXTS: dict[tuple[str, str], Text] = {
    (ConsentFormat.STANDARD, "en"): standard.TEXT,
    (ConsentFormat.EASY_READ, "en"): easy_read.TEXT,
    (ConsentFormat.OTHER_LANGUAGE, "cy"): welsh.TEXT,
}
# One idea a sentence, and no more words than this, in Easy Read.
EASY_READ_WORDS = 15
_SENTENCE_END = re.compile(r"(?<=[.!?…])[”’)]?\s+|\n+")


@dataclass(frozen=True)
class Wording:
    """What a new version says before anybody changes it; fields as those of `ConsentForm`."""

    title: str
    text: str
    asks: dict[str, dict[str, str]]
    cannot_recall: str
    printed_copies: str
    cut_off_on: date

    def fields(self) -> dict[str, Any]:
        """By the names of `ConsentForm`'s fields."""
        return {
            "title": self.title,
            "text": self.text,
            "asks": self.asks,
            "cannot_recall": self.cannot_recall,
            "printed_copies": self.printed_copies,
            "cut_off_on": self.cut_off_on,
        }


def default_wording(enquiry: Enquiry, form_format: str, language: str) -> Wording:
    """Our words for one kind of form, with what the enquiry says of itself put in.

    Paragraphs whose contents the enquiry leaves empty are left out. A language that we have no words for
    begins with the standard ones, for somebody to translate.
    """
    text = _text(form_format, language)
    with translation.override(language):
        cut_off = date_format(enquiry.cut_off_on, "j F Y")
    filled = {
        "question": enquiry.question,
        "partner": enquiry.partner.name,
        "place": enquiry.place,
        "why": enquiry.why.strip(),
        "who_listens": enquiry.who_listens.strip(),
        "retention": enquiry.retention.strip(),
        "cut_off": cut_off,
        "adults": enquiry.adults_only,
    }
    paragraphs = [said.format(**filled) for needs, said in text.paragraphs if not needs or filled[needs]]
    return Wording(
        title=text.title,
        text="\n\n".join(paragraphs),
        asks={scope: {"ask": ask.ask, "says": ask.says} for scope, ask in text.asks.items()},
        cannot_recall=text.cannot_recall.format(**filled),
        printed_copies=text.printed_copies,
        cut_off_on=enquiry.cut_off_on,
    )


def asks_of(form: ConsentForm | None = None) -> dict[str, Ask]:
    """For each scope what a form asks and says of it, in the order of asking; our own words for the rest."""
    ours = _text(form.format, form.language) if form else standard.TEXT
    written: Mapping[str, Mapping[str, str]] = form.asks if form else {}
    return {
        scope: Ask(
            written.get(scope, {}).get("ask") or ask.ask,
            written.get(scope, {}).get("says", ask.says),
        )
        for scope, ask in ours.asks.items()
    }


def questions_of(form: ConsentForm | None = None) -> dict[str, str]:
    """For each scope the question alone; see `asks_of`."""
    return {scope: ask.ask for scope, ask in asks_of(form).items()}


def needs_of(form: ConsentForm | None, scope: str) -> str:
    """Which questions one rests on, as a sentence; empty for those that rest on taking part alone.

    What nearly every question needs is said once, beside the question for it.
    """
    grounds = [each for each in NEEDS[scope] if each != Scope.TAKE_PART]
    if not grounds:
        return ""
    asks = asks_of(form)
    words = labels_of(form) if form else standard.TEXT
    return words.needs.format(questions=" ".join(f"“{asks[each].ask}”" for each in grounds))


def labels_of(form: ConsentForm) -> Text:
    """What stands around the questions of a form, in its own language: headings and answers."""
    return _text(form.format, form.language)


def long_sentences(text: str, *, most_words: int = EASY_READ_WORDS) -> list[str]:
    """Sentences of more words than Easy Read allows, as they stand. A line break ends a sentence too."""
    found = [each.strip() for each in _SENTENCE_END.split(text)]
    return [each for each in found if len(each.split()) > most_words]


def _text(form_format: str, language: str) -> Text:
    exact = _TEXTS.get((form_format, language))
    if exact is not None:
        return exact
    return next((text for (_f, lang), text in _TEXTS.items() if lang == language), standard.TEXT)
