"""Bringing coaching records in from CSV files: the same code tries a file out and takes it in.

A row that cannot be kept is listed with its line and a reason, and refuses nothing else: put it right and
bring the file again. Rows that are kept already are left as they are, so a file can come in twice.
"""

from coaching.importing.files import LARGEST_BYTES, MOST_ROWS, Sheet, SheetRow, read_sheet
from coaching.importing.report import Outcome, Report, RowReport
from coaching.importing.run import run_import

__all__ = [
    "LARGEST_BYTES",
    "MOST_ROWS",
    "Outcome",
    "Report",
    "RowReport",
    "Sheet",
    "SheetRow",
    "read_sheet",
    "run_import",
]
