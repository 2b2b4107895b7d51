"""What happens at sign-in, written into the record: by id and kind, never by e-mail, address or code."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from accounts import second_factor
from accounts.actions import sessions
from accounts.models import User
from audit.actions import record


def _signed_in(sender: object, user: Any, request: HttpRequest | None = None, **_kwargs: Any) -> None:
    if isinstance(user, User):
        is_demo = bool(request is not None and request.path.endswith("/demo-sign-in/"))
        record("sign_in.made", by=user, about=user, **({"demo": True} if is_demo else {}))


def _signed_out(sender: object, user: Any, **_kwargs: Any) -> None:
    if isinstance(user, User):
        record("sign_in.ended", by=user, about=user)


def _refused(
    sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **_kwargs: Any
) -> None:
    """One event for each wrong password; `accounts.limits` and axes bound how many there can be."""
    if request is not None and getattr(request, "axes_locked_out", False):
        return
    email = str(credentials.get("email") or credentials.get("username") or "")
    tried = User.objects.filter(email=email.lower()).values_list("pk", flat=True).first()
    record("sign_in.refused", by=None, user=tried)


def _locked_out(sender: object, username: str | None = None, **_kwargs: Any) -> None:
    tried = User.objects.filter(email=(username or "").lower()).values_list("pk", flat=True).first()
    record("sign_in.locked", by=None, user=tried)


def _password_changed(sender: object, user: Any, request: HttpRequest | None = None, **_kwargs: Any) -> None:
    """Django ends every other sign-in with the old password; the list of them is cleared at the next look."""
    record("password.changed", by=user, about=user)


def _factor_added(
    sender: object, request: HttpRequest, user: Any, authenticator: Authenticator, **_kwargs: Any
) -> None:
    if authenticator.type in second_factor.FACTORS:
        second_factor.mark_given(request, user)
    record("second_factor.added", by=user, about=user, type=str(authenticator.type))


def _factor_removed(
    sender: object, request: HttpRequest, user: Any, authenticator: Authenticator, **_kwargs: Any
) -> None:
    record("second_factor.removed", by=user, about=user, type=str(authenticator.type))
    if authenticator.type in second_factor.FACTORS and not second_factor.has_factor(user):
        second_factor.forget(request)
        sessions.end_others(request=request, by=user)


def _codes_made_anew(sender: object, user: Any, **_kwargs: Any) -> None:
    record("spare_codes.made", by=user, about=user)


def _factor_given(
    sender: object, user: Any, authenticator: Authenticator, reauthenticated: bool = False, **_kwargs: Any
) -> None:
    record(
        "second_factor.given", by=user, about=user, type=str(authenticator.type), again=bool(reauthenticated)
    )


def _factor_refused(sender: object, user: Any, **_kwargs: Any) -> None:
    record("second_factor.refused", by=None, user=user.pk)


def write_down() -> None:
    """Connect the record to everything that tells of a sign-in."""
    from axes.signals import user_locked_out

    pairs = (
        (user_logged_in, _signed_in),
        (user_logged_out, _signed_out),
        (user_login_failed, _refused),
        (user_locked_out, _locked_out),
        (account.password_changed, _password_changed),
        (account.password_reset, _password_changed),
        (account.password_set, _password_changed),
        (mfa.authenticator_added, _factor_added),
        (mfa.authenticator_removed, _factor_removed),
        (mfa.authenticator_reset, _codes_made_anew),
        (mfa.authenticator_used, _factor_given),
        (mfa.authentication_failed, _factor_refused),
    )
    for signal, receiver in pairs:
        signal.connect(receiver, dispatch_uid=f"accounts.happenings.{receiver.__name__}")
