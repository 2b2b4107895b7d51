"""Small readers for our templates."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from themes.marks import Block, Mark
from themes.selectors.reading import PassageView

register = template.Library()


@register.filter
def at(values: Mapping[Any, Any] | None, key: Any) -> Any:
    """The value under a key that is itself a variable; None where there is none."""
    return values.get(key) if values else None


@register.filter
def clock(ms: int | None) -> str:
    """Milliseconds from the start of a recording as "5:24"; empty for none."""
    if ms is None:
        return ""
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes}:{seconds:02d}"


@register.simple_tag
def words(passage: PassageView, language: str) -> SafeString:
    """The paragraph that holds the words of a passage, with their marks.

    In Python and not in a template: white space between the tags of a template would become part of the
    words, and shift every offset that the browser counts.
    """
    return format_html(
        '<p class="words" lang="{}" data-reading-target="words" data-segment="{}" data-number="{}">{}</p>',
        language,
        passage.segment.pk,
        passage.segment.number,
        format_html_join("", "{}", ((_block(block),) for block in passage.blocks)),
    )


def _block(block: Block) -> SafeString:
    inside = format_html_join(
        "",
        "{}{}",
        (
            (
                _initials(run.opening),
                format_html('<mark class="tag {}">{}</mark>', run.inner.css, run.text)
                if run.inner
                else run.text,
            )
            for run in block.runs
        ),
    )
    if block.outer is None:
        return inside
    return format_html('{}<mark class="tag {}">{}</mark>', _initials(block.opening), block.outer.css, inside)


def _initials(marks: Iterable[Mark]) -> SafeString:
    return format_html_join(
        "",
        '<a class="initial {}" href="#{}" aria-label="{}, {}">{}</a>',
        ((mark.css, mark.anchor, mark.initial, mark.label, mark.initial) for mark in marks),
    )
