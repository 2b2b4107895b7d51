"""Every change that people make while making sense of what was heard."""

from themes.actions.codebook import NewCode, add_code, change_code, retire_code, start_codebook
from themes.actions.meaning import change_theme, make_theme, put_quote_to_theme, take_quote_from_theme
from themes.actions.proposals import decide_proposal, mark_passage_read
from themes.actions.quotes import (
    drop_quote,
    mark_heard,
    mark_pseudonymised,
    offer,
    place,
    record_answer,
    select_quote,
    set_attribution,
    unplace,
)
from themes.actions.runs import request_topic_run
from themes.actions.suggestions import answer_suggestion, request_suggestions
from themes.actions.tagging import finish_reading, keep_memo, let_go, tag, untag

__all__ = [
    "NewCode",
    "add_code",
    "answer_suggestion",
    "change_code",
    "change_theme",
    "decide_proposal",
    "drop_quote",
    "finish_reading",
    "keep_memo",
    "let_go",
    "make_theme",
    "mark_heard",
    "mark_passage_read",
    "mark_pseudonymised",
    "offer",
    "place",
    "put_quote_to_theme",
    "record_answer",
    "request_suggestions",
    "request_topic_run",
    "retire_code",
    "select_quote",
    "set_attribution",
    "start_codebook",
    "tag",
    "take_quote_from_theme",
    "unplace",
    "untag",
]
