"""Walk the site in Chromium as each role and count what a browser should never have to complain of.

Breadth first, along every link and every form that asks (GET), at most a few objects of each kind of address.
Kinds are told apart by the address alone: digits and long ids count as one, and so do values in a query.
`make crawl` walks the running demo; tests walk a small world of their own.
"""

import argparse
import json
import os
import re
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    ViewportSize,
    sync_playwright,
)
from playwright.sync_api import Error as BrowserError

from scripts.chromium import find_chromium
from scripts.demo import VAR

WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE_WIDTH = 390
# Chromium tells of each refused part of a page through this event, before anything is printed.
TELL = """
addEventListener("securitypolicyviolation", (event) => {
  const where = `${event.sourceFile}:${event.lineNumber}`;
  console.error(`[policy] ${event.effectiveDirective} ${event.blockedURI} ${where} ${event.sample}`);
}, true);
"""
LOOK = """() => {
  const visible = (element) => element.checkVisibility ? element.checkVisibility() : true;
  const links = [...document.querySelectorAll("a[href], area[href]")]
    .filter((link) => !link.href.startsWith("javascript:"))
    .map((link) => ({ address: link.href, kind: link.hasAttribute("download") ? "file" : "page" }));
  const frames = [...document.querySelectorAll("iframe[src]")]
    .map((one) => ({ address: one.src, kind: "page" }));
  const fragments = [...document.querySelectorAll("[hx-get], [data-hx-get]")].map((one) => ({
    address: new URL(one.getAttribute("hx-get") || one.getAttribute("data-hx-get"), location.href).href,
    kind: "fragment",
  }));
  const forms = [...document.forms].filter((form) => form.method === "get").map((form) => {
    const address = new URL(form.getAttribute("action") || location.href, location.href);
    const given = [...new FormData(form)].filter(([, value]) => typeof value === "string");
    address.search = new URLSearchParams(given);
    return { address: address.href, kind: "page" };
  });
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  const page = document.documentElement;
  return {
    links: [...links, ...frames, ...fragments, ...forms],
    lang: page.lang,
    title: document.title.trim(),
    isWhole: document.doctype !== null,
    twice: [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))],
  };
}"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
KINDS = (
    "policy",
    "elsewhere",
    "console",
    "script",
    "failed",
    "broken link",
    "refused part",
    "double id",
    "no language",
    "no title",
    "too wide",
)


@dataclass(frozen=True)
class Fault:
    """One thing found: which kind, on which page, as which role, and what."""

    kind: str
    role: str
    page: str
    what: str


@dataclass
class Walk:
    """What one role's walk passed and found."""

    role: str
    pages: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    left_out: int = 0

    def counts(self) -> dict[str, int]:
        """Faults by kind, every kind named."""
        found = Counter(fault.kind for fault in self.faults)
        return {kind: found[kind] for kind in KINDS}


def kind_of(address: str) -> str:
    """Which addresses count as one kind: `/people/12/?q=a` and `/people/7/?q=b` are both `/people/*/?q`."""
    parts = urlsplit(address)
    path = re.sub(r"(?<=/)(?:\d+|[0-9a-f-]{16,}|[\w-]{40,})(?=/|$)", "*", parts.path)
    names = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return path + (f"?{'&'.join(names)}" if names else "")


