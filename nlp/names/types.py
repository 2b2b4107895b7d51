"""What the name finder gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

KINDS = (
    "person",
    "place",
    "organisation",
    "date",
    "phone",
    "email",
    "address",
    "postcode",
    "number_id",
    "age",
    "other",
)


@dataclass(frozen=True, slots=True)
class FoundName:
    """A stretch of text that may say who someone is; a person decides.

    Attributes:
        start, end: `[start, end)` in Unicode code points of the text.
        text: exactly `text[start:end]`.
        kind: one of KINDS.
        score: 0 to 1, how sure the finder is; comparable within a kind only.
        why: a short plain sentence for the person who decides.
    """

    start: int
    end: int
    text: str
    kind: str
    score: float
    why: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, in the shape that `python -m nlp names` prints."""
        return {
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "kind": self.kind,
            "score": self.score,
            "why": self.why,
        }
