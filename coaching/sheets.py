"""The wording of surveys, as it stands in a partner's own files. None of it is kept in the database.

A file lies in `SURVEY_TEXTS_DIR` as `<partner>/<name>.<language>.toml`, where the name is `wemwbs`, `swemwbs`
or `assets-<slug>-<version>`:

    answers = ["Not true for me", …]      # one for each value, the lowest first
    intro = "…"                           # optional: what stands above the questions
    [[items]]
    id = "a01"
    text = "…"
"""

import logging
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

log = logging.getLogger(__name__)
FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One survey as people read it: items and answers in order, and the language they are written in."""

    language: str
    intro: str
    items: tuple[tuple[str, str], ...]
    answers: tuple[tuple[int, str], ...]


def sheet_of(
    partner: str, name: str, *, language: str, items: Sequence[str], low: int, high: int
) -> Sheet | None:
    """The sheet of one survey, or None where the partner has laid no fitting file down.

    Args:
        partner: slug of the partner whose file it is.
        language: wanted first; English where there is no file in it.
        items: ids the survey has, in its order. Wording, order and answers are never altered, so a file with
            other ids, or with more or fewer answers than `low` to `high`, is not used.
    """
    for each in dict.fromkeys((language, FALLBACK)):
        path = Path(settings.SURVEY_TEXTS_DIR, partner, f"{name}.{each}.toml")
        if not path.is_file():
            continue
        sheet = _read(path, each, items, low, high)
        if sheet is not None:
            return sheet
        log.warning("A file with the wording of a survey does not fit it: %s of partner %s", name, partner)
    return None


def _read(path: Path, language: str, items: Sequence[str], low: int, high: int) -> Sheet | None:
    try:
        told: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        found = tuple((str(item["id"]), str(item["text"])) for item in told["items"])
        answers = tuple(enumerate((str(answer) for answer in told["answers"]), start=low))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if [pk for pk, _text in found] != list(items) or len(answers) != high - low + 1:
        return None
    return Sheet(language, str(told.get("intro", "")), found, answers)
