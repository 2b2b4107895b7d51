"""The shape of a form's words, the same for every kind."""

from dataclasses import dataclass
from typing import NamedTuple


class Ask(NamedTuple):
    """One scope: the question, and what a yes means."""

    ask: str
    says: str


@dataclass(frozen=True)
class Text:
    """All words of one kind of form.

    `paragraphs` are pairs: the fact of the enquiry a paragraph needs ("" for none), and the paragraph, with
    the names in braces to be put in: see `default_wording`.
    """

    title: str
    paragraphs: tuple[tuple[str, str], ...]
    cannot_recall: str
    printed_copies: str
    asks: dict[str, Ask]
    yes: str
    no: str
    later: str
    needs: str
    one_by_one: str
    cannot_heading: str
    paper_heading: str
    change_heading: str
    change: str
    copy_heading: str
    name_line: str
    date_line: str
