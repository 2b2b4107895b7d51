"""Sees which people's material passes through the program, and whom the gate was asked about, and when.

Nothing is declared here: words are seen as rows come out of the database's cursor, sound as files of the
store are opened, and questions as they reach `enquiries.consent`. What is seen is told apart by the marks of
`tests.walls.world`, so that a column, a query or a page added tomorrow is seen as well.

A row may be read before the question about it, since the row says whom to ask. But nothing may be made of it
before: the question comes before words are put into a page, before they are written into a row, and before
the sound itself is opened.
"""

import re
import sys
import traceback
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

import django.template.base
import django.template.defaulttags
import django.templatetags.i18n
import pytest
from django.conf import settings
from django.db.backends.utils import CursorWrapper

from enquiries import consent
from enquiries.models import Contributor, Conversation, Scope
from tests.walls.marks import MARK, marks_in

# What has to be agreed to before material of a kind may be touched; a scope that needs it will do.
REQUIRED = {
    "raw": Scope.TAKE_PART,
    "bot": Scope.MACHINE_TRANSCRIBE,
    "sound": Scope.AUDIO_RECORD,
    "passage": Scope.ANALYSE,
    "quote": Scope.QUOTE_WORDS,
}
_HOME = Path(__file__).parents[2]


@dataclass
class Watch:
    """What passed while one view, task, command or action ran.

    Attributes:
        touched: (letter of the voice, kind of material) → where in the program it was first touched.
        used: the same → where something was first made of it, and whom the gate had been asked about by then.
        asked: (id of the voice, scope) that the gate was asked about.
    """

    touched: dict[tuple[str, str], str] = field(default_factory=dict)
    used: dict[tuple[str, str], tuple[str, frozenset[tuple[int, str]]]] = field(default_factory=dict)
    asked: set[tuple[int, str]] = field(default_factory=set)

    def unasked(self, voices: dict[str, set[int]]) -> dict[tuple[str, str], str]:
        """Material that was touched without a question about somebody whose it is, or used before it.

        Args:
            voices: letter of a mark → ids of the contributors who said what bears it; one of them is enough,
                since a mark does not tell two voices of a letter apart.
        """
        found = {
            (letter, kind): where
            for (letter, kind), where in self.touched.items()
            if not _is_asked(voices[letter], kind, self.asked)
        }
        for (letter, kind), (where, asked) in self.used.items():
            if not _is_asked(voices[letter], kind, asked):
                found.setdefault((letter, kind), f"used before it was asked in {where}")
        return found


def _is_asked(voices: Container[int], kind: str, asked: Iterable[tuple[int, str]]) -> bool:
    return any(who in voices and REQUIRED[kind] in consent.needed_for(scope) for who, scope in asked)


_watches: list[Watch] = []
_sounds: dict[str, str] = {}


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch what passes in the block; watches nest, each sees what the inner ones see."""
    watch = Watch()
    _watches.append(watch)
    try:
        yield watch
    finally:
        _watches.remove(watch)


@contextmanager
def looking_away() -> Iterator[None]:
    """For what the test itself reads."""
    held = _watches[:]
    _watches.clear()
    try:
        yield
    finally:
        _watches[:] = held


def _touch(letter: str, kind: str) -> None:
    new = [watch for watch in _watches if (letter, kind) not in watch.touched]
    if new:
        place = _place()
        for watch in new:
            watch.touched[letter, kind] = place


def _use(letter: str, kind: str) -> None:
    new = [watch for watch in _watches if (letter, kind) not in watch.used]
    if new:
        place = _place()
        for watch in new:
            watch.used[letter, kind] = (place, frozenset(watch.asked))


def _place() -> str:
    """The nearest lines of the project's own, innermost first."""
    ours = []
    for frame in reversed(traceback.extract_stack()[:-2]):
        path = Path(frame.filename)
        if _HOME in path.parents and "tests" not in path.parts and ".venv" not in path.parts:
            ours.append(f"{path.relative_to(_HOME)}:{frame.lineno} {frame.name}")
    return " < ".join(ours[:4])


