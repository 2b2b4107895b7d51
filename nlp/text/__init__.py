"""Offsets, sentences, segments and spans in plain text."""

from nlp.text.carrying import SpanCarrier, carry_span
from nlp.text.fillers import find_fillers
from nlp.text.offsets import codepoint_to_utf16, utf16_to_codepoint
from nlp.text.sentences import average_sentence_words, split_segments, split_sentences

__all__ = [
    "SpanCarrier",
    "average_sentence_words",
    "carry_span",
    "codepoint_to_utf16",
    "find_fillers",
    "split_segments",
    "split_sentences",
    "utf16_to_codepoint",
]
