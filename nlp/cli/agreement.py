"""`python -m nlp agreement FILE.csv`: one column per reader, one row per unit, empty where not read."""

from __future__ import annotations

import argparse
import csv
import io
import json

from nlp.agreement import cohen_kappa, krippendorff_alpha, reading_of_alpha
from nlp.cli.reading import FileUnreadable, read_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.csv", help="a column per reader with a heading, a row per unit")


def run(arguments: argparse.Namespace) -> str:
    """Nominal alpha, kappa where there are two readers, and what alpha allows, as JSON.

    Raises:
        FileUnreadable: no table of at least two readers.
    """
    rows = list(csv.reader(io.StringIO(read_text(arguments.file))))
    if not rows or len(rows[0]) < 2 or any(len(row) != len(rows[0]) for row in rows):
        raise FileUnreadable(
            "The table needs a heading, at least two columns (one per reader) and equally many entries in "
            "each row: mend it and try again."
        )
    readers = [[value.strip() or None for value in column] for column in zip(*rows[1:], strict=True)]
    if not readers:
        raise FileUnreadable("The table has a heading but no rows: add one row for each unit that was read.")
    alpha = krippendorff_alpha(readers)
    answer: dict[str, object] = {
        "readers": len(readers),
        "units": alpha.n,
        "alpha": alpha.value,
        "reading": reading_of_alpha(alpha.value) or "cannot be computed",
    }
    if len(readers) == 2:
        answer["kappa"] = cohen_kappa(readers[0], readers[1]).value
    return json.dumps(answer, indent=2) + "\n"
