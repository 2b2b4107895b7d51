"""What people said, chosen by number from the quotes their speakers agreed to."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from publishing.blocks.ids import QuoteIdBlock
from publishing.gathering import gather_block, gathered_in, made_up, uses_of


class _LooksUpQuotes(blocks.StructBlock):
    """Gives its template `voices`: those quotes of this block that may be shown now, in order."""

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context=parent_context)
        gathered = gathered_in(parent_context) or gather_block(self, value)
        context["gathered"] = gathered
        context["voices"] = gathered.voices(uses_of(self, value).quotes)
        return context

    def get_preview_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context = super().get_preview_context(value, parent_context=parent_context)
        context["gathered"] = made_up()
        return context


class QuoteBlock(_LooksUpQuotes):
    """One quote. Where it may not be shown, nothing is: no gap and no note."""

    quote = QuoteIdBlock()

    class Meta:
        icon = "openquote"
        label = _("Quote")
        description = _("Words somebody said and agreed to have here. Chosen from a list, never typed.")
        template = "publishing/blocks/quote.html"
        preview_value = {"quote": 1}


class MoreQuotesBlock(_LooksUpQuotes):
    """Several quotes one after the other, smaller, under a sentence of ours."""

    lead_in = blocks.CharBlock(label=_("a sentence before them"), max_length=200, required=False)
    quotes = blocks.ListBlock(QuoteIdBlock(), label=_("quotes"), min_num=1, max_num=8)

    class Meta:
        icon = "openquote"
        label = _("Further quotes")
        description = _("Several voices one after the other, under a sentence of ours.")
        template = "publishing/blocks/more_quotes.html"
        preview_value = {"lead_in": "Others put it this way.", "quotes": [1, 2]}
