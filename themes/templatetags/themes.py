"""Small readers for our templates."""

from collections.abc import Mapping
from typing import Any

from django import template

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
