"""The parts a page is made of. Words people said are in none of them: they are chosen by id."""

from publishing.blocks.figures import FigureBlock, JointDisplayBlock
from publishing.blocks.ids import ChosenIdBlock, FigureIdBlock, JointDisplayIdBlock, QuoteIdBlock
from publishing.blocks.prose import (
    ChangeBlock,
    InterludeBlock,
    LinkedProseBlock,
    MethodBlock,
    ProseBlock,
    RecommendationBlock,
)
from publishing.blocks.quotes import MoreQuotesBlock, QuoteBlock

__all__ = [
    "ChangeBlock",
    "ChosenIdBlock",
    "FigureBlock",
    "FigureIdBlock",
    "InterludeBlock",
    "JointDisplayBlock",
    "JointDisplayIdBlock",
    "LinkedProseBlock",
    "MethodBlock",
    "MoreQuotesBlock",
    "ProseBlock",
    "QuoteBlock",
    "QuoteIdBlock",
    "RecommendationBlock",
]
