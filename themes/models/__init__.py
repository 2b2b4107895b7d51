from themes.models.codebook import Code, Codebook, CodebookVersion, CodeKind, Level, System
from themes.models.meaning import (
    Attribution,
    Memo,
    Quote,
    QuoteState,
    QuoteStep,
    Theme,
    ThemeCode,
    ThemeQuote,
)
from themes.models.proposals import (
    PassageRead,
    ProposalAction,
    ProposalDecision,
    TopicAssignment,
    TopicProposal,
    TopicRun,
)
from themes.models.tagging import ReadingMark, Suggestion, TagChoice, TagDecision

__all__ = [
    "Attribution",
    "Code",
    "CodeKind",
    "Codebook",
    "CodebookVersion",
    "Level",
    "Memo",
    "PassageRead",
    "ProposalAction",
    "ProposalDecision",
    "Quote",
    "QuoteState",
    "QuoteStep",
    "ReadingMark",
    "Suggestion",
    "System",
    "TagChoice",
    "TagDecision",
    "Theme",
    "ThemeCode",
    "ThemeQuote",
    "TopicAssignment",
    "TopicProposal",
    "TopicRun",
]
