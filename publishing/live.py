"""What happens at the moment a page goes live, whichever way it got there."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page, Revision

from audit.actions import record
from coaching.actions import mark_published
from enquiries.errors import ConsentMissing
from publishing import gate, selectors
from publishing.errors import GateClosed
from publishing.models.gate import FrozenShare, QuoteOnPage, ReportToMend, ToMend
from publishing.models.mixins import GatedPage
from themes.errors import StepRefused
from themes.models import QuoteState

logger = logging.getLogger(__name__)


def opening_for(page: GatedPage, update_fields: Iterable[str] | None) -> gate.Answer | None:
    """The gate's yes for a page about to be saved live; None when readers will see nothing new.

    Raises:
        GateClosed: readers would see something that has not passed the gate.
    """
    if not page.live:
        return None
    if update_fields is not None and not {"live", *page.public_fields} & set(update_fields):
        return None
    if page.alias_of_id is not None:
        # An alias shows what its source shows, and its source has passed.
        return None
    if page.pk is not None:
        before = type(page).objects.filter(pk=page.pk).first()
        unchanged = before is not None and before.live and gate.fingerprint(before) == gate.fingerprint(page)
        if unchanged and not _has_quotes_to_sign(page):
            return None
    answer = gate.ask(page)
    if not answer.is_open:
        raise GateClosed(page.title, answer.closed)
    return answer


def _has_quotes_to_sign(page: GatedPage) -> bool:
    """Whether a quote on the live page was changed, or agreed anew, since somebody signed the page."""
    agreed = selectors.SHOWABLE - {QuoteState.PLACED}
    return QuoteOnPage.objects.filter(page_id=page.pk, quote__state__in=agreed).exists()


def has_gone_live(page: GatedPage, opening: gate.Answer) -> None:
    """Note what stands on the page now, place its quotes, freeze how common its theme is.

    Raises:
        GateClosed: words on it were taken back after the gate said yes.
    """
    uses = page.uses()
    displays = selectors.joint_displays(uses.displays)
    quotes = {*uses.quotes, *selectors.quotes_beside(displays.values())}
    gone = QuoteOnPage.objects.filter(page_id=page.pk).exclude(quote_id__in=quotes)
    left = set(gone.values_list("quote_id", flat=True))
    gone.delete()
    QuoteOnPage.objects.bulk_create(
        [
            QuoteOnPage(page_id=page.pk, quote_id=pk, partner_id=partner_id)
            for pk, partner_id in sorted(selectors.partners_of_quotes(quotes).items())
        ],
        ignore_conflicts=True,
    )
    by = opening.check.checked_by if opening.check is not None else None
    try:
        selectors.place_quotes(quotes, by=by)
    except (ConsentMissing, StepRefused) as error:
        # Taken back between the gate's yes and this line. The words are shown nowhere; the editor is told.
        sentence = _("Words on it were taken back just now. Choose others, and have the page read again.")
        raise GateClosed(page.title, [sentence]) from error
    elsewhere = set(QuoteOnPage.objects.filter(quote_id__in=left).values_list("quote_id", flat=True))
    selectors.unplace_quotes(left - elsewhere, by=by)
    behind = [display.figure.id for display in displays.values() if display.figure is not None]
    # From now on these keep their numbers; figures nobody has seen are made anew after a withdrawal.
    mark_published(figure_ids=[*uses.figures, *behind], by=by)
    _freeze_share(page)
    record(
        "page.went_live",
        by=by,
        about=page,
        partner_id=page.home_partner_id(),
        quotes=sorted(quotes),
        figures=uses.figures,
        displays=uses.displays,
        check=opening.check.pk if opening.check is not None else None,
    )


def has_left(page: GatedPage) -> None:
    """A page that readers no longer see holds no quotes: those that stand nowhere else are free again."""
    rows = QuoteOnPage.objects.filter(page_id=page.pk)
    left = set(rows.values_list("quote_id", flat=True))
    if not left:
        return
    rows.delete()
    elsewhere = set(QuoteOnPage.objects.filter(quote_id__in=left).values_list("quote_id", flat=True))
    check = gate.last_check(page)
    by = check.checked_by if check is not None else None
    selectors.unplace_quotes(left - elsewhere, by=by)
    record("page.left", by=None, about=page, partner_id=page.home_partner_id(), quotes=sorted(left))


def _freeze_share(page: GatedPage) -> None:
    theme = getattr(page, "theme", None)
    band = selectors.theme_band(theme) if theme is not None else None
    if theme is None or band is None:
        FrozenShare.objects.filter(page_id=page.pk).delete()
        return
    FrozenShare.objects.update_or_create(
        page_id=page.pk, defaults={"partner_id": theme.partner_id, "theme": theme, "band": band}
    )


def is_due_by_clock(revision: Revision, user: Any) -> bool:
    """Whether nobody pressed anything: the hour set for this revision has come."""
    due = revision.approved_go_live_at
    return user is None and due is not None and due <= timezone.now()


def publish_by_clock(page: GatedPage, revision: Revision, publish: Callable[..., Any], **kwargs: Any) -> Any:
    """Publish a page whose hour has come. If the gate is closed by now, take it off the clock and list it.

    One closed gate must not keep the other pages of the hour from going live, so nothing is raised.
    """
    try:
        with transaction.atomic():
            return publish(revision, **kwargs)
    except GateClosed as closed:
        Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=None)
        partner_id = page.home_partner_id()
        if partner_id is not None:
            ReportToMend.objects.create(
                page_id=page.pk,
                partner_id=partner_id,
                reason=ToMend.NOT_LIVE_AS_PLANNED,
                detail="\n".join(closed.sentences),
            )
        record("page.held_back", by=None, about=page, partner_id=partner_id, findings=len(closed.sentences))
        logger.warning("Page %s was due by the clock and the gate was closed.", page.pk)
        return None


def pages_showing(quote_ids: Iterable[int]) -> list[Page]:
    """Live pages on which one of these quotes stands."""
    return list(
        Page.objects.filter(quotes_on_page__quote_id__in=list(quote_ids), live=True).distinct().specific()
    )
