"""The register of those who hold something made of passages that their speaker does not share any more.

Filled from `AppConfig.ready()` of the apps above, as the register of withdrawal is.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Handlers:
    """`hide` in the transaction of striking out; `remove` when the passages go for good."""

    hide: Callable[[Iterable[int]], None]
    remove: Callable[[Iterable[int]], None]


_handlers: dict[str, Handlers] = {}


def register(
    app_label: str, *, hide: Callable[[Iterable[int]], None], remove: Callable[[Iterable[int]], None]
) -> None:
    """Enter an app's handlers, which take ids of passages and may be called twice with the same."""
    _handlers[app_label] = Handlers(hide, remove)


def handlers() -> list[Handlers]:
    """In the order of the apps' names."""
    return [found for _label, found in sorted(_handlers.items())]
