"""Reading text files given on the command line."""

from __future__ import annotations

import sys
from pathlib import Path

from nlp.errors import NlpError


def say(sentence: str) -> None:
    """One line for the person at the terminal, on standard error: standard output is for the result."""
    sys.stderr.write(sentence + "\n")


class FileUnreadable(NlpError):
    """A text file given on the command line cannot be used."""


def read_text(name: str) -> str:
    """The text of a UTF-8 file, with its line ends as they are; a byte order mark is left out.

    Raises:
        FileUnreadable: missing, a folder, not allowed, or not UTF-8.
    """
    path = Path(name)
    if path.is_dir():
        raise FileUnreadable(f"{name} is a folder: give the path of one text file.")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FileUnreadable(
            f"{name} is not there or may not be read: check the path and try again."
        ) from error
    try:
        # Bytes, not text mode: offsets count code points of the file's text, line ends included.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileUnreadable(
            f"{name} is not a UTF-8 text file: save it as UTF-8 text and try again."
        ) from error
