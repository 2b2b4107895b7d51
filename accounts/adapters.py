"""How the sign-in library does its work here: plain words, our limits, nobody signs themselves up."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import letters, limits, recent, second_factor
from accounts.models import User
from accounts.permissions import current_memberships

# What the library would say after each step; the pages say it themselves.
UNSAID = frozenset(
    {
        "account/messages/logged_in.txt",
        "account/messages/logged_out.txt",
        "mfa/messages/recovery_codes_generated.txt",
    }
)
CHANGES: dict[str, Promise | str] = {
    "account/email/password_reset": gettext_lazy("A new password was set through a link in a letter."),
    "account/email/password_changed": gettext_lazy("Your password was changed."),
    "account/email/password_set": gettext_lazy("A password was set."),
    "mfa/email/totp_activated": gettext_lazy("An app for codes was set up."),
    "mfa/email/totp_deactivated": gettext_lazy("The app for codes was removed."),
    "mfa/email/recovery_codes_generated": gettext_lazy("New spare codes were made."),
    "mfa/email/webauthn_added": gettext_lazy("A passkey was added."),
    "mfa/email/webauthn_removed": gettext_lazy("A passkey was removed."),
}
PROOFS: dict[str, Promise | str] = {
    "reauthenticate": gettext_lazy("Your password"),
    "mfa_reauthenticate": gettext_lazy("A code from your app, or a spare code"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Your passkey"),
}


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs themselves up: colleagues are invited by a partner lead."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": gettext_lazy(
            "This e-mail and password do not belong together. Check both, or ask for a new password."
        ),
        "incorrect_password": gettext_lazy("This is not your password. Check it and try again."),
        "enter_current_password": gettext_lazy("This is not your password now. Check it and try again."),
        "incorrect_code": gettext_lazy("This code is not the right one. Wait for the next, and use that."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return limits.address_of(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try before any password is looked at: hashing one costs a tenth of a second."""
        is_proof = request.user.is_authenticated
        person = request.user.pk if is_proof else credentials.get("email", "")
        self._tries = limits.check("proof" if is_proof else "sign_in", request, person=person)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        user = super().authenticate(request, **credentials)
        if user is not None:
            limits.forgive(self._tries)
        return user

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """A sign-in of the last quarter of an hour is proof enough to change how one signs in."""
        return not recent.is_proved(self.request) and not recent.is_demo_press(self.request)

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, Any]]:
        """Ways to prove who one is, in plain words; in the demo its one press comes first."""
        found = super().get_reauthentication_methods(user)
        for each in found:
            each["description"] = PROOFS[each["id"]]
        if user.is_authenticated and recent.is_demo_press(self.request):
            press = {
                "id": "demo",
                "description": _("One press, in the demo"),
                "url": reverse("accounts:prove_in_demo"),
            }
            return [press, *found]
        return found

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """A page of its own finds out where: roles are read best at the request after the sign-in."""
        return reverse("accounts:start")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """The one letter of the library that is in use: the link to a new password."""
        if template_prefix != "account/email/password_reset_key":
            raise ValueError(f"There is no letter for {template_prefix}.")
        text = render_to_string("accounts/letters/new_password.txt", {"link": context["password_reset_url"]})
        letters.send(_("A new password for Wisdoms"), text, [email])

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell somebody that the way they sign in has changed. Needs no request: it may be over by now."""
        assert isinstance(user, User)
        text = render_to_string(
            "accounts/letters/changed.txt",
            {"what": CHANGES[template_prefix], "when": timezone.now(), "site": settings.SITE_ADDRESS},
        )
        letters.send(_("Something changed in how you sign in to Wisdoms"), text, [user.email])

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        if message_template not in UNSAID:
            super().add_message(request, level, message_template, *args, **kwargs)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Apps, passkeys and spare codes."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This code is not the right one. Wait for the next, and use that."),
        "cannot_delete_authenticator": gettext_lazy(
            "Your roles need a second step. Set up another way first, then remove this one."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Locked with a key made from SECRET_KEY: a copy of the database alone gives no codes."""
        return _locks().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _locks().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last factor of somebody whose roles need one."""
        user = authenticator.user
        if authenticator.type == Authenticator.Type.RECOVERY_CODES or not isinstance(user, User):
            return True
        others = Authenticator.objects.filter(user=user, type__in=second_factor.FACTORS)
        if others.exclude(pk=authenticator.pk).exists():
            return True
        return not second_factor.is_needed(user, list(current_memberships(user)))

    def generate_authenticator_name(
        self,
        user: AbstractBaseUser,
        type: Authenticator.Type,  # noqa: A002 - the library names it
    ) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number}

    def build_totp_svg(self, url: str) -> str:
        """The picture for the app's camera, as markup: pictures from data are refused."""
        drawn = super().build_totp_svg(url)
        return drawn[drawn.index("<svg") :]

    def _get_site_name(self) -> str:
        return "Wisdoms"


def _locks() -> MultiFernet:
    """Today's key first, then those made from former secrets, so that a change of secret locks nobody out."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"accounts.factors:" + each.encode()).digest()))
            for each in secrets
        ]
    )
