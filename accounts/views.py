from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import policy, recent, second_factor
from accounts.landing import first_page
from accounts.models import User
from accounts.requests import SignedInRequest


@policy.signed_in
@require_POST
def work_as(request: SignedInRequest, membership_id: int) -> HttpResponse:
    """Change to another of one's own roles, and go to where that role works."""
    membership = request.roles.choose(membership_id)
    if membership is None:
        raise Http404
    messages.success(
        request,
        _("You are now working as %(role)s at %(partner)s.")
        % {"role": membership.get_role_display().lower(), "partner": membership.partner},
    )
    return redirect(first_page(membership))


@policy.public
@require_POST
def demo_sign_in(request: SignedInRequest) -> HttpResponse:
    """Sign in as one of the made-up people, with one press. Exists only in the demo on one's own machine."""
    if not (settings.DEBUG and settings.IS_DEMO):
        raise Http404
    user = get_object_or_404(User, email=request.POST.get("email", ""), is_active=True)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session["demo_press"] = True
    record_authentication(request, user, method="demo")
    UserSession.objects.create_from_request(request)
    return redirect("accounts:start")


@policy.signed_in
@require_GET
def start(request: SignedInRequest) -> HttpResponse:
    """After signing in: on to where the person was heading, or to where their role works."""
    return HttpResponseRedirect(second_factor.go_on_address(request, first_page(request.roles.current)))


@policy.signed_in
@require_GET
def set_up(request: SignedInRequest) -> HttpResponse:
    """Choose a second step, where the roles need one and none is set up yet."""
    if second_factor.has_factor(request.user):
        return redirect("mfa_index")
    is_needed = second_factor.is_needed(request.user, request.roles.all)
    return render(request, "accounts/set_up.html", {"is_needed": is_needed})


@policy.signed_in
@require_http_methods(["GET", "POST"])
def prove_in_demo(request: SignedInRequest) -> HttpResponse:
    """One press stands for the proof of identity where one press stood for the sign-in."""
    if not recent.is_demo_press(request):
        raise Http404
    wanted = request.POST.get("next", request.GET.get("next", ""))
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    then = wanted if wanted and is_ours else "/workspace/"
    if request.method == "POST":
        record_authentication(request, request.user, method="demo", reauthenticated=True)
        return HttpResponseRedirect(then)
    return render(request, "accounts/prove_in_demo.html", {"then": then})


@policy.signed_in
@require_GET
def how_i_sign_in(request: SignedInRequest) -> HttpResponse:
    """The ways somebody signs in, and where they are signed in: one page with what may be changed."""
    found = Authenticator.objects.filter(user=request.user)
    context = {
        "app": found.filter(type=Authenticator.Type.TOTP).first(),
        "passkeys": [row.wrap() for row in found.filter(type=Authenticator.Type.WEBAUTHN)],
        "codes": next(
            (row.wrap() for row in found.filter(type=Authenticator.Type.RECOVERY_CODES)),
            None,
        ),
        "is_needed": second_factor.is_needed(request.user, request.roles.all),
    }
    return render(request, "mfa/index.html", context)
