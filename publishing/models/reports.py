"""A report and the Wisdoms in it, in the order and with the parts that readers know them by."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Orderable, Page
from wagtail.search import index

from accounts.models import Partner
from enquiries.models import Enquiry
from publishing.blocks import (
    ChangeBlock,
    FigureBlock,
    InterludeBlock,
    JointDisplayBlock,
    MethodBlock,
    MoreQuotesBlock,
    ProseBlock,
    QuoteBlock,
    RecommendationBlock,
)
from publishing.forms import ReportForm, WisdomForm
from publishing.gathering import Uses
from publishing.models.mixins import GatedPage
from publishing.panels import OfEnquiryPanel
from publishing.principles import PRINCIPLES
from publishing.widgets import QuoteChooser
from themes.models import Theme


class WisdomsReportPage(GatedPage):
    """A report: the question, who listened and how, and under it the Wisdoms, each a page of its own."""

    enquiry = models.ForeignKey(
        Enquiry,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("enquiry"),
        help_text=_("Quotes and figures can only come from this enquiry."),
    )
    edition = models.CharField(_("edition"), max_length=80, blank=True)
    licence = models.CharField(
        _("licence"),
        max_length=200,
        blank=True,
        help_text=_("What others may do with this report, in a sentence."),
    )
    in_short = models.CharField(
        _("in a sentence"), max_length=240, blank=True, help_text=_("Stands under the question.")
    )
    introduction = StreamField([("prose", ProseBlock())], blank=True, verbose_name=_("introduction"))
    how_we_listened = StreamField([("prose", ProseBlock())], blank=True, verbose_name=_("how we listened"))
    contents_heading = models.CharField(
        _("title of the contents"), max_length=160, blank=True, help_text=_("The report’s title when empty.")
    )
    interludes = StreamField([("interlude", InterludeBlock())], blank=True, verbose_name=_("interludes"))
    recommendations = StreamField(
        [("recommendation", RecommendationBlock())], blank=True, verbose_name=_("what should change")
    )
    closing = StreamField([("prose", ProseBlock())], blank=True, verbose_name=_("what we take from it"))
    methods = StreamField([("method", MethodBlock())], blank=True, verbose_name=_("our method in full"))
    data_notes = StreamField([("prose", ProseBlock())], blank=True, verbose_name=_("about the figures"))
    contact = RichTextField(_("contact"), blank=True, features=["bold", "link"])
    changes = StreamField([("change", ChangeBlock())], blank=True, verbose_name=_("changes since"))

    base_form_class = ReportForm
    template = "publishing/pages/report.html"
    subpage_types: ClassVar[list[str]] = ["publishing.WisdomPage"]
    parent_page_types: ClassVar[list[str]] = ["publishing.SuitePage"]
    content_panels = [
        *Page.content_panels,
        OfEnquiryPanel(),
        FieldPanel("enquiry"),
        FieldRowPanel([FieldPanel("edition"), FieldPanel("licence")]),
        FieldPanel("in_short"),
        FieldPanel("introduction"),
        FieldPanel("how_we_listened"),
        FieldPanel("contents_heading"),
        FieldPanel("interludes"),
        FieldPanel("recommendations"),
        FieldPanel("closing"),
        InlinePanel("report_partners", label=_("Partner or funder"), heading=_("Partners and funders")),
        FieldPanel("contact"),
        FieldPanel("methods"),
        FieldPanel("data_notes"),
        FieldPanel("changes"),
    ]
    promote_panels = [FieldPanel("slug"), FieldPanel("search_description")]
    search_fields = [
        *Page.search_fields,
        index.SearchField("introduction"),
        index.SearchField("how_we_listened"),
        index.SearchField("recommendations"),
        index.SearchField("closing"),
        index.SearchField("methods"),
    ]

    place_in_menu = "read"
    joins = ("enquiry__partner",)
    needs_second_person = True
    stream_fields = (
        "introduction",
        "how_we_listened",
        "interludes",
        "recommendations",
        "closing",
        "methods",
        "data_notes",
        "changes",
    )
    public_fields = (
        "title",
        "enquiry",
        "edition",
        "licence",
        "in_short",
        "contents_heading",
        "contact",
        "report_partners",
        *stream_fields,
    )
    prose_fields = (
        "title",
        "edition",
        "in_short",
        "contents_heading",
        "introduction",
        "how_we_listened",
        "interludes",
        "recommendations",
        "closing",
        "methods",
        "data_notes",
        "contact",
        "changes",
    )
    privacy = {
        "enquiry": "open",
        "edition": "open",
        "licence": "open",
        "in_short": "open",
        "introduction": "open",
        "how_we_listened": "open",
        "contents_heading": "open",
        "interludes": "open",
        "recommendations": "open",
        "closing": "open",
        "methods": "open",
        "data_notes": "open",
        "contact": "open",
        "changes": "open",
    }

    class Meta:
        verbose_name = _("report")

    def can_move_to(self, parent: Page) -> bool:
        """Only to a shelf of the same partner."""
        same = getattr(parent.specific, "partner_id", None) == self.home_partner_id()
        return bool(super().can_move_to(parent) and same)

    def home_partner_id(self) -> int | None:
        return self.enquiry.partner_id if self.enquiry_id else None

    def home_enquiry_id(self) -> int | None:
        return self.enquiry_id

    def pictures(self) -> Iterable[tuple[str, str, bool]]:
        return [
            (row.name, row.logo_alt, False) for row in self.report_partners.all() if row.logo_id is not None
        ]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from publishing import reading

        return super().get_context(request, *args, **kwargs) | reading.report(self, request)


class ReportPartner(Orderable):
    """An organisation named in a report: one that took part, or one that paid."""

    class Part(models.TextChoices):
        PARTNER = "partner", _("Took part")
        FUNDER = "funder", _("Paid for it")

    page = ParentalKey(WisdomsReportPage, on_delete=models.CASCADE, related_name="report_partners")
    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("partner")
    )
    name = models.CharField(_("name"), max_length=160)
    part = models.CharField(_("part"), max_length=8, choices=Part.choices, default=Part.PARTNER)
    logo = models.ForeignKey(
        "wagtailimages.Image",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("logo"),
    )
    logo_alt = models.CharField(
        _("words for the logo"), max_length=160, blank=True, help_text=_("What stands on it.")
    )
    address = models.URLField(_("web address"), blank=True)

    panels = [
        FieldPanel("name"),
        FieldPanel("part"),
        FieldPanel("logo"),
        FieldPanel("logo_alt"),
        FieldPanel("address"),
    ]
    privacy = {
        "id": "open",
        "sort_order": "open",
        "page": "open",
        "partner": "open",
        "name": "open",
        "part": "open",
        "logo": "open",
        "logo_alt": "open",
        "address": "open",
    }

    def __str__(self) -> str:
        return self.name


class WisdomPage(GatedPage):
    """One Wisdom. Its number follows from its place in the report; its address stays when places change."""

    contents_title = models.CharField(
        _("title in the contents"), max_length=160, blank=True, help_text=_("The title when empty.")
    )
    opening_quote = models.PositiveBigIntegerField(_("opening quote"), null=True, blank=True)
    content_note = models.TextField(
        _("content note"),
        blank=True,
        help_text=_("What is spoken of, not the thing itself. Readers see it first and can pass by."),
    )
    is_note_needless = models.BooleanField(
        _("no content note is needed"),
        default=False,
        help_text=_("Somebody has thought about it and says so."),
    )
    theme = models.ForeignKey(
        Theme,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("theme"),
        help_text=_("How many people spoke of it is worked out from this when the page goes live."),
    )
    heard = StreamField(
        [("prose", ProseBlock()), ("quote", QuoteBlock()), ("more_quotes", MoreQuotesBlock())],
        blank=True,
        verbose_name=_("what we heard"),
    )
    counted = StreamField(
        [("display", JointDisplayBlock()), ("figure", FigureBlock())],
        blank=True,
        verbose_name=_("what we heard, beside what we counted"),
    )
    done = StreamField([("prose", ProseBlock())], blank=True, verbose_name=_("what we did about it"))
    not_changed = StreamField([("prose", ProseBlock())], blank=True, verbose_name=_("what has not changed"))
    response_on = models.DateField(_("day of this answer"), null=True, blank=True)
    principles = ArrayField(
        models.CharField(max_length=24, choices=PRINCIPLES),
        blank=True,
        default=list,
        verbose_name=_("principles"),
    )
    code_ids = ArrayField(models.BigIntegerField(), blank=True, default=list, verbose_name=_("tags"))
    image = models.ForeignKey(
        "wagtailimages.Image",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("picture"),
    )
    image_alt = models.CharField(
        _("words for the picture"),
        max_length=250,
        blank=True,
        help_text=_("What it shows, for those who cannot see it."),
    )
    is_image_decorative = models.BooleanField(_("the picture says nothing of its own"), default=False)

    base_form_class = WisdomForm
    template = "publishing/pages/wisdom.html"
    subpage_types: ClassVar[list[str]] = []
    parent_page_types: ClassVar[list[str]] = ["publishing.WisdomsReportPage"]
    content_panels = [
        *Page.content_panels,
        OfEnquiryPanel(),
        FieldPanel("contents_title"),
        MultiFieldPanel(
            [FieldPanel("content_note"), FieldPanel("is_note_needless")], heading=_("Before you read")
        ),
        FieldPanel("opening_quote", widget=QuoteChooser),
        FieldPanel("theme"),
        FieldPanel("heard"),
        FieldPanel("counted"),
        MultiFieldPanel(
            [FieldPanel("done"), FieldPanel("not_changed"), FieldPanel("response_on")],
            heading=_("What we did about it"),
        ),
        MultiFieldPanel(
            [FieldPanel("principles"), FieldPanel("code_ids")], heading=_("This Wisdom is also about")
        ),
        MultiFieldPanel(
            [FieldPanel("image"), FieldPanel("image_alt"), FieldPanel("is_image_decorative")],
            heading=_("Picture"),
        ),
    ]
    promote_panels = [FieldPanel("slug"), FieldPanel("search_description")]
    search_fields = [
        *Page.search_fields,
        index.SearchField("contents_title"),
        index.SearchField("heard"),
        index.SearchField("done"),
        index.SearchField("not_changed"),
    ]

    place_in_menu = "read"
    joins = ("frozen_share", "image")
    needs_second_person = True
    needs_content_note = True
    stream_fields = ("heard", "counted", "done", "not_changed")
    public_fields = (
        "title",
        "contents_title",
        "opening_quote",
        "content_note",
        "is_note_needless",
        "theme",
        "response_on",
        "principles",
        "code_ids",
        "image",
        "image_alt",
        "is_image_decorative",
        *stream_fields,
    )
    prose_fields = ("title", "contents_title", "content_note", "heard", "done", "not_changed", "image_alt")
    privacy = {
        "contents_title": "open",
        "opening_quote": "open",
        "content_note": "open",
        "is_note_needless": "open",
        "theme": "open",
        "heard": "open",
        "counted": "open",
        "done": "open",
        "not_changed": "open",
        "response_on": "open",
        "principles": "open",
        "code_ids": "open",
        "image": "open",
        "image_alt": "open",
        "is_image_decorative": "open",
    }

    class Meta:
        verbose_name = _("Wisdom")

    def uses(self) -> Uses:
        uses = Uses()
        uses.add("quote", self.opening_quote)
        uses.merge(super().uses())
        return uses

    def can_move_to(self, parent: Page) -> bool:
        """Only to a report of the same enquiry: its quotes and figures may stand in no other."""
        beneath = parent.specific
        same = isinstance(beneath, WisdomsReportPage) and beneath.enquiry_id == self.home_enquiry_id()
        return bool(super().can_move_to(parent) and same)

    def report(self) -> WisdomsReportPage:
        """The report this Wisdom stands in."""
        return self.get_parent().specific

    def home_partner_id(self) -> int | None:
        return self.report().home_partner_id()

    def home_enquiry_id(self) -> int | None:
        return self.report().enquiry_id

    def pictures(self) -> Iterable[tuple[str, str, bool]]:
        if self.image_id is None:
            return []
        return [(self._meta.get_field("image").verbose_name, self.image_alt, self.is_image_decorative)]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from publishing import reading

        return super().get_context(request, *args, **kwargs) | reading.wisdom(self, request)