def _see(value: Any) -> None:
    if not _watches or value is None:
        return
    if isinstance(value, str):
        if MARK.search(value):
            for letter, kind in marks_in(value):
                if kind in REQUIRED:
                    _touch(letter, kind)
    elif isinstance(value, (bytes, bytearray, memoryview)):
        _see(bytes(value).decode("utf-8", errors="replace"))
    elif isinstance(value, dict):
        for each in value.values():
            _see(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            _see(each)


# --- The database's cursor ----------------------------------------------------------------------------


def _fetchone(self: CursorWrapper) -> Any:
    with self.db.wrap_database_errors:
        row = self.cursor.fetchone()
    _see(row)
    return row


def _fetchmany(self: CursorWrapper, *args: Any) -> Any:
    with self.db.wrap_database_errors:
        rows = self.cursor.fetchmany(*args)
    _see(rows)
    return rows


def _fetchall(self: CursorWrapper) -> Any:
    with self.db.wrap_database_errors:
        rows = self.cursor.fetchall()
    _see(rows)
    return rows


def _each(self: CursorWrapper) -> Any:
    with self.db.wrap_database_errors:
        for row in self.cursor:
            _see(row)
            yield row


_WRITES = re.compile(r"\s*(?:INSERT|UPDATE|COPY)\b", re.IGNORECASE)


def _writing(name: str) -> Callable[..., Any]:
    real = getattr(CursorWrapper, name)

    @wraps(real)
    def execute(self: CursorWrapper, sql: Any, params: Any = None) -> Any:
        if _watches and params and isinstance(sql, str) and _WRITES.match(sql):
            for letter, kind in _marks_of(params):
                _use(letter, kind)
        return real(self, sql, params)

    return execute


def _marks_of(value: Any) -> set[tuple[str, str]]:
    """Marks in what is written: strings, lists of them, and what wraps them, such as JSON."""
    if isinstance(value, (list, tuple)):
        return set().union(*map(_marks_of, value))
    if isinstance(value, (int, float)) or value is None:
        return set()
    text = value if isinstance(value, str) else repr(getattr(value, "obj", value))
    return {mark for mark in marks_in(text) if mark[1] in REQUIRED} if MARK.search(text) else set()


# --- Pages --------------------------------------------------------------------------------------------


def _rendering(real: Callable[..., str]) -> Callable[..., str]:
    @wraps(real)
    def render(value: Any, context: Any) -> str:
        text = real(value, context)
        if _watches and MARK.search(text):
            for letter, kind in marks_in(text):
                if kind in REQUIRED:
                    _use(letter, kind)
        return text

    return render


# --- The store ----------------------------------------------------------------------------------------


def _opened(event: str, args: tuple[Any, ...]) -> None:
    if event != "open" or not _watches or not isinstance(args[0], str):
        return
    path = Path(args[0])
    # What is opened to be written anew has a name that no recording bears yet.
    letter = _sounds.get(path.name)
    if letter is not None and str(settings.STORE_DIR) in args[0]:
        _touch(letter, "sound")
        _use(letter, "sound")


# A hook of the interpreter cannot be taken out again; it does nothing while nobody watches.
sys.addaudithook(_opened)


def know_sounds(keys: Iterable[tuple[str, str]]) -> None:
    """Whose sound lies under which key of the store: pairs of key and letter."""
    _sounds.update(keys)


# --- The gate -----------------------------------------------------------------------------------------


def _ids(who: Any) -> Iterator[int]:
    if isinstance(who, Contributor):
        yield who.pk
    elif isinstance(who, Conversation):
        with looking_away():
            yield from who.contributors.values_list("pk", flat=True)
    elif isinstance(who, tuple):
        yield who[0]
    elif isinstance(who, int):
        yield who
    else:
        for each in who:
            yield from _ids(each)


_GATE = (
    "allows",
    "check",
    "refusal",
    "allows_conversation",
    "check_conversation",
    "refusal_of_conversation",
    "allowing",
    "allowing_pairs",
    "allowing_each",
    "states",
)
_inside = [False]


def _asking(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(real)
    def ask(who: Any, *args: Any, **kwargs: Any) -> Any:
        # One question asks others; what counts is what was wanted to be known.
        if _inside[0] or not _watches:
            return real(who, *args, **kwargs)
        if not isinstance(who, (Contributor, Conversation)):
            who = list(who)
        scopes: Iterable[str] = Scope.values if name == "states" else (args[0] if args else kwargs["scope"],)
        if name == "allowing_each":
            scopes = tuple(args[0] if args else kwargs["scopes"])
            args, kwargs = (scopes,), {key: value for key, value in kwargs.items() if key != "scopes"}
        _inside[0] = True
        try:
            asked = {(each, scope) for each in _ids(who) for scope in scopes}
            for watch in _watches:
                watch.asked |= asked
            return real(who, *args, **kwargs)
        finally:
            _inside[0] = False

    return ask


@pytest.fixture(scope="module")
def instrument() -> Iterator[None]:
    """Put the instrument in, for a module."""
    patch = pytest.MonkeyPatch()
    for name, spy in (("fetchone", _fetchone), ("fetchmany", _fetchmany), ("fetchall", _fetchall)):
        patch.setattr(CursorWrapper, name, spy, raising=False)
    patch.setattr(CursorWrapper, "__iter__", _each)
    for name in ("execute", "executemany"):
        patch.setattr(CursorWrapper, name, _writing(name))
    for module in (django.template.base, django.template.defaulttags, django.templatetags.i18n):
        real = module.render_value_in_context
        patch.setattr(module, "render_value_in_context", _rendering(real))
    for name in _GATE:
        patch.setattr(consent, name, _asking(name, getattr(consent, name)))
    yield
    patch.undo()


def is_whole() -> bool:
    """Whether every way to ask the gate is known here: each public function that answers about scopes."""
    questions = {
        name
        for name, each in vars(consent).items()
        if callable(each)
        and not name.startswith("_")
        and getattr(each, "__module__", "") == consent.__name__
        and name not in ("needed_for", "resting_on", "hold", "hold_conversation")
    }
    return questions == set(_GATE)
