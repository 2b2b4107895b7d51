"""Numbers and addresses with a fixed shape: presidio's recognisers, and what speech needs besides them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from nlp.names.candidates import Candidate

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|"
    r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_DAY = r"(?:[12]?\d|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?:19|20)\d\d"
_UNITS_AFTER = (
    "pounds?|quid|euros?|dollars?|people|percent|per cent|times|miles|metres|words|hours|steps|homes"
)
_DATES = (
    re.compile(rf"\b(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}\b\.?(?:,?\s+{_YEAR}\b)?", re.IGNORECASE),
    re.compile(rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}\b(?:,?\s+{_YEAR}\b)?", re.IGNORECASE),
    re.compile(rf"\b{_MONTH}\s+{_YEAR}\b", re.IGNORECASE),
    re.compile(r"\b(?:0?[1-9]|[12]\d|3[01])[/.-](?:0?[1-9]|1[0-2])[/.-](?:\d{4}|\d\d)\b"),
    re.compile(rf"(?<![\d£$€.,/-]){_YEAR}(?![\d%]|[.,/-]\d|\s*(?:{_UNITS_AFTER})\b)", re.IGNORECASE),
)
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_UNITS = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_NUMBER = rf"(?:\d{{1,3}}|(?:{_TENS})(?:[- ](?:{_UNITS}))?|{_TEENS}|{_UNITS})"
_AGES = (
    re.compile(rf"\b{_NUMBER}[- ]years?[- ]old\b", re.IGNORECASE),
    re.compile(rf"\b(?:aged|age of|age)\s+({_NUMBER})\b(?!\s*(?:%|percent|per cent))", re.IGNORECASE),
    re.compile(
        rf"\b(?:I'm|I’m|I am|I was|he's|he’s|she's|she’s|he was|she was|turned|turning)\s+"
        rf"(?:only\s+|just\s+|about\s+)?(1[0-9]|[2-9]\d|{_TEENS}|(?:{_TENS})(?:[- ](?:{_UNITS}))?)"
        rf"(?=\s*(?:[.,;!?]|$|when|now|then|and|at the time|in|so|but|this|next|last))",
        re.IGNORECASE,
    ),
)
_STREETS = (
    "Road|Street|Lane|Avenue|Close|Drive|Crescent|Terrace|Gardens|Grove|Mews|Parade|Square|Way|Row|Walk|"
    "Rd|St|Ave"
)
_CAPITALISED = r"[A-ZÀ-ÖØ-Þ][\w'’-]+"
_ADDRESSES = (
    re.compile(
        rf"\b(?:(?:[Ff]lat|[Rr]oom|[Uu]nit|[Aa]partment)\s+(?:\d{{1,4}}[A-Za-z]?|[A-Z]),?\s+)?"
        rf"(?:\d{{1,4}}[A-Za-z]?,?\s+)?{_CAPITALISED}(?:\s+{_CAPITALISED}){{0,3}}?\s+(?:{_STREETS})\b"
    ),
    re.compile(r"\b(?:[Ff]lat|[Rr]oom)\s+(?:number\s+)?\d{1,4}[A-Za-z]?\b"),
)
_POSTCODE = re.compile(
    r"\b(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRV-Y])"
    r" ?\d[ABD-HJLNP-UW-Z]{2})\b",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w+])(?:\+44\s?\(?0?\)?\s?|\(?0)(?:\d[\s()-]{0,2}){8,9}\d(?!\w)")
_REFERENCE = re.compile(
    r"\b(?:reference|ref|account|policy|prison|roll|membership|order|licence|passport|booking|tenancy|crime)"
    r"(?:\s+(?:number|no|num|code))?\.?\s*(?:is|was|:|#)?\s*((?=[\w/-]*\d)[A-Za-z0-9][\w/-]{3,})",
    re.IGNORECASE,
)
_INSURANCE = re.compile(r"\b[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]\b", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w.@])@[A-Za-z0-9_](?:[\w.]{1,28})\w\b")

# presidio's name for a find, ours, the score below which it is too often something else, and why.
_PRESIDIO: dict[str, tuple[str, float, str]] = {
    "EMAIL_ADDRESS": ("email", 0.5, "It has the shape of an email address."),
    "PHONE_NUMBER": ("phone", 0.3, "It has the shape of a telephone number."),
    "UK_NHS": ("number_id", 0.5, "It is a valid NHS number."),
    "UK_NINO": ("number_id", 0.5, "It has the shape of a National Insurance number."),
    "UK_POSTCODE": ("postcode", 0.1, "It has the shape of a postcode."),
    "UK_DRIVING_LICENCE": ("number_id", 0.5, "It has the shape of a driving licence number."),
    "UK_PASSPORT": ("number_id", 0.1, "It has the shape of a passport number."),
    "UK_VEHICLE_REGISTRATION": ("number_id", 0.3, "It has the shape of a number plate."),
    "CREDIT_CARD": ("number_id", 0.3, "It is a valid card number."),
    "IBAN_CODE": ("number_id", 0.5, "It is a valid bank account number."),
    "IP_ADDRESS": ("number_id", 0.5, "It has the shape of a computer's address."),
    "URL": ("other", 0.5, "It is a web address."),
}


def pattern_candidates(text: str) -> Iterator[Candidate]:
    """Finds by shape alone, overlapping as they come."""
    for recogniser in _recognisers():
        for found in recogniser.analyze(text, recogniser.supported_entities, None):
            kind, least, why = _PRESIDIO[found.entity_type]
            if found.score >= least:
                yield Candidate(found.start, found.end, kind, _certain(kind, found.score), why)
    for match in _POSTCODE.finditer(text):
        yield Candidate(*match.span(), "postcode", 0.9, "It has the shape of a postcode.")
    for match in _PHONE.finditer(text):
        yield Candidate(*match.span(), "phone", 0.85, "It has the shape of a telephone number.")
    for match in _REFERENCE.finditer(text):
        yield Candidate(
            *match.span(1), "number_id", 0.8, "It is a number that stands for someone or something."
        )
    for match in _INSURANCE.finditer(text):
        yield Candidate(*match.span(), "number_id", 0.8, _PRESIDIO["UK_NINO"][2])
    for match in _HANDLE.finditer(text):
        yield Candidate(*match.span(), "other", 0.8, "It is a name used on social media.")
    for pattern in _DATES:
        for match in pattern.finditer(text):
            yield Candidate(*match.span(), "date", 0.7, "It is a date or a year.")
    for pattern in _AGES:
        for match in pattern.finditer(text):
            group = 1 if pattern.groups else 0
            yield Candidate(*match.span(group), "age", 0.7, "It says how old someone is.")
    for pattern in _ADDRESSES:
        for match in pattern.finditer(text):
            yield Candidate(*match.span(), "address", 0.75, "It has the shape of an address.")


def looks_like_date(part: str) -> bool:
    """True for a date or year; False for a length of time ("three weeks") or a day as such ("yesterday")."""
    return any(pattern.search(part) for pattern in _DATES) or bool(re.search(rf"\b{_MONTH}\b", part))


def _certain(kind: str, score: float) -> float:
    """presidio scores a bare shape low because it waits for words of context; here a person decides."""
    return round(max(score, 0.8 if kind in ("email", "phone", "postcode") else 0.6), 2)


@lru_cache(maxsize=1)
def _recognisers() -> tuple[Any, ...]:
    from presidio_analyzer import predefined_recognizers as presidio

    _keep_offline()
    return (
        presidio.EmailRecognizer(),
        presidio.PhoneRecognizer(supported_regions=("GB",), leniency=1),
        presidio.NhsRecognizer(),
        presidio.UkNinoRecognizer(),
        presidio.UkPostcodeRecognizer(),
        presidio.UkDrivingLicenceRecognizer(),
        presidio.UkPassportRecognizer(),
        presidio.UkVehicleRegistrationRecognizer(),
        presidio.CreditCardRecognizer(),
        presidio.IbanRecognizer(),
        presidio.IpRecognizer(),
        presidio.UrlRecognizer(),
    )


def _keep_offline() -> None:
    """tldextract, with which presidio checks email addresses, fetches a list of domains unless told."""
    import tldextract

    module: Any = sys.modules["tldextract.tldextract"]
    module.TLD_EXTRACTOR = tldextract.TLDExtract(
        cache_dir=None, suffix_list_urls=(), fallback_to_snapshot=True
    )
