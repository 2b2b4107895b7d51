"""Collects in one go everything a public page shows by id, so that the number of queries never grows.

`uses_of` finds the ids in blocks; `gather` looks all of them up together. What may not be shown now is simply
not in the answer, and templates draw nothing for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wagtail.blocks import Block, ListBlock, StreamBlock, StructBlock

from coaching.selectors import SafeDisplay, SafeFigure
from enquiries.models import Voice
from publishing import selectors
from publishing.selectors import ShownDisplay
from themes.models import QuoteState
from themes.selectors import ShownQuote, TrailStep


@dataclass
class Uses:
    """Ids in the order in which they stand in a page; each once."""

    quotes: list[int] = field(default_factory=list)
    figures: list[int] = field(default_factory=list)
    displays: list[int] = field(default_factory=list)

    def add(self, holds: str, pk: int | None) -> None:
        """Note one id; None, an empty choice, is passed over."""
        found = {"quote": self.quotes, "figure": self.figures, "display": self.displays}[holds]
        if pk is not None and pk not in found:
            found.append(pk)

    def merge(self, other: "Uses") -> None:
        for pk in other.quotes:
            self.add("quote", pk)
        for pk in other.figures:
            self.add("figure", pk)
        for pk in other.displays:
            self.add("display", pk)


def uses_of(block: Block, value: Any) -> Uses:
    """Every id held in a block's value, however deep."""
    uses = Uses()
    _walk(block, value, uses)
    return uses


def _walk(block: Block, value: Any, uses: Uses) -> None:
    if value is None:
        return
    holds = getattr(block, "holds", None)
    if holds:
        uses.add(holds, value)
    elif isinstance(block, StreamBlock):
        for child in value:
            _walk(child.block, child.value, uses)
    elif isinstance(block, StructBlock):
        for name, child in block.child_blocks.items():
            _walk(child, value.get(name), uses)
    elif isinstance(block, ListBlock):
        for item in value:
            _walk(block.child_block, item, uses)


@dataclass
class Gathered:
    """What a page may show now, by id."""

    quotes: Mapping[int, ShownQuote] = field(default_factory=dict)
    figures: Mapping[int, SafeFigure] = field(default_factory=dict)
    displays: Mapping[int, ShownDisplay] = field(default_factory=dict)
    trails: Mapping[int, list[TrailStep]] = field(default_factory=dict)
    # The first quote in the page that has a bracket or a cut: the signs are explained beside it, once.
    explained_at: int | None = None

    def voices(self, ids: Iterable[int]) -> list[ShownQuote]:
        """The quotes of `ids` that may be shown, in order."""
        return [self.quotes[pk] for pk in ids if pk in self.quotes]

    def has_counts(self, uses: Uses) -> bool:
        """Whether any figure or display of `uses` may be shown."""
        return any(pk in self.figures for pk in uses.figures) or any(
            pk in self.displays for pk in uses.displays
        )

    def has_something(self, blocks: Iterable[Any]) -> bool:
        """Whether any of a stream's blocks has something to show: our own words, or a quote that may stand.

        Where all quotes under a heading were taken back, the heading goes with them.
        """
        held = (uses_of(each.block, each.value).quotes for each in blocks)
        return any(not quotes or self.voices(quotes) for quotes in held)

    @property
    def has_brackets(self) -> bool:
        return any("[" in quote.shown for quote in self.quotes.values())

    @property
    def has_cuts(self) -> bool:
        return any("…" in quote.shown for quote in self.quotes.values())


def gather(uses: Uses, *, with_trails: bool = False, only_placed: bool = True) -> Gathered:
    """Look everything up. The number of queries does not depend on how many ids there are.

    Args:
        only_placed: leave out quotes that no signed page holds as they are now, such as one its speaker has
            changed since; a draft shows them, for somebody to read and sign.
    """
    displays = selectors.joint_displays(uses.displays)
    quotes = selectors.shown_quotes([*uses.quotes, *selectors.quotes_beside(displays.values())])
    if only_placed:
        quotes = {pk: quote for pk, quote in quotes.items() if quote.state == QuoteState.PLACED}
    signs = [pk for pk in uses.quotes if pk in quotes and {"[", "…"} & set(quotes[pk].shown)]
    return Gathered(
        quotes=quotes,
        figures=selectors.figures(uses.figures),
        displays=selectors.build_displays(displays, quotes),
        trails=selectors.trails(quotes) if with_trails else {},
        explained_at=signs[0] if signs else None,
    )


def gather_block(block: Block, value: Any) -> Gathered:
    """For a block shown on its own, outside a page that has gathered already."""
    return gather(uses_of(block, value), only_placed=False)


def gathered_in(context: Mapping[str, Any] | None) -> Gathered | None:
    """What the page around a block has gathered, or None outside such a page."""
    found = context.get("gathered") if context is not None else None
    return found if isinstance(found, Gathered) else None


def made_up() -> Gathered:
    """Invented words and figures for the previews in the editor; nobody said them."""

    def say(pk: int, voice: Voice, text: str) -> ShownQuote:
        return ShownQuote(
            id=pk,
            enquiry_id=0,
            contributor_id=0,
            shown=text,
            voice=voice,
            voice_label=str(voice.label),
            attribution="",
            language="en",
            direction="ltr",
            state="placed",
            is_changed=True,
            theme_ids=(),
            themes=(),
            segment_id=0,
            start_ms=None,
            end_ms=None,
        )

    first = say(1, Voice.PERSON, "These words are made up … to show how [a quote] will look.")
    second = say(2, Voice.COACH, "So are these.")
    figure = SafeFigure(
        id=1,
        heading="How coaching came to an end",
        caption="180 endings. Made up, to show how a figure will look.",
        base_text="180 endings",
        unit="people",
        row_heading="Ending",
        columns=["People"],
        rows=[
            {"label": "Planned together", "values": ["85"], "size": 85},
            {"label": "The person’s choice", "values": ["45"], "size": 45},
            {"label": "Too soon", "values": ["fewer than 10"], "size": None},
        ],
        copyright="",
        notes=[],
    )
    display = SafeDisplay(
        id=1,
        topic="Starting again",
        theme_id=1,
        heard="Most people said that a new worker meant starting again.",
        relation="expands",
        relation_label="The count adds to what we heard",
        reading="About one ending in seven came because the coach left.",
        quote_ids=(2,),
        figure=figure,
    )
    shown = ShownDisplay(display, (second,))
    return Gathered({1: first, 2: second}, {1: figure}, {1: shown}, {}, explained_at=1)
