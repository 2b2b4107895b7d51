"""The register of withdrawal: the right keeps it, the left fills it.

Each app that holds something of a person registers in `AppConfig.ready()`: at most one handler for what must
happen at once, and steps that remove. When a scope is taken back, `enquiries.actions.withdraw` writes the
ledger lines and calls the handlers, uppermost app first, in the same transaction, so that the gate closes and
pages stop showing. The steps are run afterwards by `enquiries.sweep`, each in a transaction of its own; a
step may run twice, or after a kill in its middle, and must come to the same end. A step that ends keys or
files in stages makes transactions of its own, and says so by an attribute `has_own_transactions`; one that
locks the voice's own row says so by `holds_voice`, so that it is locked before the row of the withdrawal, as
a second press does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from enquiries.models import Contributor

# contributor, the scopes that fell (with those resting on them) -> counts by kind, for the record.
Handler = Callable[[Contributor, frozenset[str]], Mapping[str, int]]

# From the top of the house to the bottom: what shows words goes before what holds them.
ORDER = ("portal", "publishing", "coaching", "themes", "transcripts", "enquiries")


@dataclass(frozen=True, slots=True)
class Registered:
    """What one app entered: `at_once` runs in the transaction of the withdrawal, `steps` in the sweep."""

    at_once: Handler | None = None
    steps: Mapping[str, Handler] = field(default_factory=dict)


_registered: dict[str, Registered] = {}


def register(
    app_label: str, *, at_once: Handler | None = None, steps: Mapping[str, Handler] | None = None
) -> None:
    """Enter what an app does. Entering the same app again replaces it, so that reloading is safe.

    Args:
        at_once: what must have happened when the transaction of the withdrawal ends. It removes nothing.
        steps: name of each step -> what removes; they run in this order.

    Raises:
        ValueError: the app has no place in `ORDER`.
    """
    if app_label not in ORDER:
        raise ValueError(f"{app_label} has no place in the order of withdrawal.")
    _registered[app_label] = Registered(at_once, dict(steps or {}))


def at_once_handlers() -> list[tuple[str, Handler]]:
    """`(app, handler)` in the order in which they must run."""
    found = [(label, _registered[label].at_once) for label in ORDER if label in _registered]
    return [(label, handler) for label, handler in found if handler is not None]


def steps() -> list[tuple[str, Handler]]:
    """`("app.step", handler)` of every step of a sweep, in the order in which they must run."""
    return [
        (f"{label}.{name}", handler)
        for label in ORDER
        if label in _registered
        for name, handler in _registered[label].steps.items()
    ]