class Crawler:
    """Walks one site.

    Args:
        browser: a running Chromium.
        site: scheme, host and port, without a path.
        most_of_a_kind: how many addresses of one kind are opened.
        most_pages: an end for a site that makes up links without end.
        passes_by: patterns of addresses that are not walked, and why nobody should.
        forgives: patterns of console lines that are another's fault, tried with `search` on "page text".
    """

    def __init__(
        self,
        browser: Browser,
        site: str,
        *,
        most_of_a_kind: int = 3,
        most_pages: int = 1000,
        passes_by: Sequence[str] = (),
        forgives: Sequence[str] = (),
    ) -> None:
        self.browser = browser
        self.site = site.rstrip("/")
        self.host = urlsplit(site).netloc
        self.most_of_a_kind = most_of_a_kind
        self.most_pages = most_pages
        self.passes_by = [re.compile(each) for each in passes_by]
        self.forgives = [re.compile(each) for each in forgives]

    def walk(self, role: str, sign_in: Callable[[Page], None] | None, starts: Sequence[str]) -> Walk:
        """Walk as one role from the given paths; paths one starts from may be refused, links may not."""
        walk = Walk(role)
        with self._window(walk) as (context, page):
            if sign_in is not None:
                sign_in(page)
                starts = [*starts, page.url]
            self._go(walk, context, page, [urljoin(self.site + "/", start) for start in starts])
        return walk

    @contextmanager
    def _window(self, walk: Walk) -> Iterator[tuple[BrowserContext, Page]]:
        context = self.browser.new_context(
            base_url=self.site, viewport=WIDE, locale="en-GB", reduced_motion="reduce", accept_downloads=True
        )
        context.set_default_timeout(30_000)
        context.add_init_script(TELL)

        def fault(kind: str, page: str, what: str) -> None:
            page = page.removeprefix(self.site)
            if not any(each.search(f"{page} {what}") for each in self.forgives):
                walk.faults.append(Fault(kind, walk.role, page, what[:400]))

        def on_console(message: ConsoleMessage) -> None:
            if message.type != "error" and "Content Security Policy" not in message.text:
                return
            if "Failed to load resource" in message.text:
                return  # told by `on_response`, with its status
            is_policy = message.text.startswith("[policy]") or "Content Security Policy" in message.text
            address = message.page.url if message.page else ""
            fault("policy" if is_policy else "console", address, message.text)

        def on_request(request: Request) -> None:
            parts = urlsplit(request.url)
            if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
                fault("elsewhere", request.frame.url, request.url)

        def on_failed(request: Request) -> None:
            # What a page was still fetching when we left it is given up, not broken.
            if request.failure not in ("net::ERR_ABORTED", None):
                fault("failed", request.url, str(request.failure))

        def on_response(response: Response) -> None:
            if response.status >= 400 and not response.request.is_navigation_request():
                fault("refused part", response.frame.url, f"{response.status} {response.url}")

        context.on("console", on_console)
        context.on("weberror", lambda error: fault("script", self._of(error), str(error.error)))
        context.on("request", on_request)
        context.on("requestfailed", on_failed)
        context.on("response", on_response)
        self._fault = fault
        try:
            yield context, context.new_page()
        finally:
            context.close()

    @staticmethod
    def _of(error: Any) -> str:
        return str(error.page.url) if error.page else ""

    def _go(self, walk: Walk, context: BrowserContext, page: Page, starts: Sequence[str]) -> None:
        # Each entry: where it leads, what it is, and the page that shows it ("" for a start).
        ahead = deque((start, "page", "") for start in starts)
        seen = {self._bare(start) for start in starts}
        of_a_kind: Counter[str] = Counter()
        while ahead and len(walk.pages) < self.most_pages:
            address, what, shown_on = ahead.popleft()
            kind = kind_of(address)
            if of_a_kind[kind] >= self.most_of_a_kind:
                walk.left_out += 1
                continue
            of_a_kind[kind] += 1
            if what == "page":
                links = self._open(walk, context, page, address, shown_on)
            else:
                links = self._fetch(walk, context, address, what, shown_on)
            for link in links:
                found = self._bare(link["address"])
                if found in seen or not self._is_ours(found):
                    continue
                seen.add(found)
                ahead.append((found, link["kind"], address))

    @staticmethod
    def _bare(address: str) -> str:
        return address.partition("#")[0]

    def _is_ours(self, address: str) -> bool:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or parts.netloc != self.host:
            return False
        return not any(each.search(address.removeprefix(self.site)) for each in self.passes_by)

    def _open(
        self, walk: Walk, context: BrowserContext, page: Page, address: str, shown_on: str
    ) -> list[dict[str, str]]:
        try:
            response = page.goto(address, wait_until="load")
        except BrowserError as error:
            if "Download is starting" in str(error):
                return self._fetch(walk, context, address, "file", shown_on)
            if "ERR_ABORTED" in str(error):  # 204, or a page that another one took the place of
                return []
            self._fault("failed", address, str(error).splitlines()[0])
            return []
        if response is None:
            return []
        if "text/html" not in response.headers.get("content-type", ""):
            walk.files.append(address)
            self._judge(response.status, address, shown_on)
            return []
        walk.pages.append(page.url)
        self._judge(response.status, address, shown_on)
        # Controllers are fetched once the page is there, and what they refuse is told a moment later.
        page.wait_for_timeout(120)
        seen = page.evaluate(LOOK)
        if not seen["isWhole"] and urlsplit(page.url).path.startswith("/cms/"):
            # Wagtail's lists fetch their rows from addresses of their own, which lead to no page.
            walk.fragments.append(walk.pages.pop())
            return []
        if not seen["lang"]:
            self._fault("no language", page.url, "the html element has no lang")
        if not seen["title"]:
            self._fault("no title", page.url, "the page has no title")
        if seen["twice"]:
            self._fault("double id", page.url, ", ".join(seen["twice"][:8]))
        page.set_viewport_size({"width": PHONE_WIDTH, "height": 844})
        wider = page.evaluate(WIDER)
        page.set_viewport_size(WIDE)
        if wider > 1:
            self._fault("too wide", page.url, f"{wider} px wider than a phone of {PHONE_WIDTH} px")
        return list(seen["links"])

    def _fetch(
        self, walk: Walk, context: BrowserContext, address: str, what: str, shown_on: str
    ) -> list[dict[str, str]]:
        headers = {"HX-Request": "true"} if what == "fragment" else {}
        response = context.request.get(address, headers=headers)
        (walk.fragments if what == "fragment" else walk.files).append(address)
        self._judge(response.status, address, shown_on)
        response.dispose()
        return []

    def _judge(self, status: int, address: str, shown_on: str) -> None:
        if status >= 500 or (status >= 400 and shown_on):
            self._fault("broken link", address, f"{status}, shown on {shown_on.removeprefix(self.site)}")


