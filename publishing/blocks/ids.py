"""Blocks that hold nothing but the number of something kept elsewhere.

A quote, a figure or a joint display is stored once, outside the pages. What stands in a page, its drafts and
its old revisions is a whole number; the words are looked up each time the page is shown, so that taking
them back works everywhere at once.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from publishing.widgets import FigureChooser, JointDisplayChooser, QuoteChooser, RowChooser


class ChosenIdBlock(blocks.FieldBlock):
    """A whole number chosen from a list. Its value is an int or None, never the row."""

    chooser_class: ClassVar[type[RowChooser]]
    # What the number is of: "quote", "figure" or "display".
    holds: ClassVar[str]

    def __init__(self, required: bool = True, help_text: str | None = None, **kwargs: Any) -> None:
        self._required = required
        self._help_text = help_text
        super().__init__(**kwargs)

    @cached_property
    def field(self) -> forms.IntegerField:
        return forms.IntegerField(
            min_value=1,
            required=self._required,
            help_text=self._help_text or "",
            widget=self.chooser_class(),
        )

    def get_form_state(self, value: int | None) -> dict[str, Any] | None:
        """What the chooser shows; looked up now, stored nowhere."""
        return self.field.widget.get_value_data(value)

    def get_searchable_content(self, value: int | None) -> list[str]:
        """Nothing: the search index must never hold what somebody said."""
        return []

    def extract_references(self, value: int | None) -> Iterator[tuple[type, str, str, str]]:
        """The row chosen, for Wagtail's table of what is used where. Holds ids only."""
        if value is not None:
            yield self.field.widget.model_class, str(value), "", ""

    class Meta:
        default = None


class QuoteIdBlock(ChosenIdBlock):
    chooser_class = QuoteChooser
    holds = "quote"

    class Meta:
        icon = "openquote"
        label = _("Quote")


class FigureIdBlock(ChosenIdBlock):
    chooser_class = FigureChooser
    holds = "figure"

    class Meta:
        icon = "table"
        label = _("Figure")


class JointDisplayIdBlock(ChosenIdBlock):
    chooser_class = JointDisplayChooser
    holds = "display"

    class Meta:
        icon = "list-ul"
        label = _("Heard and counted")
