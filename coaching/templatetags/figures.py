"""Lets `components/figure.html` draw the bars of any safe figure."""

from typing import Any

from django import template

from coaching.charts import Chart, chart_of

register = template.Library()


@register.filter
def chart(figure: Any) -> Chart | None:
    """Geometry of the bars of a figure that has `rows`."""
    return chart_of(figure.rows)


@register.filter
def unlocalised(number: float) -> str:
    """A number as SVG wants it, whatever the reader's language writes for a decimal point."""
    return f"{number:g}"
