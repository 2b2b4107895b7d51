"""Every action on somebody's material asks the gate about them, and stops where they took part no longer."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import models, transaction

from enquiries.models import Scope
from tests.factories.enquiries import take_back
from tests.gate import instrument
from tests.gate.acts import BEFORE, CannotFill, actions, ways_to_call
from tests.gate.walk import told
from tests.gate.world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# Acts that may touch somebody's words without their yes, and why that is right.
MAY: dict[str, str] = {
    "enquiries.actions.withdraw": "It takes the words away.",
    "themes.actions.quotes.drop_quote": "It lets the words go.",
    "themes.actions.quotes.unplace": "It takes the words out of a page.",
    "publishing.selectors.unplace_quotes": "It takes the words out of a page.",
    "themes.actions.meaning.take_quote_from_theme": "It takes the words out of a theme.",
    "themes.actions.tagging.untag": "It takes a mark off the words.",
    "coaching.actions.notes.take_note_back": "It takes the words away.",
    "coaching.actions.figures.remove_joint_display": "It takes the words away.",
    "transcripts.actions.silencing.silence": "It takes sound away.",
    "publishing.actions.run_gate": "It looks for people's words in what was typed, so that none stay there.",
    "publishing.actions.publish": "It runs that gate once more.",
    "transcripts.actions.pseudonymising.request_embedding": "It queues a job, which asks for each voice.",
    "transcripts.actions.checking.note_read": "It writes down who reads; the page that shows the words asks.",
}
# Acts that end where somebody took everything back, without doing anything with their words.
ENDS = {
    "themes.actions.quotes.record_answer": "Refusing is always possible.",
    "transcripts.actions.pseudonymising.cut_segments": "It cuts the passages of the others alone.",
}
# Acts that no argument of tests/gate/acts.py brings to their end; what comes before the end is tried.
UNFINISHED = {
    "publishing.actions.sign_gate": "It needs a page that another had checked, and nothing in the way.",
    "themes.states.move": "It is the step inside other acts, which are tried.",
    "transcripts.actions.pseudonymising.make_pseudonymised": "The computer must have looked for names.",
    "transcripts.actions.pseudonymising.sign_off": "It needs a text made by another person from decisions.",
    "themes.actions.tagging.let_go": "It needs a tag on an older text.",
}


@dataclass
class Tried:
    """What came of an action, in all the ways it was called."""

    touched: set[tuple[str, str]] = field(default_factory=set)
    silent: dict[str, str] = field(default_factory=dict)
    finished: int = 0
    finished_on_a: int = 0
    errors: set[str] = field(default_factory=set)


def _try(name: str, act: Any, world: World) -> Tried:
    tried = Tried()
    for arguments in ways_to_call(name, act, world):
        with transaction.atomic():
            BEFORE.get(name, _nothing)(world)
            ended = False
            with instrument.watching() as watch:
                given = {name: _looked_at_again(value) for name, value in arguments.items()}
                try:
                    with transaction.atomic():
                        act(**given)
                    ended = True
                except Exception as error:  # noqa: BLE001 (a refusal of any app, or an argument that does not fit)
                    tried.errors.add(f"{type(error).__name__}: {str(error)[:90]}")
            tried.touched |= set(watch.touched)
            if ended:
                tried.finished += 1
                tried.finished_on_a += any(letter == "a" for letter, _kind in watch.touched)
                for (letter, kind), where in watch.unasked(world.voices).items():
                    tried.silent[f"{name} touches {kind} of {letter}"] = where
            transaction.set_rollback(True)
        if ended and tried.finished_on_a:
            break
    return tried


def _nothing(_world: World) -> None:
    """Most actions find something to do in the world as it is."""


def _looked_at_again(value: Any) -> Any:
    """An action given a row acts on what stands in it: it is read anew while we watch."""
    if isinstance(value, models.Model):
        return type(value)._default_manager.get(pk=value.pk)
    if isinstance(value, list):
        return [_looked_at_again(each) for each in value]
    return value


@pytest.fixture(scope="module")
def open_world(world: World) -> dict[str, Tried]:
    """Each action tried while everyone has agreed to everything."""
    return {name: _try(name, act, world) for name, act in actions().items()}


def test_every_action_can_be_filled(world: World) -> None:
    unknown = []
    for name, act in actions().items():
        try:
            next(ways_to_call(name, act, world))
        except CannotFill as error:
            unknown.append(str(error))
        except StopIteration:
            unknown.append(f"{name}: the world has nothing to give it. Make it in tests/walls/world.py.")
    assert not unknown, "\n".join(unknown)


def test_every_action_on_material_comes_to_its_end(open_world: dict[str, Tried]) -> None:
    stuck = {name: tried.errors for name, tried in open_world.items() if tried.touched and not tried.finished}
    print(f"\n{len(open_world)} actions, {len(open_world) - len(stuck)} brought to their end")
    left = {name: sorted(stuck[name]) for name in stuck.keys() - UNFINISHED.keys()}
    assert not left, told(left)


def test_every_action_asks_before_it_acts(open_world: dict[str, Tried]) -> None:
    silent = {
        what: where
        for name, tried in open_world.items()
        if name not in MAY
        for what, where in tried.silent.items()
    }
    print(f"\n{sum(bool(tried.touched) for tried in open_world.values())} actions touch somebody's material")
    assert not silent, told(silent)


def test_no_action_ends_on_words_taken_back(open_world: dict[str, Tried], world: World) -> None:
    """The gate alone is shut: every row still lies there."""
    went_on: dict[str, Any] = {}
    with transaction.atomic():
        take_back(world.voice("a"), *Scope.values)
        for name, act in actions().items():
            if name in MAY or name in ENDS or not open_world[name].finished_on_a:
                continue
            tried = _try(name, act, world)
            if tried.finished_on_a:
                went_on[name] = sorted(tried.touched)
        transaction.set_rollback(True)
    assert not went_on, told(went_on)
