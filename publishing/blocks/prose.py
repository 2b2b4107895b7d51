"""What we write ourselves: plain paragraphs, and the parts of a report around the Wisdoms."""

import datetime

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from publishing.blocks.quotes import QuoteBlock
from publishing.reporting import HEADINGS

# No italics, which the typefaces do not have, and no headings, which the page itself sets.
PLAIN = ["bold", "ol", "ul"]
LINKED = [*PLAIN, "link"]


class ProseBlock(blocks.RichTextBlock):
    """Paragraphs in our own words. Without links, so that a long report asks the database no more."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("features", PLAIN)
        super().__init__(**kwargs)

    class Meta:
        icon = "pilcrow"
        label = _("Our words")
        description = _("Paragraphs in our own words. Quotes are never typed here: choose them.")
        template = "publishing/blocks/prose.html"
        preview_value = "<p>Most people had told their story many times. Each hoped it was the last.</p>"


class LinkedProseBlock(ProseBlock):
    """Paragraphs that may hold links, for pages without people's words."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("features", ["h2", "h3", *LINKED])
        super().__init__(**kwargs)

    class Meta:
        icon = "pilcrow"
        label = _("Text")
        description = _("Headings, paragraphs and links.")
        template = "publishing/blocks/linked_prose.html"
        preview_value = "<h2>How we listen</h2><p>We ask one question, and we leave room.</p>"


class InterludeBlock(blocks.StructBlock):
    """A short stretch between two Wisdoms in the whole report."""

    after = blocks.IntegerBlock(
        label=_("After Wisdom number"), min_value=0, help_text=_("0 puts it before the first.")
    )
    title = blocks.CharBlock(label=_("title"), max_length=160, required=False)
    text = ProseBlock(label=_("text"), required=False)
    quotes = blocks.StreamBlock([("quote", QuoteBlock())], required=False, label=_("quotes"), max_num=3)

    class Meta:
        icon = "minus"
        label = _("Interlude")
        description = _("A short stretch between two Wisdoms in the whole report.")
        template = "publishing/blocks/interlude.html"
        preview_value = {
            "after": 1,
            "title": "In between",
            "text": "<p>We stopped here for a while. So can you.</p>",
            "quotes": [],
        }


class RecommendationBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("what should change"), max_length=200)
    to_whom = blocks.CharBlock(label=_("who can change it"), max_length=160, required=False)
    text = ProseBlock(label=_("why, and how"), required=False)

    class Meta:
        icon = "arrow-right"
        label = _("Recommendation")
        description = _("One thing that should change, who can change it, and why.")
        template = "publishing/blocks/recommendation.html"
        preview_value = {
            "title": "Ask once, and write it down together",
            "to_whom": "Everyone who keeps a register",
            "text": "<p>Nobody should have to tell it twice.</p>",
        }


class MethodBlock(blocks.StructBlock):
    heading = blocks.ChoiceBlock(label=_("heading"), choices=HEADINGS)
    text = ProseBlock(label=_("text"))

    class Meta:
        icon = "doc-full"
        label = _("Method")
        description = _("What we did, under one heading of SRQR or COREQ.")
        template = "publishing/blocks/method.html"
        preview_value = {"heading": "srqr-08", "text": "<p>We asked everyone who came by in spring.</p>"}


class ChangeBlock(blocks.StructBlock):
    on = blocks.DateBlock(label=_("day"))
    text = blocks.CharBlock(
        label=_("what changed"), max_length=300, help_text=_("Name nobody, and no quote.")
    )

    class Meta:
        icon = "history"
        label = _("Change")
        description = _("What was changed after this was published, and on which day.")
        template = "publishing/blocks/change.html"
        preview_value = {"on": datetime.date(2025, 9, 4), "text": "We corrected a figure in Wisdom 4."}
