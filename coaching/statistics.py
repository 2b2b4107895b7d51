"""The few statistics we report on a group. Pure: numbers in, dataclasses out."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean, quantiles

# scipy takes a second to load, which pages that show no new figure should not wait for.


@dataclass(frozen=True, slots=True)
class MeanChange:
    """Mean of paired changes with its 95% interval, in the unit of the changes."""

    n: int
    mean: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies wholly on one side of 0; only then may it be called significant."""
        return self.low > 0 or self.high < 0


def mean_change(changes: Sequence[Decimal | float]) -> MeanChange:
    """Mean and 95% t interval of paired changes; the interval has no width when all are the same.

    Args:
        changes: later minus first, one per person; at least two.

    Raises:
        ValueError: fewer than two.
    """
    import numpy as np
    from scipy import stats

    values = np.array([float(change) for change in changes])
    if len(values) < 2:
        raise ValueError("A mean change needs at least two pairs.")
    mean, error = float(values.mean()), float(stats.sem(values))
    if error == 0:
        return MeanChange(len(values), mean, mean, mean)
    low, high = stats.t.interval(0.95, df=len(values) - 1, loc=mean, scale=error)
    return MeanChange(len(values), mean, float(low), float(high))


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, median and quartiles of one number per person (inclusive method: the ends are data)."""

    n: int
    mean: float
    lower: float
    median: float
    upper: float


def spread(values: Sequence[float]) -> Spread:
    """Describe one number per person; at least two.

    Raises:
        ValueError: fewer than two.
    """
    if len(values) < 2:
        raise ValueError("A spread needs at least two numbers.")
    lower, median, upper = quantiles(values, n=4, method="inclusive")
    return Spread(len(values), fmean(values), lower, median, upper)
