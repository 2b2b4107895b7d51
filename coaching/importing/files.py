"""From bytes to rows with line numbers. Knows nothing of coaching."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from coaching.errors import FileRefused

LARGEST_BYTES = 5_000_000
MOST_ROWS = 50_000
_LONGEST_CELL = 10_000


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: the line of the file it begins on, and its cells by column, outer blank space taken off.
    `cells` is None where the row has more or fewer cells than the heading."""

    line: int
    cells: dict[str, str] | None
    n_cells: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's columns, as written in its heading but in small letters, and its rows without blank ones."""

    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]


def read_sheet(content: bytes) -> Sheet:
    """Read a CSV file: UTF-8 (or UTF-16 with its mark), parted by commas, semicolons or tabs.

    Raises:
        FileRefused: empty, too large, not text, another encoding, no heading, a column twice, or more rows
            than `MOST_ROWS`.
    """
    text = _decode(content)
    lines = text.splitlines()
    heading = next((line for line in lines if line.strip()), "")
    if not heading:
        raise FileRefused(_("This file is empty. Choose another."))
    rows = _rows(text, _separator(heading))
    try:
        _line, cells = next(rows)
        columns = tuple(cell.strip().casefold() for cell in cells)
        if "" in columns:
            raise FileRefused(_("A column has no name. Give each column of the first line its name."))
        twice = next((name for name in columns if columns.count(name) > 1), None)
        if twice is not None:
            raise FileRefused(_("The column “%(name)s” is there twice. Take one out.") % {"name": twice})
        found: list[SheetRow] = []
        for line, values in rows:
            if len(found) == MOST_ROWS:
                raise FileRefused(
                    _("This file has more than %(n)s rows. Bring it in parts.") % {"n": f"{MOST_ROWS:,}"}
                )
            found.append(_row(line, columns, values))
    except csv.Error as error:
        raise FileRefused(
            _("This file cannot be read as a table: a quotation mark is not closed, or a cell is too long.")
        ) from error
    return Sheet(columns, tuple(found))


def _decode(content: bytes) -> str:
    if len(content) > LARGEST_BYTES:
        raise FileRefused(
            _("This file is larger than %(n)s megabytes. Bring it in parts.")
            % {"n": LARGEST_BYTES // 1_000_000}
        )
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise FileRefused(_("This is a workbook, not a CSV file. In it, choose Save as, CSV UTF-8."))
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileRefused(
            _("The letters of this file cannot be read. Save it as CSV UTF-8 and choose it again.")
        ) from error
    if "\x00" in text:
        raise FileRefused(_("This file is not text. Save it as CSV UTF-8 and choose it again."))
    return text


def _separator(heading: str) -> str:
    return max(",;\t", key=heading.count)


def _rows(text: str, separator: str) -> Iterator[tuple[int, Sequence[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    before = 0
    for values in reader:
        line, before = before + 1, reader.line_num
        if any(len(value) > _LONGEST_CELL for value in values):
            raise csv.Error
        if any(value.strip() for value in values):
            yield line, values


def _row(line: int, columns: tuple[str, ...], values: Sequence[str]) -> SheetRow:
    # A spreadsheet leaves empty cells at the end of a line; cells with something in them are another matter.
    kept = list(values)
    while len(kept) > len(columns) and not kept[-1].strip():
        kept.pop()
    if len(kept) != len(columns):
        return SheetRow(line, None, len(kept))
    return SheetRow(line, {name: value.strip() for name, value in zip(columns, kept, strict=True)}, len(kept))
