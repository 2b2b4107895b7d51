"""Every address, by every method, by everyone, with one's own key, a colleague's, another's and none.

Found by looking, so that a page added tomorrow is tried as well: see `routes.py` for what to declare.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from time import process_time
from typing import Any

import pytest
from django.urls import Resolver404, resolve

from accounts.models import Role, User
from accounts.permissions import partners_where
from tests.walls import forms
from tests.walls.probe import METHODS, Answer, Fingerprints, Visitor
from tests.walls.routes import Case, Route, cases, kinds_of, routes
from tests.walls.world import World
from wisdoms.policies import PolicyMissing, policy_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    # Wagtail's preview of a picture leaves the drawing's temporary file to be closed by itself.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <function SpooledTemporaryFile"),
]

LEAST_PROBES = 5_000
# Methods beside GET and POST. What one of them does is the view's business and who may come the policy's, so
# each is tried at every address, by one of those who get past the door, in turn.
OTHER_METHODS = tuple(method for method in METHODS if method not in ("GET", "POST"))
# Who comes to the editor's pages: somebody of each kind that they treat differently.
CMS_WAYS = ("anonymous", Role.RESEARCHER, Role.REVIEWER, Role.EDITOR, "superuser")
CMS_INSIDE = (Role.REVIEWER, Role.EDITOR, "superuser")
REFUSED = (401, 403, 404, 405)


@dataclass
class Tally:
    """What was tried, and what was wrong with it."""

    tried: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def say(self, kind: str, sentence: str) -> None:
        print(f"{kind}: {sentence}", flush=True)
        self.wrong[kind].append(sentence)


@pytest.fixture(scope="module")
def visitors(world: World) -> dict[str, Visitor]:
    return {way: Visitor(user) for way, user in world.users.items()}


def test_every_view_says_to_whom_it_answers() -> None:
    silent = []
    for route in routes():
        try:
            policy_of(route.view)
        except PolicyMissing:
            silent.append(route.name)
    assert not silent


def test_every_parameter_is_declared(world: World) -> None:
    for route in routes():
        kinds_of(route)
        cases(route, world)


def _is_shut(route: Route, user: User | None) -> bool:
    """Whether the view's policy turns this user away before anything is looked up."""
    try:
        policy = policy_of(route.view)
    except PolicyMissing:
        return False
    if policy.is_public or user is None:
        return not policy.is_public
    return policy.kind == "needs" and not user.is_superuser and not partners_where(user, *policy.actions)


def _probes(route: Route, world: World, way: str, methods: Iterable[str]) -> Iterator[tuple[Case, str]]:
    """What is tried at an address by somebody. Where the door itself is shut, two knocks are enough."""
    every = cases(route, world)
    if route.is_cms and way == "superuser":
        yield every[0], "GET"
        return
    if _is_shut(route, world.users[way]):
        yield every[0], "GET"
        yield every[-1], "POST"
        return
    for case in every:
        yield case, "GET"
        yield case, "POST"
        if case.whose in ("none", "other"):
            for method in methods:
                yield case, method


def _in_turn(route: Route, world: World, nth: int) -> dict[str, list[str]]:
    """Who tries which of the other methods at the `nth` address."""
    ways = [
        way
        for way in (CMS_INSIDE[:2] if route.is_cms else world.users)
        if not _is_shut(route, world.users[way])
    ]
    tries: dict[str, list[str]] = defaultdict(list)
    for n, method in enumerate(OTHER_METHODS if ways else ()):
        tries[ways[(nth + n) % len(ways)]].append(method)
    return tries


def _payloads(world: World, visitors: dict[str, Visitor], found: list[Route]) -> dict[str, list[forms.Pair]]:
    """For each address that takes a form, what somebody who may use it would send, read off their pages."""
    by_shape: dict[str, list[forms.Pair]] = {}
    for route in found:
        for way in (Role.RESEARCHER, Role.COACH, Role.EDITOR, Role.PARTNER_LEAD):
            if route.is_cms and way != Role.EDITOR:
                continue
            case = cases(route, world)[0]
            answer = visitors[way].ask("GET", case.address)
            if answer.status != 200:
                continue
            for form in answer.page_forms:
                if form.method != "post":
                    continue
                action = (form.action or case.address).partition("?")[0].partition("#")[0]
                try:
                    view = resolve(action).route
                except Resolver404:
                    continue
                by_shape.setdefault(view, forms.flat(form.filled()))
            break
    return by_shape


def _is_public(route: Route) -> bool:
    try:
        return policy_of(route.view).is_public
    except PolicyMissing:
        return False


def _may_see_both(way: str, route: Route) -> bool:
    return way == "both" or (way == "superuser" and route.is_cms)


PARTS = {
    "workspace": ("/workspace/",),
    "coach": ("/coach/",),
    "editor": ("/cms/",),
    "elsewhere": ("/",),
}
COUNTED: Counter[str] = Counter()


def _part(part: str) -> list[Route]:
    others = tuple(start for name, starts in PARTS.items() if name != "elsewhere" for start in starts)
    if part == "elsewhere":
        return [route for route in routes() if not route.pattern.startswith(others)]
    return [route for route in routes() if route.pattern.startswith(PARTS[part])]


