"""Chromium for the tests in this folder, the site on a port of its own, and axe."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts.chromium import find_chromium
from tests.browser.steps import PATIENCE_MS

# The machine that runs this may be busy with other things; nothing waits longer than it has to.
expect.set_options(timeout=PATIENCE_MS)
# WCAG 2.2 AA, and what it stands on.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # The site answers in threads of its own, which see committed rows only.
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright keeps a loop running in this thread; Django would otherwise refuse the database here.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    path = find_chromium()
    if path is None:
        pytest.skip("No Chromium is on PATH; `make test` installs one or says why it cannot.")
    with sync_playwright() as playwright:
        options = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
        if os.geteuid() == 0:
            options.append("--no-sandbox")
        chromium = playwright.chromium.launch(executable_path=path, args=options)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, live_server: Any) -> Iterator[Page]:
    """A page of 1280 × 900 on the test's own site; any script error or refused script fails the test."""
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": 1280, "height": 900},
        locale="en-GB",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
    opened.on(
        "console",
        lambda message: (
            troubles.append(f"content policy: {message.text}")
            if "Content Security Policy" in message.text
            else None
        ),
    )
    yield opened
    context.close()
    assert not troubles, troubles


@pytest.fixture
def check_axe() -> Callable[..., None]:
    """Fails with axe's findings for the page as it stands; `leave_out` holds selectors of others' parts."""
    axe = Axe()

    # Only what is wrong is worked out in full; the rest would take as long again.
    options = {"runOnly": {"type": "tag", "values": AXE_TAGS}, "resultTypes": ["violations"]}

    def check(page: Page, leave_out: Sequence[str] = ()) -> None:
        context = {"exclude": [[selector] for selector in leave_out]} if leave_out else None
        results = axe.run(page, context=context, options=options)
        found = [
            f"{violation['id']}: {violation['help']} ({node['html'][:160]})"
            for violation in results.response["violations"]
            for node in violation["nodes"]
        ]
        assert not found, f"axe on {page.url}:\n" + "\n".join(found)

    return check
