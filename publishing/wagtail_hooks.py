"""How our pages sit in Wagtail's editor: the gate before publishing, the choosers, one line in the menu."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.views.pages.listing import GenericPageFilterSet, PageFilterSet
from wagtail.admin.widgets import Button
from wagtail.models import Page

from accounts.models import Partner
from accounts.permissions import partners_where
from publishing import choosers, gate, views
from publishing.models.mixins import GatedPage
from publishing.models.pages import SuitePage


@hooks.register("register_admin_viewset")
def choose_quotes() -> Any:
    return choosers.quotes


@hooks.register("register_admin_viewset")
def choose_figures() -> Any:
    return choosers.figures


@hooks.register("register_admin_viewset")
def choose_displays() -> Any:
    return choosers.displays


@hooks.register("register_admin_urls")
def gate_urls() -> list[URLPattern]:
    return [
        path("gate/<int:page_id>/", views.gate_page, name="publishing_gate"),
        path("gate/<int:page_id>/read/", views.gate_read, name="publishing_gate_read"),
        path("gate/<int:page_id>/check/", views.gate_run, name="publishing_gate_run"),
        path("gate/<int:page_id>/sign/", views.gate_sign, name="publishing_gate_sign"),
        path("gate/<int:page_id>/keep-word/", views.gate_keep_word, name="publishing_gate_keep_word"),
        path("gate/<int:page_id>/publish/", views.gate_publish, name="publishing_gate_publish"),
        path("to-sign/", views.to_sign, name="publishing_to_sign"),
        path("to-mend/", views.to_mend, name="publishing_to_mend"),
        path("to-mend/<int:row_id>/", views.set_right, name="publishing_set_right"),
    ]


@hooks.register("insert_global_admin_js")
def editors_starts() -> str:
    """What starts the editor's widgets, in the place of scripts inside its pages."""
    return format_html('<script src="{}"></script>', versioned_static("js/editor_starts.js"))


@hooks.register("before_publish_page")
def stop_at_the_gate(request: HttpRequest, page: Page) -> HttpResponse | None:
    """An editor pressed Publish: where the gate is closed, show what is in the way instead."""
    if not isinstance(page, GatedPage):
        return None
    answer = gate.ask(page)
    if answer.is_open:
        return None
    messages.info(request, _("Saved as a draft, and not live yet. What is still missing stands below."))
    return redirect("publishing_gate", page.pk)


@hooks.register("before_bulk_action")
def stop_many_at_the_gate(
    request: HttpRequest, action_type: str, pages: list[Page], action: Any
) -> HttpResponse | None:
    """Publishing several pages at once stops at the first closed gate, before anything is changed."""
    if action_type != "publish":
        return None
    for page in pages:
        specific = page.specific
        if not isinstance(specific, GatedPage):
            continue
        revision = specific.get_latest_revision()
        draft = revision.as_object() if revision is not None else specific
        answer = gate.ask(draft)
        if not answer.is_open:
            messages.error(
                request,
                _("“%(title)s” is not ready, so nothing was published. %(reason)s")
                % {"title": specific.draft_title, "reason": answer.closed[0]},
            )
            return redirect("publishing_gate", specific.pk)
    return None


@hooks.register("register_page_header_buttons")
def way_to_the_gate(page: Page, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    if isinstance(page.specific, GatedPage) and not page.is_root():
        yield Button(
            _("Before it goes live"),
            reverse("publishing_gate", args=[page.pk]),
            icon_name="check",
            priority=5,
        )


class ToSignItem(MenuItem):
    """For those who may be the second person."""

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(partners_where(request.user, "page.sign"))


@hooks.register("register_admin_menu_item")
def pages_to_sign() -> MenuItem:
    return ToSignItem(
        gettext_lazy("To read and sign"),
        reverse("publishing_to_sign"),
        name="to-sign",
        icon_name="glasses",
        order=290,
    )


class ToMendItem(MenuItem):
    """Shown to editors only: a second reader has nothing to mend."""

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(partners_where(request.user, "page.mend"))


@hooks.register("register_admin_menu_item")
def pages_to_mend() -> MenuItem:
    return ToMendItem(
        gettext_lazy("To put right"),
        reverse("publishing_to_mend"),
        name="to-mend",
        icon_name="warning",
        order=300,
    )


@hooks.register("construct_main_menu")
def keep_the_menu_short(request: HttpRequest, items: list[MenuItem]) -> None:
    """No reports, documents or help of Wagtail's own: what an editor needs is on three lines."""
    hidden = {"help", "documents"}
    if not request.user.is_superuser:  # type: ignore[union-attr]
        hidden |= {"reports", "settings"}
    items[:] = [item for item in items if item.name not in hidden]


@hooks.register("construct_explorer_page_queryset")
def own_shelves_only(parent: Page, pages: Any, request: HttpRequest) -> Any:
    """In lists of pages an editor sees the shelves of their own partners alone."""
    user = request.user
    if user.is_superuser:  # type: ignore[union-attr]
        return pages
    mine = partners_where(user, "page.check")
    others = Partner.objects.exclude(pk__in=mine).values("pk")
    return pages.exclude(pk__in=Page.objects.filter(suitepage__partner__in=others).values("pk"))


@hooks.register("construct_page_chooser_queryset")
def own_or_live_to_choose(pages: Any, request: HttpRequest) -> Any:
    """Links may lead to any page readers can see, and to drafts on one's own shelves alone."""
    user = request.user
    if user.is_superuser:  # type: ignore[union-attr]
        return pages
    mine = partners_where(user, "page.check")
    closed = Page.objects.none()
    for shelf in SuitePage.objects.exclude(partner_id__in=mine):
        closed |= Page.objects.descendant_of(shelf, inclusive=True).filter(live=False)
    return pages.exclude(pk__in=closed.values("pk"))


def _colleagues(request: HttpRequest) -> Any:
    """People whose pages one may look for: at one's own partners, for as long as they work there."""
    people = get_user_model().objects.all()
    if request.user.is_superuser:  # type: ignore[union-attr]
        return people
    mine = partners_where(request.user, "page.check")
    return people.filter(memberships__partner__in=mine, memberships__ended_at=None).distinct()


# Wagtail's lists of pages can be narrowed by owner and by who changed them, and offer everyone who ever did.
for _filters in (PageFilterSet, GenericPageFilterSet):
    for _name in ("owner", "edited_by"):
        _filters.base_filters[_name].queryset = _colleagues
