"""The register of those who hold spans of a text and must carry them over when a newer one is signed off.

Kept here and filled from `AppConfig.ready()` of the apps above, as the register of withdrawal is: this app
knows nothing of what others put on passages.
"""

from collections.abc import Callable

from transcripts.models import PseudonymisedVersion

# Called inside the transaction that cut the passages of this version; may be called again for it.
Handler = Callable[[PseudonymisedVersion], None]

_handlers: dict[str, Handler] = {}


def register(app_label: str, handler: Handler) -> None:
    """Enter an app's handler. Entering the same app again replaces it, so that reloading is safe."""
    _handlers[app_label] = handler


def tell(version: PseudonymisedVersion) -> None:
    """Tell every app that passages of a newer text are there."""
    for _label, handler in sorted(_handlers.items()):
        handler(version)
