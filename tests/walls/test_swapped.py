"""The other partner's keys in every field of every form, and in every query parameter.

Forms are read off the pages of those who may use them. A field that holds a number and is declared neither
in `KEYS` nor in `NO_KEYS` fails the test.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.db import connection
from django.urls import Resolver404, resolve

from accounts.models import Role
from tests.walls import forms
from tests.walls.probe import Answer, Fingerprints, Visitor
from tests.walls.routes import cases, routes
from tests.walls.world import MISSING, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

WAYS = (Role.RESEARCHER, Role.COACH, Role.PARTNER_LEAD, Role.DATA_GUARDIAN, Role.EDITOR, "both")
# Names of fields that hold the key of a row, and of what kind.
KEYS = {
    "code": "code",
    "codes": "code",
    "contributors": "contributor",
    "enquiry": "enquiry",
    "figure": "figure",
    "form": "consent_form",
    "holder": "user",
    "instead_of": "export",
    "listener": "user",
    "membership": "membership",
    "membership_id": "membership",
    "merged_into": "proposal",
    # Whom a hold is placed on.
    "on": "contributor",
    "partner": "partner",
    "quote": "approved_quote",
    "quotes": "approved_quote",
    "segment": "segment",
    "speaker": "contributor",
    "suggestion": "suggestion",
    "theme": "theme",
    "user": "user",
    "wave": "wave",
    "who": "relationship",
    "with": "relationship",
    "with_partners": "partner",
    "work": "work",
}
# Numbers that are no keys: places in a text, counts, pages.
NO_KEYS = {
    "ask",
    "base",
    "end",
    "group",
    "index",
    "length_minutes",
    "minutes",
    # Wagtail's name for the page of a list.
    "p",
    "page",
    "passage",
    "round",
    "said_no",
    "start",
    "turn",
    "version",
    # Yes or no.
    "whole",
}
MOST_LINKS = 12


@pytest.fixture(scope="module")
def visitors(world: World) -> dict[str, Visitor]:
    return {way: Visitor(world.users[way]) for way in WAYS}


@dataclass(frozen=True)
class Page:
    way: str
    address: str
    body: str
    # Names of parameters that the view asked for, or "*".
    asked_for: set[str]


@pytest.fixture(scope="module")
def pages(world: World, visitors: dict[str, Visitor]) -> list[Page]:
    """Each page that opens for somebody, and those it leads to by a query."""
    world.a.objects["partner"], world.b.objects["partner"] = [world.a.partner.pk], [world.b.partner.pk]
    found = []
    seen: set[tuple[str, str]] = set()
    for route in routes():
        if route.is_cms and not route.name.startswith("publishing_"):
            continue
        address = cases(route, world)[0].address
        for way in WAYS:
            waiting = [address]
            while waiting:
                here = waiting.pop()
                if (way, here) in seen:
                    continue
                seen.add((way, here))
                answer = visitors[way].ask("GET", here)
                if answer.status != 200 or "html" not in answer.headers.get("content-type", ""):
                    continue
                found.append(Page(way, here, answer.body, answer.asked_for))
                if here == address:
                    waiting += _queries(address, answer.body)
    return found


def _queries(address: str, body: str) -> list[str]:
    """Links of a page to itself with a query, and to others of its kind."""
    links = {link.partition("#")[0] for link in forms.read(body)[1] if "?" in link}
    full = {address + link if link.startswith("?") else link for link in links}
    return sorted(link for link in full if link.startswith("/") and not link.startswith("/accounts/"))[
        :MOST_LINKS
    ]


def _held(form: forms.Form) -> Iterator[forms.Field]:
    """Fields whose value is one of several things that the page offers, or that it keeps for later."""
    for field in form.fields.values():
        offered = field.choices or (field.values if field.kind == "hidden" else [])
        if any(value.isdigit() for value in offered):
            yield field


class Crossings:
    """Rows of one partner that point at rows of another, looked for in the tables just written to."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "select cl.relname, a.attname, rf.relname, exists (select 1 from pg_attribute p"
                " where p.attrelid = cl.oid and p.attname = 'partner_id' and not p.attisdropped)"
                " from pg_constraint k join pg_class cl on cl.oid = k.conrelid"
                " join pg_class rf on rf.oid = k.confrelid"
                " join pg_attribute a on a.attrelid = cl.oid and a.attnum = any(k.conkey)"
                " join pg_attribute q on q.attrelid = rf.oid and q.attname = 'partner_id'"
                " where k.contype = 'f' and a.attname <> 'partner_id'"
            )
            rows = cursor.fetchall()
        self._pointing: dict[str, list[tuple[str, str]]] = {}
        self._walled = {table for table, _column, _to, has_partner in rows if has_partner}
        for table, column, to, _has_partner in rows:
            self._pointing.setdefault(table, []).append((column, to))

    def __len__(self) -> int:
        return sum(len(each) for each in self._pointing.values())

    def among(self, tables: set[str]) -> list[str]:
        found = []
        for table in sorted(tables & set(self._pointing)):
            pointing = self._pointing[table]
            joins = " ".join(
                f'left join "{to}" r{n} on r{n}.id = t."{column}"' for n, (column, to) in enumerate(pointing)
            )
            partners = [f"r{n}.partner_id" for n in range(len(pointing))]
            if table in self._walled:
                partners.append("t.partner_id")
            elif len(partners) < 2:
                continue
            least, most = f"least({', '.join(partners)})", f"greatest({', '.join(partners)})"
            with connection.cursor() as cursor:
                cursor.execute(f'select count(*) from "{table}" t {joins} where {least} <> {most}')
                if cursor.fetchone()[0]:
                    found.append(table)
        return found


