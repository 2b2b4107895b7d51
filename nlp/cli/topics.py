"""`python -m nlp topics FILE.jsonl`: groups of passages, one `{"id", "text"}` per line."""

from __future__ import annotations

import argparse
import json
from typing import Any

from nlp.cli.reading import FileUnreadable, read_text
from nlp.topics import Passage, run_topics


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.jsonl", help='one {"id": ..., "text": ...} per line')
    parser.add_argument("--seed", type=_seed, default=42, help="the same seed gives the same bytes (42)")
    parser.add_argument("--embedding-model", metavar="FOLDER", help="another sentence-transformers model")


def _seed(given: str) -> int:
    seed = int(given)
    if not 0 <= seed < 2**32:
        raise argparse.ArgumentTypeError("a whole number from 0 to 4294967295")
    return seed


def run(arguments: argparse.Namespace) -> str:
    """The run, its topics and its outliers as JSON, with ids as they are in the file.

    Raises:
        NlpError: the file or the passages do not serve.
    """
    ids, passages = read_passages(read_text(arguments.file))
    embedder = None
    if arguments.embedding_model:
        from nlp.embedding import MiniLmEmbedder

        embedder = MiniLmEmbedder(arguments.embedding_model)
    result = run_topics(passages, seed=arguments.seed, embedder=embedder)
    answer = {
        "run": {
            "model": result.run.model,
            "versions": result.run.versions,
            "parameters": result.run.parameters,
            "seed": result.run.seed,
            "corpus_hash": result.run.corpus_hash,
            "n": result.run.n,
        },
        "topics": [
            {
                "id": topic.id,
                "words": [[word, weight] for word, weight in topic.words],
                "members": [ids[member] for member in topic.members],
                "representatives": [ids[member] for member in topic.representatives],
            }
            for topic in result.topics
        ],
        "outliers": [ids[passage] for passage in result.outliers],
    }
    return json.dumps(answer, ensure_ascii=False, indent=2) + "\n"


def read_passages(text: str) -> tuple[dict[str, str | int], list[Passage]]:
    """Passages of a JSON Lines text, and each id as the file wrote it.

    Raises:
        FileUnreadable: a line is not an object with an id (text or whole number) and a text; no lines.
    """
    ids: dict[str, str | int] = {}
    passages = []
    # Not splitlines(): JSON strings may hold U+2028 and the like as they are.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row: Any = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise FileUnreadable(
                f"Line {number} is not JSON: each line is one object with id and text."
            ) from error
        given = row.get("id") if isinstance(row, dict) else None
        if (
            not isinstance(given, (str, int))
            or isinstance(given, bool)
            or not isinstance(row.get("text"), str)
        ):
            raise FileUnreadable(f'Line {number} is not of the shape {{"id": ..., "text": "..."}}: mend it.')
        if str(given) in ids:
            raise FileUnreadable(
                f"Line {number} has the id {given!r}, which an earlier line has: give each its own."
            )
        ids[str(given)] = given
        passages.append(Passage(str(given), row["text"]))
    if not passages:
        raise FileUnreadable("The file holds no passages: write one object with id and text on each line.")
    return ids, passages
