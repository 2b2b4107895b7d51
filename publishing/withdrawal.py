"""Somebody takes their words back: what publishing does.

Pages stop showing the words by themselves, since each showing asks the gate. What is left to do at once is to
list the pages that rested on them for an editor, and to write a dated line that names no one; the sweep then
takes away what the gate noted about them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from django.utils import timezone
from wagtail.admin.models import FormState

from enquiries.models import Contributor, Scope
from publishing import live, unwriting
from publishing.models.gate import GateCheck, PageChange, ReportToMend, ToMend
from publishing.models.reports import WisdomPage, WisdomsReportPage
from themes.cleaning import Clean, cleaner
from themes.models import Quote

# Scopes without which words cannot stand on a page.
ENDS_QUOTING = frozenset({Scope.QUOTE_WORDS, Scope.ANALYSE, Scope.TAKE_PART})


def words_taken_back(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """List the live pages on which this contributor's words stood, and date the change.

    The line stands on the page that lost the words, and on the report that a single Wisdom belongs to.

    Returns:
        Counts: `pages`, live pages touched; `reports`, reports with a new dated line.
    """
    if not ENDS_QUOTING & scopes:
        return {"pages": 0, "reports": 0}
    # A page that is going live with them at this moment holds them: it is listed once it is live.
    quotes = Quote.objects.select_for_update().filter(contributor=contributor).order_by("pk")
    pages = live.pages_showing(list(quotes.values_list("pk", flat=True)))
    reports: set[int] = set()
    for page in pages:
        ReportToMend.objects.get_or_create(
            page_id=page.pk,
            partner_id=contributor.partner_id,
            reason=ToMend.WORDS_TAKEN_BACK,
            mended_at=None,
        )
        report = page.report() if isinstance(page, WisdomPage) else page
        if isinstance(report, WisdomsReportPage):
            reports.add(report.pk)
    today = timezone.localdate()
    for pk in sorted(reports | {page.pk for page in pages}):
        PageChange.objects.get_or_create(
            page_id=pk,
            on=today,
            kind=ToMend.WORDS_TAKEN_BACK,
            defaults={"partner_id": contributor.partner_id},
        )
    return {"pages": len(pages), "reports": len(reports)}


def close_pages(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """At once: list the pages to mend, and take typed words and names out of what is live or in work."""
    counts = forget_previews(contributor, scopes)
    for pages, clean in _written(contributor, scopes):
        counts["typed"] = counts.get("typed", 0) + unwriting.clean_newest(pages, clean)
    # After the pages, as whoever puts one live locks first the page and then its quotes.
    return {**counts, **words_taken_back(contributor, scopes)}


def _written(contributor: Contributor, scopes: frozenset[str]) -> Iterator[tuple[list[int], Clean]]:
    """Pages on which editors may have typed what goes, and what takes it out: those of the enquiry, and those
    that belong to none."""
    clean = cleaner(contributor, scopes)
    if clean is not None:
        yield unwriting.pages_of(contributor.enquiry_id), clean
    beside = cleaner(contributor, scopes, beside_reports=True)
    if beside is not None:
        yield unwriting.pages_beside(), beside


def forget_previews(contributor: Contributor, scopes: frozenset[str]) -> dict[str, int]:
    """What editors typed and had shown to them without saving it, which Wagtail keeps for a day.

    It goes for everybody: a form of a page that is not made yet belongs to no enquiry, and an editor's
    browser sends it anew with the next change.
    """
    if not scopes & {*ENDS_QUOTING, Scope.NAMED_CREDIT}:
        return {}
    return {"previews": FormState.objects.all().delete()[0]}


def forget_findings(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """What the gate found on pages of this enquiry may number a quote that is going: the findings go.

    A signature under them counts for nothing now. Drafts are among them, so every page is looked at.
    """
    if not ENDS_QUOTING & scopes:
        return {}
    rows = GateCheck.objects.filter(page_id__in=unwriting.pages_of(contributor.enquiry_id))
    return {"findings": rows.exclude(results=[]).update(results=[])}


def forget_typed(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """Words of theirs that were typed into a page, a draft or an old revision, and their real name there.

    Runs first, while the passages and the link that say what to look for are still there.
    """
    counts: Counter[str] = Counter()
    for pages, clean in _written(contributor, scopes):
        counts += unwriting.clean_pages(pages, clean)
    counts.update(forget_previews(contributor, scopes))
    if scopes & {Scope.NAMED_CREDIT, Scope.TAKE_PART}:
        counts["files"] = unwriting.clean_files(contributor)
    return counts


STEPS = {"typed": forget_typed, "findings": forget_findings}
