"""Forms for signing in, and for colleagues and their roles. Fields say what a browser may fill in."""

from typing import Any

from allauth.account import forms as account
from allauth.core import context
from allauth.mfa.base import forms as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts import limits, second_factor
from accounts.actions.emergencies import EMERGENCY_ROLES
from accounts.models import Membership, Partner, Role, User
from accounts.plain_fields import TellsRefusedChoices, speak_plainly


class _Plain(TellsRefusedChoices, forms.Form):
    """Words stand in the label; a placeholder goes away as one types. Every field has our look."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
            if not isinstance(
                field.widget, forms.CheckboxInput | forms.CheckboxSelectMultiple | forms.RadioSelect
            ):
                field.widget.attrs.setdefault("class", "input")
        speak_plainly(self.fields)


class SignInForm(_Plain, account.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Email")
        # So that a password manager fills in both.
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].help_text = ""


class ForgottenPasswordForm(_Plain, account.ResetPasswordForm):
    def clean_email(self) -> str:
        """Count before looking anybody up, whether or not this e-mail is known."""
        limits.check("password_letter", context.request, person=self.cleaned_data["email"])
        return super().clean_email()


class NewPasswordForm(_Plain, account.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_new_password(self.fields)


class ChangePasswordForm(_Plain, account.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_new_password(self.fields)
        self.fields["oldpassword"].label = _("Your password now")
        self.fields["oldpassword"].help_text = ""


class PasskeyAloneForm(webauthn.LoginWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        tries = limits.check("passkey", context.request)
        found = super().clean_credential()
        if not found.user.is_active:
            raise ValidationError(_now("This account is closed. Ask your partner lead."))
        limits.forgive(tries)
        return found


class PasswordProofForm(_Plain, account.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


def _name_new_password(fields: dict[str, forms.Field]) -> None:
    fields["password1"].label = _("New password")
    fields["password1"].help_text = _("At least 12 characters. A few words you can remember are good.")
    fields["password2"].label = _("The new password again")


class _CodeOnce:
    """A code counts once, for all processes; tries are limited for the person and for the address."""

    user: User

    def clean_code(self) -> str:
        tries = limits.check("code", context.request, person=self.user.pk)
        code: str = super().clean_code()  # type: ignore[misc]
        authenticator = getattr(self, "authenticator", None)
        if authenticator is not None and authenticator.type == Authenticator.Type.TOTP:
            with transaction.atomic():
                is_spent = second_factor.spent_before(self.user, code)
            if is_spent:
                raise ValidationError(_now("This code was used already. Wait for the next, and use that."))
        limits.forgive(tries)
        return code


class CodeForm(_CodeOnce, _Plain, mfa.AuthenticateForm):
    pass


class CodeProofForm(_CodeOnce, _Plain, mfa.ReauthenticateForm):
    pass


class AppForm(_Plain, ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("The code that the app shows now")
        self.fields["code"].widget.attrs |= {"inputmode": "numeric"}

    def clean_code(self) -> str:
        tries = limits.check("code", context.request, person=self.user.pk)
        code: str = super().clean_code()
        limits.forgive(tries)
        # Here and not where the library tells of it: it tells when the transaction is over, and by then the
        # session may have been written.
        second_factor.mark_given(context.request, self.user)
        return code


class PasskeyForm(_Plain, webauthn.AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("What to call it")
        self.fields["name"].help_text = _("So that you know it again, such as “My phone”.")
        self.fields["name"].widget.attrs |= {"autocomplete": "off", "maxlength": "100"}
        self.fields["passwordless"].label = _("Sign in with it alone, without a password")
        self.fields["passwordless"].help_text = _("It then asks for your fingerprint, your face or its PIN.")


class PasskeyNameForm(_Plain, webauthn.EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("What to call it")
        self.fields["name"].widget.attrs |= {"maxlength": "100"}


class InviteForm(_Plain):
    """Whom to ask in, and as what."""

    email = forms.EmailField(label=_("Their e-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    roles = forms.MultipleChoiceField(
        label=_("As what"), choices=Role.choices, widget=forms.CheckboxSelectMultiple
    )


class RoleForm(_Plain):
    """One more role for a colleague; those they hold are not offered."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)

    def __init__(self, *args: Any, held: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [choice for choice in Role.choices if choice[0] not in held]


class JoinForm(_Plain):
    """What somebody invited says of themselves. The e-mail is the letter's and cannot be changed here."""

    name = forms.CharField(
        label=_("Your name"),
        help_text=_("As colleagues know you. It stands beside what you decide."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least 12 characters. A few words you can remember are good."),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password"):
            somebody = User(email=self.email, name=data.get("name", ""))
            try:
                password_validation.validate_password(data["password"], somebody)
            except ValidationError as error:
                self.add_error("password", error)
        return data


class EmergencyForm(_Plain):
    """Who needs which role, for how long, and why."""

    holder = forms.ModelChoiceField(label=_("Who needs it"), queryset=User.objects.none())
    role = forms.ChoiceField(
        label=_("Which role"), choices=[(role.value, role.label) for role in EMERGENCY_ROLES]
    )
    hours = forms.IntegerField(
        label=_("For how many hours"),
        help_text=_("At most 24. It ends by itself."),
        min_value=1,
        max_value=24,
        initial=4,
    )
    reason = forms.CharField(
        label=_("Why it cannot wait"),
        help_text=_("Write no names and nothing that somebody said. Leads and data guardians read this."),
        min_length=20,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, partner: Partner, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["holder"]
        assert isinstance(field, forms.ModelChoiceField)
        here = Membership.objects.current().filter(partner=partner)
        field.queryset = User.objects.filter(pk__in=here.values("user_id"), is_active=True)
