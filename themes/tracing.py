"""Where this app holds something of somebody, for `enquiries.tracing`."""

from enquiries.tracing import Paths
from themes.models import (
    Memo,
    PassageRead,
    ProposalDecision,
    Quote,
    QuoteStep,
    ReadingMark,
    Suggestion,
    TagDecision,
    ThemeQuote,
    TopicAssignment,
    TopicProposal,
    TopicRun,
)

OF_VOICES: Paths = {
    Quote: "contributor",
    QuoteStep: "quote__contributor",
    ThemeQuote: "quote__contributor",
    Memo: ("segment__contributor", "conversation__contributors"),
    TagDecision: "segment__contributor",
    Suggestion: "segment__contributor",
    ReadingMark: "conversation__contributors",
    TopicRun: "assignments__segment__contributor",
    TopicProposal: "assignments__segment__contributor",
    TopicAssignment: "segment__contributor",
    PassageRead: "assignment__segment__contributor",
    ProposalDecision: "proposal__assignments__segment__contributor",
}
