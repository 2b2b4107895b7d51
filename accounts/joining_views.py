"""Where an invitation leads: a new account, or one more partner for an account there is."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import user_logged_in
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import limits, policy
from accounts.actions import invitations
from accounts.errors import InvitationEnded
from accounts.forms import JoinForm
from accounts.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@policy.public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Answer an invitation. A link that does not work says the same whatever the reason."""
    tries = limits.check("invitation", request)
    try:
        invitation = invitations.find(token)
    except InvitationEnded as error:
        return _ended(request, error)
    limits.forgive(tries)
    known = User.objects.filter(email=invitation.email).first()
    context: dict[str, Any] = {"invitation": invitation}
    try:
        if known is not None and known.is_active:
            return _join_as_known(request, token, known, context)
        return _join_with_form(request, token, known, context)
    except InvitationEnded as error:
        return _ended(request, error)


def _join_with_form(
    request: HttpRequest, token: str, closed: User | None, context: dict[str, Any]
) -> HttpResponse:
    invitation = context["invitation"]
    form = JoinForm(
        request.POST or None, email=invitation.email, initial={"name": closed.name if closed else ""}
    )
    if request.method == "POST" and form.is_valid():
        answer = invitations.open_again if closed else invitations.join_as_new
        user = answer(token=token, name=form.cleaned_data["name"], password=form.cleaned_data["password"])
        _sign_in(request, user)
        return redirect("accounts:start")
    context |= {"form": form}
    return render(request, "accounts/join.html", context, status=422 if form.errors else 200)


def _join_as_known(request: HttpRequest, token: str, known: User, context: dict[str, Any]) -> HttpResponse:
    """Somebody with an account joins with it, signed in; anybody else is asked to sign in first."""
    is_them = request.user.is_authenticated and request.user.pk == known.pk
    if request.method == "POST" and is_them:
        invitation = invitations.join_as_known(token=token, user=known)
        messages.success(request, _("You now work with %(partner)s too.") % {"partner": invitation.partner})
        return redirect("accounts:start")
    context |= {"is_them": is_them, "somebody_else": request.user.is_authenticated and not is_them}
    return render(request, "accounts/join_known.html", context)


def _sign_in(request: HttpRequest, user: User) -> None:
    login(request, user, backend=BACKEND)
    record_authentication(request, user, method="password")
    user_logged_in.send(sender=User, request=request, user=user)


def _ended(request: HttpRequest, error: InvitationEnded) -> HttpResponse:
    return render(request, "accounts/link_ended.html", {"sentence": str(error)}, status=404)
