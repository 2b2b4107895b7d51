"""A link as a square that a phone's camera reads, drawn as one path for an inline SVG."""

from dataclasses import dataclass

import qrcode
from qrcode.constants import ERROR_CORRECT_M

# Empty modules around the square, as its standard asks (ISO/IEC 18004).
QUIET = 4


@dataclass(frozen=True, slots=True)
class Square:
    """`path` draws the dark modules in a box of `side` by `side`, its quiet edge included."""

    side: int
    path: str


def square(text: str) -> Square:
    """The square for a text; middle correction, so that a creased card can still be read."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    return Square(len(rows) + 2 * QUIET, "".join(_runs(row, y) for y, row in enumerate(rows, start=QUIET)))


def _runs(row: list[bool], y: int) -> str:
    """Each run of dark modules in a row as one bar."""
    drawn, start = [], None
    for x, is_dark in enumerate([*row, False], start=QUIET):
        if is_dark and start is None:
            start = x
        elif not is_dark and start is not None:
            drawn.append(f"M{start} {y}h{x - start}v1H{start}z")
            start = None
    return "".join(drawn)
