"""What people do with pages: ask the gate, sign, publish, keep a word with a reason, set a list right."""

from dataclasses import asdict

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from accounts import permissions
from accounts.models import User
from audit.actions import record
from publishing import gate, selectors
from publishing.errors import GateClosed, NotAnotherPerson, NotReadyToSign, PublishingError
from publishing.models import Excuse, GateCheck, QuoteOnPage, ReportToMend, ToMend
from publishing.models.mixins import GatedPage
from themes.models import QuoteState


def _as_stored(page: Page) -> Page:
    """The page as the database has it now: the object at hand may know an older latest revision."""
    return Page.objects.get(pk=page.pk).specific


def newest(page: Page) -> GatedPage:
    """The page as its latest revision has it, which is what an editor is working on."""
    specific = _as_stored(page)
    revision = specific.get_latest_revision()
    found = revision.as_object() if revision is not None else specific
    if not isinstance(found, GatedPage):
        raise PublishingError(_("This page is not one of ours, and has no gate."))
    return found


@transaction.atomic
def run_gate(*, page: Page, by: User) -> GateCheck:
    """Examine the latest version of a page and store what was found. Anyone who may sign may ask.

    Raises:
        NotYours: `by` is neither editor nor second reader of the partner whose page it is.
    """
    draft = newest(page)
    partner_id = draft.home_partner_id()
    if partner_id is not None:
        permissions.check(by, "page.check", partner_id)
    findings = gate.examine(draft)
    check = GateCheck.objects.create(
        page_id=draft.pk,
        partner_id=partner_id,
        revision_id=draft.latest_revision_id,
        fingerprint=gate.fingerprint(draft),
        results=[asdict(finding) for finding in findings],
        passed=not any(finding.closes for finding in findings),
        checked_by=by,
    )
    record("gate.run", by=by, about=check, page=draft.pk, passed=check.passed, findings=len(findings))
    return check


def authors_of(page: Page) -> set[int]:
    """Ids of those who wrote what is to be published: the owner, and everyone who revised it since."""
    revisions = page.revisions.all()
    if page.live_revision_id is not None:
        revisions = revisions.filter(pk__gt=page.live_revision_id)
    authors = set(revisions.exclude(user=None).values_list("user_id", flat=True))
    latest = page.get_latest_revision()
    if latest is not None and latest.user_id is not None:
        authors.add(latest.user_id)
    if page.live_revision_id is None and page.owner_id is not None:
        authors.add(page.owner_id)
    return authors


def check_can_sign(*, page: Page, check: GateCheck, by: User) -> None:
    """Raise unless `by` may be the second person under this check.

    Raises:
        NotYours: `by` is neither editor nor second reader of the partner.
        NotAnotherPerson: `by` wrote the page or asked for the check.
    """
    if check.partner_id is not None:
        permissions.check(by, "page.sign", check.partner_id)
    if by.pk == check.checked_by_id or by.pk in authors_of(page):
        raise NotAnotherPerson(
            _("You wrote this page or asked for its check. Somebody else has to read and sign it.")
        )


@transaction.atomic
def sign_gate(*, page: Page, by: User, could_be_known: bool) -> GateCheck:
    """Put a second person's name under the latest check.

    Args:
        could_be_known: the second person's answer to: could someone who knows them, or an outsider who
            tries, work out who a speaker is, also from the other quotes? Only "no" can be signed.

    Raises:
        NotYours, NotAnotherPerson: see `check_can_sign`.
        NotReadyToSign: there is no check, it found something, the page or what is behind it changed since,
            or somebody could be known.
    """
    draft = newest(page)
    check = GateCheck.objects.select_for_update(of=("self",)).filter(page_id=page.pk).order_by("-pk").first()
    if check is None:
        raise NotReadyToSign(_("This page has not been checked yet. Check it first."))
    check_can_sign(page=_as_stored(page), check=check, by=by)
    if not check.passed:
        raise NotReadyToSign(_("The check found something that has to be put right first. See the list."))
    if check.fingerprint != gate.fingerprint(draft) or any(each.closes for each in gate.examine(draft)):
        raise NotReadyToSign(_("Something changed since the check. Check the page again, then sign."))
    if could_be_known:
        raise NotReadyToSign(
            _("Somebody could be known from this page. Change or take out a quote, then check it again.")
        )
    check.signed_by = by
    check.signed_at = timezone.now()
    check.could_be_known = False
    check.save(update_fields=["signed_by", "signed_at", "could_be_known"])
    record("gate.signed", by=by, about=check, page=page.pk)
    return check


