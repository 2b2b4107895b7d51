"""From agreed words and frozen figures to a page that strangers read; then the words are taken back.

Report and Wisdom are both written in Wagtail's own forms, as an editor does.
"""

import re

from playwright.sync_api import BrowserContext, Page, expect

from enquiries import actions
from enquiries.models import Contributor, Scope
from publishing import site
from publishing.models import GateCheck, SuitePage, WisdomPage, WisdomsReportPage
from tests.browser.samples import Spoken
from tests.browser.stages.listening import QUESTION, TITLE
from tests.browser.steps import Way, send

REPORT = "What we heard in Eastmere"
WISDOM = "Once is enough"
NOTE = "This part speaks of having to tell a painful story many times."
DONE = "Each person now has one page that says what they want known."
DISPLAY = "Starting again with someone new"


def write_report(way: Way, spoken: Spoken) -> None:
    site.prepare(hostname="localhost", port=80)
    shelf = SuitePage.objects.get(partner=way.partner)
    page = way.visit("nia", "/cms/")
    page.goto(f"/cms/pages/{shelf.pk}/")
    way.look(page)
    page.goto(f"/cms/pages/{shelf.pk}/add_subpage/")
    page.locator("#id_title").fill(REPORT)
    page.locator("#id_enquiry").select_option(label=TITLE)
    page.locator("#id_in_short").fill("One question, and what people made of it.")
    _write_prose(page, "introduction", "We asked one question and listened.")
    way.look(page)
    send(page, "Save draft")
    report = WisdomsReportPage.objects.get(title=REPORT)
    assert not report.live
    way.made["report"] = report.pk


def write_wisdom(way: Way, spoken: Spoken) -> None:
    """Our words, a quote and a joint display chosen from lists; what is stored holds their numbers alone."""
    page = way.page("nia")
    page.goto(f"/cms/pages/{way.made['report']}/add_subpage/")
    page.locator("#id_title").fill(WISDOM)
    page.locator("#id_content_note").fill(NOTE)
    page.locator("#id_theme").select_option(label="Told again and again")
    page.get_by_role("button", name="Choose a quote").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("link", name=way.made["words"])).to_be_visible()
    way.look(page)
    dialog.get_by_role("link", name=way.made["words"]).click()
    expect(page.get_by_text(way.made["words"][:40]).first).to_be_visible()
    page.locator("#panel-child-content-counted-content").get_by_role(
        "button", name="Insert a block"
    ).first.click()
    page.get_by_role("option", name="Heard and counted").click()
    page.get_by_role("button", name="Choose what was heard and counted").click()
    dialog.get_by_role("link", name=DISPLAY).click()
    expect(page.locator("#panel-child-content-counted-content").get_by_text(DISPLAY)).to_be_visible()
    _write_prose(page, "done", DONE)
    way.look(page)
    send(page, "Save draft")
    wisdom = WisdomPage.objects.get(title=WISDOM)
    revision = wisdom.get_latest_revision()
    assert revision is not None
    assert revision.content["opening_quote"] == way.made["quote"]
    assert way.made["words"] not in str(revision.content)
    way.made["wisdom"] = wisdom.pk


def _write_prose(page: Page, field: str, text: str) -> None:
    """One block of our own words in a field of blocks."""
    place = page.locator(f"[data-contentpath='{field}']").first
    place.get_by_role("button", name="Insert a block").first.click()
    area = place.get_by_role("textbox").first
    area.click()
    area.press_sequentially(text)
    expect(place.get_by_text(text)).to_be_visible()


def pass_gate(way: Way, spoken: Spoken) -> None:
    """Nothing goes live before the machine's check and a second person's name; then both pages do."""
    for pk in (way.made["wisdom"], way.made["report"]):
        address = f"/cms/gate/{pk}/"
        page = way.visit("nia", f"/cms/pages/{pk}/edit/")
        page.locator("#w-slim-header-buttons").get_by_role("button", name="Actions", exact=True).click()
        page.get_by_role("link", name="Before it goes live").click()
        way.look(page)
        send(page, "Publish this version")
        expect(page.get_by_text("A second person has not signed this version yet").first).to_be_visible()
        send(page, "Check this version")
        expect(page.get_by_text("Somebody else has to read and sign it.")).to_be_visible()
        way.look(page)
        second = way.visit("tom", "/cms/to-sign/")
        second.goto(address)
        # Read first, then the question, then the name.
        send(second, "Sign with my name")
        expect(second.get_by_text("Nothing was signed.")).to_be_visible()
        second.get_by_label("I have read the whole page as readers will see it.").check()
        second.get_by_label("No", exact=True).check()
        way.look(second)
        send(second, "Sign with my name")
        way.look(second)
        page.reload()
        send(page, "Publish this version")
        expect(page.get_by_text("This page is live. Readers see it now.")).to_be_visible()
        way.look(page)
    assert WisdomPage.objects.get(pk=way.made["wisdom"]).live
    assert WisdomsReportPage.objects.get(pk=way.made["report"]).live
    signed = GateCheck.objects.filter(passed=True, signed_by=way.users["tom"])
    assert set(signed.values_list("page_id", flat=True)) == {way.made["wisdom"], way.made["report"]}


