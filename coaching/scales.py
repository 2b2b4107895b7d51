"""Scoring of WEMWBS and SWEMWBS. Items are ids and numbers; no wording is kept anywhere.

Source: the Warwick conversion table for SWEMWBS (Stewart-Brown and others, 2009); limits of change from
Warwick's guidance (WEMWBS), Maheswaran and others 2012 and Shah and others 2018.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from coaching.errors import AnswersRefused
from coaching.models import Instrument

WEMWBS_ITEMS = tuple(f"q{number:02d}" for number in range(1, 15))
SWEMWBS_ITEMS = tuple(f"q{number:02d}" for number in (1, 2, 3, 6, 7, 9, 11))
ITEMS: dict[str, tuple[str, ...]] = {Instrument.WEMWBS: WEMWBS_ITEMS, Instrument.SWEMWBS: SWEMWBS_ITEMS}
LOWEST, HIGHEST = 1, 5

# Metric score of the raw sums 7 to 35, in order.
_TABLE = """
7.00 9.51 11.25 12.40 13.33 14.08 14.75 15.32 15.84 16.36 16.88 17.43 17.98 18.59
19.25 19.98 20.73 21.54 22.35 23.21 24.11 25.03 26.02 27.03 28.13 29.31 30.70 32.55 35.00
"""
SWEMWBS_METRIC: dict[int, Decimal] = {raw: Decimal(text) for raw, text in enumerate(_TABLE.split(), start=7)}

# Change of one person that counts as `notable`, and as `strict`: the same for falls.
NOTABLE: dict[str, Decimal] = {Instrument.WEMWBS: Decimal(3), Instrument.SWEMWBS: Decimal("1.03")}
STRICT: dict[str, Decimal] = {Instrument.WEMWBS: Decimal(8), Instrument.SWEMWBS: Decimal("2.87")}

# Stands on every form and every report. A name and a date, so it is not translated.
COPYRIGHT: dict[str, str] = {
    Instrument.WEMWBS: (
        "WEMWBS © NHS Health Scotland, University of Warwick and University of Edinburgh, 2006, "
        "all rights reserved."
    ),
    Instrument.SWEMWBS: (
        "SWEMWBS © NHS Health Scotland, University of Warwick and University of Edinburgh, 2008, "
        "all rights reserved."
    ),
}


@dataclass(frozen=True, slots=True)
class Score:
    """What a completion comes to. `raw` and `metric` are both None when an item is missing."""

    is_complete: bool
    raw: Decimal | None = None
    metric: Decimal | None = None


def metric_of(raw: int) -> Decimal:
    """SWEMWBS metric score of a raw sum from 7 to 35.

    Raises:
        AnswersRefused: the sum is outside that range.
    """
    if raw not in SWEMWBS_METRIC:
        raise AnswersRefused(
            _("A SWEMWBS sum lies between 7 and 35; %(raw)s does not. Check the answers.") % {"raw": raw}
        )
    return SWEMWBS_METRIC[raw]


def check_answers(instrument: str, answers: Mapping[str, int | None]) -> dict[str, int]:
    """The answers given, in the order of the items; items left out, or None, are missing.

    Raises:
        AnswersRefused: an item the scale does not have, or an answer that is not a whole number from 1
            to 5. Such answers are refused, never clipped.
    """
    items = ITEMS[instrument]
    unknown = sorted(set(answers) - set(items))
    if unknown:
        raise AnswersRefused(
            _("%(scale)s has no item %(item)s. Check that this is the right survey.")
            % {"scale": Instrument(instrument).label, "item": unknown[0]}
        )
    given: dict[str, int] = {}
    for item in items:
        answer = answers.get(item)
        if answer is None:
            continue
        if isinstance(answer, bool) or not isinstance(answer, int) or not LOWEST <= answer <= HIGHEST:
            raise AnswersRefused(
                _("Item %(item)s has the answer %(answer)s. Answers are whole numbers from 1 to 5.")
                % {"item": item, "answer": answer}
            )
        given[item] = answer
    return given


def score(instrument: str, answers: Mapping[str, int | None]) -> Score:
    """Score one completion. No item is reversed, and none is ever filled in for the person.

    WEMWBS is the sum of its 14 items, 14 to 70, with the metric derived from the seven that make up
    SWEMWBS; SWEMWBS is the sum of its 7, 7 to 35, turned to metric by the table. With any item missing
    the completion is not scored.

    Raises:
        AnswersRefused: see `check_answers`.
    """
    given = check_answers(instrument, answers)
    items = ITEMS[instrument]
    if len(given) < len(items):
        return Score(is_complete=False)
    raw = sum(given[item] for item in items)
    short = sum(given[item] for item in SWEMWBS_ITEMS)
    return Score(is_complete=True, raw=Decimal(raw), metric=metric_of(short))


@dataclass(frozen=True, slots=True)
class Direction:
    """How one person's score moved: risen, unchanged or fallen, and whether by a notable or strict amount."""

    rose: bool
    fell: bool
    notable: bool
    strict: bool


def direction(change: Decimal, instrument: str = Instrument.SWEMWBS) -> Direction:
    """Class one person's change. The limits are included, and are the same for a rise and a fall.

    Args:
        change: later minus first, in metric points for SWEMWBS and raw points for WEMWBS.
    """
    size = abs(change)
    return Direction(
        rose=change > 0,
        fell=change < 0,
        notable=size >= NOTABLE[instrument],
        strict=size >= STRICT[instrument],
    )
