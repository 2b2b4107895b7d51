"""Every page and every form: whoever's material passes on the way, the gate was asked about them.

And the gate alone closes everything: rows and files still lie there, as between a withdrawal and its sweep.
One walk while everything is open tells which pages have something of whom; they are asked for again when
something of it is closed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.db import transaction

from accounts.models import Role
from enquiries import consent
from enquiries.models import Scope
from tests.factories.enquiries import take_back
from tests.gate import instrument
from tests.gate.walk import EVERYONE, PERSON, Known, Seen, Walk, known, told
from tests.gate.world import World

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <function SpooledTemporaryFile"),
]

# Views that touch somebody's words without a question, and why that is right.
MAY = {
    "publishing_gate": "It looks for people's words in what an editor typed, so that none stay there.",
    "yours:keep_private": "It takes the words out of everything.",
}
# Wagtail's own forms in which the gate of a page looks for what was typed.
MAY_AT_THE_GATE = {
    "cms:publish": MAY["publishing_gate"],
    "cms:put back": MAY["publishing_gate"],
    "cms:unpublish": "It takes the words out of a page.",
}
# Forms that may too; their pages have to ask like any other.
MAY_WHEN_SENT = {
    "yours:change": "Taking part no longer, it looks for the words in pages, so as to take them out.",
    "yours:everything": "It looks for the words in pages, so as to take them out.",
}
SENDING = (Role.RESEARCHER, Role.COACH, Role.DATA_GUARDIAN, PERSON)
# Taken back → what may be seen nowhere any more. What else falls with it follows from `consent.resting_on`.
CLOSES = {
    Scope.TAKE_PART: {"raw"},
    Scope.AUDIO_RECORD: {"sound"},
    Scope.MACHINE_TRANSCRIBE: {"bot"},
    Scope.ANALYSE: {"passage"},
    Scope.QUOTE_WORDS: {"quote"},
}
SHOWN = frozenset({"raw", "bot", "sound", "passage", "quote"})


@dataclass
class Open:
    """Every page as everyone, while all is agreed to."""

    pages: list[Known] = field(default_factory=list)
    touched: set[tuple[str, str]] = field(default_factory=set)
    silent: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def walk(world: World) -> Walk:
    return Walk(world)


@pytest.fixture(scope="module")
def opened(walk: Walk, world: World) -> Open:
    found = Open()
    for seen in walk.pages(EVERYONE):
        found.pages.append(known(seen))
        found.touched |= set(seen.watch.touched)
        if seen.route not in MAY:
            found.silent |= dict(_silent(seen, world))
    return found


def _silent(seen: Seen, world: World) -> Iterator[tuple[str, str]]:
    for (letter, kind), where in seen.watch.unasked(world.voices).items():
        yield f"{seen} touches {kind}", f"of {letter} in {where} ({seen.address})"


def test_the_instrument_knows_every_way_to_ask() -> None:
    assert instrument.is_whole()


def test_every_page_asks_before_it_shows(opened: Open) -> None:
    print(f"\n{len(opened.pages)} pages asked for; touched {sorted(opened.touched)}")
    # The walk is worth nothing where it does not get to see what it guards.
    assert {(letter, kind) for letter in "ab" for kind in instrument.REQUIRED} <= opened.touched
    assert not opened.silent, told(opened.silent)


def test_every_form_of_the_editor_asks_before_it_acts(walk: Walk, world: World) -> None:
    silent: dict[str, str] = {}
    came: set[tuple[str, int]] = set()
    kinds: set[str] = set()
    for seen in walk.edits():
        came.add((seen.route, seen.answer.status))
        kinds |= {kind for _letter, kind in seen.watch.touched}
        if seen.route in MAY_AT_THE_GATE:
            continue
        silent |= dict(_silent(seen, world))
    print(f"\n{sorted(came)}")
    # Each was taken, and came to where it ends: a form that is refused would prove nothing.
    done = {"cms:keep": 302, "cms:publish": 302, "cms:preview": 200, "cms:unpublish": 302, "cms:revert": 200}
    assert set(done.items()) <= came
    assert "quote" in kinds
    assert not silent, told(silent)


def test_every_form_asks_before_it_acts(walk: Walk, opened: Open, world: World) -> None:
    silent: dict[str, str] = {}
    n = 0
    pages = (page for page in opened.pages if page.way in SENDING and not page.address.startswith("/cms/"))
    for seen in walk.posts(pages):
        n += 1
        if seen.route not in MAY and seen.route not in MAY_WHEN_SENT:
            silent |= dict(_silent(seen, world))
    print(f"\n{n} forms sent")
    assert not silent, told(silent)


@pytest.mark.parametrize("scope", CLOSES)
def test_what_was_taken_back_is_shown_nowhere(scope: str, walk: Walk, opened: Open, world: World) -> None:
    """Where all is taken back, everyone goes everywhere once more; for less, to the pages that had it."""
    falling = consent.resting_on(scope)
    closed = set().union(*(kinds for each, kinds in CLOSES.items() if each in falling))
    leaks: dict[str, str] = {}
    others: set[str] = set()
    n = 0
    had = {(letter, kind) for letter in "ab" for kind in closed}
    with transaction.atomic():
        take_back(world.voice("a"), *falling)
        pages = (page for page in opened.pages if page.kinds & had)
        for seen in walk.pages(EVERYONE) if scope == Scope.TAKE_PART else walk.again(pages):
            n += 1
            shown = seen.answer.marks
            others |= {kind for letter, kind in shown if letter == "b"}
            for letter, kind in shown:
                if letter == "a" and kind in closed:
                    leaks.setdefault(f"{seen} shows {kind}", seen.address)
            assert seen.answer.status < 500, (str(seen), seen.address, seen.answer.error)
        transaction.set_rollback(True)
    print(f"\n{n} pages asked for with {scope} taken back")
    # What the other voice said stays open to everyone as it was.
    assert others >= (SHOWN if scope == Scope.TAKE_PART else closed)
    assert not leaks, told(leaks)


def test_a_name_that_was_taken_back_stands_on_no_page(walk: Walk, opened: Open, world: World) -> None:
    """Those who listen go on by the chosen name; whoever reads pages sees it nowhere."""
    named: dict[str, str] = {}
    had = {(letter, "pseudonym") for letter in "ab"}
    with transaction.atomic():
        take_back(world.voice("a"), Scope.NAMED_CREDIT)
        for seen in walk.again(each for each in opened.pages if each.way == "anonymous" and each.kinds & had):
            for letter, kind in seen.answer.marks:
                if kind == "pseudonym":
                    named.setdefault(letter, f"{seen} ({seen.address})")
        transaction.set_rollback(True)
    # The other voice is named beside a quote as before, so a name would be seen.
    assert set(named) == {"b"}, named


def test_no_form_of_the_editor_brings_back_a_quote_that_was_taken_back(walk: Walk, world: World) -> None:
    shown: dict[tuple[str, str], str] = {}
    with transaction.atomic():
        take_back(world.voice("a"), *consent.resting_on(Scope.QUOTE_WORDS))
        for seen in walk.edits():
            shown |= dict.fromkeys(seen.answer.marks, f"{seen} ({seen.address})")
        transaction.set_rollback(True)
    assert ("b", "quote") in shown
    assert ("a", "quote") not in shown, shown["a", "quote"]