def _wrong(world: World, way: str, answer: Answer) -> str:
    if answer.status >= 500 or answer.error is not None:
        return f"failed with {answer.error!r}"
    leaked = answer.marks - world.may_read[way]
    if leaked:
        return f"leaked {sorted(leaked)}"
    if answer.crossed:
        return f"mixed partners in {answer.crossed}"
    if answer.changed and way != "both":
        return f"changed the other partner's {answer.changed}"
    return ""


def test_the_other_partners_keys_are_refused_in_every_field(
    world: World, visitors: dict[str, Visitor], pages: list[Page]
) -> None:
    other, crossings = Fingerprints(world.b.partner.pk), Crossings()
    tried: Counter[str] = Counter()
    wrong: list[str] = []
    undeclared: set[str] = set()
    done: set[tuple[str, str, str, str]] = set()
    for page in pages:
        for form in forms.read(page.body)[0]:
            action = (form.action or page.address).partition("#")[0]
            try:
                shape = resolve(action.partition("?")[0]).route
            except Resolver404:
                continue
            for field in _held(form):
                if field.name in NO_KEYS:
                    continue
                if field.name not in KEYS:
                    undeclared.add(f"{field.name} on {page.address}: {field.values or field.choices}")
                    continue
                if (page.way, shape, form.method, field.name) in done:
                    continue
                done.add((page.way, shape, form.method, field.name))
                for key in world.b.objects[KEYS[field.name]]:
                    sent = forms.flat(forms.with_value(form.filled(), field.name, key))
                    here = f"{page.way} {form.method} {action} {field.name}={key}"
                    if form.method == "get":
                        address = action.partition("?")[0] + "?" + urlencode(sent)
                        answer = visitors[page.way].ask("GET", address, fingerprints=other)
                    else:
                        answer = visitors[page.way].ask(
                            "POST", action, sent, fingerprints=other, crossings=crossings
                        )
                    tried[form.method] += 1
                    problem = _wrong(world, page.way, answer)
                    if problem:
                        print(here, problem)
                        wrong.append(f"{here} → {answer.status}: {problem}")
    print(f"\n{sum(tried.values())} swapped fields: {dict(tried)}; {len(crossings)} references watched.")
    assert not undeclared, sorted(undeclared)
    assert not wrong, "\n".join(wrong)
    assert tried["post"] >= 20


def test_the_other_partners_keys_are_refused_in_every_query(
    world: World, visitors: dict[str, Visitor], pages: list[Page]
) -> None:
    """Known parameters on every page that looks for them, whether or not the page has a link with them."""
    names = sorted({name for page in pages for name, value in _parameters(page) if value.isdigit()})
    unknown = [name for name in names if name not in NO_KEYS and name not in KEYS]
    assert not unknown, f"Say in KEYS or NO_KEYS what these are: {unknown}"
    wrong, n = [], 0
    for page in pages:
        path = page.address.partition("?")[0]
        if page.address != path:
            continue
        for name in ("enquiry", "figure", "theme", "with"):
            if not page.asked_for & {name, "*"}:
                continue
            answers = []
            for key in (world.key(KEYS[name], "other"), MISSING):
                answer = visitors[page.way].ask("GET", f"{path}?{name}={key}")
                answers.append(answer.like(f"{path}?{name}={key}"))
                n += 1
                problem = _wrong(world, page.way, answer)
                if problem:
                    wrong.append(f"{page.way} {path}?{name}={key} → {answer.status}: {problem}")
            if answers[0][0] != answers[1][0]:
                wrong.append(f"{page.way} {path}?{name}: told missing from forbidden")
    print(f"\n{n} swapped query parameters.")
    assert n >= 20
    assert not wrong, "\n".join(wrong)


def _parameters(page: Page) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(page.address).query)
