"""What is counted, of whom. Raw numbers come in from the tables; only safe ones leave `measure`."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coaching import disclosure, scales
from coaching.disclosure import PAIRS_FOR_A_GROUP, Rules, Safe, safe_count, safe_number, safe_share
from coaching.models import (
    AssetSurvey,
    CoachingRelationship,
    CoachingSession,
    EndingKind,
    Instrument,
    RelationshipState,
    WellbeingResponse,
)
from coaching.pairing import Pair, Scored, Span, pair_person
from coaching.scales import Direction
from coaching.statistics import mean_change, spread

MAIN, WITHIN = "main", "within"


@dataclass(frozen=True, slots=True)
class Population:
    """Whom to count: one partner's people, or of those only some, in a time whose ends are included."""

    partner_id: int
    only: frozenset[int] | None = None
    start: date | None = None
    end: date | None = None

    def of(self, rows: QuerySet[Any], person: str, day: str) -> QuerySet[Any]:
        """`rows` of these people in this time; `person` and `day` name the fields."""
        rows = self.people_of(rows, person)
        if self.start:
            rows = rows.filter(**{f"{day}__gte": self.start})
        if self.end:
            rows = rows.filter(**{f"{day}__lte": self.end})
        return rows

    def people_of(self, rows: QuerySet[Any], person: str) -> QuerySet[Any]:
        """`rows` of these people, at any time."""
        rows = rows.filter(partner_id=self.partner_id)
        return rows if self.only is None else rows.filter(**{f"{person}__in": self.only})

    def holds(self, day: date) -> bool:
        """Whether a day lies in the time."""
        return (self.start is None or day >= self.start) and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a figure. `series` is `within` for a part of the main row above it; `short` is its label
    where the row above stands over it, as in the drawing."""

    label: str
    values: tuple[Safe, ...]
    series: str = MAIN
    short: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure ready to freeze: safe cells, and the ids of those it counted, which never leave the tables.

    `said` goes beneath the figure itself; `notes` stand with the table.
    """

    people: frozenset[int]
    heading: str
    base_text: str
    unit: str
    row_heading: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    said: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    copyright: str = ""


