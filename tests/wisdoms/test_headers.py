"""What every answer tells the browser: each address of the site, asked by nobody and by somebody."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from accounts.models import Role
from tests.factories.accounts import PartnerFactory, colleague
from tests.paths import REPOSITORY
from wisdoms.middleware import LISTENING_VIEWS

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
STRICT = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "require-trusted-types-for": "'script'",
}


def every_address() -> list[str]:
    """One address for each pattern of the site, its gaps filled with values that fit."""

    def walk(patterns: list[Any], before: str) -> Iterator[str]:
        for each in patterns:
            whole = before + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, whole)
            elif isinstance(each, URLPattern):
                yield whole

    return sorted({_filled(pattern) for pattern in walk(get_resolver().url_patterns, "/")})


def _filled(pattern: str) -> str:
    fits = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000000"}
    address = re.sub(r"<(?:(\w+):)?\w+>", lambda found: fits.get(found[1] or "", "x"), pattern)
    # What is written as a regular expression: groups become a number, anchors and marks go.
    address = re.sub(r"\((?:\?P<\w+>|\?:)?[^()]*(?:\([^()]*\)[^()]*)*\)[*+?]*", "1", address)
    return re.sub(r"[\^$\\]", "", address)


def policy_of(header: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in header.split(";") if part.strip())
    return {name: sources for name, _, sources in parts}


def faults_of(address: str, response: Any) -> list[str]:
    """What is wrong with the headers of one answer, in words."""
    found = [
        f"{name}: {response.get(name)}" for name, value in EVERYWHERE.items() if response.get(name) != value
    ]
    policy = policy_of(response.get("Content-Security-Policy", ""))
    is_cms = address.startswith("/cms/")
    if not policy:
        found.append("no content policy")
    scripts = policy.get("script-src", policy.get("default-src", ""))
    if "unsafe" in scripts or "unsafe" in policy.get("style-src", ""):
        found.append(f"unsafe: {policy}")
    if not is_cms and "unsafe" in response.get("Content-Security-Policy", ""):
        found.append(f"unsafe: {policy}")
    if not is_cms and "sandbox" not in policy and policy.get("default-src") != "'none'":
        found.append(f"not strict: {policy}")
    if response.get("X-Frame-Options") != ("SAMEORIGIN" if is_cms else "DENY"):
        found.append(f"X-Frame-Options: {response.get('X-Frame-Options')}")
    rights = response.get("Permissions-Policy", "")
    try:
        may_listen = resolve(address).view_name in LISTENING_VIEWS
    except Resolver404:
        may_listen = False
    if ("microphone=(self)" in rights) != may_listen or "camera=()" not in rights:
        found.append(f"rights: {rights}")
    return found


@pytest.fixture
def somebody(db: None) -> Client:
    """Signed in, with every role there is and a seat in the editor."""
    partner = PartnerFactory()
    user = colleague(partner, *Role.values)
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_address_bears_the_headers(client: Client, somebody: Client) -> None:
    client.raise_request_exception = False
    addresses = every_address()
    assert len(addresses) > 250
    wrong, broken = [], []
    editors = [address for address in addresses if address.startswith("/cms/")]
    for address in addresses:
        if "logout" in address:
            continue
        # Of the editor's many addresses, answered by Wagtail alone, some are asked by somebody too.
        is_left_out = address in editors and editors.index(address) % 5
        for asker in (client,) if is_left_out else (client, somebody):
            response = asker.get(address)
            wrong += [
                f"{address} ({response.status_code}): {fault}" for fault in faults_of(address, response)
            ]
            if response.status_code >= 500:
                broken.append(address)
    assert not wrong, "\n".join(wrong[:40])
    # Wagtail's own faults with ids that do not exist are not ours to mend; ours never fail.
    assert not [address for address in broken if not address.startswith(("/cms/", "/documents/"))]


PUBLIC = ("/", "/how-we-do-this/", "/media/images/x.png", "/cy/", "/nothing-here/", "/documents/1/x.pdf")
PRIVATE = (
    "/workspace/",
    "/workspace/work/",
    "/workspace/enquiries/1/",
    "/coach/",
    "/accounts/login/",
    "/accounts/password/reset/",
    "/cms/",
    "/cms/pages/",
)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_pages_are_kept_by_nobody_and_found_by_no_search(
    client: Client, somebody: Client, address: str
) -> None:
    for asker in (client, somebody):
        for headers in ({}, {"HX-Request": "true"}):
            response = asker.get(address, headers=headers)
            assert response["Cache-Control"] == "private, no-store"
            assert "noindex" in response["X-Robots-Tag"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", PUBLIC)
def test_public_pages_may_be_kept_and_found(client: Client, address: str) -> None:
    response = client.get(address)
    assert "no-store" not in response.get("Cache-Control", "")
    assert "X-Robots-Tag" not in response


@pytest.mark.django_db
def test_strict_policy_says_all_it_should(client: Client) -> None:
    for address in ("/", "/accounts/login/", "/workspace/", "/nothing-here/"):
        policy = policy_of(client.get(address)["Content-Security-Policy"])
        assert policy | STRICT == policy, address
        assert re.fullmatch(r"'self'( 'nonce-[\w+/=]+')?", policy["script-src"])


def test_editors_policy_allows_styles_and_nothing_else_inside_a_page(somebody: Client) -> None:
    policy = policy_of(somebody.get("/cms/")["Content-Security-Policy"])
    assert [name for name, sources in policy.items() if "unsafe" in sources] == ["style-src-elem"]
    assert policy["script-src"].startswith("'self'")
    assert policy["frame-ancestors"] == "'self'"


def test_our_own_files_bear_the_headers_and_may_be_kept(client: Client) -> None:
    response = client.head("/static/favicon.svg")
    assert response.status_code == 200
    assert not faults_of("/static/favicon.svg", response)
    assert "no-store" not in response.get("Cache-Control", "")


def test_only_recording_pages_may_ask_for_the_microphone() -> None:
    from wisdoms.middleware import permissions_policy

    for view in LISTENING_VIEWS:
        assert "microphone=(self)" in permissions_policy(view)
    assert "microphone=()" in permissions_policy("transcripts:checking")
    assert "publickey-credentials-get=(self)" in permissions_policy("mfa_authenticate")


# --- Signing out --------------------------------------------------------------------------------------


def test_signing_out_has_the_browser_forget(somebody: Client) -> None:
    assert "Clear-Site-Data" not in somebody.get("/accounts/logout/")
    response = somebody.post("/accounts/logout/")
    assert response.status_code == 302
    assert response["Clear-Site-Data"] == '"cache", "cookies", "storage"'


def test_nobody_to_sign_out_is_told_to_forget_all_the_same(db: None, client: Client) -> None:
    assert client.post("/accounts/logout/").status_code == 302


# --- Cookies ------------------------------------------------------------------------------------------


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client: Client, db: None) -> None:
    client.get("/accounts/login/")
    user = colleague(PartnerFactory(), Role.COACH)
    user.set_password("a-walk-by-the-sea-wall")
    user.save()
    client.post("/accounts/login/", {"login": user.email, "password": "a-walk-by-the-sea-wall"})
    for cookie in (client.cookies["sessionid"], client.cookies["csrftoken"]):
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]


def test_session_ends_with_the_browser_and_after_some_hours(client: Client, db: None) -> None:
    user = get_user_model().objects.create_user("a@example.org", "long-enough-for-a-test", name="A")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.session.get_expire_at_browser_close()
    assert 0 < client.session.get_expiry_age() <= 12 * 60 * 60


def _settings_of(**environment: str) -> dict[str, Any]:
    code = (
        "import json, wisdoms.settings as s; print(json.dumps({k: getattr(s, k) for k in dir(s)"
        " if k.startswith(('SESSION_', 'CSRF_', 'LANGUAGE_', 'SECURE_'))}, default=str))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env=os.environ | {"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "w.example", "DEBUG": "0"} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_with_https_every_cookie_is_bound_to_this_host() -> None:
    found = _settings_of(SITE_ADDRESS="https://w.example")
    for kind in ("SESSION", "CSRF", "LANGUAGE"):
        assert found[f"{kind}_COOKIE_NAME"].startswith("__Host-")
        assert found[f"{kind}_COOKIE_SECURE"] is True
        assert found[f"{kind}_COOKIE_HTTPONLY"] is True
        assert found.get(f"{kind}_COOKIE_DOMAIN") is None
        assert found.get(f"{kind}_COOKIE_PATH", "/") == "/"
    assert found["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert found["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is True
    assert found["SECURE_SSL_REDIRECT"] is True


def test_without_https_nothing_waits_for_it() -> None:
    found = _settings_of(SITE_ADDRESS="http://127.0.0.1:8000")
    assert found["SESSION_COOKIE_NAME"] == "sessionid"
    assert found["SESSION_COOKIE_SECURE"] is False
    assert found["SECURE_HSTS_SECONDS"] == 0


# --- Whose post it is ---------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        ({}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "null", "Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "null", "Sec-Fetch-Site": "none"}, False),
        ({"Origin": "https://testserver"}, True),
        ({"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Referer": "https://testserver/accounts/login/"}, True),
        ({"Referer": "https://elsewhere.example/"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
    ],
)
def test_posts_over_https_come_from_our_own_pages(headers: dict[str, str], is_let_in: bool) -> None:
    assert _posted(headers, secure=True) is is_let_in


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"Origin": "null"}])
def test_old_browsers_are_held_by_a_cookie_no_other_site_can_set(
    headers: dict[str, str], settings: Any
) -> None:
    assert _posted(headers, secure=True) is False
    settings.CSRF_COOKIE_NAME = "__Host-csrftoken"
    assert _posted(headers, secure=True) is True
    assert _posted(headers, secure=True, token="") is False  # noqa: S106
    assert _posted(headers | {"Sec-Fetch-Site": "cross-site"}, secure=True) is False


def _posted(headers: dict[str, str], *, secure: bool, token: str | None = None) -> bool:
    """Whether the sign-in form is taken in; what it holds is wrong, so it comes back with a problem."""
    client = Client(enforce_csrf_checks=True)
    page = client.get("/accounts/login/", secure=secure).content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    form = {
        "csrfmiddlewaretoken": found[1] if token is None else token,
        "login": "a@b.example",
        "password": "x",
    }
    response = client.post("/accounts/login/", form, secure=secure, headers=headers)
    if response.status_code == 403:
        assert "Send that once more" in response.content.decode()
        assert not faults_of("/accounts/login/", response)
    return response.status_code != 403


# --- What went wrong ----------------------------------------------------------------------------------


def test_fault_of_ours_has_a_page_that_needs_no_database(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("words that nobody may see")

    monkeypatch.setattr("wisdoms.media.serve", fail)
    client.raise_request_exception = False
    # Without the mark for a database, any question to it would fail this test.
    response = client.get("/media/images/x.png")
    assert response.status_code == 500
    assert "Something went wrong here" in response.content.decode()
    assert "nobody may see" not in response.content.decode()
    assert not faults_of("/media/images/x.png", response)


def test_every_page_for_what_went_wrong_is_in_our_look() -> None:
    from wisdoms import problems

    for status in problems.PAGES:
        response = problems.page(status)
        words = response.content.decode()
        assert response.status_code == status
        assert "Leave this page" in words
        assert "<script" not in words
        assert '<html lang="en-GB">' in words
        assert words.count("<h1") == 1
    assert problems.page(418).status_code == 418


def test_header_that_claims_another_host_gets_our_page(client: Client, db: None) -> None:
    response = client.get("/", headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    assert "We could not read that" in response.content.decode()
    assert "elsewhere" not in response.content.decode()
    assert not faults_of("/", response)


def test_too_much_at_once_gets_a_page_of_its_own(db: None) -> None:
    from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
    from django.test import RequestFactory

    from wisdoms import problems

    request = RequestFactory().post("/")
    assert problems.bad_request(request, RequestDataTooBig()).status_code == 413
    assert problems.bad_request(request, SuspiciousOperation()).status_code == 400


def test_closed_site_says_so_and_opens_again(client: Client, settings: Any, tmp_path: Any) -> None:
    from django.core.management import call_command

    settings.VAR_DIR = tmp_path
    call_command("close_site", minutes=20, stdout=io.StringIO())
    response = client.get("/accounts/login/")
    assert response.status_code == 503
    assert 1100 < int(response["Retry-After"]) <= 1200
    assert "Closed for a short while" in response.content.decode()
    assert not faults_of("/accounts/login/", response)
    assert client.head("/static/favicon.svg").status_code == 200
    call_command("open_site", stdout=io.StringIO())


def test_editors_pages_do_not_send_others_round_in_a_circle(db: None, client: Client) -> None:
    client.force_login(
        colleague(PartnerFactory(), Role.COACH), backend="django.contrib.auth.backends.ModelBackend"
    )
    for address in ("/cms/", "/cms/pages/", "/cms/account/"):
        response = client.get(address)
        assert response.status_code == 404
        assert "Nothing is here" in response.content.decode()
    assert settings.LOGIN_URL == "account_login"
