"""What the browser tests of whole ways share: people with windows of their own, a worker, and axe everywhere.

A `Way` knows who is at work and what was made so far, by id. Each colleague has one browser context, signed
in through the sign-in page when first asked for; each page they pass is held to axe by `look`.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Response, expect

from accounts.models import Partner, User
from enquiries.models import Work, WorkState
from tests.accounts.signing import code
from tests.paths import REPOSITORY

# For windows that are opened here, and for what is looked for in any; see `tests/browser/conftest.py`.
PATIENCE_MS = 60_000
PASSWORD = "a-walk-by-the-sea-wall"
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

# Parts of Wagtail's own editor with faults that are Wagtail's to mend: its text areas have no name, and its
# buttons on blocks and panels are small. Only these are left out, and only in the editor.
WAGTAILS_OWN = (
    ".public-DraftEditor-content",
    "[data-streamfield-action]",
    ".w-panel__toggle",
    ".c-sf-add-button",
)

AT_REST = """() => document.getAnimations().every(
    (one) => one.playState !== "running" || one.effect?.getComputedTiming().endTime === Infinity
)"""

# A form that comes back with a problem answers 422; Chromium tells of that as of a failure.
REFUSED = "status of 422"


@dataclass
class Way:
    """Who goes the way, what they made (`made`, ids by name), and the windows they have open."""

    browser: Browser
    address: str
    check_axe: Callable[..., None]
    users: dict[str, User]
    partner: Partner
    made: dict[str, Any] = field(default_factory=dict)
    on_phone: frozenset[str] = frozenset()
    passed: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    answers: list[tuple[str, int]] = field(default_factory=list)
    _pages: dict[str, Page] = field(default_factory=dict)

    def window(self, **options: Any) -> BrowserContext:
        """A context of its own on the test's site, whose faults count."""
        context = self.browser.new_context(
            base_url=self.address, locale="en-GB", reduced_motion="reduce", **{"viewport": WIDE} | options
        )
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.troubles.append(f"script error: {error.error}"))
        context.on("response", self._answered)
        return context

    def phone(self) -> BrowserContext:
        """A context as small as a phone, with a finger for a pointer."""
        return self.window(viewport=PHONE, has_touch=True, is_mobile=True)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and REFUSED not in message.text:
            self.troubles.append(f"{message.page.url if message.page else ''}: {message.text}")

    def _answered(self, response: Response) -> None:
        self.answers.append((response.url, response.status))
        if response.status >= 500:
            self.troubles.append(f"{response.url} answered {response.status}")

    def page(self, who: str) -> Page:
        """The window of one colleague, signed in through the sign-in page when it is first asked for."""
        if who not in self._pages:
            page = (self.phone() if who in self.on_phone else self.window()).new_page()
            page.goto("/accounts/login/")
            self.look(page)
            page.get_by_label("Email").fill(self.users[who].email)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()
            self._second_step(page)
            # The workspace, the coach's pocket, or the editor's pages: where each role begins.
            at_work = page.get_by_role("button", name="Sign out").or_(page.locator("details.role"))
            editing = page.get_by_role("navigation", name="Main menu")
            expect(at_work.or_(editing).first).to_be_attached()
            self._pages[who] = page
        return self._pages[who]

    def _second_step(self, page: Page) -> None:
        """Set up an app for codes where the role needs one: it is the first time they sign in."""
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
        if page.get_by_role("heading", level=1).inner_text() != "Set up a second step":
            return
        self.look(page)
        page.get_by_role("link", name="Set up an app").click()
        self.look(page)
        page.get_by_label("The code that the app shows now").fill(code(page.locator("code.key").inner_text()))
        page.get_by_role("button", name="Keep this app").click()
        self.look(page)
        page.get_by_role("link", name="I have kept them. Go on").click()

    @property
    def open_windows(self) -> frozenset[str]:
        """Who has signed in so far."""
        return frozenset(self._pages)

    def look(self, page: Page) -> None:
        """Hold the page as it stands to axe, and to what every page owes: a title, and no scrolling aside."""
        # What fades in has its colours when it has come.
        page.wait_for_function(AT_REST)
        self.check_axe(page, leave_out=WAGTAILS_OWN if "/cms/" in page.url else ())
        assert page.title().strip(), page.url
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 1, f"{page.url} is {wide} px wider than its window."
        self.passed.append(page.url.removeprefix(self.address))

    def visit(self, who: str, address: str) -> Page:
        """Go to an address and look."""
        page = self.page(who)
        page.goto(address)
        self.look(page)
        return page

    def close(self) -> None:
        """Close every window, then say what went wrong in any of them."""
        for context in list(self.browser.contexts):
            context.close()
        self._pages.clear()
        assert not self.troubles, "\n".join(self.troubles)


def send(page: Page, button: str | Locator) -> None:
    """Press a button that sends a form, and wait for the page that answers."""
    found = page.get_by_role("button", name=button, exact=True) if isinstance(button, str) else button
    with page.expect_navigation():
        found.click()


def settled(page: Page, act: Callable[[], object], *, address: str) -> None:
    """Do something that htmx sends to an address ending as said, and wait until its answer has come."""
    with page.expect_response(lambda response: address in response.url and response.request.method == "POST"):
        act()


def choose(page: Page, group: str, answer: str) -> None:
    """Answer one question of several choices."""
    page.get_by_role("group", name=group).get_by_label(answer, exact=True).check()


def wait_until(what: Callable[[], bool], why: str, seconds: float = 60) -> None:
    """Wait for something the page does not show by itself."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, f"{why} did not come in {seconds:.0f} seconds."
        time.sleep(0.1)


def wait_for_work(kind: str, *, seconds: float = 120) -> Work:
    """The newest work of a kind once it has ended, whose reason is told where it failed."""

    def ended() -> bool:
        row = Work.objects.filter(kind=kind).order_by("-pk").first()
        return row is not None and row.state in (WorkState.FINISHED, WorkState.FAILED, WorkState.WAITING)

    wait_until(ended, f"The end of {kind}", seconds)
    row = Work.objects.filter(kind=kind).latest("pk")
    assert row.state == WorkState.FINISHED, f"{kind}: {row.reason}"
    return row


@contextmanager
def worker(settings: Any, log: Path) -> Iterator[None]:
    """A real worker in a process of its own, on the test's database and folders, for all queues."""
    folders = ("STORE_DIR", "KEYRING_DIR", "TOMBSTONES_DIR", "ANCHOR_DIR", "MEDIA_ROOT")
    names = (*folders, "WHISPER_ENGINE", "WHISPER_MODEL", "SPACY_MODEL")
    given = {
        "database": connection.settings_dict["NAME"],
        "settings": {name: str(getattr(settings, name)) for name in names},
        "queues": [],
        "wait": True,
    }
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.worker", json.dumps(given)],
            cwd=REPOSITORY,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            yield
            assert process.poll() is None, f"The worker ended: {log.read_text()[-2000:]}"
        finally:
            # Its children too: an engine may still be reading.
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