@pytest.mark.parametrize("part", PARTS)
def test_no_view_gives_away_or_changes_what_is_not_ones_own(
    part: str, world: World, visitors: dict[str, Visitor]
) -> None:
    found = _part(part)
    began = process_time()
    tally = Tally()
    other = Fingerprints(world.b.partner.pk)
    payloads = _payloads(world, visitors, found)
    for nth, route in enumerate(found):
        sent = payloads.get(route.pattern[1:], [])
        tries = _in_turn(route, world, nth)
        absent: dict[tuple[str, str, str], Answer] = {}
        # Methods that the view does not take, as somebody of one partner was told in all that is tried.
        not_taken: set[str] = set()
        for way in CMS_WAYS if route.is_cms else world.users:
            is_shut = _is_shut(route, world.users[way])
            told: set[str] = set()
            for case, method in _probes(route, world, way, tries[way]):
                if method in not_taken and not is_shut:
                    continue
                body = sent if method in ("POST", "PUT", "PATCH") else None
                answer = visitors[way].ask(method, case.address, body, fingerprints=other)
                tally.tried[method] += 1
                key = (way, method, case.control)
                if case.address == case.control:
                    absent[key] = answer
                elif key not in absent:
                    absent[key] = visitors[way].ask(method, case.control, body)
                    tally.tried[method] += 1
                if (
                    answer.status == 405
                    and case.whose in ("own", "none")
                    and way not in ("both", "superuser")
                ):
                    told.add(method)
                _judge(tally, world, route, case, method, way, answer, absent[key])
            not_taken |= told
    total = sum(tally.tried.values())
    COUNTED[part] = total
    print(f"\n{total} probes of {len(found)} addresses, {dict(tally.tried)}, {process_time() - began:.0f} s.")
    assert not tally.wrong, "\n".join(_report(tally))


def test_enough_was_tried() -> None:
    if set(COUNTED) != set(PARTS):
        pytest.skip("Only a part of the addresses was tried. Run the whole module to count the probes.")
    print(f"\n{sum(COUNTED.values())} probes: {dict(COUNTED)}")
    assert sum(COUNTED.values()) >= LEAST_PROBES


def _report(tally: Tally) -> Iterator[str]:
    for kind, sentences in tally.wrong.items():
        yield f"{kind}: {len(sentences)}"
        yield from (f"   {each}" for each in sentences[:40])


def _judge(
    tally: Tally,
    world: World,
    route: Route,
    case: Case,
    method: str,
    way: str,
    answer: Answer,
    absent: Answer,
) -> None:
    here = f"{way} {method} {route.name} ({case.whose}) → {answer.status}"
    if answer.status >= 500 or answer.error is not None:
        tally.say("failed", f"{here} {answer.error!r}"[:300])
    leaked = answer.marks - world.may_read[way]
    if leaked:
        tally.say("leaked", f"{here} {sorted(leaked)}")
    if answer.changed and not _may_see_both(way, route):
        tally.say("changed another partner's rows", f"{here} {answer.changed}")
    if way == "anonymous" and not _is_public(route) and not _sends_to_sign_in(answer):
        tally.say("answered somebody who is not signed in", here)
    is_anothers = case.whose in ("other", "mixed") and not (
        (way == "both" and case.whose == "other") or (way == "superuser" and route.is_cms)
    )
    is_public = _is_public(route)
    if is_anothers and not is_public and answer.lasting:
        tally.say("wrote", f"{here} {sorted(answer.lasting)}")
    if answer.status in REFUSED and answer.lasting:
        tally.say("wrote while refusing", f"{here} {sorted(answer.lasting)}")
    if is_public or not (is_anothers or answer.status in REFUSED):
        return
    if not is_anothers and (
        # What one's own team has may say that it takes no such method; coaches have things of their own. And
        # those who work in the editor may be told what is the matter with a page of their own partner.
        (answer.status == 405 and way != Role.COACH) or (route.is_cms and way in CMS_INSIDE)
    ):
        return
    one, two = answer.like(case.address), absent.like(case.control)
    if one != two:
        tally.say(
            "told missing from forbidden", f"{here}, missing → {absent.status}: {_difference(one, two)}"
        )


def _difference(one: tuple[Any, ...], two: tuple[Any, ...]) -> str:
    """Where two answers part, in a few words."""
    for mine, theirs in zip(one, two, strict=True):
        if mine == theirs:
            continue
        if isinstance(mine, str):
            at = next((n for n, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), 0)
            return f"{mine[max(0, at - 30) : at + 50]!r} ≠ {theirs[max(0, at - 30) : at + 50]!r}"
        if isinstance(mine, list):
            return f"{[each for each in mine if each not in theirs]} ≠ {[e for e in theirs if e not in mine]}"
        return f"{mine} ≠ {theirs}"
    return ""


def _sends_to_sign_in(answer: Answer) -> bool:
    if answer.status in REFUSED:
        return True
    return answer.status in (204, 302) and "/accounts/login/" in (
        answer.headers.get("location", "") + answer.headers.get("hx-redirect", "")
    )