# --- The demo -----------------------------------------------------------------------------------------

STARTS = ("/", "/cy/", "/accounts/login/", "/accounts/password/reset/", "/nothing-here/")
STARTS_SIGNED_IN = ("/workspace/", "/coach/", "/cms/", "/accounts/email/", "/accounts/2fa/")
# Signing out would end the walk. Wagtail's address for many at once is one only when a script adds which.
PASSES_BY = (r"^/accounts/logout/", r"^/cms/logout/", r"^/cms/bulk/")


def _people(page: Page) -> list[tuple[str, str]]:
    """`(role, e-mail)` of everybody the demo signs in with one press."""
    page.goto("/accounts/login/")
    found: list[tuple[str, str]] = page.evaluate(
        """() => [...document.querySelectorAll('form[action*="demo-sign-in"]')].map((form) => [
             form.closest("li").querySelector("span + span").textContent.trim(),
             form.elements.email.value])"""
    )
    return found


def _sign_in_as(email: str) -> Callable[[Page], None]:
    def sign_in(page: Page) -> None:
        page.goto("/accounts/login/")
        form = page.locator('form[action*="demo-sign-in"]').filter(has=page.locator(f'[value="{email}"]'))
        with page.expect_navigation():
            form.get_by_role("button").click()

    return sign_in


def _card() -> tuple[str, str] | None:
    """The way and the word of whoever was listened to, as the demo of this folder prints them."""
    try:
        signs = (VAR / "built").read_text(encoding="utf-8")
    except OSError:
        return None
    way, word = re.search(r"/yours/\S+", signs), re.search(r"The word is (\S+)", signs)
    return (way[0], word[1]) if way and word else None


def come_in_with(word: str, way: str) -> Callable[[Page], None]:
    """Open a person's own page with the word agreed with them."""

    def come_in(page: Page) -> None:
        page.goto(way)
        if not page.locator("[name=answer]").count():
            print("That card leads nowhere any more: the page that says so is walked alone.", flush=True)
            return
        page.locator("[name=answer]").fill(word)
        page.locator("[name=who][value=self]").check()
        with page.expect_navigation():
            page.locator("main form button").first.click()

    return come_in


def table(walks: Sequence[Walk]) -> str:
    """One line per role: what was passed, and how much of each kind of fault was found."""
    width = max(len(walk.role) for walk in walks) + 2
    lines = [f"{'as':<{width}}{'pages':>7}{'parts':>7}{'files':>7}  faults"]
    for walk in walks:
        faults = ", ".join(f"{n} {kind}" for kind, n in walk.counts().items() if n) or "none"
        lines.append(
            f"{walk.role:<{width}}{len(walk.pages):>7}{len(walk.fragments):>7}{len(walk.files):>7}  {faults}"
        )
    return "\n".join(lines)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium of our own.

    Raises:
        SystemExit: there is none.
    """
    path = find_chromium()
    if path is None:
        sys.exit("No Chromium is on PATH; `make test` installs one or says why it cannot.")
    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


def main() -> int:
    """Walk a running demo as everybody in it; 1 when anything was found."""
    parser = argparse.ArgumentParser(description="Walk the running demo in Chromium as each role.")
    parser.add_argument("--site", default=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
    parser.add_argument("--most", type=int, default=3, help="addresses of one kind to open")
    parser.add_argument("--only", default="", help="walk as those roles alone whose name holds this")
    parser.add_argument("--report", type=Path, help="write everything found to this file, as JSON")
    options = parser.parse_args()
    walks: list[Walk] = []
    started = time.monotonic()
    with chromium() as browser:
        crawler = Crawler(browser, options.site, most_of_a_kind=options.most, passes_by=PASSES_BY)
        first = browser.new_context(base_url=options.site).new_page()
        people = _people(first)
        first.context.close()
        roles: list[tuple[str, Callable[[Page], None] | None]] = [("a reader", None)]
        card = _card()
        if card is not None:
            way, word = card
            roles.append(("listened to", come_in_with(word, way)))
        else:
            print("The demo of this folder has no card: nobody's own page is walked.", flush=True)
        roles += [(role, _sign_in_as(email)) for role, email in people]
        for role, sign_in in roles:
            if options.only.lower() not in role.lower():
                continue
            starts = STARTS if role in ("a reader", "listened to") else (*STARTS, *STARTS_SIGNED_IN)
            walks.append(crawler.walk(role, sign_in, starts))
            print(table(walks[-1:]).splitlines()[1], flush=True)
    faults = [fault for walk in walks for fault in walk.faults]
    for fault in sorted(set(faults), key=lambda each: (each.kind, each.page, each.role)):
        print(f"  {fault.kind}: {fault.page} ({fault.role}): {fault.what}")
    print(f"\n{table(walks)}\n{time.monotonic() - started:.0f} seconds.")
    if options.report:
        options.report.write_text(json.dumps([asdict(walk) for walk in walks], indent=1), encoding="utf-8")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
