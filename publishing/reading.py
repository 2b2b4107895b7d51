"""Finds a public page and puts together what its template shows, in a number of queries that never grows."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, PageViewRestriction, Site

from publishing import selectors
from publishing.gathering import Gathered, Uses, gather
from publishing.models.mixins import GatedPage
from publishing.models.pages import HomePage, SuitePage
from publishing.models.reports import ReportPartner, WisdomPage, WisdomsReportPage
from publishing.principles import LABELS as PRINCIPLE_LABELS
from themes.selectors import ShownQuote

# Band of a theme's share -> words that begin a sentence, what they mean, the line in a list of contents.
SHARES = {
    "a_few": (
        _("A few people"),
        _("means fewer than 20 in every 100 of those we listened to."),
        _("A few people said this. We think it matters."),
    ),
    "some": (
        _("Some people"),
        _("means between 20 and 39 in every 100 of those we listened to."),
        _("Some people said this."),
    ),
    "about_half": (
        _("About half of people"),
        _("means between 40 and 59 in every 100 of those we listened to."),
        _("About half of people said this."),
    ),
    "most": (
        _("Most people"),
        _("means between 60 and 84 in every 100 of those we listened to."),
        _("Most people said this."),
    ),
    "almost_all": (
        _("Almost all people"),
        _("means 85 or more in every 100 of those we listened to."),
        _("Almost all people said this."),
    ),
}


# --- Finding ------------------------------------------------------------------------------------------


def find(path: str) -> GatedPage | None:
    """The live public page at a path (`""` or `"a/b/"`), in two queries; None to leave it to Wagtail.

    Wagtail asks twice for each step of a path. The whole path of a page is stored with it, so one question
    is enough, and a second one reads the page with the rows it needs. Pages behind a password or a sign-in,
    old addresses and anything that is not one of ours are left to Wagtail.
    """
    root = _root_path()
    if root is None:
        return None
    below = ExpressionWrapper(OuterRef("path"), output_field=CharField())
    above = PageViewRestriction.objects.annotate(below=below).filter(below__startswith=F("page__path"))
    found = (
        Page.objects.filter(url_path=f"{root}{path}", live=True)
        .annotate(is_restricted=Exists(above))
        .values_list("pk", "content_type_id", "is_restricted")
        .first()
    )
    if found is None or found[2]:
        return None
    model = ContentType.objects.get_for_id(found[1]).model_class()
    if model is None or not issubclass(model, GatedPage):
        return None
    return model._default_manager.select_related(*model.joins).filter(pk=found[0]).first()


def _root_path() -> str | None:
    """Where the site's pages hang in the tree, for the language now active; kept in Wagtail's own cache."""
    paths = Site.get_site_root_paths()
    language = translation.get_language()
    return next((root.root_path for root in paths if root.language_code == language), None)


def is_language_read() -> bool:
    """Whether the site has pages in the language of the address, as in /cy/."""
    return translation.get_language() == settings.LANGUAGE_CODE or _root_path() is not None


def has_home() -> bool:
    """Whether the site has been prepared."""
    return HomePage.objects.exists()


# --- What stands around every page --------------------------------------------------------------------


@dataclass
class Around:
    """Ways to the plain pages, and to the same page in other languages."""

    menu: list[Page] = field(default_factory=list)
    foot: list[Page] = field(default_factory=list)
    translations: list[Page] = field(default_factory=list)
    language: str = "en"


def around(page: GatedPage, request: HttpRequest) -> dict[str, Any]:
    """`around`; `open_all` when the page is to be printed with everything unfolded; `here` for the menu."""
    rows = (
        Page.objects.filter(live=True)
        .filter(
            Q(translation_key=page.translation_key)
            | Q(locale_id=page.locale_id, plainpage__isnull=False, show_in_menus=True)
            | Q(locale_id=page.locale_id, plainpage__is_in_foot=True)
        )
        .annotate(is_in_foot=F("plainpage__is_in_foot"))
        .select_related("locale")
        .order_by("path")
    )
    found = Around()
    for row in rows:
        if row.translation_key == page.translation_key and row.pk != page.pk:
            found.translations.append(row)
        if row.pk == page.pk:
            found.language = row.locale.language_code
        if row.is_in_foot is not None:
            if row.show_in_menus:
                found.menu.append(row)
            if row.is_in_foot:
                found.foot.append(row)
    return {"around": found, "open_all": "print" in request.GET, "here": page.place_in_menu}


# --- Reports and Wisdoms ------------------------------------------------------------------------------


@dataclass
class WisdomPart:
    """One Wisdom as a list of contents, a neighbour or a whole report shows it."""

    page: WisdomPage
    number: int
    opening: ShownQuote | None = None
    interludes: list[Any] = field(default_factory=list)
    # Whether anything of "what we counted" may be shown now.
    has_counts: bool = False
    # Whether anything of "what we heard" may be shown now.
    has_heard: bool = False

    @property
    def number_text(self) -> str:
        return str(self.number)

    @property
    def title(self) -> str:
        return self.page.contents_title or self.page.title

    @property
    def share(self) -> dict[str, object] | None:
        return share(self.page)

    @property
    def trail_base(self) -> str:
        """Where "How we know" leads from the whole report: to the Wisdom's own page."""
        return self.page.url or ""


def share(page: WisdomPage) -> dict[str, object] | None:
    """How common the theme was, as frozen when the page went live: `words`, `meaning`, `line`."""
    frozen = getattr(page, "frozen_share", None)
    if frozen is None:
        return None
    words, meaning, line = SHARES[frozen.band]
    return {"words": words, "meaning": meaning, "line": line}