def read_as_stranger(way: Way, spoken: Spoken) -> None:
    """The public pages, wide and on a phone: exit first, note before the words, a table to the figure."""
    for window in (way.window(), way.phone()):
        page = window.new_page()
        page.goto("/")
        way.look(page)
        page.get_by_role("link", name="Read the whole report").click()
        expect(page.get_by_text(QUESTION).first).to_be_visible()
        way.look(page)
        page.goto(_public(way))
        way.look(page)
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Leave this page")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the main text")).to_be_focused()
        way.look(page)
        _check_wisdom(page, way)
        page.get_by_text("The same numbers as a table").first.click()
        expect(page.get_by_role("table").first).to_be_visible()
        expect(page.get_by_role("row").nth(1)).to_be_visible()
        way.look(page)
        window.close()


def _check_wisdom(page: Page, way: Way) -> None:
    quote = page.locator("blockquote", has_text=way.made["words"]).first
    note = page.get_by_role("complementary", name="Before you read")
    expect(quote).to_be_visible()
    expect(note).to_contain_text(NOTE)
    is_before = (
        "([note, quote]) => !!(note.compareDocumentPosition(quote) & Node.DOCUMENT_POSITION_FOLLOWING)"
    )
    assert page.evaluate(is_before, [note.element_handle(), quote.element_handle()]), (
        "The note comes too late."
    )
    expect(page.get_by_role("group", name=DISPLAY)).to_contain_text("The count adds to what we heard")
    trail = page.locator(f"#trail-{way.made['quote']}")
    expect(trail.get_by_role("listitem").first).to_be_visible()
    expect(page.get_by_text(DONE).first).to_be_visible()


def read_on_paper_and_without_script(way: Way, spoken: Spoken) -> None:
    """Printed, all is unfolded and nothing to press is left; without script the same words are there."""
    window = way.window()
    page = window.new_page()
    page.goto(f"{_public(way)}?print")
    page.emulate_media(media="print")
    _check_wisdom(page, way)
    expect(page.get_by_role("link", name="Leave this page")).to_be_hidden()
    expect(page.get_by_role("table").first).to_be_visible()
    page.emulate_media(media="screen")
    with_script = _words(page)
    way.look(page)
    window.close()

    plain = way.window(java_script_enabled=False)
    page = plain.new_page()
    page.goto(f"{_public(way)}?print")
    _check_wisdom(page, way)
    assert page.get_by_role("link", name="Leave this page").first.get_attribute("href")
    assert set(with_script) <= set(_words(page))
    plain.close()


def _words(page: Page) -> list[str]:
    return page.locator("main").inner_text().split()


def leave_quickly(way: Way, spoken: Spoken) -> None:
    """Shift three times: another site stands there, and going back brings nothing of the page."""
    window = way.window()
    _answer_elsewhere(window)
    page = window.new_page()
    page.goto(_public(way))
    expect(page.get_by_text("Pressing Shift three times does the same.")).to_be_visible()
    for _press in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url(lambda url: not url.startswith(way.address))
    page.go_back()
    expect(page.get_by_text(way.made["words"])).to_have_count(0)
    window.close()


def _answer_elsewhere(window: BrowserContext) -> None:
    """No test goes out into the world: whatever lies elsewhere is an empty page."""
    window.route(
        re.compile(r"^https://"),
        lambda route: route.fulfill(status=200, content_type="text/html", body="<title>Weather</title>"),
    )


def take_words_back(way: Way, spoken: Spoken) -> None:
    """The speaker no longer allows quoting: the words are gone from every page at once."""
    contributor = Contributor.objects.get(pk=way.made["contributor"])
    window = way.window()
    page = window.new_page()
    page.goto(_public(way))
    expect(page.locator("blockquote", has_text=way.made["words"]).first).to_be_visible()
    actions.withdraw(contributor=contributor, scope=Scope.QUOTE_WORDS, by=way.users["mair"])
    for address in (_public(way), f"{_public(way)}?print", _public(way, "report"), "/"):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert way.made["words"] not in page.content(), address
        way.look(page)
    window.close()
    # The editor is told which page to read again, and the chooser offers the words no more.
    page = way.visit("nia", "/cms/to-mend/")
    expect(page.get_by_role("link", name=WISDOM)).to_be_visible()
    page.goto(f"/cms/pages/{way.made['wisdom']}/edit/")
    assert way.made["words"] not in page.content()
    page = way.visit("asha", f"/workspace/enquiries/{way.made['enquiry']}/quotes/")
    assert way.made["words"] not in page.content()


def _public(way: Way, which: str = "wisdom") -> str:
    model = WisdomPage if which == "wisdom" else WisdomsReportPage
    address = model.objects.get(pk=way.made[which]).get_url_parts()
    assert address is not None
    return str(address[2])
