"""Which answers can stand together: a yes stands only with a yes to all it needs. A no stands always."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from enquiries.consent import needed_for
from enquiries.models import ConsentState, Scope


def in_order(scopes: frozenset[str] | set[str] | tuple[str, ...]) -> list[str]:
    """Scopes in the order in which they are asked."""
    return sorted(scopes, key=Scope.values.index)


def unsupported(found: Mapping[str, str], decisions: Mapping[str, str]) -> dict[str, str]:
    """For each yes among `decisions` that cannot stand: a sentence that names what is lacking first.

    Args:
        found: state of each scope before, as `consent.states` gives it.
        decisions: scope → "granted" or "declined"; they count before what was found.
    """
    then = {**found, **decisions}
    problems = {}
    for scope in in_order(set(decisions)):
        if decisions[scope] != ConsentState.GRANTED:
            continue
        lacking = [
            each for each in in_order(needed_for(scope) - {scope}) if then.get(each) != ConsentState.GRANTED
        ]
        if lacking:
            problems[scope] = _(
                "“%(scope)s” can only be agreed to together with “%(needed)s”. Ask about that first."
            ) % {"scope": Scope(scope).label, "needed": Scope(lacking[0]).label}
    return problems
