"""Colleagues of a partner, for its lead: who works here as what, asking people in, roles given and ended."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import limits, policy
from accounts.actions import invitations
from accounts.actions import people as acts
from accounts.errors import AccountsError
from accounts.forms import InviteForm, RoleForm
from accounts.models import Invitation, Membership, Partner, User
from accounts.permissions import partners_where
from accounts.requests import SignedInRequest

INVITE = acts.INVITE


@dataclass
class Colleague:
    """One person with every role they hold at one partner now."""

    user: User
    roles: list[Membership] = field(default_factory=list)


def colleagues(partner: Partner) -> list[Colleague]:
    """Who works at a partner now, by name."""
    found: dict[int, Colleague] = {}
    rows = partner.memberships.current().select_related("user").order_by("user__name", "user_id", "role")
    for row in rows:
        found.setdefault(row.user_id, Colleague(row.user)).roles.append(row)
    return list(found.values())


def led_partner(request: SignedInRequest, pk: int | None) -> Partner:
    """The partner asked for, if one leads it; without one, that of the role worked in, or the first."""
    ids = partners_where(request.user, INVITE)
    if pk is None:
        now = request.roles.current
        pk = now.partner_id if now is not None and now.partner_id in ids else next(iter(ids), None)
    if pk is None or pk not in ids:
        raise Http404
    return Partner.objects.get(pk=pk)


@policy.needs(INVITE)
@require_GET
def people(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    """Colleagues and their roles, invitations still open, and those who left."""
    partner = led_partner(request, pk)
    open_ones = [row for row in partner.invitations.filter(accepted_at=None) if row.is_open]
    here = partner.memberships.current().values("user_id")
    left = (
        User.objects.filter(memberships__partner=partner)
        .exclude(pk__in=here)
        .distinct()
        .order_by("name", "pk")
    )
    context = {
        "partner": partner,
        "others": [
            each
            for each in Partner.objects.filter(pk__in=partners_where(request.user, INVITE))
            if each.pk != partner.pk
        ],
        "colleagues": colleagues(partner),
        "invitations": open_ones,
        "left": left,
    }
    return render(request, "accounts/people.html", context)


@policy.needs(INVITE)
@require_http_methods(["GET", "POST"])
def invite(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask a colleague in by e-mail."""
    partner = led_partner(request, pk)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        limits.check("invite", request)
        try:
            row = invitations.invite(
                partner=partner,
                email=form.cleaned_data["email"],
                roles=form.cleaned_data["roles"],
                by=request.user,
            )
        except AccountsError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                _("A letter is on its way to %(email)s. Its link works for a week.") % {"email": row.email},
            )
            return redirect("accounts:people_of", partner.pk)
    context = {"partner": partner, "form": form}
    return render(request, "accounts/invite.html", context, status=422 if form.errors else 200)


@policy.needs(INVITE)
@require_POST
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take an invitation back."""
    row = Invitation.objects.filter(pk=pk, partner_id__in=partners_where(request.user, INVITE)).first()
    if row is None:
        raise Http404
    invitations.withdraw(invitation=row, by=request.user)
    messages.success(request, _("Taken back. The link in the letter works no more."))
    return redirect("accounts:people_of", row.partner_id)


def _colleague(request: SignedInRequest, pk: int, user_id: int) -> tuple[Partner, Colleague]:
    partner = led_partner(request, pk)
    found = next((each for each in colleagues(partner) if each.user.pk == user_id), None)
    if found is None:
        raise Http404
    return partner, found


@policy.needs(INVITE)
@require_http_methods(["GET", "POST"])
def colleague(request: SignedInRequest, pk: int, user_id: int) -> HttpResponse:
    """One colleague: the roles they hold here, one more, and closing the account of a leaver."""
    partner, found = _colleague(request, pk, user_id)
    form = RoleForm(request.POST or None, held=frozenset(row.role for row in found.roles))
    if request.method == "POST" and form.is_valid():
        try:
            row = acts.give_role(
                partner=partner, user=found.user, role=form.cleaned_data["role"], by=request.user
            )
        except AccountsError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                _("%(name)s is now also %(role)s.")
                % {"name": found.user, "role": row.get_role_display().lower()},
            )
            return redirect("accounts:colleague", partner.pk, found.user.pk)
    context = {"partner": partner, "colleague": found, "form": form}
    return render(request, "accounts/colleague.html", context, status=422 if form.errors else 200)


@policy.needs(INVITE)
@require_POST
def end_role(request: SignedInRequest, pk: int, user_id: int, membership_id: int) -> HttpResponse:
    """End one role of a colleague."""
    partner, found = _colleague(request, pk, user_id)
    row = next((each for each in found.roles if each.pk == membership_id), None)
    if row is None:
        raise Http404
    try:
        acts.end_role(membership=row, by=request.user)
    except AccountsError as error:
        messages.error(request, str(error))
        return redirect("accounts:colleague", partner.pk, user_id)
    messages.success(request, _("Ended. They are signed out everywhere."))
    if len(found.roles) > 1:
        return redirect("accounts:colleague", partner.pk, user_id)
    return redirect("accounts:people_of", partner.pk)


@policy.needs(INVITE)
@require_http_methods(["GET", "POST"])
def close(request: SignedInRequest, pk: int, user_id: int) -> HttpResponse:
    """Somebody leaves: say first what follows, then end all their roles here."""
    partner, found = _colleague(request, pk, user_id)
    if request.method == "POST":
        try:
            acts.close_leaver(partner=partner, user=found.user, by=request.user)
        except AccountsError as error:
            messages.error(request, str(error))
            return redirect("accounts:colleague", partner.pk, user_id)
        messages.success(
            request, _("%(name)s works here no more, and is signed out everywhere.") % {"name": found.user}
        )
        return redirect("accounts:people_of", partner.pk)
    return render(request, "accounts/close.html", {"partner": partner, "colleague": found})
