"""Pages around the reports: the way in, a partner's shelf, and plain pages such as "How we do this"."""

from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

from accounts.models import Partner
from publishing.blocks import LinkedProseBlock
from publishing.models.mixins import GatedPage


class HomePage(GatedPage):
    """The way in: the one question, two voices, the Wisdoms like a book's contents, how we listen."""

    featured = models.ForeignKey(
        "publishing.WisdomsReportPage",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("report to show"),
        help_text=_("The newest one is shown when this is empty."),
    )
    how_we_listen = RichTextField(_("how we listen"), blank=True, features=["bold", "link"])
    talk = RichTextField(
        _("talking with a coach"),
        blank=True,
        features=["bold", "link"],
        help_text=_("How somebody can reach a coach: a phone number, a place, an hour."),
    )

    template = "publishing/pages/home.html"
    max_count_per_parent = 1
    subpage_types: ClassVar[list[str]] = ["publishing.SuitePage", "publishing.PlainPage"]
    parent_page_types: ClassVar[list[str]] = ["wagtailcore.Page"]
    content_panels = [
        *Page.content_panels,
        FieldPanel("featured"),
        FieldPanel("how_we_listen"),
        FieldPanel("talk"),
    ]
    promote_panels = [FieldPanel("slug"), FieldPanel("search_description")]

    place_in_menu = "home"
    public_fields = ("title", "featured", "how_we_listen", "talk")
    prose_fields = ("title", "how_we_listen", "talk")
    privacy = {"featured": "open", "how_we_listen": "open", "talk": "open"}

    class Meta:
        verbose_name = _("home page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from publishing import reading

        return super().get_context(request, *args, **kwargs) | reading.home(self)


class SuitePage(GatedPage):
    """A partner's shelf: the family of its reports. Its editors may write below it and nowhere else."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("partner")
    )
    introduction = RichTextField(_("introduction"), blank=True, features=["bold", "link"])

    template = "publishing/pages/suite.html"
    subpage_types: ClassVar[list[str]] = ["publishing.WisdomsReportPage"]
    parent_page_types: ClassVar[list[str]] = ["publishing.HomePage"]
    content_panels = [*Page.content_panels, FieldPanel("partner"), FieldPanel("introduction")]
    promote_panels = [FieldPanel("slug"), FieldPanel("search_description")]

    # The title is the partner's own name, which is not ours to lint.
    public_fields = ("title", "introduction")
    prose_fields = ("introduction",)
    place_in_menu = "read"
    joins = ("partner",)
    privacy = {"partner": "open", "introduction": "open"}

    class Meta:
        verbose_name = _("partner’s shelf")
        verbose_name_plural = _("partners’ shelves")

    def home_partner_id(self) -> int | None:
        return self.partner_id

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from publishing import reading

        return super().get_context(request, *args, **kwargs) | reading.suite(self)


class PlainPage(GatedPage):
    """A page in our own words: how we do this, privacy, support. No quote can stand on it."""

    body = StreamField([("text", LinkedProseBlock())], blank=True, verbose_name=_("text"))
    is_in_foot = models.BooleanField(_("link to it at the foot of every page"), default=False)

    template = "publishing/pages/plain.html"
    subpage_types: ClassVar[list[str]] = []
    parent_page_types: ClassVar[list[str]] = ["publishing.HomePage"]
    content_panels = [*Page.content_panels, FieldPanel("body")]
    promote_panels = [
        FieldPanel("slug"),
        FieldPanel("show_in_menus"),
        FieldPanel("is_in_foot"),
        FieldPanel("search_description"),
    ]
    search_fields = [*Page.search_fields, index.SearchField("body")]

    public_fields = ("title", "body")
    stream_fields = ("body",)
    prose_fields = ("title", "body")
    privacy = {"body": "open", "is_in_foot": "open"}

    class Meta:
        verbose_name = _("plain page")
