"""Every page and every form: whoever's material passes on the way, the gate was asked about them."""

import pytest

from accounts.models import Role
from tests.gate import instrument
from tests.gate.walk import EVERYONE, PERSON, Walk, told
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
}
# Forms that may too; their pages have to ask like any other.
MAY_WHEN_SENT = {
    "yours:change": "Taking part no longer, it looks for the words in pages, so as to take them out.",
    "yours:everything": "It looks for the words in pages, so as to take them out.",
}


@pytest.fixture(scope="module")
def walk(world: World) -> Walk:
    return Walk(world)


def test_the_instrument_knows_every_way_to_ask() -> None:
    assert instrument.is_whole()


def test_every_page_asks_before_it_shows(walk: Walk, world: World) -> None:
    silent: dict[str, str] = {}
    touched: set[tuple[str, str]] = set()
    n = 0
    for seen in walk.pages(EVERYONE):
        n += 1
        touched |= set(seen.watch.touched)
        if seen.route in MAY:
            continue
        for (letter, kind), where in seen.watch.unasked(world.voices).items():
            silent.setdefault(f"{seen} touches {kind}", f"of {letter} in {where} ({seen.address})")
    print(f"\n{n} pages asked for; touched {sorted(touched)}")
    # The walk is worth nothing where it does not get to see what it guards.
    assert {(letter, kind) for letter in "ab" for kind in instrument.REQUIRED} <= touched
    assert not silent, told(silent)


def test_every_form_of_the_editor_asks_before_it_acts(walk: Walk, world: World) -> None:
    silent: dict[str, str] = {}
    came: set[tuple[str, int]] = set()
    kinds: set[str] = set()
    for seen in walk.edits():
        came.add((seen.route, seen.answer.status))
        kinds |= {kind for _letter, kind in seen.watch.touched}
        if seen.route in MAY_AT_THE_GATE:
            continue
        for (letter, kind), where in seen.watch.unasked(world.voices).items():
            silent.setdefault(f"{seen} touches {kind}", f"of {letter} in {where} ({seen.address})")
    print(f"\n{sorted(came)}")
    # Each was taken, and came to where it ends: a form that is refused would prove nothing.
    done = {"cms:keep": 302, "cms:publish": 302, "cms:preview": 200, "cms:unpublish": 302, "cms:revert": 200}
    assert set(done.items()) <= came
    assert "quote" in kinds
    assert not silent, told(silent)


def test_every_form_asks_before_it_acts(walk: Walk, world: World) -> None:
    silent: dict[str, str] = {}
    n = 0
    for seen in walk.posts((Role.RESEARCHER, Role.COACH, Role.DATA_GUARDIAN, PERSON)):
        if seen.method != "POST":
            continue
        n += 1
        if seen.route in MAY or seen.route in MAY_WHEN_SENT:
            continue
        for (letter, kind), where in seen.watch.unasked(world.voices).items():
            silent.setdefault(f"{seen} touches {kind}", f"of {letter} in {where} ({seen.address})")
    print(f"\n{n} forms sent")
    assert not silent, told(silent)
