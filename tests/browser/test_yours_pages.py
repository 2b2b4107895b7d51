"""A person's own page as they meet it: on a small phone, without scripts, by keyboard, dark, in Welsh."""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from enquiries.models import Contributor
from scripts.crawl import Crawler, come_in_with
from tests.factories.accounts import UserFactory
from tests.factories.coaching import AssetDefinitionFactory, AssetSurveyFactory, WellbeingFactory
from tests.factories.enquiries import ConversationFactory, LinkFactory, PersonFactory
from tests.factories.portal import WORD, Card, a_card
from tests.factories.publishing import SAYINGS, full_report, full_wisdom, world
from tests.factories.transcripts import RecordingFactory, TranscriptFactory
from themes.models import Quote, QuoteState
from transcripts.models.raw import Turn

PAGES = ("start", "agreed", "words", "quotes", "used", "progress", "ask", "copy", "everything")


@dataclass
class Theirs:
    """Somebody with one of everything, and the card in their hand."""

    who: Contributor
    card: Card
    offered: Quote


@pytest.fixture
def theirs() -> Theirs:
    made = world()
    report = full_report(made)
    wisdom = made.go_live(full_wisdom(made, report, title="A door is not yet a home"))
    made.go_live(report)
    who = Quote.objects.get(pk=wisdom.opening_quote).contributor
    Contributor.objects.filter(pk=who.pk).update(pseudonym="Wren")
    who.refresh_from_db()
    person = PersonFactory(partner=who.partner, email="wren@example.org")
    LinkFactory(contributor=who, person=person)
    talk = ConversationFactory(enquiry=who.enquiry, contributors=[who])
    TranscriptFactory(conversation=talk, pseudonymised=True)
    RecordingFactory(conversation=talk)
    Turn.objects.filter(contributor=who).update(start_ms=1_000, end_ms=3_000)
    offered = made.quote(SAYINGS[1], state=QuoteState.OFFERED, contributor=who)
    definition = AssetDefinitionFactory(partner=who.partner)
    for month, score in ((3, "12.50"), (6, "16.25"), (9, "19.00")):
        AssetSurveyFactory(
            person=person,
            definition=definition,
            completed_on=datetime.date(2026, month, 4),
            internal=Decimal(score),
            external=Decimal("11.00"),
            total=Decimal(score) + 11,
            recorded_by=UserFactory(),
        )
    WellbeingFactory(person=person, recorded_by=UserFactory())
    return Theirs(who, a_card(who), offered)


def come_in(page: Page, card: Card) -> None:
    page.goto(card.way("start"))
    page.get_by_label("The word you chose with us").fill(WORD)
    page.get_by_label("It is me").check()
    page.get_by_role("button", name="Open my page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Wren")


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)])
def test_every_page_passes_axe_and_fits_a_small_phone(
    page: Page, theirs: Theirs, check_axe: Callable[[Page], None], scheme: Any, width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(theirs.card.way("confirm"))
    check_axe(page)
    come_in(page, theirs.card)
    # The last is of a turn that is nobody's: what somebody sees where something of theirs has gone.
    for name, rest in [*((name, ()) for name in PAGES), ("keep_private", (0,))]:
        for before in ("", "/cy"):
            page.goto(before + theirs.card.way(name, *rest))
            check_axe(page)
            page.set_viewport_size({"width": 320, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
            page.set_viewport_size({"width": width, "height": 844})


def test_a_walk_along_every_link_finds_nothing_wrong(
    browser: Browser, live_server: Any, theirs: Theirs
) -> None:
    # In English alone: the Welsh pages are the same, and each is opened above.
    crawler = Crawler(browser, live_server.url, most_of_a_kind=1, most_pages=30, passes_by=(r"^/cy/",))
    walk = crawler.walk("listened to", come_in_with(WORD, theirs.card.way("start")), ())
    assert not walk.faults, "\n".join(f"{each.kind} on {each.page}: {each.what}" for each in walk.faults)
    walked = {urlsplit(page).path for page in walk.pages}
    assert {theirs.card.way(name) for name in PAGES} <= walked


def test_everything_works_without_scripts_on_a_small_old_phone(
    browser: Browser, live_server: Any, theirs: Theirs
) -> None:
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 320, "height": 480}, java_script_enabled=False
    )
    page = context.new_page()
    come_in(page, theirs.card)
    page.get_by_role("link", name="Look at them").click()
    page.get_by_role("button", name="Yes, use these words").click()
    expect(page.get_by_text("Kept: yes.")).to_be_visible()
    page.get_by_role("link", name="Back to your page").click()
    page.get_by_role("link", name="What I agreed to").click()
    page.get_by_role("link", name=re.compile("Take back.*Letting people hear my voice")).click()
    page.get_by_role("button", name="Yes, take it back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It is taken back")
    page.goto(theirs.card.way("words"))
    page.get_by_role("link", name="Do not share a part of this").first.click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Keep these parts private").click()
    expect(page.get_by_text("Kept private.")).to_be_visible()
    page.get_by_role("button", name="Close my page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your page is closed")
    page.goto(theirs.card.way("start"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it you?")
    context.close()


def _tab_to(page: Page, what: str, *, by: str = "text") -> None:
    """Press Tab until the focus is on a link or button with this text, or on a field of this name."""
    for _press in range(150):
        page.keyboard.press("Tab")
        here = page.locator(":focus")
        if not here.count():
            continue
        found = here.get_attribute("name") if by == "name" else here.text_content()
        if found is not None and (what == found if by == "name" else what in found):
            return
    pytest.fail(f"Tab never comes to “{what}”.")


@pytest.mark.parametrize("with_scripts", [True, False])
def test_all_of_it_is_done_by_keyboard_alone(
    browser: Browser, live_server: Any, theirs: Theirs, with_scripts: bool
) -> None:
    """Coming in, keeping a part private, refusing a quote, taking back one thing, then everything."""
    context = browser.new_context(base_url=live_server.url, java_script_enabled=with_scripts)
    page = context.new_page()
    heading = page.get_by_role("heading", level=1)

    def enter(what: str) -> None:
        _tab_to(page, what)
        page.keyboard.press("Enter")

    page.goto(theirs.card.way("start"))
    _tab_to(page, "answer", by="name")
    page.keyboard.type(WORD)
    _tab_to(page, "who", by="name")
    page.keyboard.press("Space")
    enter("Open my page")
    expect(heading).to_have_text("Hello, Wren")

    enter("My words and my recording")
    expect(heading).to_have_text("My words and my recording")
    enter("Do not share a part of this")
    expect(heading).to_have_text("Do not share this part")
    _tab_to(page, "part", by="name")
    page.keyboard.press("Space")
    enter("Keep these parts private")
    expect(page.get_by_text("Kept private.")).to_be_visible()

    page.goto(theirs.card.way("quotes"))
    enter("No, do not use them")
    expect(page.get_by_text("Kept: no.")).to_be_visible()

    page.goto(theirs.card.way("agreed"))
    enter("Take back: Letting people hear my voice")
    expect(heading).to_have_text("Take back: Letting people hear my voice")
    enter("Yes, take it back")
    expect(heading).to_have_text("It is taken back")

    enter("Back to your page")
    expect(heading).to_have_text("Hello, Wren")
    enter("Take everything back")
    expect(heading).to_have_text("Take everything back")
    enter("Yes, take everything back")
    expect(heading).to_have_text("It is taken back")
    expect(page.get_by_text("Your page is closed.")).to_be_visible()
    context.close()
