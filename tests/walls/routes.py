"""Every address of the site, found by looking, and what each of their parameters is the key of.

A parameter that nobody declared here fails the test: say in `OBJECTS` or `BY_ROUTE` what it is the key of
(a kind that the world has), or in `PLAIN` that it is the key of nothing, with a value to try.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

from tests.walls.world import MISSING, World


class Undeclared(Exception):
    """A parameter of an address that nobody said anything about."""


@dataclass(frozen=True)
class Route:
    """One address. `shape` takes its parameters by `%`."""

    name: str
    pattern: str
    shape: str
    parameters: tuple[str, ...]
    view: Callable[..., Any]

    @property
    def is_cms(self) -> bool:
        return self.pattern.startswith("/cms/")

    def address(self, values: dict[str, Any]) -> str:
        return self.shape % {name: str(value) for name, value in values.items()}


def routes() -> list[Route]:
    """All of them, in the order in which they are tried; one that repeats an earlier address is left out."""
    found: dict[str, Route] = {}
    for route in _walk(get_resolver(), "/", "/", (), ()):
        found.setdefault(route.shape, route)
    return list(found.values())


def _walk(
    resolver: URLResolver, pattern: str, shape: str, parameters: tuple[str, ...], spaces: tuple[str, ...]
) -> Iterator[Route]:
    for each in resolver.url_patterns:
        piece, names = normalize(each.pattern.regex.pattern)[0]
        full, here, takes = pattern + str(each.pattern), shape + piece, (*parameters, *names)
        if isinstance(each, URLPattern):
            name = ":".join((*spaces, each.name)) if each.name else full
            yield Route(name, full, here, takes, each.callback)
        else:
            inner = (*spaces, each.namespace) if each.namespace else spaces
            yield from _walk(each, full, here, takes, inner)


# --- What a parameter is the key of -------------------------------------------------------------------
# By the parameter's own name, wherever it stands.
OBJECTS = {
    "assignment_id": "assignment",
    "code_id": "code",
    "collection_id": "collection",
    "conversation_id": "conversation",
    "decision_id": "tag",
    "destination_id": "shelf",
    "doc_id": "document",
    "document_id": "document",
    "enquiry_id": "enquiry",
    "image_id": "image",
    "membership_id": "membership",
    "page_id": "page",
    "page_pk": "page",
    "page_to_move_id": "page",
    "parent_page_id": "shelf",
    "proposal_id": "proposal",
    "quote_id": "quote",
    "revision_id": "revision",
    "revision_id_a": "revision",
    "revision_id_b": "revision",
    "run_id": "run",
    "suggestion_id": "suggestion",
    "theme_id": "theme",
    "user_id": "user",
}
# `pk` says little: by the name of the route, or by how the route's name or pattern begins.
BY_ROUTE = {
    "accounts:": {"pk": "partner"},
    "accounts:answer_emergency": {"pk": "emergency"},
    "accounts:end_emergency": {"pk": "emergency"},
    "accounts:end_place": {"pk": None},
    "accounts:withdraw_invitation": {"pk": "invitation"},
    "care:person": {"pk": "contributor"},
    "care:question": {"pk": "question"},
    "care:enquiry_keeping": {"pk": "enquiry"},
    "care:end_hold": {"pk": "hold"},
    "care:told": {"pk": "recall"},
    "care:withdrawal": {"pk": "withdrawal"},
    "care:confirmation": {"pk": "withdrawal"},
    "care:retry_withdrawal": {"pk": "withdrawal"},
    "care:looked_after": {"pk": "contributor"},
    "care:told_withdrawal": {"pk": "withdrawal"},
    "coaching:beside": {"pk": "enquiry"},
    "coaching:freeze": {"pk": "enquiry"},
    "coaching:import": {"pk": "batch"},
    "coaching:remove_beside": {"pk": "enquiry", "row_id": "display"},
    "coaching:set_beside": {"pk": "enquiry"},
    "enquiries:": {"pk": "enquiry"},
    "enquiries:consent": {"pk": "contributor"},
    "enquiries:copy": {"pk": "contributor"},
    "enquiries:form": {"pk": "consent_form"},
    "enquiries:forms": {"pk": "enquiry"},
    "enquiries:write_form": {"pk": "consent_draft"},
    "mfa_": {"pk": None},
    "personal_links:": {"pk": "personal_link"},
    "personal_links:links": {"pk": "contributor"},
    "portal:ending": {"pk": "relationship"},
    "portal:give": {"pk": "note"},
    "portal:meeting": {"pk": "session"},
    "portal:move": {"pk": "relationship"},
    "portal:note": {"pk": "note"},
    "portal:change_note": {"pk": "note"},
    "portal:throw_away": {"pk": "note"},
    "portal:person": {"pk": "relationship"},
    "portal:remove_meeting": {"pk": "session"},
    "portal:remove_sighting": {"pk": "sighting"},
    "portal:take_back": {"pk": "given_note"},
    "publishing_quotes:": {"pk": "approved_quote"},
    "publishing_figures:": {"pk": "figure"},
    "publishing_displays:": {"pk": "display"},
    "publishing_set_right": {"row_id": "to_mend"},
    "transcripts:": {"pk": "conversation"},
    "transcripts:exports": {"pk": "enquiry"},
    "transcripts:sound": {"pk": "recording"},
    "transcripts:spoken": {"pk": "spoken_line"},
    "transcripts:spoken_consent": {"pk": "recording"},
    "transcripts:listening": {"pk": "recording"},
    "transcripts:writing": {"pk": "recording"},
    "transcripts:checking": {"pk": "draft_conversation"},
    "transcripts:turn": {"pk": "draft_conversation"},
    "transcripts:doubt": {"pk": "draft_conversation"},
    "transcripts:remaining_speakers": {"pk": "draft_conversation"},
    "transcripts:restore": {"pk": "draft_conversation"},
    "transcripts:mark_checked": {"pk": "draft_conversation"},
    "transcripts:names": {"pk": "verified_conversation"},
    "transcripts:look_for_names": {"pk": "verified_conversation"},
    "transcripts:decide_name": {"pk": "verified_conversation"},
    "transcripts:add_name": {"pk": "verified_conversation"},
    "transcripts:make_text": {"pk": "verified_conversation"},
    "transcripts:verify": {"pk": "verified_conversation"},
    "transcripts:reopen": {"pk": "verified_conversation"},
    "wagtailadmin_api:pages": {"pk": "page"},
    "wagtailadmin_api:documents": {"pk": "document"},
    "wagtailadmin_api:images": {"pk": "image"},
    "wagtailadmin_choose_page_child": {"parent_page_id": "shelf"},
    "wagtailadmin_collections:": {"pk": "collection"},
    "wagtailadmin_editing_sessions:": {"object_id": "page", "session_id": None},
    "wagtailadmin_pages:revisions_compare": {"pk": "page"},
    "wagtailadmin_workflows:": {"pk": None, "workflow_pk": None, "task_id": None},
    "wagtaildocs_chooser:chosen": {"pk": "document"},
    "wagtaildocs_serve": {"_0": "document"},
    "wagtailimages_chooser:chosen": {"pk": "image"},
    "wagtaillocales:": {"pk": "locale"},
    "wagtailsites:": {"pk": "site"},
    "wagtailusers_groups:": {"pk": "group"},
    "wagtailusers_users:": {"pk": "user"},
    "workspace:conversation": {"pk": "conversation"},
    "workspace:enquiry": {"pk": "enquiry"},
    "workspace:search_enquiry": {"pk": "enquiry"},
    "workspace:work": {"pk": "work"},
    "workspace:retry": {"pk": "work"},
    # A person's pages open to the token alone; whose their rows are is tried in test_person_door.
    "yours:": {"pk": None},
    "simple_translation:submit_snippet_translation": {"pk": None},
    "wagtailsettings:": {"pk": None},
}
# Keys of nothing, or of rows that the world has none of: one value to try.
PLAIN: dict[str, Any] = {
    "_0": "",
    "_1": "zz.txt",
    "action": "publish",
    "action_name": "approve",
    "app_label": "publishing",
    "app_name": "publishing",
    "content_type_app_name": "publishing",
    "content_type_model_name": "wisdomsreportpage",
    "filter_spec": "max-65x65",
    "index": 0,
    "key": "zz-zz",
    "model_name": "wisdomsreportpage",
    "name": "nothing.png",
    "number": 1,
    "page_view_restriction_id": MISSING,
    "redirect_id": MISSING,
    "restriction_id": MISSING,
    "session_id": MISSING,
    "task_id": MISSING,
    "task_state_id": MISSING,
    "scope": "take_part",
    "token": "zz-zz",
    "uidb36": "zz",
    "uidb64": "zz",
    "uploaded_file_id": MISSING,
    "workflow_pk": MISSING,
    "workflow_state_id": MISSING,
}
NONE_OF_IT = MISSING


def kinds_of(route: Route) -> dict[str, str | None]:
    """For each parameter the kind it is the key of; None for one that is the key of nothing."""
    declared: dict[str, str | None] = {}
    for start in sorted(BY_ROUTE, key=len):
        if route.name.startswith(start):
            declared |= BY_ROUTE[start]
    found: dict[str, str | None] = {}
    for name in route.parameters:
        if name in declared:
            found[name] = declared[name]
        elif name in OBJECTS:
            found[name] = OBJECTS[name]
        elif name in PLAIN:
            found[name] = None
        else:
            raise Undeclared(
                f"{route.name} ({route.pattern}) takes “{name}”. Say in tests/walls/routes.py what it is the "
                "key of, so that the other partner's can be tried."
            )
    return found


@dataclass(frozen=True)
class Case:
    """One way to fill an address. `whose` is own, colleague, other, missing, or both kinds mixed.

    `control` is the same with a key of nothing wherever this one has a key that is not one's own.
    """

    whose: str
    address: str
    control: str
    keys: tuple[Any, ...]


def cases(route: Route, world: World) -> list[Case]:
    """Own, colleague's, other partner's and missing; with two keys, each of them another's in turn."""
    kinds = kinds_of(route)
    held = [name for name, kind in kinds.items() if kind is not None]
    ways: list[tuple[str, ...]] = [("own",) * len(held)]
    if held:
        if any(world.has_colleagues(str(kinds[name])) for name in held):
            ways.append(("colleague",) * len(held))
        ways += [("other",) * len(held), ("missing",) * len(held)]
    if len(held) > 1:
        ways += [tuple("other" if n == at else "own" for n in range(len(held))) for at in range(len(held))]

    def filled(way: tuple[str, ...]) -> dict[str, Any]:
        values = {name: PLAIN.get(name, NONE_OF_IT) for name in route.parameters if name not in held}
        return values | {
            name: world.key(str(kinds[name]), whose) for name, whose in zip(held, way, strict=True)
        }

    made = []
    for way in ways:
        values = filled(way)
        absent = filled(tuple("own" if len(set(way)) > 1 and each == "own" else "missing" for each in way))
        whose = "none" if not held else way[0] if len(set(way)) == 1 else "mixed"
        made.append(
            Case(whose, route.address(values), route.address(absent), tuple(values[name] for name in held))
        )
    return made
