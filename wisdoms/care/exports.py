"""Texts that were handed over and hold words taken back since: whom to tell, and that they were told."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import policy
from accounts.permissions import partners_where
from accounts.requests import SignedInRequest
from transcripts.actions.exports import mark_told
from transcripts.errors import NotPossibleNow
from transcripts.models import Export, ExportRecall


@require_safe
@policy.needs("export.tell")
def exports(request: SignedInRequest) -> HttpResponse:
    """Recipients who have to be told, first of all; then every file that was handed over."""
    partner_ids = partners_where(request.user, "export.tell")
    recalls = ExportRecall.objects.filter(partner_id__in=partner_ids).select_related(
        "export__enquiry", "told_by"
    )
    context = {
        "to_tell": recalls.filter(told_at=None),
        "told": recalls.exclude(told_at=None).order_by("-told_at")[:50],
        "exports": Export.objects.filter(partner_id__in=partner_ids)
        .select_related("enquiry", "made_by")
        .order_by("-pk")[:100],
    }
    return render(request, "care/exports.html", context)


@require_POST
@policy.needs("export.tell")
def told(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep that one recipient was told."""
    recall = (
        ExportRecall.objects.filter(pk=pk, partner_id__in=partners_where(request.user, "export.tell"))
        .select_related("export")
        .first()
    )
    if recall is None:
        raise Http404
    try:
        mark_told(recall=recall, by=request.user)
    except NotPossibleNow as error:
        # A second press, or a colleague who was quicker: nothing has gone wrong.
        messages.info(request, str(error))
    else:
        messages.success(request, _("Kept: they were told today."))
    return redirect("care:exports")
