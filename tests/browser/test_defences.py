"""The defences in the browser itself: https as in earnest, forms without a referrer, what is refused."""

import datetime
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import Role, User
from tests.factories.accounts import PartnerFactory, colleague

PASSWORD = "a-walk-by-the-sea-wall"
BUFFER = 65_536


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine alone, for a day, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


class _Proxy:
    """Takes https on one port and hands each connection on to the site, saying that it came by https."""

    def __init__(self, folder: Path, site: tuple[str, int]) -> None:
        certificate, key = _certificate(folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.site = site
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"https://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        """One request for each connection: what goes back says that it is the last."""
        try:
            with self.context.wrap_socket(connection, server_side=True) as near:
                head, _, body = self._head(near)
                if not head:
                    return
                length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
                while length and len(body) < int(length[1]):
                    body += near.recv(BUFFER)
                head = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", head)
                with socket.create_connection(self.site) as far:
                    far.sendall(head + b"\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n" + body)
                    while piece := far.recv(BUFFER):
                        near.sendall(piece)
        except (OSError, ssl.SSLError):
            return

    @staticmethod
    def _head(near: ssl.SSLSocket) -> tuple[bytes, bytes, bytes]:
        whole = b""
        while b"\r\n\r\n" not in whole:
            piece = near.recv(BUFFER)
            if not piece:
                return b"", b"", b""
            whole += piece
        return whole.partition(b"\r\n\r\n")

    def close(self) -> None:
        self.listener.close()


@pytest.fixture
def https(live_server: Any, tmp_path: Path, settings: Any) -> Iterator[str]:
    """The address of the test's site by https, with the settings an installation has then."""
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SESSION_COOKIE_NAME = "__Host-sessionid"
    settings.CSRF_COOKIE_NAME = "__Host-csrftoken"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    proxy = _Proxy(tmp_path, (live_server.thread.host, live_server.thread.port))
    yield proxy.address
    proxy.close()


@pytest.fixture
def somebody(db: None) -> User:
    user = colleague(PartnerFactory(), Role.COACH)
    user.set_password(PASSWORD)
    user.save()
    return user


def _window(browser: Browser, address: str, troubles: list[str]) -> BrowserContext:
    context = browser.new_context(base_url=address, ignore_https_errors=True, locale="en-GB")
    context.set_default_timeout(60_000)
    context.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    return context


def _sign_in(page: Page, user: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in", exact=True).click()


def test_signing_in_and_out_by_https_without_a_referrer(browser: Browser, https: str, somebody: User) -> None:
    troubles: list[str] = []
    context = _window(browser, https, troubles)
    page = context.new_page()
    posts: list[dict[str, str]] = []
    page.on(
        "request",
        lambda request: posts.append(request.all_headers()) if request.method == "POST" else None,
    )
    _sign_in(page, somebody)
    expect(page.locator("details.role")).to_be_attached()
    # What makes our own check of posts needed: the browser says neither where the form was.
    assert "referer" not in posts[0]
    assert posts[0].get("origin") in ("null", None)
    assert posts[0]["sec-fetch-site"] == "same-origin"

    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    assert set(cookies) == {"__Host-sessionid", "__Host-csrftoken"}
    for cookie in cookies.values():
        assert cookie["secure"]
        assert cookie["httpOnly"]
        assert cookie["path"] == "/"
        assert cookie["expires"] == -1, "gone with the browser"

    page.goto("/coach/")
    page.locator("details.role summary").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").click()
    expect(page.locator("main")).to_be_visible()
    assert "__Host-sessionid" not in {cookie["name"] for cookie in context.cookies()}
    page.goto("/coach/")
    assert "/accounts/login/" in page.url
    context.close()
    assert not troubles, troubles


def test_signing_out_on_ones_own_machine_still_leads_on(page: Page, live_server: Any, somebody: User) -> None:
    _sign_in(page, somebody)
    page.evaluate("localStorage.setItem('kept', 'words')")
    page.locator("details.role summary").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").click()
    expect(page.locator("main")).to_be_visible()
    assert page.evaluate("localStorage.getItem('kept')") is None
    _sign_in(page, somebody)
    expect(page.locator("details.role")).to_be_attached()


def test_a_form_on_another_site_is_refused(browser: Browser, live_server: Any, somebody: User) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route(
        "http://elsewhere.example/",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<form method="post" action="{live_server.url}/accounts/login/">'
            '<input name="login" value="x"><button>Go</button></form>',
        ),
    )
    page.goto("http://elsewhere.example/")
    with page.expect_navigation() as answer:
        page.get_by_role("button").click()
    assert answer.value.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("Send that once more")
    context.close()


@pytest.fixture
def refusals(browser: Browser, live_server: Any) -> Iterator[Callable[[str, str], str]]:
    """Does something in a page that it should not be able to do, and gives what came of it."""
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()

    def attempt(address: str, script: str) -> str:
        page.goto(address)
        return str(
            page.evaluate(f"() => {{ try {{ {script}; return 'done' }} catch (e) {{ return e.name }} }}")
        )

    yield attempt
    context.close()


@pytest.mark.parametrize(
    ("address", "script", "came_of_it"),
    [
        # A page with no way for text to become markup.
        ("/", "document.body.innerHTML = '<b>x</b>'", "TypeError"),
        # A page with htmx: what our server answers may go in, what could run may not.
        ("/accounts/login/", "document.body.innerHTML = '<b>x</b>'", "done"),
        ("/accounts/login/", "document.body.innerHTML = '<img src=x onerror=a()>'", "TypeError"),
        ("/accounts/login/", "document.body.innerHTML = '<a href=\" javascript:a()\">x</a>'", "TypeError"),
        ("/accounts/login/", "document.body.innerHTML = '<iframe srcdoc=x></iframe>'", "TypeError"),
        (
            "/accounts/login/",
            "document.body.innerHTML = '<template><b hx-on:click=a()>x</b></template>'",
            "TypeError",
        ),
        ("/accounts/login/", "document.body.innerHTML = '<p>Once = twice, on Monday = today</p>'", "done"),
        ("/accounts/login/", "document.createElement('script').text = 'a()'", "TypeError"),
        ("/accounts/login/", "window.trustedTypes.createPolicy('mine', {})", "TypeError"),
    ],
)
def test_text_becomes_markup_only_where_and_how_it_may(
    refusals: Callable[[str, str], str], address: str, script: str, came_of_it: str
) -> None:
    assert refusals(address, script) == came_of_it
