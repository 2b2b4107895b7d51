"""What to write in the place of a name: a word that keeps the sentence readable and tells nobody apart."""

from __future__ import annotations

import re

from nlp.names.wordlists import BODIES, ROLES, longest_first

_BY_KIND = {
    "person": "a person",
    "place": "town",
    "organisation": "an organisation",
    "date": "date",
    "phone": "phone number",
    "email": "email address",
    "address": "address",
    "postcode": "postcode",
    "number_id": "number",
    "age": "age",
    "other": "detail removed",
}
_ROLE = "|".join(longest_first(ROLES))
_BEFORE = re.compile(
    rf"\b(?:my|his|her|our|their|your|the|a)\s+(?:(?!(?:{_ROLE})\b)[\w-]+\s+)?({_ROLE}),?\s+"
    rf"(?:(?:was|is|'s|’s)\s+)?(?:called\s+|named\s+)?$",
    re.IGNORECASE,
)
_COUNTIES = (
    "shire",
    "sussex",
    "essex",
    "norfolk",
    "suffolk",
    "kent",
    "surrey",
    "devon",
    "cornwall",
    "cumbria",
)
_COUNTRIES = frozenset(
    [
        "england",
        "scotland",
        "wales",
        "ireland",
        "britain",
        "poland",
        "romania",
        "somalia",
        "sudan",
        "eritrea",
        "syria",
        "iran",
        "iraq",
        "afghanistan",
        "pakistan",
        "india",
        "bangladesh",
        "nigeria",
        "ghana",
        "jamaica",
        "ukraine",
        "france",
        "germany",
        "spain",
        "italy",
        "portugal",
        "china",
    ]
)


def role_before(text: str, start: int) -> str | None:
    """Who the name at `start` is to the speaker: `sister` after "my sister " or "my sister, "; else None."""
    match = _BEFORE.search(text[max(0, start - 60) : start])
    return match.group(1).casefold() if match else None


def propose_replacement(kind: str, text: str, role_hint: str | None = None, *, before: str = "") -> str:
    """A stand-in in square brackets; a person accepts or changes it.

    Args:
        kind: one of KINDS.
        text: the name itself.
        role_hint: who it is, such as `sister`; only for people.
        before: the text up to the name, from which the role is read where no hint is given.

    Raises:
        ValueError: no such kind.
    """
    if kind not in _BY_KIND:
        raise ValueError(f"There is no kind of name called {kind!r}.")
    words = [word.strip(".,'’").casefold() for word in text.split()]
    if kind == "person":
        role = role_hint or role_before(before, len(before))
        return f"[{role.strip()}]" if role and role.strip() else "[a person]"
    if kind in ("organisation", "place"):
        for word in reversed(words):
            if word in BODIES and not (kind == "place" and word == "house" and len(words) == 1):
                return f"[{BODIES[word]}]"
    if kind == "place":
        if any(word in _COUNTRIES for word in words):
            return "[country]"
        if any(word.endswith(_COUNTIES) for word in words):
            return "[county]"
    if kind == "date":
        if re.fullmatch(r"(?:19|20)\d\d", text.strip()):
            return "[year]"
        if not re.search(r"\d", text):
            return "[month]"
    return f"[{_BY_KIND[kind]}]"
