"""`python -m nlp names FILE`: what in a text may say who someone is."""

from __future__ import annotations

import argparse
import json

from nlp.cli.reading import read_text
from nlp.names import find_names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a UTF-8 text file")
    parser.add_argument(
        "--spacy-model",
        metavar="PATH_OR_PACKAGE",
        help="a spaCy pipeline (default: the best English one installed, else none)",
    )
    parser.add_argument(
        "--known-name",
        metavar="NAME",
        action="append",
        default=[],
        help="a name to look for; may be repeated",
    )


def run(arguments: argparse.Namespace) -> str:
    """The finds as JSON, in code points of the file's text.

    Raises:
        NlpError: the file or the pipeline does not serve.
    """
    text = read_text(arguments.file)
    found = find_names(text, known_names=arguments.known_name, spacy_model=arguments.spacy_model)
    return json.dumps([name.as_dict() for name in found], ensure_ascii=False, indent=2) + "\n"
