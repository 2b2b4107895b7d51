"""Small helps of the public templates."""

import re
from typing import Any

from django import template
from django.template.context import Context

from publishing.reporting import LABELS

register = template.Library()

_INNER = re.compile(r"[\"“]([^\"“”]*)[\"”]")


@register.simple_tag(takes_context=True)
def trail_way(context: Context, quote: Any) -> str:
    """Where "How we know" leads for a quote: its trail on this page, or on its Wisdom's own; else empty."""
    base = context.get("trail_base")
    return "" if base is None else f"{base}#trail-{quote.id}"


@register.filter
def typographic(words: str) -> str:
    """Words somebody said with the typesetter's apostrophes, and single marks where they quote another.

    Only the shape of the marks: what was said is not touched, and what is stored stays as it is.
    """
    curled = _INNER.sub(r"‘\1’", str(words))
    return curled.replace("'", "’")


@register.filter
def method_heading(code: str) -> object:
    """Words of a heading of the methods, by its code."""
    return LABELS.get(code, code)
