import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from audit.models import Event
from tests.accounts.signing import PASSWORD, code, sign_in, with_app, with_password
from tests.factories.accounts import PartnerFactory, UserFactory, colleague

pytestmark = pytest.mark.django_db
HOME = "/workspace/"
NEEDING = [
    Role.RESEARCHER,
    Role.REVIEWER,
    Role.DATA_GUARDIAN,
    Role.SAFEGUARDING_LEAD,
    Role.EDITOR,
    Role.PARTNER_LEAD,
]


@pytest.mark.parametrize("role", NEEDING)
@pytest.mark.parametrize("address", [HOME, "/cms/", "/coach/", "/", "/accounts/places/", "/accounts/start/"])
def test_password_alone_opens_only_the_setting_up(client: Client, role: str, address: str) -> None:
    sign_in(client, with_password(colleague(PartnerFactory(), role)))
    response = client.get(address)
    if address == "/cms/" and role not in (Role.EDITOR, Role.REVIEWER):
        # Nothing is there for them, second step or not.
        assert response.status_code == 404
        return
    assert response.status_code == 302
    assert response["Location"] == reverse("accounts:set_up")


def test_superuser_without_roles_needs_a_second_step(client: Client) -> None:
    sign_in(client, with_password(UserFactory(is_superuser=True, is_staff=True)))
    assert client.get("/cms/")["Location"] == reverse("accounts:set_up")


def test_coach_works_with_a_password(client: Client) -> None:
    sign_in(client, with_password(colleague(PartnerFactory(), Role.COACH)))
    assert client.get("/coach/").status_code == 200


