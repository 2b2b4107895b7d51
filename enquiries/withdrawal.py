"""The register of withdrawal handlers: the right keeps it, the left fills it.

Each app that holds something of a person registers one handler in `AppConfig.ready()`. When a scope is
taken back, `enquiries.actions.withdraw` writes the ledger lines and calls every handler, uppermost app
first, inside the same transaction, so that the gate closes and pages stop showing at once.
"""

from collections.abc import Callable, Mapping

from enquiries.models import Contributor

# contributor, the scopes that fell (with those resting on them) -> counts by kind, for the record.
Handler = Callable[[Contributor, frozenset[str]], Mapping[str, int]]

# From the top of the house to the bottom: what shows words goes before what holds them.
ORDER = ("portal", "publishing", "coaching", "themes", "transcripts", "enquiries")

_handlers: dict[str, Handler] = {}


def register(app_label: str, handler: Handler) -> None:
    """Enter an app's handler. Entering the same app again replaces it, so that reloading is safe."""
    if app_label not in ORDER:
        raise ValueError(f"{app_label} has no place in the order of withdrawal.")
    _handlers[app_label] = handler


def handlers() -> list[tuple[str, Handler]]:
    """Registered handlers in the order in which they must run."""
    return [(label, _handlers[label]) for label in ORDER if label in _handlers]
