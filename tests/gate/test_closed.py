"""The gate alone closes everything: rows and files still lie there, as between a withdrawal and its sweep."""

import pytest
from django.db import transaction

from accounts.models import Role
from enquiries import consent
from enquiries.models import Scope
from tests.factories.enquiries import take_back
from tests.gate.walk import EVERYONE, PERSON, Walk, told
from tests.gate.world import World

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <function SpooledTemporaryFile"),
]

# Taken back → what may be seen nowhere any more. What else falls with it follows from `consent.resting_on`.
CLOSES = {
    Scope.TAKE_PART: {"raw"},
    Scope.AUDIO_RECORD: {"sound"},
    Scope.MACHINE_TRANSCRIBE: {"bot"},
    Scope.ANALYSE: {"passage"},
    Scope.QUOTE_WORDS: {"quote"},
}
SHOWN = frozenset({"raw", "bot", "sound", "passage", "quote"})
# Where everything is taken back, everyone looks; for one scope, those whose pages show what rests on it.
FEW = (Role.RESEARCHER, Role.EDITOR, PERSON, "anonymous")
# What a machine wrote down stands where words are checked, and on a person's own page.
# Sound and passages stand there too, and might on a public page; editors are asked about their quotes.
LOOKING = {
    Scope.TAKE_PART: EVERYONE,
    Scope.MACHINE_TRANSCRIBE: (Role.RESEARCHER, PERSON),
    Scope.AUDIO_RECORD: (Role.RESEARCHER, PERSON, "anonymous"),
    Scope.ANALYSE: (Role.RESEARCHER, PERSON, "anonymous"),
}


@pytest.fixture(scope="module")
def walk(world: World) -> Walk:
    return Walk(world)


def test_a_name_that_was_taken_back_stands_on_no_page(walk: Walk, world: World) -> None:
    """Those who listen go on by the chosen name; whoever reads pages sees it nowhere."""
    named: dict[str, str] = {}
    with transaction.atomic():
        take_back(world.voice("a"), Scope.NAMED_CREDIT)
        for seen in walk.pages(("anonymous",)):
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


@pytest.mark.parametrize("scope", CLOSES)
def test_what_was_taken_back_is_shown_nowhere(scope: Scope, walk: Walk, world: World) -> None:
    falling = consent.resting_on(scope)
    closed = set().union(*(kinds for each, kinds in CLOSES.items() if each in falling))
    leaks: dict[str, str] = {}
    others: set[str] = set()
    with transaction.atomic():
        take_back(world.voice("a"), *falling)
        for seen in walk.pages(LOOKING.get(scope, FEW)):
            shown = seen.answer.marks
            others |= {kind for letter, kind in shown if letter == "b"}
            for letter, kind in shown:
                if letter == "a" and kind in closed:
                    leaks.setdefault(f"{seen} shows {kind}", seen.address)
            assert seen.answer.status < 500, (str(seen), seen.address, seen.answer.error)
        transaction.set_rollback(True)
    # What the other voice said stays open to everyone as it was.
    assert others >= SHOWN
    assert not leaks, told(leaks)
