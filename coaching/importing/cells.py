"""Single cells to values. Each refuses what it cannot understand with a sentence; nothing is guessed."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

_YES = frozenset({"yes", "y", "true", "1", "ydy", "oes"})
_NO = frozenset({"no", "n", "false", "0", "na", "nac ydy", "nac oes"})
EARLIEST = date(1990, 1, 1)


class CellRefused(Exception):
    """A cell does not say what its column asks; `str()` is the sentence for the report."""


def required(cells: Mapping[str, str], column: str) -> str:
    """The text of a cell that must not be empty."""
    value = cells.get(column, "")
    if not value:
        raise CellRefused(_("“%(column)s” is empty.") % {"column": column})
    return value


def day(cells: Mapping[str, str], column: str, *, is_required: bool = True) -> date | None:
    """A day as 2025-03-31 or 31/03/2025; not before 1990, and not yet to come."""
    text = required(cells, column) if is_required else cells.get(column, "")
    if not text:
        return None
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            found = datetime.strptime(text, form).date()  # noqa: DTZ007  (a day has no time zone)
        except ValueError:
            continue
        if found > timezone.localdate():
            raise CellRefused(_("“%(column)s” is a day that is yet to come.") % {"column": column})
        if found < EARLIEST:
            raise CellRefused(_("“%(column)s” lies before 1990.") % {"column": column})
        return found
    raise CellRefused(
        _("“%(column)s” is “%(text)s”, which is not a day. Write it as 2025-03-31.")
        % {"column": column, "text": text[:40]}
    )


def a_day(cells: Mapping[str, str], column: str) -> date:
    """A day that must be there; see `day`."""
    found = day(cells, column)
    assert found is not None
    return found


def choice(cells: Mapping[str, str], column: str, choices: Sequence[str], default: str | None = None) -> str:
    """One of `choices`, in any case, with blanks or dashes for underscores and without accents."""
    text = cells.get(column, "")
    if not text and default is not None:
        return default
    text = required(cells, column)
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    plain = plain.replace(" ", "_").replace("-", "_")
    if plain in choices:
        return plain
    raise CellRefused(
        _("“%(column)s” is “%(text)s”; it must be one of %(choices)s.")
        % {"column": column, "text": text[:40], "choices": ", ".join(choices)}
    )


def truth(cells: Mapping[str, str], column: str) -> bool | None:
    """Yes or no; None where the cell is empty."""
    text = cells.get(column, "").casefold()
    if not text:
        return None
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise CellRefused(
        _("“%(column)s” is “%(text)s”; write yes or no.") % {"column": column, "text": text[:40]}
    )


def whole(cells: Mapping[str, str], column: str, *, least: int, most: int) -> int | None:
    """A whole number between two ends, both included; None where the cell is empty."""
    text = cells.get(column, "")
    if not text:
        return None
    if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 6:
        raise CellRefused(
            _("“%(column)s” is “%(text)s”, which is not a whole number.")
            % {"column": column, "text": text[:40]}
        )
    found = int(text)
    if not least <= found <= most:
        raise CellRefused(
            _("“%(column)s” is %(found)s; it must lie between %(least)s and %(most)s.")
            % {"column": column, "found": found, "least": least, "most": most}
        )
    return found