def wisdoms_of(report: Page, *, also: int | None = None) -> list[WisdomPart]:
    """Live Wisdoms of a report in their order, numbered; `also` takes in a draft that is being previewed."""
    live = Q(live=True) if also is None else Q(live=True) | Q(pk=also)
    rows = WisdomPage.objects.child_of(report).filter(live).select_related("frozen_share").order_by("path")
    return [WisdomPart(row, number) for number, row in enumerate(rows, start=1)]


def home(page: HomePage) -> dict[str, Any]:
    """The report on show, its contents, two voices from it, and the other reports."""
    reports = list(
        WisdomsReportPage.objects.filter(live=True, locale_id=page.locale_id)
        .select_related("enquiry__partner")
        .order_by("-first_published_at", "-pk")
    )
    shown = next((each for each in reports if each.pk == page.featured_id), reports[0] if reports else None)
    context: dict[str, Any] = {"report": shown, "others": [each for each in reports if each is not shown]}
    if shown is None:
        return context | {"parts": [], "voices": []}
    parts = wisdoms_of(shown)
    _open(parts, gather(Uses(quotes=[part.page.opening_quote for part in parts if part.page.opening_quote])))
    return context | {"parts": parts, "voices": [part for part in parts if part.opening][:2]}


def _open(parts: list[WisdomPart], gathered: Gathered) -> None:
    for part in parts:
        if part.page.opening_quote is not None:
            part.opening = gathered.quotes.get(part.page.opening_quote)


def suite(page: SuitePage) -> dict[str, Any]:
    return {
        "reports": WisdomsReportPage.objects.child_of(page)
        .filter(live=True)
        .select_related("enquiry")
        .order_by("-first_published_at", "-pk")
    }


def _is_preview(request: HttpRequest) -> bool:
    """Whether an editor or a second reader looks at a draft."""
    return bool(getattr(request, "is_preview", False))


def report(page: WisdomsReportPage, request: HttpRequest) -> dict[str, Any]:
    """Everything of a report and its live Wisdoms, looked up together."""
    parts = wisdoms_of(page)
    uses = page.uses()
    for part in parts:
        uses.merge(part.page.uses())
    gathered = gather(uses, only_placed=not _is_preview(request))
    _open(parts, gathered)
    between: dict[int, list[Any]] = defaultdict(list)
    for block in page.interludes:
        between[min(block.value["after"] or 0, len(parts))].append(block)
    for part in parts:
        part.interludes = between[part.number]
        part.has_counts = gathered.has_counts(part.page.uses())
        part.has_heard = gathered.has_something(part.page.heard)
    rows = list(
        page.report_partners.select_related("logo").prefetch_related("logo__renditions")
        if page.pk
        else page.report_partners.all()
    )
    return {
        "gathered": gathered,
        "parts": parts,
        "interludes_first": between[0],
        "partners": [row for row in rows if row.part == ReportPartner.Part.PARTNER],
        "funders": [row for row in rows if row.part == ReportPartner.Part.FUNDER],
        "changes": _changes(page),
    }


def _changes(page: WisdomsReportPage | WisdomPage) -> list[dict[str, Any]]:
    """Dated lines, newest first: those an editor wrote, on a report, and those the site wrote by itself."""
    blocks = page.changes if isinstance(page, WisdomsReportPage) else ()
    written = [{"on": block.value["on"], "text": block.value["text"]} for block in blocks]
    own = (
        [{"on": row.on, "text": row.get_kind_display()} for row in page.own_changes.all()] if page.pk else []
    )
    return sorted([*written, *own], key=lambda each: each["on"], reverse=True)


def wisdom(page: WisdomPage, request: HttpRequest) -> dict[str, Any]:
    """One Wisdom: its place, its neighbours, its words and the trail behind each."""
    parent = page.get_parent()
    found = (
        WisdomsReportPage.objects.select_related("enquiry__partner").filter(pk=parent.pk).first()
        if parent
        else None
    )
    parts = wisdoms_of(parent, also=page.pk) if parent else [WisdomPart(page, 1)]
    here = next((index for index, part in enumerate(parts) if part.page.pk == page.pk), 0)
    gathered = gather(page.uses(), with_trails=True, only_placed=not _is_preview(request))
    opening = gathered.quotes.get(page.opening_quote) if page.opening_quote else None
    codes = selectors.codes_by_id(page.code_ids)
    return {
        "report": found,
        "gathered": gathered,
        "number": parts[here].number if parts else 1,
        "total": len(parts),
        "before": parts[here - 1] if here > 0 else None,
        "next": parts[here + 1] if here + 1 < len(parts) else None,
        "opening": opening,
        "has_counts": gathered.has_counts(page.uses()),
        "share": share(page),
        "trail_base": "",
        "trails": [(gathered.quotes[pk], steps) for pk, steps in _in_order(page, gathered)],
        "principle_names": [PRINCIPLE_LABELS[name] for name in page.principles if name in PRINCIPLE_LABELS],
        "codes": [codes[pk] for pk in page.code_ids if pk in codes],
        "changes": _changes(page),
        "has_heard": gathered.has_something(page.heard),
    }


def _in_order(page: WisdomPage, gathered: Gathered) -> list[tuple[int, Any]]:
    """Trails in the order of the page, those of quotes beside figures last."""
    order = dict.fromkeys([*page.uses().quotes, *gathered.quotes])
    return [(pk, gathered.trails[pk]) for pk in order if pk in gathered.trails]
