"""Nobody reaches raw words, or the editor's pages, with a password alone.

A user with one of the roles below gets nothing but the pages for setting up or giving a second factor until
this session has one. A coach or a reader of figures may set one up, and is then asked for it at each sign-in.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
)
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import limits, recent
from accounts.models import Membership, Role, User

NEEDED_FOR = frozenset(
    {
        Role.RESEARCHER,
        Role.REVIEWER,
        Role.DATA_GUARDIAN,
        Role.SAFEGUARDING_LEAD,
        Role.EDITOR,
        # Leads hear nobody, but whoever becomes one can let others in.
        Role.PARTNER_LEAD,
    }
)
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
SESSION_KEY = "second_factor_set_up_by"
THEN_KEY = "second_factor_then"
# What is open before the second step: giving it, setting it up, its spare codes, and the way out.
OPEN_BEFORE = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "accounts:set_up",
    }
)


def is_needed(user: User | AnonymousUser, memberships: list[Membership]) -> bool:
    """Whether this user may not work without a second factor."""
    if not user.is_authenticated:
        return False
    if user.is_superuser or user.is_staff or any(each.role in NEEDED_FOR for each in memberships):
        return True
    return user.has_perm("wagtailadmin.access_admin")


def has_factor(user: User) -> bool:
    """Whether an app or a passkey is set up; spare codes alone are none."""
    return get_adapter().is_mfa_enabled(user, FACTORS)


def is_given(request: HttpRequest) -> bool:
    """Whether this session has proved a second factor, or set one up, or is the demo's one press."""
    user = request.user
    if not isinstance(user, User):
        return False
    if request.session.get(SESSION_KEY) == user.pk or recent.is_demo_press(request):
        return True
    return any(each.get("method") == "mfa" for each in get_authentication_records(request, user))


def mark_given(request: HttpRequest, user: User) -> None:
    """Setting up an app or a passkey proves that one has it."""
    request.session[SESSION_KEY] = user.pk


def forget(request: HttpRequest) -> None:
    """After the last factor was removed: nothing this session proved counts any more."""
    request.session.pop(SESSION_KEY, None)
    records = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY)
    if isinstance(records, list):
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [
            each for each in records if each.get("method") != "mfa"
        ]


def go_on_address(request: HttpRequest, otherwise: str) -> str:
    """Where the person was heading before the second step was asked for; used up by reading it."""
    then = request.session.pop(THEN_KEY, "")
    is_ours = url_has_allowed_host_and_scheme(then, {request.get_host()}, request.is_secure())
    return then if then and is_ours else otherwise


def spent_before(user: User, code: str) -> bool:
    """Whether a code was used a moment ago. Locks the user's row, so that of two at once one wins.

    Apart from the library's own memory of spent codes, which each process keeps to itself.
    """
    User.objects.select_for_update().get(pk=user.pk)
    return not limits.spend("totp", f"{user.pk}:{code.strip()}", seconds=120)


class SecondFactorMiddleware:
    """Sends a session that owes its second factor to the pages where it is set up or given."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is not None and match.view_name in OPEN_BEFORE:
            return None
        user = request.user
        if not isinstance(user, User) or is_given(request):
            return None
        if not is_needed(user, request.roles.all):  # type: ignore[attr-defined]
            return None
        return _ask(request, user)


def _ask(request: HttpRequest, user: User) -> HttpResponse:
    is_fragment = request.headers.get("HX-Request") == "true"
    then = request.get_full_path() if request.method == "GET" and not is_fragment else "/workspace/"
    if has_factor(user):
        address = f"{_giving_address(request, user)}?{urlencode({'next': then})}"
    else:
        request.session[THEN_KEY] = then
        address = reverse("accounts:set_up")
    if is_fragment:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = address
        return response
    return redirect(address)


def _giving_address(request: HttpRequest, user: User) -> str:
    if get_adapter().is_mfa_enabled(user, [Authenticator.Type.TOTP]):
        return reverse("mfa_reauthenticate")
    return reverse("mfa_reauthenticate_webauthn")
