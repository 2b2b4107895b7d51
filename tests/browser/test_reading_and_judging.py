"""Reading and judging with a keyboard and a mouse, and the same with JavaScript off."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from tests.factories.themes import DOG, LETTER, Reading, a_reading, a_run, add_conversation, an_offer
from themes.models import Memo, ProposalDecision, Quote, TagDecision

SAID = ("🙂 The cafe\u0301 was shut, so I walked back. It’s four miles.", DOG, LETTER)


@pytest.fixture
def reading() -> Reading:
    return a_reading(texts=SAID)


def sign_in(page: Page, reading: Reading, address: str) -> None:
    client = Client()
    client.force_login(reading.reader)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}]
    )


def select_words(page: Page, segment: int, words: str) -> None:
    """Select words of a passage, as a mouse would, whatever marks stand between them."""
    page.evaluate(
        """([segment, words]) => {
            const paragraph = document.querySelector(`[data-segment='${segment}']`);
            const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const at = walker.currentNode.data.indexOf(words);
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(walker.currentNode, at);
                range.setEnd(walker.currentNode, at + words.length);
                document.getSelection().removeAllRanges();
                document.getSelection().addRange(range);
                return;
            }
            throw new Error("These words are not there.");
        }""",
        [segment, words],
    )


def test_reading_by_keyboard(
    page: Page, reading: Reading, live_server: Any, check_axe: Callable[[Page], None]
) -> None:
    segment = reading.segments[0]
    first, second = (
        an_offer(one, reading.code(slug))
        for one, slug in zip(reading.segments[1:], ("animals", "eligibility-rules"), strict=True)
    )
    sign_in(page, reading, live_server.url)
    page.goto(f"/workspace/conversations/{reading.conversation.pk}/reading/")
    check_axe(page)

    # Words with an emoji and a combining accent before them: the browser counts otherwise than we do.
    select_words(page, segment.pk, "so I walked back.")
    expect(page.locator("[data-reading-target='chosen']")).to_contain_text("so I walked back.")
    page.keyboard.press("Enter")
    finder = page.get_by_role("combobox", name="Name, or words from its meaning")
    expect(finder).to_be_focused()
    finder.press_sequentially("far to be seen")
    expect(page.get_by_role("option", selected=True)).to_contain_text("Long journeys")
    finder.press("Enter")
    passage = page.locator(f"#passage-{segment.pk}")
    expect(passage.locator("mark.tag.experience")).to_have_text("so I walked back.")
    expect(passage).to_be_focused()
    assert TagDecision.objects.get().text == "so I walked back."

    # A second tag that overlaps the first is counted past the initial that now stands in the words.
    select_words(page, segment.pk, "It’s four miles.")
    page.get_by_role("button", name="Put forward as a quote").click()
    expect(passage).to_contain_text("Put forward as a quote")
    assert Quote.objects.get().text == "It’s four miles."

    page.locator(f"#offer-{first.pk}").get_by_role("button", name="Accept").click()
    expect(page.locator(f"#offer-{second.pk}")).to_be_focused()
    expect(page.locator(f"#passage-{reading.segments[1].pk} .margin-tag")).to_contain_text("Animals")
    page.locator(f"#offer-{second.pk}").get_by_role("button", name="Refuse").click()
    expect(page.locator(".suggestion")).to_have_count(0)

    page.get_by_label("What do you notice").fill("The walk comes back.")
    expect(page.locator("#memo-said")).to_have_text("Kept just now.")
    assert Memo.objects.get().text == "The walk comes back."
    check_axe(page)


def test_judging_groups_moves_on_to_the_next(
    page: Page, reading: Reading, live_server: Any, check_axe: Callable[[Page], None]
) -> None:
    more = add_conversation(reading, ["The door has my key.", "A key of my own.", "Nobody else has it."])
    run = a_run(reading, [reading.segments, more[:2]], outside=more[2:])
    first, second = run.proposals.order_by("number")
    sign_in(page, reading, live_server.url)
    page.goto(f"/workspace/patterns/{run.pk}/")
    check_axe(page)
    group = page.locator(f"#group-{first.pk}")
    group.get_by_role("link", name="Split").click()
    group.get_by_label("Name of the part you tick").fill("Walking")
    group.get_by_label("Name of the rest").fill("Letters")
    group.get_by_label("It’s four miles").check()
    group.get_by_role("button", name="Keep this decision").click()
    expect(group.get_by_role("alert")).to_have_text("Write why you would split this group.")
    expect(group.get_by_label("Why?")).to_be_focused()
    check_axe(page)
    expect(group.get_by_label("Name of the rest")).to_have_value("Letters")
    group.get_by_label("Why?").fill("Two things.")
    group.get_by_role("button", name="Keep this decision").click()
    expect(page.locator(f"#group-{second.pk}")).to_be_focused()
    expect(group).to_contain_text("Split by")
    expect(page.locator("#map .edge.decided")).to_have_count(1)
    expect(page.locator("#log")).to_contain_text("split group 1")
    page.get_by_role("button", name="Read, no tag").click()
    expect(page.locator("#outside-count")).to_contain_text("1 of 1 read")
    check_axe(page)


def test_reading_and_judging_without_javascript(browser: Browser, reading: Reading, live_server: Any) -> None:
    run = a_run(reading, [reading.segments])
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, reading, live_server.url)
    page.goto(f"/workspace/conversations/{reading.conversation.pk}/reading/")
    page.locator(f"input[name='segment'][value='{reading.segments[1].pk}']").check()
    page.get_by_label("Code", exact=True).select_option(label="Animals")
    page.get_by_role("button", name="Tag", exact=True).click()
    expect(page.locator(f"#passage-{reading.segments[1].pk} mark.tag.helped")).to_have_text(DOG)
    page.get_by_role("button", name="I have finished reading").click()
    expect(page.get_by_text("You have finished reading this conversation")).to_be_visible()

    page.goto(f"/workspace/patterns/{run.pk}/")
    page.get_by_role("link", name="Park").click()
    page.get_by_label("Why?").fill("Come back after more reading.")
    page.get_by_role("button", name="Keep this decision").click()
    expect(page.get_by_text("Parked by")).to_be_visible()
    assert ProposalDecision.objects.get().reason == "Come back after more reading."
    context.close()
