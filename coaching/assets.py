"""Scoring of an asset survey against one version of its definition."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from coaching.errors import AnswersRefused
from coaching.models import AssetDefinition

INTERNAL, EXTERNAL = "internal", "external"
DOMAIN_RANGE = 30
# Share of a domain's items that must be answered for the domain to be scored (the project's own choice).
ENOUGH = Fraction(3, 4)

# Our own short set for adults: ids, domains and areas. A partner may define another.
STARTER_SLUG = "starter"
STARTER_NAME = "Short set for adults"
_STARTER_AREAS: tuple[tuple[str, str, int], ...] = (
    (INTERNAL, "learning", 2),
    (INTERNAL, "values", 1),
    (INTERNAL, "getting_along", 1),
    (INTERNAL, "sense_of_self", 2),
    (EXTERNAL, "support", 2),
    (EXTERNAL, "being_trusted", 1),
    (EXTERNAL, "fair_rules", 1),
    (EXTERNAL, "use_of_time", 2),
)


def starter_items() -> list[dict[str, str]]:
    """Items of the starter set: `a01` to `a06` internal, `a07` to `a12` external, one or two to an area."""
    areas = [(domain, area) for domain, area, count in _STARTER_AREAS for _n in range(count)]
    return [
        {"id": f"a{number:02d}", "domain": domain, "area": area}
        for number, (domain, area) in enumerate(areas, start=1)
    ]


@dataclass(frozen=True, slots=True)
class AssetScore:
    """Domains 0 to 30, total 0 to 60, area means in the range of the answers; None where too little was
    answered."""

    internal: Decimal | None
    external: Decimal | None
    total: Decimal | None
    areas: dict[str, Decimal]


def check_answers(definition: AssetDefinition, answers: Mapping[str, int | None]) -> dict[str, int]:
    """The answers given, by item id in the order of the definition.

    Raises:
        AnswersRefused: an item the definition does not have, or an answer outside its range.
    """
    items = [item["id"] for item in definition.items]
    unknown = sorted(set(answers) - set(items))
    if unknown:
        raise AnswersRefused(
            _("This survey has no item %(item)s. Check which version it was.") % {"item": unknown[0]}
        )
    given: dict[str, int] = {}
    for item in items:
        answer = answers.get(item)
        if answer is None:
            continue
        in_range = (
            isinstance(answer, int)
            and not isinstance(answer, bool)
            and definition.minimum <= answer <= definition.maximum
        )
        if not in_range:
            raise AnswersRefused(
                _(
                    "Item %(item)s has the answer %(answer)s. "
                    "Answers are whole numbers from %(low)s to %(high)s."
                )
                % {"item": item, "answer": answer, "low": definition.minimum, "high": definition.maximum}
            )
        given[item] = answer
    return given


def score(definition: AssetDefinition, answers: Mapping[str, int | None]) -> AssetScore:
    """Score one completion.

    Area mean = mean of its answered items; domain = 30 × (mean of area means − lowest) ÷ (highest −
    lowest), if at least three quarters of its items were answered (an area nobody answered in is left
    out of the mean); total = internal + external, where both are scored. Rounded half up to two places at
    the end.

    Raises:
        AnswersRefused: see `check_answers`.
    """
    given = check_answers(definition, answers)
    areas: dict[str, Decimal] = {}
    domains: dict[str, Fraction | None] = {}
    for domain in (INTERNAL, EXTERNAL):
        items = [item for item in definition.items if item["domain"] == domain]
        answered = [item for item in items if item["id"] in given]
        means: list[Fraction] = []
        for area in dict.fromkeys(item["area"] for item in items):
            values = [given[item["id"]] for item in answered if item["area"] == area]
            if values:
                mean = Fraction(sum(values), len(values))
                means.append(mean)
                areas[area] = _two_places(mean)
        enough = bool(items) and Fraction(len(answered), len(items)) >= ENOUGH
        if enough:
            average = sum(means, Fraction(0)) / len(means)
            span = definition.maximum - definition.minimum
            domains[domain] = DOMAIN_RANGE * (average - definition.minimum) / span
        else:
            domains[domain] = None
    internal, external = domains[INTERNAL], domains[EXTERNAL]
    total = internal + external if internal is not None and external is not None else None
    return AssetScore(
        internal=None if internal is None else _two_places(internal),
        external=None if external is None else _two_places(external),
        total=None if total is None else _two_places(total),
        areas=areas,
    )


def _two_places(value: Fraction) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
