"""Pages of `docs/reference/` that are written from the code, so that they cannot say anything else."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from django.conf import settings
from django.utils import translation

from accounts.matrix import MATRIX, ORDER
from coaching import states as coaching
from coaching.models import NoteVisibility, RelationshipState
from themes import states as themes
from themes.models import QuoteState
from transcripts import states as transcripts
from transcripts.models import TranscriptState

FOLDER = Path(settings.BASE_DIR) / "docs" / "reference"

_WRITTEN = "Written from the code by `manage.py write_reference`. Change the code, not this page."

_PERMISSIONS = f"""# Who may do what

{_WRITTEN}
The table in the code is `accounts/matrix.py`.

- A role counts only at the partner where it is held, and only while it lasts. Somebody with roles at two
  partners may do at each what the roles held there allow, and may mix nothing.
- What is missing, what is another partner's and what a role may not do answer alike: as an address that leads
  nowhere.
- Coaches and partner leads may do nothing that shows who took part in an enquiry, declined, or withdrew.
- A researcher's own enquiries are those of the partner where they are a researcher. They see chosen names;
  who stands behind a name they may write down once, when they meet, and never read back.
- People who speak hold no role. Their own link lets them see and change what is theirs.
- A safeguarding lead reads concern records, and nothing else that anybody said. None are kept yet.
- A superuser may set up the editor's pages, and has none of the rights below without a role.
"""

_STATES = f"""# States, and the steps between them

{_WRITTEN}
The tables in the code are the `states.py` of each app; a step that is not drawn is refused.
"""


def permissions_text() -> str:
    """The page of roles and actions: one table for each kind of thing."""
    with translation.override("en"):
        return "\n".join(_permission_lines()) + "\n"


def _permission_lines() -> Iterator[str]:
    yield _PERMISSIONS.rstrip()
    for noun in MATRIX:
        yield f"\n## {noun.heading}\n"
        yield "| | " + " | ".join(str(role.label) for _letter, role in ORDER) + " | Action |"
        yield "|---|" + ":-:|" * len(ORDER) + "---|"
        for action in noun.actions:
            says = f"{str(action.says).rstrip('.')} ({action.only})." if action.only else str(action.says)
            marks = " | ".join("yes" if role in action.roles else "" for _letter, role in ORDER)
            yield f"| {says} | {marks} | `{action.name}` |".replace("|  |", "| |").replace("|  |", "| |")


def states_text() -> str:
    """The page of states: one diagram for each table of allowed steps."""
    tables: list[tuple[str, str, Mapping[str, frozenset[str]], type]] = [
        ("A text", "transcripts/states.py", transcripts.STEPS, TranscriptState),
        ("A quote", "themes/states.py", themes.NEXT, QuoteState),
        ("A coaching relationship", "coaching/states.py", coaching.RELATIONSHIP, RelationshipState),
        ("Who may read a note", "coaching/states.py", coaching.NOTE, NoteVisibility),
    ]
    with translation.override("en"):
        lines = [_STATES.rstrip()]
        for title, place, table, states in tables:
            lines += [f"\n## {title}\n", f"From `{place}`.\n", "```mermaid", "stateDiagram-v2"]
            order = [str(state) for state in states]  # type: ignore[attr-defined]
            lines += [f"    {state}: {states(state).label}" for state in order]
            lines.append(f"    [*] --> {order[0]}")
            for state in order:
                lines += [f"    {state} --> {to}" for to in sorted(table[state], key=order.index)]
                if not table[state]:
                    lines.append(f"    {state} --> [*]")
            lines.append("```")
        return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {"permissions.md": permissions_text, "states.md": states_text}


def stale_pages() -> list[str]:
    """Names of the pages that do not say what the code says now."""
    return [
        name
        for name, text in PAGES.items()
        if not (FOLDER / name).is_file() or (FOLDER / name).read_text(encoding="utf-8") != text()
    ]


def write_pages() -> list[str]:
    """Write the pages that are stale; gives their names."""
    stale = stale_pages()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (FOLDER / name).write_text(PAGES[name](), encoding="utf-8")
    return stale
