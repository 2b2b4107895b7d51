"""Signing in by eye and by key: an app for codes, a passkey held by the browser, invitations, emergencies."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from accounts.actions import emergencies, invitations
from accounts.models import Partner, Role, User
from tests.accounts.signing import PASSWORD, code, with_password
from tests.factories.accounts import MembershipFactory, PartnerFactory, UserFactory, colleague

Look = Callable[[str], None]
WHY = "A colleague left with a transcript half checked, and its round closes today."


@pytest.fixture
def look(page: Page, check_axe: Callable[[Page], None]) -> Look:
    """Hold the page to axe and to 320 px; with WISDOMS_PICTURES, keep a picture at two widths too."""
    folder = os.environ.get("WISDOMS_PICTURES")

    def check(name: str) -> None:
        check_axe(page)
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            if folder:
                page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 320, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
        page.set_viewport_size({"width": 1280, "height": 900})

    return check


@pytest.fixture
def lead(db: None) -> User:
    partner = PartnerFactory(name="Eastmere Together", slug="eastmere")
    user = with_password(UserFactory(email="mair@example.org", name="Mair Prys"))
    for role in (Role.PARTNER_LEAD, Role.DATA_GUARDIAN):
        MembershipFactory(user=user, partner=partner, role=role)
    return user


@pytest.fixture
def keys(page: Page) -> CDPSession:
    """A key that the browser holds by itself and that always says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session


def give_password(page: Page, user: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_app_is_set_up_and_asked_for(page: Page, lead: User, look: Look) -> None:
    page.goto("/accounts/login/")
    look("login")
    page.get_by_label("Email").fill(lead.email)
    page.get_by_label("Password").fill("not my password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    look("login-wrong")
    give_password(page, lead)
    expect(page.get_by_role("heading", name="Set up a second step")).to_be_visible()
    look("set-up")
    page.get_by_role("link", name="Set up an app").click()
    look("app")
    secret = page.locator("code.key").inner_text()
    page.get_by_label("The code that the app shows now").fill("000000")
    page.get_by_role("button", name="Keep this app").click()
    look("app-wrong")
    page.get_by_label("The code that the app shows now").fill(code(page.locator("code.key").inner_text()))
    assert page.locator("code.key").inner_text() == secret
    page.get_by_role("button", name="Keep this app").click()
    expect(page.get_by_role("heading", name="Your spare codes")).to_be_visible()
    look("codes")
    page.get_by_role("link", name="I have kept them. Go on").click()
    expect(page.locator("details.role")).to_be_attached()
    for name, address in (
        ("how", "/accounts/second-step/"),
        ("places", "/accounts/places/"),
        ("password", "/accounts/password/change/"),
        ("new-codes", "/accounts/second-step/codes/new/"),
        ("remove-app", "/accounts/second-step/app/remove/"),
    ):
        page.goto(address)
        look(name)
    page.goto("/accounts/logout/")
    look("logout")
    page.get_by_role("button", name="Sign out").click()
    give_password(page, lead)
    expect(page.get_by_role("heading", name="The second step")).to_be_visible()
    look("code")
    page.get_by_label("Code").fill(code(secret, steps=1))
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("details.role")).to_be_attached()


def test_passkey_is_made_given_and_signs_in_alone(
    page: Page, lead: User, keys: CDPSession, look: Look
) -> None:
    give_password(page, lead)
    page.get_by_role("link", name="Add a passkey").click()
    look("passkey-add")
    page.get_by_label("What to call it").fill("My computer")
    page.get_by_label("Sign in with it alone, without a password").check()
    page.get_by_role("button", name="Add this device or key").click()
    expect(page.get_by_role("heading", name="Your spare codes")).to_be_visible()
    page.goto("/accounts/second-step/passkeys/")
    look("passkeys")
    page.get_by_role("link", name="Call My computer something else").click()
    look("passkey-name")
    page.goto("/accounts/second-step/passkeys/")
    page.get_by_role("link", name="Remove My computer").click()
    look("passkey-remove")
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    give_password(page, lead)
    expect(page.get_by_role("heading", name="The second step")).to_be_visible()
    look("code-or-passkey")
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.locator("details.role")).to_be_attached()
    page.goto("/accounts/second-step/passkeys/prove/?next=/workspace/")
    look("prove-passkey")
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/workspace/")
    page.goto("/accounts/prove/?next=/workspace/")
    look("prove")
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey alone").click()
    expect(page.locator("details.role")).to_be_attached()


def test_pages_before_signing_in(page: Page, look: Look) -> None:
    for name, address in (
        ("reset", "/accounts/password/reset/"),
        ("reset-sent", "/accounts/password/reset/sent/"),
        ("reset-done", "/accounts/password/reset/changed/"),
        ("reset-ended", "/accounts/password/reset/key/a-b/"),
        ("closed", "/accounts/inactive/"),
        ("link-ended", "/accounts/join/nothing/"),
    ):
        page.goto(address)
        look(name)


def test_refused_pages(page: Page, look: Look, lead: User) -> None:
    for _ in range(7):
        page.goto("/accounts/login/")
        page.get_by_label("Email").fill(lead.email)
        page.get_by_label("Password").fill("not my password")
        page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Wait a little")).to_be_visible()
    look("wait")


def _enter(page: Page, user: User, address: str) -> None:
    from django.test import Client

    client = Client()
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}]
    )


def test_colleagues_and_emergencies(page: Page, live_server: Any, look: Look, lead: User) -> None:
    partner = Partner.objects.get()
    dev = colleague(partner, Role.COACH)
    second = colleague(partner, Role.SAFEGUARDING_LEAD)
    row = invitations.invite(partner=partner, email="ann@example.org", roles=[Role.RESEARCHER], by=lead)
    known = invitations.invite(partner=partner, email=second.email, roles=[Role.COACH], by=lead)
    _enter(page, lead, live_server.url)
    base = f"/workspace/partner/{partner.pk}"
    for name, address in (
        ("people", f"{base}/people/"),
        ("invite", f"{base}/people/invite/"),
        ("colleague", f"{base}/people/{dev.pk}/"),
        ("close", f"{base}/people/{dev.pk}/close/"),
        ("emergencies-none", f"{base}/emergencies/"),
    ):
        page.goto(address)
        look(name)
    page.get_by_label("Who needs it").select_option(label=dev.name)
    page.get_by_label("Why it cannot wait").fill(WHY)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("Waiting for a second person.")).to_be_visible()
    emergencies.confirm(row=partner.emergencies.get(), by=second)
    page.goto(f"{base}/emergencies/")
    look("emergencies")
    page.context.clear_cookies()
    page.goto(f"/accounts/join/{invitations.token_of(row)}/")
    look("join")
    page.goto(f"/accounts/join/{invitations.token_of(known)}/")
    look("join-known")
    _enter(page, dev, live_server.url)
    page.goto("/coach/")
    look("holder")
