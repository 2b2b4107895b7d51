"""Goes to every address as everyone, and on along the links and forms that are found there."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from wagtail.admin.models import FormState
from wagtail.models import Page

from accounts.models import Role, User
from publishing.models.mixins import GatedPage
from tests.factories.portal import come_in
from tests.gate import editing, instrument
from tests.gate.world import World
from tests.walls import forms
from tests.walls.probe import Answer, Visitor
from tests.walls.routes import Route, cases, routes

# Everyone whose pages differ.
TEAM = (*(str(role) for role in Role.values), "anonymous")
# The first voice on their own page, by their link.
PERSON = "person"
EVERYONE = (*TEAM, PERSON)
IN_THE_EDITOR = (str(Role.EDITOR), str(Role.REVIEWER))
# Links that lead to the same kind of page with other words behind the question mark: so many of a kind are
# followed. Two voices need two.
MOST_ALIKE = 3
# And so many of one page, whatever stands behind its question mark: filters can be put together in any way.
MOST_OF_A_PAGE = 9
HTMX = {"HX-Request": "true"}
_NUMBERS = re.compile(r"\d+")


@dataclass
class Seen:
    """One request: who asked what, what came of it, and what passed on the way."""

    way: str
    method: str
    route: str
    address: str
    answer: Answer
    watch: instrument.Watch
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.way} {self.method} {self.route} → {self.answer.status}"


@dataclass(frozen=True)
class Known:
    """A request that was made once: enough to make it again, and what passed through it or was shown."""

    way: str
    address: str
    route: str
    headers: dict[str, str]
    kinds: frozenset[tuple[str, str]]
    forms: tuple[forms.Form, ...]


@dataclass
class Walk:
    world: World
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # All at once: a sign-in that is made inside a test is undone with it.
        self.visitors = {way: Visitor(self.world.users.get(way)) for way in EVERYONE}
        browser = Client()
        come_in(browser, self.world.card)
        self.visitors[PERSON].cookies = browser.cookies

    def ask(
        self,
        way: str,
        method: str,
        address: str,
        route: str,
        sent: list[forms.Pair] | None = None,
        **more: str,
    ) -> Seen:
        with instrument.watching() as watch:
            answer = self.visitors[way].ask(method, address, sent, **more)
        return Seen(way, method, route, address, answer, watch, more)

    def pages(self, ways: tuple[str, ...] = TEAM) -> Iterator[Seen]:
        """GET every address with the keys of both voices, then the links found, as each of `ways`."""
        for way in ways:
            asked: set[str] = set()
            alike: dict[str, int] = {}
            waiting: list[tuple[str, str]] = []
            for route in _of(way):
                found = own_addresses(route, self.world) if way == PERSON else addresses(route, self.world)
                waiting += [(route.name, address) for address in found]
            while waiting:
                name, address = waiting.pop(0)
                if address in asked:
                    continue
                asked.add(address)
                seen = self.ask(way, "GET", address, name)
                yield seen
                if seen.answer.status == 200:
                    yield from self._fragment(seen)
                    waiting += [
                        (found, link) for found, link in _links(seen.answer, address) if _is_new(link, alike)
                    ]

    def _fragment(self, page: Seen) -> Iterator[Seen]:
        """The part that htmx asks for under the same address may be made by other code.

        Where nothing on the way asked who asks, htmx would be given the very same.
        """
        if "hx-request" in page.answer.looked_for:
            yield self.ask(page.way, "GET", page.address, page.route, **HTMX)

    def again(self, pages: Iterable[Known]) -> Iterator[Seen]:
        """The same requests once more, for when something has changed."""
        for page in pages:
            yield self.ask(page.way, "GET", page.address, page.route, **page.headers)

    def posts(self, pages: Iterable[Known]) -> Iterator[Seen]:
        """Send every form that was found on these pages, as somebody in good faith would; each is undone."""
        sent: set[tuple[str, str, str]] = set()
        for page in pages:
            for form in page.forms:
                action = (form.action or page.address).partition("#")[0]
                for pairs in _ways_to_fill(form):
                    shape = (page.way, _NUMBERS.sub("1", action), _NUMBERS.sub("1", repr(sorted(pairs))))
                    if shape not in sent:
                        sent.add(shape)
                        yield self.ask(page.way, "POST", action, route_of(action), pairs)

    def edits(self) -> Iterator[Seen]:
        """What an editor does to a page in Wagtail's own forms: kept, gone live, shown, taken down, put back.

        Pages that this editor may not change are passed over. Each request is undone.
        """
        way = str(Role.EDITOR)
        by = self.world.users[way]
        assert by is not None
        for page in Page.objects.order_by("pk").specific():
            edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
            if not isinstance(page, GatedPage) or self.ask(way, "GET", edit, "edit").answer.status != 200:
                continue
            newest = page.get_latest_revision_as_object()
            sent = editing.as_sent(newest, by)
            yield self.ask(way, "POST", edit, "cms:keep", sent)
            yield self.ask(way, "POST", edit, "cms:publish", [*sent, ("action-publish", "1")])
            preview = reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk])
            yield self.ask(way, "POST", preview, "cms:preview", sent)
            yield from self._shown(way, by, newest, preview, sent)
            takedown = reverse("wagtailadmin_pages:unpublish", args=[page.pk])
            yield self.ask(way, "POST", takedown, "cms:unpublish", [])
            for revision in page.revisions.order_by("-pk")[:1]:
                back = reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, revision.pk])
                yield self.ask(way, "GET", back, "cms:revert")
                again = [*sent, ("revision", str(revision.pk))]
                yield self.ask(way, "POST", edit, "cms:put back", [*again, ("action-publish", "1")])

    def _shown(self, way: str, by: User, page: Page, address: str, sent: list[forms.Pair]) -> Iterator[Seen]:
        """The preview of what was typed, which Wagtail keeps between the two requests."""
        with transaction.atomic():
            FormState.objects.update_or_create_by_instance(
                instance=page, user=by, defaults={"data": urlencode(sent), "last_updated_at": timezone.now()}
            )
            for mode, _label in page.preview_modes:
                yield self.ask(way, "GET", f"{address}?mode={mode}", "cms:preview")
            transaction.set_rollback(True)


def known(seen: Seen) -> Known:
    """What is kept of a page that was asked for."""
    found = seen.answer.page_forms if seen.answer.status in (200, 422) else []
    return Known(
        seen.way,
        seen.address,
        seen.route,
        seen.headers,
        frozenset(seen.watch.touched) | frozenset(seen.answer.marks),
        tuple(form for form in found if form.method == "post"),
    )


def _ways_to_fill(form: forms.Form) -> Iterator[list[forms.Pair]]:
    """The form with each of its buttons, which often say what is to be done."""
    pairs = forms.flat(form.filled())
    if len(form.buttons) < 2:
        yield pairs
        return
    for name, value in form.buttons:
        yield [*((key, kept) for key, kept in pairs if key != name), (name, value)]


def addresses(route: Route, world: World) -> list[str]:
    """The route filled with the keys of the first voice, and of the second."""
    found = [case.address for case in cases(route, world.walls) if case.whose in ("own", "other", "none")]
    return list(dict.fromkeys(found))


# What a number in an address of a person's own page is the key of.
OWN = {
    "yours:answer": ("approved_quote", "quote", "further_quote"),
    "yours:change_quote": ("approved_quote", "quote", "further_quote"),
    "yours:keep_private": ("draft_conversation", "verified_conversation", "conversation"),
    "yours:share_again": ("struck_out",),
    "yours:sound": ("recording",),
    "yours:taken": ("withdrawal",),
}


def own_addresses(route: Route, world: World) -> list[str]:
    """An address of a person's own page, under their link, with the keys of what they said."""
    values: dict[str, list[Any]] = {
        "token": [world.card.token],
        "pk": [pk for kind in OWN.get(route.name, ()) for pk in world.walls.a.objects[kind]],
        "scope": ["take_part"],
    }
    if "token" not in route.parameters:
        return []
    chosen = product(*(values[name] for name in route.parameters))
    return [route.address(dict(zip(route.parameters, each, strict=True))) for each in chosen]


