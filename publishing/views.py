"""Public pages by the short way, and the page where an editor sees what the gate found."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from wagtail.models import Page
from wagtail.views import serve as wagtail_serve

from accounts import policy
from accounts.errors import AccountsError
from accounts.models import User
from accounts.permissions import can, partners_where
from enquiries.models import Enquiry
from publishing import actions, gate, reading
from publishing.errors import GateClosed, PublishingError
from publishing.models import ReportToMend
from publishing.models.mixins import GatedPage


@policy.public
def public_page(request: HttpRequest, path: str) -> HttpResponse:
    """A public page, found in two queries; anything unusual goes the way Wagtail knows."""
    if not reading.is_language_read():
        raise Http404
    if request.method in ("GET", "HEAD"):
        page = reading.find(path)
        if page is not None:
            return page.serve(request)
        if not path and not reading.has_home():
            response = render(request, "publishing/pages/home.html", {"around": reading.Around()})
            patch_cache_control(response, no_cache=True)
            return response
    return wagtail_serve(request, path)


# --- The gate, in the editor's pages ------------------------------------------------------------------


def _signers_page(
    request: HttpRequest, page_id: int, action: str = "page.check"
) -> tuple[Page, GatedPage, User]:
    """The page, its newest version, and the user; 404 for a page that is not theirs to see."""
    page = get_object_or_404(Page, pk=page_id).specific
    user = request.user
    if not isinstance(page, GatedPage) or not isinstance(user, User):
        raise Http404
    draft = actions.newest(page)
    try:
        partner_id = draft.home_partner_id()
    except Enquiry.DoesNotExist:
        # Another partner's enquiry, behind the wall.
        raise Http404 from None
    if partner_id is None and user.is_superuser:
        return page, draft, user
    if partner_id is None or not can(user, action, partner_id):
        raise Http404
    return page, draft, user


@policy.needs("page.check", installer_too=True)
@require_GET
def gate_page(request: HttpRequest, page_id: int) -> HttpResponse:
    """What stands in the way of a page, and the place where a second person signs."""
    page, draft, user = _signers_page(request, page_id)
    check = gate.last_check(page)
    digest = gate.fingerprint(draft)
    findings = gate.examine(draft)
    is_current = check is not None and check.fingerprint == digest
    why_not_sign = ""
    if check is not None:
        try:
            actions.check_can_sign(page=page, check=check, by=user)
        except (AccountsError, PublishingError) as problem:
            why_not_sign = str(problem)
    return TemplateResponse(
        request,
        "publishing/admin/gate.html",
        {
            "page": page,
            "draft": draft,
            "check": check,
            "is_current": is_current,
            "closing": [each for each in findings if each.closes],
            "advice": [each for each in findings if not each.closes],
            "signed": gate.signature(page, digest),
            "why_not_sign": why_not_sign,
            "can_edit": page.permissions_for_user(user).can_edit(),
            "can_publish": page.permissions_for_user(user).can_publish(),
            "excuses": page.excuses.select_related("excused_by"),
            "to_mend": page.to_mend.filter(mended_at=None),
        },
    )


def _answer(request: HttpRequest, page_id: int, done: str) -> HttpResponseRedirect:
    if done:
        messages.success(request, done)
    return redirect("publishing_gate", page_id)


@policy.needs("page.check", installer_too=True)
@require_GET
def gate_read(request: HttpRequest, page_id: int) -> HttpResponse:
    """The newest version as readers would see it, for those who may sign it but not change it."""
    _page, draft, _user = _signers_page(request, page_id)
    response: HttpResponse = draft.make_preview_request(request, draft.default_preview_mode)
    patch_cache_control(response, no_store=True, private=True)
    return response


@policy.needs("page.sign")
@require_GET
def to_sign(request: HttpRequest) -> HttpResponse:
    """Checked versions that wait for a second person, at the user's own partners."""
    assert isinstance(request.user, User)
    return TemplateResponse(
        request, "publishing/admin/to_sign.html", {"checks": gate.waiting_for_signature(request.user)}
    )


@policy.needs("page.check", installer_too=True)
@require_POST
def gate_run(request: HttpRequest, page_id: int) -> HttpResponse:
    page, _draft, user = _signers_page(request, page_id)
    check = actions.run_gate(page=page, by=user)
    if check.passed:
        return _answer(request, page_id, _("Checked. Nothing is in the way. Now a second person signs."))
    messages.info(request, _("Checked. Something has to be put right first."))
    return _answer(request, page_id, "")


@policy.needs("page.sign", installer_too=True)
@require_POST
def gate_sign(request: HttpRequest, page_id: int) -> HttpResponse:
    page, _draft, user = _signers_page(request, page_id, "page.sign")
    answer = request.POST.get("could_be_known")
    if answer not in ("yes", "no") or request.POST.get("has_read") != "yes":
        messages.error(request, _("Read the whole page first, then answer the question. Nothing was signed."))
        return _answer(request, page_id, "")
    try:
        actions.sign_gate(page=page, by=user, could_be_known=answer == "yes")
    except (AccountsError, PublishingError) as problem:
        messages.error(request, str(problem))
        return _answer(request, page_id, "")
    return _answer(request, page_id, _("Signed. This version can go live now."))


@policy.needs("page.check", installer_too=True)
@require_POST
def gate_keep_word(request: HttpRequest, page_id: int) -> HttpResponse:
    page, _draft, user = _signers_page(request, page_id)
    try:
        actions.keep_word(
            page=page, word=request.POST.get("word", ""), reason=request.POST.get("reason", ""), by=user
        )
    except (AccountsError, PublishingError) as problem:
        messages.error(request, str(problem))
        return _answer(request, page_id, "")
    return _answer(request, page_id, _("The word stays, with your reason."))


@policy.needs("page.write", installer_too=True)
@require_POST
def gate_publish(request: HttpRequest, page_id: int) -> HttpResponse:
    page, _draft, user = _signers_page(request, page_id, "page.write")
    try:
        published = actions.publish(page=page, by=user)
    except GateClosed as closed:
        for sentence in closed.sentences:
            messages.error(request, sentence)
        return _answer(request, page_id, "")
    if published.live:
        return _answer(request, page_id, _("This page is live. Readers see it now."))
    return _answer(request, page_id, _("This page will go live by itself at the hour you set."))


@policy.needs("page.mend")
@require_GET
def to_mend(request: HttpRequest) -> HttpResponse:
    """Live pages that rested on something that has gone, for the editors of their partner."""
    partners = partners_where(request.user, "page.mend")
    rows = ReportToMend.objects.filter(partner_id__in=partners, mended_at=None).select_related("page")
    return TemplateResponse(request, "publishing/admin/to_mend.html", {"rows": rows})


@policy.needs("page.mend")
@require_POST
def set_right(request: HttpRequest, row_id: int) -> HttpResponse:
    partners = partners_where(request.user, "page.mend")
    row = get_object_or_404(ReportToMend, pk=row_id, partner_id__in=partners)
    assert isinstance(request.user, User)
    actions.set_right(row=row, by=request.user)
    messages.success(request, _("Noted as seen to."))
    return redirect(reverse("publishing_to_mend"))
