"""What a line of the log must not carry."""

import logging
import re
import traceback
from types import TracebackType

# A person's link, a receipt, an invitation and the way to a new password open by their address alone, or
# by it and one word more.
_WAY_IN = re.compile(r"(/(?:yours(?:/receipt)?|join|password/reset/key)/)[^/\s\"'?]+")

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class WithoutWaysIn(logging.Filter):
    """Takes the secret part out of addresses, wherever in the line they stand. Lets every line through."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True; the line is changed in place."""
        said = record.getMessage()
        plain = _WAY_IN.sub(r"\1…", said)
        if plain != said:
            record.msg, record.args = plain, ()
        return True


class WithoutWords(logging.Formatter):
    """Writes of a fault where it happened and of what kind it is, never what it says.

    A database that refuses a row quotes it, and a decoder may quote what it met: somebody's words or name.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line; what another handler made of the fault before is not taken over, nor left behind."""
        kept, record.exc_text = record.exc_text, None
        try:
            return super().format(record)
        finally:
            record.exc_text = kept

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 (the name is logging's)
        """The way to the fault, and of those that led to it, innermost first."""
        chain: list[str] = []
        error, seen = ei[1], set[int]()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            way = "".join(traceback.format_tb(error.__traceback__))
            chain.append(f"{way}{type(error).__module__}.{type(error).__qualname__}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(reversed(chain))
