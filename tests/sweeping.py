"""Taking words back with all that follows, in one go: what a worker of its own does within seconds."""

from typing import Any

from enquiries.actions import withdraw
from enquiries.models import Contributor, Withdrawal
from enquiries.sweep import sweep, unfinished
from enquiries.withdrawal import at_once_handlers, steps


def withdraw_and_sweep(*, contributor: Contributor, scope: Any, **more: Any) -> Withdrawal:
    """`enquiries.actions.withdraw`, then every step of its sweep. The row, swept to its end."""
    asked = withdraw(contributor=contributor, scope=scope, **{"by": None, **more})
    return sweep(asked.pk)


def let_go(app_label: str, contributor: Contributor, scopes: frozenset[str]) -> dict[str, int]:
    """Only what one app does, at once and in its steps, without ledger or row; counts by kind above 0."""
    found: dict[str, int] = {}
    called = [handler for label, handler in at_once_handlers() if label == app_label]
    called += [handler for name, handler in steps() if name.startswith(f"{app_label}.")]
    for handler in called:
        for kind, count in handler(contributor, scopes).items():
            found[kind] = found.get(kind, 0) + count
    return {kind: count for kind, count in found.items() if count}


def sweep_all() -> None:
    """Sweep whatever was asked for by other ways, such as a page."""
    for each in unfinished():
        sweep(each)
