"""Where the bars of a figure go. Drawn 340 units wide, so that 14-unit text stays readable on a phone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

WIDTH = 340
BAR_HEIGHT = 16
GAP = 6
# Labels stand left of the bars while the longest fits there, else each above its bar.
LABEL_WIDTH = 140
CHARACTERS_BESIDE = 19
NUMBER_WIDTH = 38
INDENT = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar and its two texts; `width` is 0 where the number is hidden."""

    label: str
    number: str
    label_x: int
    label_y: int
    x: int
    y: int
    width: float
    number_x: float
    number_y: int
    is_within: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Geometry in units of the view box. `axis_x` is None where labels stand above the bars: a line there
    would run through them."""

    width: int
    height: int
    axis_x: int | None
    bars: tuple[Bar, ...]
    has_within: bool


def chart_of(rows: Iterable[Mapping[str, Any]]) -> Chart | None:
    """Bars for the rows of a safe figure, longest bar full width; None where no number may be drawn.

    Args:
        rows: as stored in `PublishedFigure.safe["rows"]`; `size` is not negative.
    """
    listed = list(rows)
    largest = max((float(row["size"]) for row in listed if row.get("size") is not None), default=0.0)
    if largest <= 0:
        return None
    beside = all(len(_label(row)) + 2 * _is_within(row) <= CHARACTERS_BESIDE for row in listed)
    left = LABEL_WIDTH if beside else 0
    full = WIDTH - left - NUMBER_WIDTH
    step = BAR_HEIGHT + GAP if beside else 2 * BAR_HEIGHT + 2 * GAP + 4
    bars = []
    y = 4
    for row in listed:
        bar_y = y if beside else y + BAR_HEIGHT + 4
        size = row.get("size")
        width = round(float(size) / largest * full, 1) if size is not None else 0.0
        indent = INDENT if _is_within(row) else 0
        bars.append(
            Bar(
                label=_label(row),
                number=str(row["values"][0]) if row["values"] else "",
                label_x=indent,
                label_y=y + 13,
                x=left,
                y=bar_y,
                width=width,
                number_x=left + width + 7,
                number_y=bar_y + 13,
                is_within=_is_within(row),
            )
        )
        y += step
    return Chart(
        width=WIDTH,
        height=y,
        axis_x=left if beside else None,
        bars=tuple(bars),
        has_within=any(bar.is_within for bar in bars),
    )


def _label(row: Mapping[str, Any]) -> str:
    return str(row.get("short") or row["label"])


def _is_within(row: Mapping[str, Any]) -> bool:
    return row.get("series") == "within"
