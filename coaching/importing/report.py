"""What became of each row, or would."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What is done with one row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowReport:
    """One row: its line in the file, what became of it, and a sentence on why or what."""

    line: int
    outcome: Outcome
    sentence: str


@dataclass(slots=True)
class Report:
    """Every row of a file, in order, and columns that were left aside."""

    kind: str
    dry_run: bool
    rows: list[RowReport] = field(default_factory=list)
    left_aside: tuple[str, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many rows came to `outcome`."""
        return self._counts[outcome]

    @property
    def _counts(self) -> Counter[Outcome]:
        return Counter(row.outcome for row in self.rows)

    def of(self, outcome: Outcome) -> list[RowReport]:
        """The rows that came to `outcome`."""
        return [row for row in self.rows if row.outcome == outcome]

    @property
    def added(self) -> int:
        return self.count(Outcome.ADDED)

    @property
    def changed(self) -> int:
        return self.count(Outcome.CHANGED)

    @property
    def unchanged(self) -> int:
        return self.count(Outcome.UNCHANGED)

    @property
    def refused(self) -> int:
        return self.count(Outcome.REFUSED)

    @property
    def changes_something(self) -> bool:
        """Whether taking the file in does, or would do, anything."""
        return any(row.outcome in (Outcome.ADDED, Outcome.CHANGED) for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        """For scripts: counts, and the line and reason of each refused row."""
        return {
            "kind": self.kind,
            "dry_run": self.dry_run,
            "rows": len(self.rows),
            **{str(outcome): self.count(outcome) for outcome in Outcome},
            "refusals": [{"line": row.line, "reason": row.sentence} for row in self.of(Outcome.REFUSED)],
            "columns_left_aside": list(self.left_aside),
        }