Measure = Callable[[Population, Rules], Measured]


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that can be counted."""

    key: str
    label: str | Promise
    measure: Measure = field(repr=False)


def people_reached(population: Population, rules: Rules) -> Measured:
    """Distinct people with at least one meeting held in the time."""
    people = frozenset(_meetings(population).values_list("relationship__person_id", flat=True))
    cell = safe_count(len(people), rules)
    return Measured(
        people=people,
        heading=_("People met at least once"),
        base_text=_("%(n)s people") % {"n": cell.text},
        unit="people",
        row_heading=_("Who"),
        columns=(_("People"),),
        rows=(Row(_("Met at least once"), (cell,)),),
    )


def sessions_per_person(population: Population, rules: Rules) -> Measured:
    """Meetings held for each person met at least once: mean, median and quartiles. Hours stand apart."""
    meetings = _meetings(population)
    per_person = Counter(meetings.values_list("relationship__person_id", flat=True))
    people = frozenset(per_person)
    disclosure.check_enough(len(people), rules)
    n, found = len(people), spread(list(per_person.values()))
    minutes = dict(
        meetings.order_by().values_list("relationship__person_id").annotate(minutes=Sum("minutes"))
    )
    hours = sum(minutes.values()) / 60
    said = [_("A meeting is not an hour: some are ten minutes, some an afternoon.")]
    if 2 * max(minutes.values()) <= sum(minutes.values()):
        said.append(_("All meetings together came to about %(n)s hours.") % {"n": _roughly(hours)})
    return Measured(
        people=people,
        heading=_("Meetings for each person"),
        base_text=_("%(n)s people met at least once") % {"n": safe_count(n, rules).text},
        unit="meetings",
        row_heading=_("What"),
        columns=(_("Meetings"),),
        rows=(
            Row(_("Average"), (safe_number(found.mean, n, rules),)),
            Row(_("A quarter had at most"), (disclosure.safe_quartile(found.lower, n, rules),)),
            Row(_("Half had at most"), (safe_number(found.median, n, rules),)),
            Row(_("A quarter had at least"), (disclosure.safe_quartile(found.upper, n, rules),)),
        ),
        said=tuple(said),
    )


def wellbeing_change(population: Population, rules: Rules) -> Measured:
    """First and later SWEMWBS metric scores of each person with both; rises and falls treated alike."""
    answered: set[int] = set()
    scores: dict[int, list[Scored]] = defaultdict(list)
    rows = population.people_of(WellbeingResponse.objects.all(), "person_id")
    for person, on, metric in rows.values_list("person_id", "completed_on", "metric"):
        if population.holds(on):
            answered.add(person)
        if metric is not None:
            scores[person].append(Scored(on, metric))
    pairs = _pairs(population, scores)
    changes = [pair.change for pair in pairs.values()]
    ways = [scales.direction(change, Instrument.SWEMWBS) for change in changes]
    rose, fell = [way for way in ways if way.rose], [way for way in ways if way.fell]
    counts = [
        _Count(_("Rose"), len(rose)),
        *_at_least(_("Rose by %(points)s or more"), rose),
        _Count(_("Stayed the same"), len(ways) - len(rose) - len(fell)),
        _Count(_("Fell"), len(fell)),
        *_at_least(_("Fell by %(points)s or more"), fell),
    ]
    return Measured(
        people=frozenset(pairs),
        heading=_("Wellbeing scores, first and later"),
        base_text=_("%(n)s people with two scores, SWEMWBS") % {"n": safe_count(len(pairs), rules).text},
        unit="people",
        row_heading=_("Change"),
        columns=(_("People"), _("Share")),
        rows=_counted_rows(counts, len(pairs), rules),
        said=(
            *_mean_change(changes, rules, places=2),
            *_others(len(answered - set(pairs)), rules),
            _("We cannot say why scores changed."),
        ),
        notes=(*_significance(changes, rules), *_late(pairs, rules), *_how_paired()),
        copyright=scales.COPYRIGHT[Instrument.SWEMWBS],
    )


def asset_change(population: Population, rules: Rules) -> Measured:
    """First and later total of each person with both, within the definition version most answered."""
    by_definition: dict[int, dict[int, list[Scored]]] = defaultdict(lambda: defaultdict(list))
    answered: dict[int, set[int]] = defaultdict(set)
    surveys = population.people_of(AssetSurvey.objects.all(), "person_id")
    for definition, person, on, total in surveys.values_list(
        "definition_id", "person_id", "completed_on", "total"
    ):
        if population.holds(on):
            answered[definition].add(person)
        if total is not None:
            by_definition[definition][person].append(Scored(on, total))
    found = {key: _pairs(population, scores) for key, scores in by_definition.items()}
    key = max(found, key=lambda each: (len(found[each]), each), default=0)
    pairs = found.get(key, {})
    disclosure.check_enough(len(pairs), rules)
    definition = AssetSurvey.objects.filter(definition_id=key).select_related("definition")[0].definition
    changes = [pair.change for pair in pairs.values()]
    said = list(_mean_change(changes, rules, places=1))
    first_mean = sum((pair.first.score for pair in pairs.values()), Decimal(0)) / len(pairs)
    if len(pairs) >= PAIRS_FOR_A_GROUP and first_mean:
        percent = 100 * (sum(changes, Decimal(0)) / len(pairs)) / first_mean
        said.append(
            _("That is %(percent)s%% of the average first total (paired, total of 0 to 60).")
            % {"percent": safe_number(percent, len(pairs), rules, signed=True).text}
        )
    counts = [
        _Count(_("Rose"), sum(change > 0 for change in changes)),
        _Count(_("Stayed the same"), sum(change == 0 for change in changes)),
        _Count(_("Fell"), sum(change < 0 for change in changes)),
    ]
    return Measured(
        people=frozenset(pairs),
        heading=_("Strengths within and around people, first and later"),
        base_text=_("%(n)s people with two totals, %(name)s, version %(version)s")
        % {
            "n": safe_count(len(pairs), rules).text,
            "name": definition.name,
            "version": definition.version,
        },
        unit="people",
        row_heading=_("Change"),
        columns=(_("People"), _("Share")),
        rows=_counted_rows(counts, len(pairs), rules),
        said=(
            *said,
            *_others(len(answered[key] - set(pairs)), rules),
            _("We cannot say why totals changed."),
        ),
        notes=(*_significance(changes, rules), *_late(pairs, rules), *_how_paired()),
    )


def endings_by_kind(population: Population, rules: Rules) -> Measured:
    """How coaching came to an end for each person whose last ending lies in the time."""
    ended = population.of(
        CoachingRelationship.objects.filter(state=RelationshipState.ENDED), "person_id", "ended_on"
    )
    last: dict[int, str] = dict(
        ended.filter(ending__isnull=False).order_by("ended_on", "pk").values_list("person_id", "ending__kind")
    )
    by_kind = Counter(last.values())
    cells = {kind: safe_count(by_kind[kind.value], rules) for kind in EndingKind}
    return Measured(
        people=frozenset(last),
        heading=_("How coaching came to an end"),
        base_text=_("%(n)s people whose coaching ended") % {"n": safe_count(len(last), rules).text},
        unit="people",
        row_heading=_("Ending"),
        columns=(_("People"),),
        # Sorted by what is shown: an order by the counts themselves would rank the hidden ones.
        rows=tuple(
            Row(str(kind.label), (cell,))
            for kind, cell in sorted(cells.items(), key=lambda each: -(each[1].size or 0))
        ),
    )


METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric("people_reached", gettext_lazy("People met at least once"), people_reached),
        Metric("sessions_per_person", gettext_lazy("Meetings for each person"), sessions_per_person),
        Metric("wellbeing_change", gettext_lazy("Wellbeing, first and later"), wellbeing_change),
        Metric("asset_change", gettext_lazy("Strengths, first and later"), asset_change),
        Metric("endings", gettext_lazy("How coaching came to an end"), endings_by_kind),
    )
}


def measure(metric: str, population: Population, rules: Rules | None = None) -> Measured:
    """Measure one metric. What comes back is safe, except `people`, which is for the differencing check.

    Raises:
        KeyError: no such metric.
        TooFewPeople: fewer people than the threshold stand behind it.
    """
    rules = rules or disclosure.current_rules()
    found = METRICS[metric].measure(population, rules)
    disclosure.check_enough(len(found.people), rules)
    return found


def _meetings(population: Population) -> QuerySet[CoachingSession]:
    return population.of(
        CoachingSession.objects.filter(was_met=True), "relationship__person_id", "held_on"
    ).order_by()


def _pairs(population: Population, scores: dict[int, list[Scored]]) -> dict[int, Pair]:
    """One pair per person, where its later completion lies in the time."""
    spans: dict[int, list[Span]] = defaultdict(list)
    relationships = population.people_of(CoachingRelationship.objects.all(), "person_id")
    for person, started_on, ended_on in relationships.values_list("person_id", "started_on", "ended_on"):
        spans[person].append(Span(started_on, ended_on))
    found = {person: pair_person(spans[person], each) for person, each in scores.items()}
    return {
        person: pair for person, pair in found.items() if pair is not None and population.holds(pair.later.on)
    }


@dataclass(frozen=True, slots=True)
class _Count:
    """A raw count on its way to becoming a row."""

    label: str
    people: int
    series: str = MAIN
    short: str = ""


def _at_least(label: str, ways: list[Direction]) -> tuple[_Count, _Count]:
    """How many of those who moved one way moved by a notable, and by a strict, amount."""
    short = _("by %(points)s or more")
    notable = {"points": scales.NOTABLE[Instrument.SWEMWBS]}
    strict = {"points": scales.STRICT[Instrument.SWEMWBS]}
    return (
        _Count(label % notable, sum(way.notable for way in ways), WITHIN, short % notable),
        _Count(label % strict, sum(way.strict for way in ways), WITHIN, short % strict),
    )


def _counted_rows(counts: Iterable[_Count], total: int, rules: Rules) -> tuple[Row, ...]:
    return tuple(
        Row(
            each.label,
            (safe_count(each.people, rules), safe_share(each.people, total, rules)),
            each.series,
            each.short,
        )
        for each in counts
    )


def _mean_change(changes: list[Decimal], rules: Rules, *, places: int) -> Iterable[str]:
    n = len(changes)
    least = max(PAIRS_FOR_A_GROUP, rules.floor)
    if n < least:
        yield _("Fewer than %(n)s people have two scores, so no average is given.") % {"n": least}
        return
    found = mean_change(changes)
    yield _("On average the change was %(mean)s points (95%% interval %(low)s to %(high)s).") % {
        "mean": safe_number(found.mean, n, rules, places=places, signed=True).text,
        "low": safe_number(found.low, n, rules, places=places, signed=True).text,
        "high": safe_number(found.high, n, rules, places=places, signed=True).text,
    }


def _significance(changes: list[Decimal], rules: Rules) -> Iterable[str]:
    if len(changes) < max(PAIRS_FOR_A_GROUP, rules.floor):
        return
    if mean_change(changes).excludes_zero:
        yield _("The interval leaves out 0, so the average change is statistically significant.")
    else:
        yield _("The interval includes 0, so there may have been no change at all.")


def _how_paired() -> Iterable[str]:
    yield _(
        "First is the earliest score within 28 days of the start, or else the earliest after it. Later is "
        "the last one around the ending, or else the latest, at least 14 days on. Each person counts once."
    )


def _others(count: int, rules: Rules) -> Iterable[str]:
    # Said even of nobody: leaving the line out would tell that there was nobody.
    yield _("Others without two scores: %(n)s.") % {"n": safe_count(count, rules).text}


def _late(pairs: dict[int, Pair], rules: Rules) -> Iterable[str]:
    count = sum(pair.late_first for pair in pairs.values())
    yield _("First score later than 28 days after the start: %(n)s.") % {"n": safe_count(count, rules).text}


def _roughly(hours: float) -> str:
    """To two leading figures: a total of time over many people, of which none has more than half."""
    step = 10 ** max(0, len(str(int(hours))) - 2)
    return f"{round(hours / step) * step:,}"
