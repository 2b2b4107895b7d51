"""The public pages as readers meet them: by eye, by keyboard, on a phone, in the dark, without scripts."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, Route, expect

from accounts.models import User
from publishing.models import FrozenShare, WisdomPage
from tests.browser.steps import AT_REST
from tests.factories.publishing import SAYINGS, World, full_report, full_wisdom, world

ELSEWHERE = "https://www.bbc.co.uk/weather"


@pytest.fixture
def site() -> World:
    """A site with one live report of two Wisdoms, each with all its parts."""
    made = world()
    report = full_report(made)
    for title in ("A door is not yet a home", "Telling it again takes something out of you"):
        page = made.go_live(full_wisdom(made, report, title=title))
        FrozenShare.objects.create(page_id=page.pk, partner=made.partner, theme=made.theme(), band="most")
    made.go_live(report)
    return made


def addresses(site: World) -> list[str]:
    report = site.shelf.get_children().get()
    wisdom = WisdomPage.objects.order_by("path").last()
    return ["/", site.shelf.url, report.url, wisdom.url, "/how-we-do-this/", "/support/"]


def answer_elsewhere(page: Page) -> None:
    """Stand in for the site one leaves to: tests use no network."""

    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body="<title>Weather</title><p>Rain later.</p>")

    page.context.route("https://www.bbc.co.uk/**", answer)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_every_kind_of_page_passes_axe_and_fits(
    page: Page, site: World, check_axe: Callable[[Page], None], scheme: Any, width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    for address in addresses(site):
        page.goto(address)
        check_axe(page)
        page.set_viewport_size({"width": 320, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
        page.set_viewport_size({"width": width, "height": 900})


def test_home_before_any_report_passes_axe(page: Page, check_axe: Callable[[Page], None]) -> None:
    page.goto("/")
    expect(page.get_by_text("No Wisdom has been written yet")).to_be_visible()
    check_axe(page)
    world()
    page.goto("/")
    check_axe(page)


def test_report_is_read_by_keyboard(page: Page, site: World) -> None:
    page.goto(addresses(site)[3])
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Leave this page")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the main text")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to what we did about it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What we did about it")).to_be_in_viewport()


def test_how_we_know_leads_to_the_trail(page: Page, site: World) -> None:
    page.goto(addresses(site)[3])
    page.locator(".voice.opening a").click()
    trail = page.locator("details.trail").first
    expect(trail).to_be_in_viewport()
    expect(trail).to_contain_text("The public trail ends here.")
    expect(trail).to_contain_text(SAYINGS[0])


def test_leaving_blanks_the_page_and_replaces_it_in_the_history(page: Page, site: World) -> None:
    answer_elsewhere(page)
    page.goto("/how-we-do-this/")
    page.goto(addresses(site)[3])
    expect(page.get_by_text("Pressing Shift three times does the same.")).to_be_visible()
    page.get_by_role("link", name="Leave this page").click()
    page.wait_for_url(ELSEWHERE)
    page.go_back()
    assert page.url.endswith("/how-we-do-this/")


def test_shift_three_times_leaves_and_other_keys_do_not(page: Page, site: World) -> None:
    answer_elsewhere(page)
    page.goto("/")
    expect(page.locator("[data-exit-target=key]")).not_to_have_attribute("hidden", "")
    for key in ("Escape", "Shift", "Shift", "a", "Shift", "Shift"):
        page.keyboard.press(key)
    assert page.url.endswith("/")
    page.keyboard.press("Shift")
    page.wait_for_url(ELSEWHERE)


def test_everything_works_without_scripts(browser: Browser, site: World, live_server: Any) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    answer_elsewhere(page)
    page.goto(addresses(site)[3])
    expect(page.get_by_text("Pressing Shift three times")).to_be_hidden()
    closed = page.locator("details.trail").nth(1)
    closed.locator("summary").click()
    expect(closed).to_contain_text("The agreement")
    page.get_by_text("The same numbers as a table").first.click()
    expect(page.get_by_role("table").first).to_contain_text("Planned together")
    page.get_by_role("link", name="Leave this page").click()
    page.wait_for_url(ELSEWHERE)
    context.close()


def test_for_printing_everything_is_unfolded(page: Page, site: World) -> None:
    page.goto(f"{addresses(site)[3]}?print")
    details = page.locator("main details")
    assert details.count() > 3
    assert page.locator("main details:not([open])").count() == 0


# --- The editor's way ---------------------------------------------------------------------------------


def sign_in(page: Page, user: User, address: str) -> None:
    client = Client()
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}]
    )


def test_editor_writes_a_wisdom_and_a_second_person_signs_it(
    page: Page, site: World, live_server: Any, check_axe: Callable[[Page], None]
) -> None:
    site.quote("He asked what I was good at. I said bread.")
    report = site.shelf.get_children().get()
    sign_in(page, site.editor, live_server.url)
    page.goto(reverse("wagtailadmin_pages:add", args=["publishing", "wisdompage", report.pk]))
    page.locator("[name=title]").fill("Being good at something comes first")
    page.get_by_role("button", name="Choose a quote").first.click()
    page.locator(".modal").get_by_label("Search").fill("bread")
    page.locator(".modal").get_by_role("link", name="I said bread").click()
    page.locator("[name=is_note_needless]").check()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("heading", name="A second person")).to_be_visible()
    # Wagtail fades its messages in; half faded, no colour has its contrast.
    expect(page.locator("body.ready")).to_be_attached()
    page.wait_for_function(AT_REST)
    check_axe(page)
    page.get_by_role("button", name="Check this version").click()
    expect(page.get_by_text("It waits for a second person.")).to_be_visible()

    sign_in(page, site.second, live_server.url)
    page.goto(reverse("publishing_to_sign"))
    check_axe(page)
    page.get_by_role("link", name="Being good at something").click()
    page.get_by_label("I have read the whole page").check()
    page.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Sign with my name").click()
    expect(page.get_by_text("for exactly this version")).to_be_visible()

    sign_in(page, site.editor, live_server.url)
    made = WisdomPage.objects.get(title="Being good at something comes first")
    page.goto(reverse("publishing_gate", args=[made.pk]))
    page.get_by_role("button", name="Publish this version").click()
    expect(page.get_by_text("This page is live.").first).to_be_visible()
    page.goto(made.url)
    expect(page.locator(".voice.opening")).to_contain_text("I said bread.")
