"""Turns raw figures into safe ones. Nothing else may: templates, charts, alt text, files and caches get
only what comes out of here.

Source: the Office for National Statistics' 10-5 rule (threshold 10, rounding base 5). An installation may
be stricter, never looser. No minimum or maximum, nothing per coach, no dots for individuals.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from coaching.errors import TooCloseToEarlier, TooFewPeople

LEAST_THRESHOLD = 10
LEAST_BASE = 5
# Warwick: no statement about a group's mean change on fewer pairs than this.
PAIRS_FOR_A_GROUP = 30
# From this base on, a percentage carries one decimal.
BASE_FOR_A_DECIMAL = 1000


@dataclass(frozen=True, slots=True)
class Rules:
    """Threshold k and rounding base. Looser than 10 and 5 cannot be made."""

    threshold: int = LEAST_THRESHOLD
    base: int = LEAST_BASE

    def __post_init__(self) -> None:
        if self.threshold < LEAST_THRESHOLD or self.base < LEAST_BASE:
            raise ValueError(
                f"Disclosure rules may only be stricter than a threshold of {LEAST_THRESHOLD} and a base of "
                f"{LEAST_BASE}."
            )

    @property
    def floor(self) -> int:
        """The smallest count shown: the first multiple of the base at or above the threshold.

        With a threshold of 12 and a base of 5, showing 12 as "10" would single it out, so 15 it is.
        """
        return -(-self.threshold // self.base) * self.base

    @property
    def version(self) -> str:
        """Kept beside each frozen figure."""
        return f"1 k{self.threshold} b{self.base}"


def current_rules() -> Rules:
    """The rules of this installation."""
    return Rules(
        threshold=getattr(settings, "DISCLOSURE_THRESHOLD", LEAST_THRESHOLD),
        base=getattr(settings, "DISCLOSURE_BASE", LEAST_BASE),
    )


@dataclass(frozen=True, slots=True)
class Safe:
    """One cell as it may be shown. `size` is the number the text says, None where it says none."""

    text: str
    size: float | None = None

    @property
    def is_hidden(self) -> bool:
        return self.size is None


def fewer(rules: Rules) -> Safe:
    """The cell that hides a small count."""
    return Safe(_("fewer than %(k)s") % {"k": rules.floor})


def not_shown() -> Safe:
    """The cell that hides a number which is not a count."""
    return Safe(_("not shown"))


def rounded(count: int, rules: Rules) -> int:
    """`count` to the nearest multiple of the base, halves up."""
    return (2 * count + rules.base) // (2 * rules.base) * rules.base


def safe_count(count: int, rules: Rules | None = None, *, zero_describes_nobody: bool = False) -> Safe:
    """A count of people.

    Below the threshold: text. Otherwise rounded to the base. A zero is shown only where the caller says
    that it cannot describe a group (no file was imported yet, say; not "nobody here was ever paused").
    """
    rules = rules or current_rules()
    if count < 0:
        raise ValueError("A count cannot be below zero.")
    if count == 0 and zero_describes_nobody:
        return Safe("0", 0)
    if count < rules.floor:
        return fewer(rules)
    value = rounded(count, rules)
    return Safe(f"{value:,}", value)


def safe_share(count: int, total: int, rules: Rules | None = None) -> Safe:
    """`count` of `total` people as a percentage of the rounded numbers.

    Shown only if the count and those left over both reach the threshold, which hides shares of 0% and
    100% too. Whole numbers below a base of 1,000, else one decimal.
    """
    rules = rules or current_rules()
    if not 0 <= count <= total:
        raise ValueError("A share needs a count between 0 and its total.")
    if count < rules.floor:
        return fewer(rules)
    if total - count < rules.floor:
        return not_shown()
    places = Decimal("0.1") if total >= BASE_FOR_A_DECIMAL else Decimal(1)
    share = Decimal(100 * rounded(count, rules)) / Decimal(rounded(total, rules))
    value = share.quantize(places, rounding=ROUND_HALF_UP)
    return Safe(f"{value}%", float(value))


def safe_number(
    value: Decimal | float, people: int, rules: Rules | None = None, *, places: int = 1, signed: bool = False
) -> Safe:
    """A mean, a median, a standard deviation or an end of an interval over `people` people.

    Args:
        places: decimals kept, rounded half up.
        signed: write a plus before a rise.
    """
    rules = rules or current_rules()
    if people < rules.floor:
        return not_shown()
    kept = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    if kept == 0:
        kept = abs(kept)
    text = f"{kept:+,}" if signed and kept else f"{kept:,}"
    return Safe(text.replace("-", "−"), float(kept))


def safe_quartile(
    value: Decimal | float, people: int, rules: Rules | None = None, *, places: int = 1
) -> Safe:
    """A quartile. Each quarter must itself reach the threshold, as a bin of a histogram must."""
    rules = rules or current_rules()
    return safe_number(value, people // 4, rules, places=places)


def safe_money(amounts: Sequence[Decimal], rules: Rules | None = None) -> Safe:
    """A total of money over people, one amount each: enough people, and none with more than half of it."""
    rules = rules or current_rules()
    total = sum(amounts, Decimal(0))
    if len(amounts) < rules.floor or total <= 0 or 2 * max(amounts) > total:
        return not_shown()
    value = total.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return Safe(f"£{value:,}", float(value))


def check_enough(people: int, rules: Rules | None = None) -> None:
    """Raise TooFewPeople where a whole figure stands on fewer people than the threshold."""
    rules = rules or current_rules()
    if people < rules.floor:
        raise TooFewPeople(
            _("This would count fewer than %(k)s people, so it cannot be shown. Choose a longer time.")
            % {"k": rules.floor}
        )


def too_close(people: frozenset[int], earlier: Mapping[int, frozenset[int]], rules: Rules) -> int | None:
    """Key of the first earlier figure whose people differ by 1 to threshold − 1, or None.

    The difference is counted both ways: who is in one and not in the other. The same people again, or
    people that differ by the threshold or more, are allowed.
    """
    for key, others in earlier.items():
        if 0 < len(people ^ others) < rules.floor:
            return key
    return None


def check_differencing(
    people: Iterable[int], earlier: Mapping[int, frozenset[int]], rules: Rules | None = None
) -> None:
    """Raise TooCloseToEarlier where subtracting an earlier figure from this one would show a few people.

    Args:
        people: ids of those the new figure counts.
        earlier: by figure id, those whom each earlier figure of the same thing counted.
    """
    rules = rules or current_rules()
    if too_close(frozenset(people), earlier, rules) is not None:
        raise TooCloseToEarlier(
            _(
                "An earlier figure counts nearly the same people, so the two together would show a few of "
                "them. Use the earlier figure, or a time that differs more."
            )
        )


def rule_sentence(rules: Rules | None = None) -> str:
    """What a reader is told about rounding."""
    rules = rules or current_rules()
    return _(
        "Numbers of people are rounded to the nearest %(base)s, so they may not add up. "
        "Below %(k)s is not shown."
    ) % {
        "base": rules.base,
        "k": rules.floor,
    }