@transaction.atomic
def publish(*, page: Page, by: User) -> Page:
    """Put the latest version of a page live.

    Raises:
        GateClosed: the gate is closed; `sentences` says everything that is in the way.
        PublishPermissionError: `by` may not publish here.
    """
    specific = _as_stored(page)
    revision = specific.get_latest_revision()
    if revision is None:
        revision = specific.save_revision(user=by)
    answer = gate.ask(newest(specific))
    if not answer.is_open:
        raise GateClosed(specific.draft_title or specific.title, answer.closed)
    revision.publish(user=by)
    return type(specific).objects.get(pk=page.pk)


@transaction.atomic
def keep_word(*, page: Page, word: str, reason: str, by: User) -> Excuse:
    """Let a word of the language lint stay in one page.

    Raises:
        PublishingError: no reason was given.
    """
    if not reason.strip():
        raise PublishingError(_("Write why the word stays."))
    partner_id = newest(page).home_partner_id()
    if partner_id is not None:
        permissions.check(by, "page.check", partner_id)
    excuse, _made = Excuse.objects.update_or_create(
        page_id=page.pk,
        word=word,
        defaults={"partner_id": partner_id, "reason": reason.strip(), "excused_by": by},
    )
    record("gate.word_kept", by=by, about=excuse, partner_id=partner_id, page=page.pk)
    return excuse


@transaction.atomic
def set_right(*, row: ReportToMend, by: User) -> None:
    """Note that an editor has seen to a page that rested on something that has gone."""
    permissions.check(by, "page.mend", row)
    changed = ReportToMend.objects.filter(pk=row.pk, mended_at=None).update(
        mended_by=by, mended_at=timezone.now()
    )
    if changed:
        record("report.mended", by=by, about=row)


@transaction.atomic
def list_pages_to_mend() -> int:
    """List live pages on which a quote stood that readers do not see now. Returns how many are new.

    Taking everything back lists its pages at once; this finds the rest: a single quote that its speaker
    refused or changed after it was placed.
    """
    rows = list(QuoteOnPage.objects.filter(page__live=True).values_list("page_id", "quote_id"))
    shown = selectors.shown_quotes(quote for _page, quote in rows)
    placed = {pk for pk, quote in shown.items() if quote.state == QuoteState.PLACED}
    touched = {page for page, quote in rows if quote not in placed}
    waiting = set(ReportToMend.objects.filter(mended_at=None).values_list("page_id", flat=True))
    seen_to = {
        (row.page_id, row.detail)
        for row in ReportToMend.objects.filter(reason=ToMend.QUOTE_CHANGED).exclude(mended_at=None)
    }
    made = 0
    for page in Page.objects.filter(pk__in=touched - waiting).specific():
        partner_id = page.home_partner_id() if isinstance(page, GatedPage) else None
        ids = ", ".join(str(quote) for of_page, quote in rows if of_page == page.pk and quote not in placed)
        detail = _("Quotes %(ids)s are not shown any more.") % {"ids": ids}
        if partner_id is None or (page.pk, detail) in seen_to:
            continue
        ReportToMend.objects.create(
            page_id=page.pk, partner_id=partner_id, reason=ToMend.QUOTE_CHANGED, detail=detail
        )
        record("report.to_mend", by=None, about=page, partner_id=partner_id)
        made += 1
    return made
