"""Somebody's own surveys over time: what they filled in, and how it changed. Strengths come first.

No band, no average of others, no red. A single survey says nothing of change and is shown as it is. The words
of the questions are not here: they belong to those who licence them.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from coaching.models import AssetSurvey, Instrument, WellbeingResponse
from coaching.scales import COPYRIGHT, NOTABLE
from enquiries.models import Contributor


@dataclass(frozen=True, slots=True)
class Point:
    """One survey: its day, its score, and the score as a share of the whole range for the bar, 0 to 100."""

    on: date
    score: Decimal
    share: int


@dataclass(frozen=True, slots=True)
class Line:
    """The surveys of one kind in order, with what they say together in a sentence."""

    title: str
    explains: str
    low: int
    high: int
    points: tuple[Point, ...]
    sentence: str
    rights: str = ""


def progress(contributor: Contributor) -> list[Line]:
    """Lines with at least one scored survey, those about strengths first. Read through the person's door.

    The person is the one of the link table; whoever spoke without being known here has none.
    """
    found = [*_assets(), _wellbeing(Instrument.SWEMWBS), _wellbeing(Instrument.WEMWBS)]
    return [line for line in found if line is not None and line.points]


def _assets() -> list[Line | None]:
    rows = list(AssetSurvey.objects.select_related("definition").order_by("completed_on", "pk"))
    if not rows:
        return []
    # Only surveys of one version can be compared: the one they filled in last.
    newest = rows[-1].definition_id
    rows = [row for row in rows if row.definition_id == newest]
    return [
        _line(
            _("Strength in myself"),
            _("What you said about learning, values and how you see yourself."),
            [(row.completed_on, row.internal) for row in rows],
            low=0,
            high=30,
            least=Decimal("1.5"),
        ),
        _line(
            _("Strength around me"),
            _("What you said about people, trust and how you spend your time."),
            [(row.completed_on, row.external) for row in rows],
            low=0,
            high=30,
            least=Decimal("1.5"),
        ),
    ]


def _wellbeing(instrument: str) -> Line:
    rows = WellbeingResponse.objects.filter(instrument=instrument, is_complete=True).order_by("completed_on")
    is_short = instrument == Instrument.SWEMWBS
    return _line(
        _("How I have been"),
        _("Your answers about the two weeks before. A higher number means you felt better."),
        [(row.completed_on, row.metric if is_short else row.raw) for row in rows],
        low=7 if is_short else 14,
        high=35 if is_short else 70,
        least=NOTABLE[instrument],
        rights=COPYRIGHT[instrument],
    )


def _line(
    title: str,
    explains: str,
    scores: list[tuple[date, Decimal | None]],
    *,
    low: int,
    high: int,
    least: Decimal,
    rights: str = "",
) -> Line:
    points = tuple(
        Point(on, score, round((score - low) * 100 / (high - low)))
        for on, score in scores
        if score is not None
    )
    return Line(title, explains, low, high, points, _sentence(points, least), rights)


def _sentence(points: tuple[Point, ...], least: Decimal) -> str:
    if len(points) < 2:
        return _("You filled this in once. There is nothing to compare it with yet.")
    change = points[-1].score - points[0].score
    if abs(change) < least:
        return _("Your last answer is about the same as your first.")
    if change > 0:
        return _("Your last answer is higher than your first.")
    return _("Your last answer is lower than your first. That can happen to anybody.")
