"""Codes offered for passages, from what people tagged before."""

from nlp.suggestions.codes import (
    DEFAULT_THRESHOLD,
    CodeExamples,
    EmbeddedPassage,
    SuggestedCode,
    suggest_codes,
)

__all__ = ["DEFAULT_THRESHOLD", "CodeExamples", "EmbeddedPassage", "SuggestedCode", "suggest_codes"]
