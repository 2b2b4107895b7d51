"""Small helps of the public templates."""

from typing import Any

from django import template
from django.template.context import Context

from publishing.reporting import LABELS

register = template.Library()


@register.simple_tag(takes_context=True)
def trail_way(context: Context, quote: Any) -> str:
    """Where "How we know" leads for a quote: its trail on this page, or on its Wisdom's own; else empty."""
    base = context.get("trail_base")
    return "" if base is None else f"{base}#trail-{quote.id}"


@register.filter
def method_heading(code: str) -> object:
    """Words of a heading of the methods, by its code."""
    return LABELS.get(code, code)
