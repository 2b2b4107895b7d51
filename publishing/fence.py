"""A fence round Wagtail's editor, which knows one organisation and not several.

Wagtail asks what somebody may do to a page and hides little of the rest: its reports, its lists of pictures
and documents and some of its choosers show every partner's titles, and it answers a forbidden page otherwise
than a missing one. So what our editors do not use is shut, and a page or picture of another partner is as if
it were not there. Superusers, who set the site up, may use the rest too, but hold no partner's pages either.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.datastructures import MultiValueDictKeyError
from django.utils.translation import gettext_lazy as _
from wagtail.images import get_image_model
from wagtail.models import Page
from wagtail.permissions import policy_registry

from accounts.models import User
from accounts.permissions import partners_where
from publishing.models.pages import SuitePage

PREFIX = "/cms/"

# What editors and second readers work with, by the beginning of the route's name; all else is shut to them.
OPEN = (
    "publishing_",
    "wagtail_bulk_action",
    "wagtailadmin_account",
    "wagtailadmin_api:pages",
    "wagtailadmin_block_preview",
    "wagtailadmin_choose_",
    "wagtailadmin_dismissibles",
    "wagtailadmin_editing_sessions",
    "wagtailadmin_explore",
    "wagtailadmin_home",
    "wagtailadmin_javascript_catalog",
    "wagtailadmin_login",
    "wagtailadmin_logout",
    "wagtailadmin_pages:",
    "wagtailadmin_sprite",
    "wagtailimages",
)
SHUT = (
    # Titles and owners of every partner's pages, by type.
    "wagtailadmin_pages:type_use",
    "wagtailadmin_pages:choose_parent",
    # Our gate with its second person stands in their place.
    "wagtailadmin_pages:collect_workflow_action_data",
    "wagtailadmin_pages:confirm_workflow_cancellation",
    "wagtailadmin_pages:workflow_",
)

PAGE_KEYS = ("page_id", "parent_page_id", "page_to_move_id", "destination_id")
# `pk` and `object_id` are the key of a page on these routes. The interface for the page tree needs no help:
# it looks among the pages somebody may explore.
PAGE_ROUTES = ("wagtailadmin_pages:", "wagtailadmin_editing_sessions:")
# A page that fails on purpose, to show what failing looks like.
NEVER = ("wagtailadmin_error_test",)

PART_MISSING = _("A part of the form is missing. Load the page again.")

View = Callable[..., HttpResponseBase]


class EditorsFence:
    """Middleware. Acts on addresses under /cms/, for those who are signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Http404 for what is shut, or another partner's; None where Wagtail may go on by itself."""
        user = request.user
        match = request.resolver_match
        if not request.path.startswith(PREFIX) or match is None:
            return None
        name = match.view_name or ""
        if name in NEVER:
            raise Http404
        if not isinstance(user, User):
            return None
        if name and not user.is_superuser and (not name.startswith(OPEN) or name.startswith(SHUT)):
            raise Http404
        if name == "wagtailadmin_choose_page_external_link" and request.method == "POST":
            _check_sent(request, "external-link-chooser-url")
        named = _check_keys(request, user, name, kwargs)
        if not named:
            return None
        try:
            response = view(request, *args, **kwargs)
        except MultiValueDictKeyError as missing:
            # Wagtail's form of a page takes for granted that it was sent whole.
            raise BadRequest(PART_MISSING) from missing
        if _is_refusal(response) and not _is_about_everyones_page(request, kwargs):
            # Wagtail's way to say no to a page that is there. One that is not there gets 404; so does this.
            list(messages.get_messages(request))
            raise Http404
        return response


def _check_keys(request: HttpRequest, user: User, name: str, kwargs: dict[str, Any]) -> bool:
    """Whether the address names an object at all; Http404 when one of them is not the user's to see."""
    pages = [kwargs[key] for key in PAGE_KEYS if key in kwargs]
    if name.startswith(PAGE_ROUTES):
        pages += [kwargs[key] for key in ("pk", "object_id") if key in kwargs]
    if name == "wagtail_bulk_action":
        pages += [each for each in request.GET.getlist("id") if each != "all"]
    if any(not is_own_page(user, key) for key in pages):
        raise Http404
    if "image_id" in kwargs or name == "wagtailimages_chooser:chosen":
        _check_image(user, kwargs.get("image_id", kwargs.get("pk")))
    return bool(pages) or "image_id" in kwargs


def is_own_page(user: User, key: object) -> bool:
    """Whether a page is on a shelf of the user's own partners, or is everyone's, such as the first page."""
    if not str(key).isdigit():
        return False
    page = Page.objects.filter(pk=int(str(key))).only("pk", "path", "depth").first()
    if page is None:
        return False
    shelves = SuitePage.objects.ancestor_of(page, inclusive=True)
    mine = set(partners_where(user, "page.check"))
    return all(partner in mine for partner in shelves.values_list("partner_id", flat=True))


def _is_about_everyones_page(request: HttpRequest, kwargs: dict[str, Any]) -> bool:
    """Whether somebody only looks at a page of the whole site, to which Wagtail's own pages lead them.

    They know that it is there, and are told in words that they may not do this to it.
    """
    key = kwargs.get("page_id")
    page = Page.objects.filter(pk=key).only("pk", "path", "depth").first() if key else None
    return (
        request.method in ("GET", "HEAD")
        and page is not None
        and not SuitePage.objects.ancestor_of(page, inclusive=True).exists()
    )


def _check_sent(request: HttpRequest, field: str) -> None:
    if field not in request.POST:
        raise BadRequest(PART_MISSING)


def _check_image(user: User, key: object) -> None:
    image = get_image_model().objects.filter(pk=int(str(key))).first() if str(key).isdigit() else None
    permissions = policy_registry.get_by_type(get_image_model())
    if image is None or not permissions.user_has_any_permission_for_instance(
        user, ["add", "change", "choose"], image
    ):
        raise Http404


def _is_refusal(response: HttpResponseBase) -> bool:
    return response.status_code == 302 and response["Location"] == reverse("wagtailadmin_home")
