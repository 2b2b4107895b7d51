"""Emergency access of a partner: what is asked, what is open, what was."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import policy
from accounts.actions import emergencies as acts
from accounts.errors import AccountsError
from accounts.forms import EmergencyForm
from accounts.models import EmergencyAccess, Partner
from accounts.permissions import can, partners_where
from accounts.requests import SignedInRequest

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One emergency with what the person reading may do about it."""

    row: EmergencyAccess
    is_waiting: bool
    is_open: bool
    may_answer: bool
    may_end: bool


def _partner(request: SignedInRequest, pk: int | None, *actions: str) -> Partner:
    ids = partners_where(request.user, *actions)
    if pk is None:
        now = request.roles.current
        pk = now.partner_id if now is not None and now.partner_id in ids else next(iter(ids), None)
    if pk is None or pk not in ids:
        raise Http404
    return Partner.objects.get(pk=pk)


@policy.needs(acts.ASK, acts.AGREE)
@require_http_methods(["GET", "POST"])
def emergencies(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    """Everything asked for at a partner, newest first, and the form that asks."""
    partner = _partner(request, pk, acts.ASK, acts.AGREE)
    may_ask = can(request.user, acts.ASK, partner)
    if request.method == "POST" and not may_ask:
        raise Http404
    form = EmergencyForm(request.POST or None, partner=partner)
    if request.method == "POST" and form.is_valid():
        try:
            acts.ask(partner=partner, by=request.user, **form.cleaned_data)
        except AccountsError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("Asked. Nothing is open until a second person agrees; all who may are told.")
            )
            return redirect("accounts:emergencies", partner.pk)
    rows = partner.emergencies.select_related("partner", "holder", "asked_by", "answered_by", "membership")[
        :SHOWN
    ]
    context = {
        "partner": partner,
        "form": form if may_ask else None,
        "lines": [_line(request, row) for row in rows],
    }
    return render(request, "accounts/emergencies.html", context, status=422 if form.errors else 200)


def _line(request: SignedInRequest, row: EmergencyAccess) -> Line:
    waiting, is_open = acts.is_waiting(row), acts.is_open(row)
    return Line(
        row,
        is_waiting=waiting,
        is_open=is_open,
        may_answer=waiting and acts.may_answer(row, request.user),
        may_end=is_open and (can(request.user, acts.ASK, row) or row.holder_id == request.user.pk),
    )


def _row(request: SignedInRequest, pk: int, *actions: str) -> EmergencyAccess:
    row = EmergencyAccess.objects.filter(pk=pk, partner_id__in=partners_where(request.user, *actions)).first()
    if row is None:
        raise Http404
    return row


@policy.needs(acts.AGREE)
@require_POST
def answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """The second person agrees or refuses."""
    row = _row(request, pk, acts.AGREE)
    try:
        if request.POST.get("answer") == "yes":
            acts.confirm(row=row, by=request.user)
            messages.success(request, _("Open. It ends by itself, and everybody concerned is told."))
        elif request.POST.get("answer") == "no":
            acts.refuse(row=row, by=request.user)
            messages.success(request, _("Refused. Nothing was opened."))
        else:
            raise Http404
    except AccountsError as error:
        messages.error(request, str(error))
    return redirect("accounts:emergencies", row.partner_id)


@policy.signed_in
@require_POST
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    """End an emergency before its time."""
    row = EmergencyAccess.objects.filter(pk=pk, holder=request.user).first() or _row(request, pk, acts.ASK)
    try:
        acts.end(row=row, by=request.user)
    except AccountsError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Ended. They are signed out everywhere."))
    if can(request.user, acts.ASK, row):
        return redirect("accounts:emergencies", row.partner_id)
    return redirect("accounts:start")