def _of(way: str) -> Iterator[Route]:
    for route in routes():
        if route.pattern.startswith("/yours/") != (way == PERSON):
            continue
        if not route.is_cms or way in IN_THE_EDITOR:
            yield route


def route_of(address: str) -> str:
    path = address.partition("?")[0]
    try:
        # Which addresses there are depends on the language that the page before this one was in.
        with translation.override(translation.get_language_from_path(path) or settings.LANGUAGE_CODE):
            match = resolve(path)
    except Resolver404:
        return address
    return match.view_name or match.route


def _links(answer: Answer, page: str) -> Iterator[tuple[str, str]]:
    for link in answer.links:
        address = link.partition("#")[0]
        if address.startswith("?"):
            address = page.partition("?")[0] + address
        if not address.startswith("/") or address.startswith(("/static/", "//")):
            continue
        yield route_of(address), address


def _is_new(address: str, alike: dict[str, int]) -> bool:
    """Whether this link should be followed: few links of one shape are."""
    shape = _NUMBERS.sub("1", address)
    page, asks, _query = shape.partition("?")
    if alike.get(shape, 0) >= MOST_ALIKE or (asks and alike.get(f"{page}?", 0) >= MOST_OF_A_PAGE):
        return False
    for each in {shape, f"{page}?"} if asks else {shape}:
        alike[each] = alike.get(each, 0) + 1
    return True


def told(found: dict[str, Any]) -> str:
    return "\n".join(f"{what}: {where}" for what, where in sorted(found.items()))
