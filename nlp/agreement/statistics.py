"""Cohen's kappa and Krippendorff's alpha, with a plain "cannot be computed" where chance leaves no room.

Sources: Cohen 1960, kappa = (Po - Pe) / (1 - Pe); Krippendorff 2011, alpha = 1 - Do / De, through the
`krippendorff` package. Reading of alpha: Krippendorff's own limits 0.80 and 0.667.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

import numpy as np

Level = Literal["nominal", "ordinal", "interval", "ratio"]
RELY = 0.80
TENTATIVE = 0.667


@dataclass(frozen=True, slots=True)
class Agreement:
    """One coefficient.

    Attributes:
        value: None where it cannot be computed: nothing was read by two, or everybody always said the same
            one thing, so that chance alone explains full agreement.
        observed: share of pairs of readings of one unit that agree, 0 to 1; None without pairs.
        n: units read by at least two.
    """

    value: float | None
    observed: float | None
    n: int


@dataclass(frozen=True, slots=True)
class CodeAgreement:
    """Agreement code by code (present or absent); lowest and median of those that can be computed."""

    per_code: dict[str, Agreement]
    lowest: float | None
    median: float | None


def cohen_kappa(first: Sequence[Hashable | None], second: Sequence[Hashable | None]) -> Agreement:
    """Kappa of two readers over the units that both read; None stands for a unit not read.

    Raises:
        ValueError: lists of different lengths.
    """
    if len(first) != len(second):
        raise ValueError("Both readers have one entry for each unit.")
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    n = len(pairs)
    if n == 0:
        return Agreement(None, None, 0)
    observed = sum(a == b for a, b in pairs) / n
    left, right = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    # In whole numbers, so that "everybody always the same" is exactly that.
    by_chance = sum(left[value] * right[value] for value in left)
    if by_chance == n * n:
        return Agreement(None, observed, n)
    expected = by_chance / (n * n)
    return Agreement((observed - expected) / (1 - expected), observed, n)


def krippendorff_alpha(table: Sequence[Sequence[Hashable | None]], level: Level = "nominal") -> Agreement:
    """Alpha of any number of readers, gaps allowed.

    Args:
        table: one row per reader, one entry per unit; None for a unit not read. For other levels than
            nominal the entries are numbers.

    Raises:
        ValueError: rows of different lengths.
    """
    if len({len(row) for row in table}) > 1:
        raise ValueError("Every reader has one entry for each unit.")
    units = [[value for value in unit if value is not None] for unit in zip(*table, strict=True)]
    paired = [unit for unit in units if len(unit) > 1]
    if not paired:
        return Agreement(None, None, 0)
    pairs = sum(len(unit) * (len(unit) - 1) for unit in paired)
    agreeing = sum(count * (count - 1) for unit in paired for count in Counter(unit).values())
    observed = agreeing / pairs
    values = sorted(
        {value for unit in paired for value in unit}, key=lambda value: (str(type(value)), str(value))
    )
    if len(values) < 2:
        return Agreement(None, observed, len(paired))
    import krippendorff

    codes = {value: float(index) for index, value in enumerate(values)}
    as_number = codes.__getitem__ if level == "nominal" else float  # type: ignore[assignment]
    data = np.array(
        [
            [
                np.nan if row[unit] is None or len(units[unit]) < 2 else as_number(row[unit])  # type: ignore[arg-type]
                for unit in range(len(units))
            ]
            for row in table
        ]
    )
    alpha = float(krippendorff.alpha(reliability_data=data, level_of_measurement=level))
    return Agreement(None if math.isnan(alpha) else alpha, observed, len(paired))


def per_code_alpha(tables: Mapping[str, Sequence[Sequence[bool | None]]]) -> CodeAgreement:
    """Alpha for each code of multi-tag data, with the lowest and the median of those that have one."""
    per_code = {code: krippendorff_alpha(table) for code, table in sorted(tables.items())}
    values = [agreement.value for agreement in per_code.values() if agreement.value is not None]
    return CodeAgreement(per_code, min(values, default=None), median(values) if values else None)


def reading_of_alpha(value: float | None) -> Literal["rely", "tentative", "revise"] | None:
    """What alpha allows: rely (0.80 and up), tentative (0.667 and up), revise below; None: None."""
    if value is None:
        return None
    if value >= RELY:
        return "rely"
    return "tentative" if value >= TENTATIVE else "revise"
