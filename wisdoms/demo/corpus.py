"""Reading the demo's input: conversations, decisions, notes. Plain values out, no database."""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from wisdoms.demo.paths import COACHING, CONVERSATIONS, DATA, REFLECTIVE_NOTES, SOUND

LISTENER = "Listener"
_TURN = re.compile(r"\*\*(?P<speaker>[^*]+)\*\* (?P<text>\S.*)", re.DOTALL)


class CorpusError(Exception):
    """A file of the demo's input cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said before the next began, or before a pause."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class DemoConversation:
    """One file of `data/conversations/`; `front` holds its TOML head, described in docs/demo.md."""

    path: Path
    front: dict[str, Any]
    turns: tuple[Turn, ...]

    @property
    def number(self) -> int:
        return int(self.front["number"])

    @property
    def held_on(self) -> date:
        day = self.front["held_on"]
        if not isinstance(day, date):
            raise CorpusError(f"{self.path.name}: held_on is not a date.")
        return day

    @property
    def consents(self) -> dict[str, str]:
        return dict(self.front["consents"])

    def grants(self, scope: str) -> bool:
        """Whether the speaker said yes to `scope` when asked."""
        return self.consents.get(scope) == "granted"

    @property
    def sound(self) -> Path | None:
        """The recording, for the two conversations that come with sound."""
        return next(iter(sorted(SOUND.glob(f"{self.number:02d}-*.ogg"))), None)

    @property
    def script(self) -> Path:
        """When each turn is said in the recording, in the shape of the scripted engine."""
        return SOUND / f"{self.number:02d}.words.json"

    @property
    def words_of_contributor(self) -> int:
        return sum(len(turn.text.split()) for turn in self.turns if turn.speaker != LISTENER)


def read_conversation(path: Path) -> DemoConversation:
    """One conversation.

    Raises:
        CorpusError: no head between two lines `+++`, or a paragraph that is no turn.
    """
    parts = path.read_text(encoding="utf-8").split("+++\n", 2)
    if len(parts) != 3 or parts[0]:
        raise CorpusError(f"{path.name} does not start with a head between two lines of +++.")
    try:
        front = tomllib.loads(parts[1])
    except tomllib.TOMLDecodeError as error:
        raise CorpusError(f"The head of {path.name} is not TOML: {error}") from error
    turns = []
    for paragraph in parts[2].strip().split("\n\n"):
        found = _TURN.fullmatch(paragraph.strip())
        if found is None:
            raise CorpusError(f"{path.name}: a paragraph does not begin with **Speaker**: {paragraph[:40]!r}")
        turns.append(Turn(found["speaker"], found["text"]))
    return DemoConversation(path, front, tuple(turns))


def read_conversations() -> list[DemoConversation]:
    """All conversations, by number."""
    return sorted((read_conversation(path) for path in CONVERSATIONS.glob("*.md")), key=lambda c: c.number)


def read_toml(path: Path) -> dict[str, Any]:
    """One TOML file."""
    with path.open("rb") as stream:
        return tomllib.load(stream)


def read_decisions() -> dict[str, Any]:
    """`data/decisions.toml`: what the demo's people decide."""
    return read_toml(DATA / "decisions.toml")


def read_people() -> dict[str, Any]:
    """`data/people.toml`: partners and users."""
    return read_toml(DATA / "people.toml")


def read_notes() -> list[dict[str, Any]]:
    """The reflective notes, by number."""
    return [
        read_toml(path) for path in sorted(REFLECTIVE_NOTES.glob("*.toml"), key=lambda each: int(each.stem))
    ]


def read_links() -> dict[str, str]:
    """Reference of the person in the coaching files, by contributor, for those who are coached."""
    with (COACHING / "links.csv").open(encoding="utf-8", newline="") as stream:
        return {row["contributor"]: row["person_ref"] for row in csv.DictReader(stream)}


@dataclass(frozen=True, slots=True)
class NameChange:
    """One stretch `[start, end)` of a text, in code points, and what takes its place."""

    start: int
    end: int
    text: str
    replacement: str


class NameKey:
    """The list of names: which words are replaced, and which stay though they look like names."""

    def __init__(self, replace: dict[str, str], keep: list[str]) -> None:
        self.replace = replace
        self.keep = frozenset(keep)
        # Longest first, so that "Basildon Bond" is met before "Basildon"; kept words shield what they hold.
        known = sorted({*replace, *keep}, key=lambda words: (-len(words), words))
        self._pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, known)) + r")(?!\w)")

    @classmethod
    def from_decisions(cls, decisions: dict[str, Any]) -> NameKey:
        return cls(dict(decisions["names"]["replace"]), list(decisions["names"]["keep"]))

    def changes(self, text: str) -> list[NameChange]:
        """What is replaced in `text`, from start to end, never overlapping."""
        return [
            NameChange(found.start(), found.end(), found.group(), self.replace[found.group()])
            for found in self._pattern.finditer(text)
            if found.group() in self.replace
        ]

    def touching(self, text: str, start: int, end: int) -> list[NameChange]:
        """What is replaced within or across `[start, end)`.

        For a span that a finder offers: one change of the same span is a yes, another span is a change,
        an empty list a no.
        """
        return [change for change in self.changes(text) if change.start < end and change.end > start]

    def apply(self, text: str) -> str:
        """`text` with its names replaced."""
        return self._pattern.sub(lambda found: self.replace.get(found.group(), found.group()), text)