def test_sign_out_is_open_before_the_second_step(client: Client) -> None:
    sign_in(client, with_password(colleague(PartnerFactory())))
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_setting_up_an_app_goes_on_to_where_one_was_heading(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    user = with_password(colleague(PartnerFactory()))
    sign_in(client, user)
    client.get("/workspace/work/?page=1")
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    secret = page.context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("mfa_activate_totp"), {"code": code(secret)}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("mfa_view_recovery_codes")
    assert len(answer.context["unused_codes"]) == 10
    assert client.get(reverse("accounts:start"))["Location"] == "/workspace/work/?page=1"
    assert client.get(HOME).status_code == 200
    assert Event.objects.filter(action="second_factor.added", actor_id=user.pk).exists()


def test_secret_is_locked_in_the_database(client: Client) -> None:
    user = UserFactory()
    secret = with_app(user)
    stored = Authenticator.objects.get(user=user).data["secret"]
    assert secret not in stored


def test_sign_in_asks_for_the_code_and_takes_it_once(client: Client) -> None:
    user = with_password(colleague(PartnerFactory()))
    secret = with_app(user)
    assert sign_in(client, user)["Location"] == reverse("mfa_authenticate")
    assert client.get(HOME).status_code == 302
    now = code(secret)
    assert client.post(reverse("mfa_authenticate"), {"code": now})["Location"] == reverse("accounts:start")
    assert client.get(HOME).status_code == 200
    again = Client()
    sign_in(again, user)
    answer = again.post(reverse("mfa_authenticate"), {"code": now})
    assert answer.status_code == 200
    assert again.get(HOME)["Location"].startswith(reverse("account_login"))


def test_spent_code_is_refused_by_another_process_too(client: Client) -> None:
    from django.core.cache import cache

    user = with_password(colleague(PartnerFactory()))
    secret = with_app(user)
    now = code(secret)
    sign_in(client, user)
    client.post(reverse("mfa_authenticate"), {"code": now})
    cache.clear()  # what the library remembers, another process does not
    again = Client()
    sign_in(again, user)
    answer = again.post(reverse("mfa_authenticate"), {"code": now})
    assert "used already" in answer.content.decode()


def test_wrong_code_is_said_and_recorded(client: Client) -> None:
    user = with_password(colleague(PartnerFactory()))
    with_app(user)
    sign_in(client, user)
    answer = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "not the right one" in answer.content.decode()
    assert Event.objects.filter(action="second_factor.refused").count() == 1


def test_spare_code_signs_in_once(client: Client) -> None:
    user = with_password(colleague(PartnerFactory()))
    sign_in(client, user)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    codes = client.post(reverse("mfa_activate_totp"), {"code": code(secret)}, follow=True).context[
        "unused_codes"
    ]
    for expected in (302, 200):
        other = Client()
        sign_in(other, user)
        assert other.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == expected


def test_session_from_before_the_factor_gives_it(client: Client) -> None:
    user = with_password(colleague(PartnerFactory()))
    sign_in(client, user)
    secret = with_app(user)
    answer = client.get(HOME)
    assert answer["Location"].startswith(reverse("mfa_reauthenticate"))
    client.post(answer["Location"], {"code": code(secret)})
    assert client.get(HOME).status_code == 200


def test_fragment_is_sent_to_the_setting_up_as_a_whole_page(client: Client) -> None:
    sign_in(client, with_password(colleague(PartnerFactory())))
    answer = client.get(HOME, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == reverse("accounts:set_up")


def test_last_factor_cannot_be_removed_while_roles_need_one(client: Client) -> None:
    user = colleague(PartnerFactory())
    with_app(user)
    client.force_login(user)
    page = client.get(reverse("mfa_deactivate_totp"))
    assert "Set up another way first" in page.content.decode()
    client.post(reverse("mfa_deactivate_totp"))
    assert Authenticator.objects.filter(user=user).exists()


def test_coach_may_remove_the_factor_and_other_sign_ins_end(client: Client) -> None:
    user = with_password(colleague(PartnerFactory(), Role.COACH))
    secret = with_app(user)
    sign_in(client, user)
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    other = Client()
    sign_in(other, user)
    other.post(reverse("mfa_authenticate"), {"code": code(secret, steps=1)})
    assert other.get("/coach/").status_code == 200
    client.post(reverse("mfa_deactivate_totp"))
    assert client.get("/coach/").status_code == 200
    assert other.get("/coach/").status_code == 302


def test_demo_press_is_exempt_in_the_demo_only(client: Client, settings: Any) -> None:
    user = with_password(colleague(PartnerFactory()))
    press = reverse("accounts:demo_sign_in")
    assert client.post(press, {"email": user.email}).status_code == 404
    settings.DEBUG = settings.IS_DEMO = True
    client.post(press, {"email": user.email})
    assert client.get(HOME).status_code == 200
    settings.IS_DEMO = False
    assert client.get(HOME)["Location"] == reverse("accounts:set_up")


def test_pages_not_in_use_lead_nowhere(client: Client) -> None:
    for address in ("signup/", "email/", "confirm-email/", "3rdparty/", "social/signup/"):
        assert client.get(f"/accounts/{address}").status_code == 404, address
    client.force_login(UserFactory())
    assert client.get("/accounts/email/").status_code == 404


def test_password_can_be_pasted_and_filled_in(client: Client) -> None:
    html = client.get(reverse("account_login")).content.decode()
    assert 'autocomplete="current-password"' in html
    assert 'autocomplete="username"' in html
    assert "placeholder" not in html
    assert "onpaste" not in html


def test_new_secret_key_keeps_apps_working(settings: Any) -> None:
    user: User = UserFactory()
    secret = with_app(user)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-that-is-long-enough-0123456789"
    assert Authenticator.objects.get(user=user).wrap().validate_code(code(secret))


def test_sign_in_page_after_a_wrong_password(client: Client) -> None:
    user = with_password(UserFactory())
    answer = sign_in(client, user, PASSWORD + "x")
    assert "do not belong together" in answer.content.decode()
    assert Event.objects.filter(action="sign_in.refused", detail__user=user.pk).count() == 1


def test_forgotten_password_is_set_anew_through_the_letter(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    user = with_password(colleague(PartnerFactory(), Role.COACH))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("account_reset_password"), {"email": user.email})
        client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})
    assert [each.to for each in mail.outbox] == [[user.email]]
    link = re.search(r"https?://[^/\s]+(/\S+)", mail.outbox[0].body)
    assert link
    page = client.get(link[1], follow=True)
    new = "three quiet words here"
    client.post(page.redirect_chain[-1][0], {"password1": new, "password2": new})
    assert sign_in(Client(), user).status_code == 200
    assert sign_in(Client(), user, new).status_code == 302
    assert "does not work" in Client().get(link[1], follow=True).content.decode()
