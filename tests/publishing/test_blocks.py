"""Every block: icon, description, preview; drawn at its least and at its fullest."""

import datetime

import pytest
from wagtail import blocks as wagtail_blocks

from publishing import blocks
from publishing.gathering import Gathered, made_up

BLOCKS = [
    blocks.ChangeBlock,
    blocks.FigureBlock,
    blocks.InterludeBlock,
    blocks.JointDisplayBlock,
    blocks.LinkedProseBlock,
    blocks.MethodBlock,
    blocks.MoreQuotesBlock,
    blocks.ProseBlock,
    blocks.QuoteBlock,
    blocks.RecommendationBlock,
]


@pytest.mark.parametrize("block_class", BLOCKS)
def test_block_has_icon_description_and_a_preview_that_draws(block_class):
    block = block_class()
    assert block.meta.icon != "placeholder"
    assert block.get_description()
    assert block.is_previewable
    value = block.get_preview_value()
    context = block.get_preview_context(value) | {"trail_base": ""}
    assert block.render(value, context=context).strip()


LEAST = {
    blocks.QuoteBlock: {"quote": 404},
    blocks.MoreQuotesBlock: {"lead_in": "Others put it this way.", "quotes": [404]},
    blocks.FigureBlock: {"figure": 404},
    blocks.JointDisplayBlock: {"display": 404},
    blocks.InterludeBlock: {"after": 0, "title": "", "text": "", "quotes": []},
}


@pytest.mark.parametrize("block_class", LEAST)
def test_block_whose_words_may_not_be_shown_draws_nothing(block_class):
    block = block_class()
    value = block.to_python(LEAST[block_class])
    assert block.render(value, context={"gathered": Gathered()}).strip() == ""


def test_further_quotes_draw_those_that_are_left():
    block = blocks.MoreQuotesBlock()
    drawn = block.render(
        block.to_python({"lead_in": "", "quotes": [404, 2]}), context={"gathered": made_up()}
    )
    assert drawn.count("<blockquote") == 1
    assert "How we know" not in drawn


def test_recommendation_and_change_at_their_least():
    block = blocks.RecommendationBlock()
    drawn = block.render(block.to_python({"title": "Ask once", "to_whom": "", "text": ""}))
    assert "to-whom" not in drawn
    change = blocks.ChangeBlock()
    drawn = change.render(change.to_python({"on": "2025-09-04", "text": "A date."}))
    assert datetime.date(2025, 9, 4).isoformat() in drawn


def test_display_where_nothing_was_counted_has_one_side():
    gathered = made_up()
    display = gathered.displays[1]
    silent = type(display)(
        type(display.display)(
            **{name: getattr(display.display, name) for name in display.display.__dataclass_fields__}
            | {"figure": None, "relation": "silent", "relation_label": "Nothing was counted about this"}
        ),
        (),
    )
    block = blocks.JointDisplayBlock()
    drawn = block.render(
        block.to_python({"display": 1}), context={"gathered": Gathered(displays={1: silent})}
    )
    assert "Nothing was counted" in drawn
    assert '<svg class="chart"' not in drawn


def test_words_are_never_searchable_through_an_id():
    block = blocks.QuoteBlock()
    assert block.get_searchable_content(block.to_python({"quote": 1})) == []
    assert isinstance(block, wagtail_blocks.StructBlock)
