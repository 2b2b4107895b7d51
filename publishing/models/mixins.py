"""What every public page shares: it passes the gate before it goes live, and is never kept in a cache."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from wagtail.models import Page, PageManager, Revision

from publishing.forms import GatedPageForm
from publishing.gathering import Uses, uses_of


class GatedPage(Page):
    """Abstract base of our pages: Wagtail's stock page, with a gate.

    Whatever way a page goes live (a button, a bulk action, a clock, a shell), it ends in `save()` with
    `live` set, and there the gate stands.
    """

    # Fields that readers see. A signature under the gate counts for exactly these.
    public_fields: ClassVar[tuple[str, ...]] = ("title",)
    # Fields made of blocks, in the order in which they stand on the page.
    stream_fields: ClassVar[tuple[str, ...]] = ()
    # Plain or rich text fields of our own words, read by the language lint.
    prose_fields: ClassVar[tuple[str, ...]] = ("title",)
    # Which line of the main menu stands for this page: "home", "read" or none.
    place_in_menu: ClassVar[str] = ""
    # Rows read together with the page when it is shown.
    joins: ClassVar[tuple[str, ...]] = ()
    # Whether a second, named person must sign before it goes live.
    needs_second_person: ClassVar[bool] = False
    # Whether readers are told beforehand what is spoken of.
    needs_content_note: ClassVar[bool] = False

    base_form_class = GatedPageForm
    objects: ClassVar[Any] = PageManager()

    class Meta:
        abstract = True

    # --- Going live -----------------------------------------------------------------------------------

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save as Wagtail does; when readers would see something new, pass the gate first.

        Raises:
            GateClosed: the page may not go live; nothing was saved.
        """
        # The gate reads these models, so it cannot be imported at the top of their module.
        from publishing import live

        with transaction.atomic():
            opening = live.opening_for(self, kwargs.get("update_fields"))
            super().save(*args, **kwargs)
            if opening is not None:
                live.has_gone_live(self, opening)
            elif not self.live:
                live.has_left(self)

    def publish(self, revision: Revision, user: Any = None, **kwargs: Any) -> Any:
        """Publish as Wagtail does. A page on a clock that may not go live stays as it is and is listed."""
        from publishing import live

        if live.is_due_by_clock(revision, user):
            return live.publish_by_clock(self, revision, super().publish, **kwargs)
        return super().publish(revision, user=user, **kwargs)

    # --- What stands on the page ----------------------------------------------------------------------

    def uses(self) -> Uses:
        """Ids of every quote, figure and display on this page, in reading order."""
        uses = Uses()
        for name in self.stream_fields:
            value = getattr(self, name)
            uses.merge(uses_of(value.stream_block, value))
        return uses

    def home_partner_id(self) -> int | None:
        """The partner whose material this page shows; None for a page of the whole site."""
        return None

    def home_enquiry_id(self) -> int | None:
        """The enquiry whose quotes and figures may stand here; None where none may."""
        return None

    def pictures(self) -> Iterable[tuple[str, str, bool]]:
        """`(name, words for those who cannot see it, is decoration)` of each picture on the page."""
        return ()

    # --- Being read -----------------------------------------------------------------------------------

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, never to be shown again from a cache without asking: words may be taken back any time."""
        response = super().serve(request, *args, **kwargs)
        patch_cache_control(response, no_cache=True)
        return response

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from publishing import reading

        context = super().get_context(request, *args, **kwargs)
        context.update(reading.around(self, request))
        return context
