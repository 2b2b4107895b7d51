"""From words without names to what they mean: codes, tags, offers, patterns judged, themes, agreed quotes."""

import re
from functools import partial

from playwright.sync_api import Locator, Page, expect

from enquiries.models import Enquiry
from tests.browser.background import set_down_others
from tests.browser.samples import Spoken
from tests.browser.steps import PATIENCE_MS, Way, send, settled, wait_for_work
from themes.models import (
    ProposalAction,
    ProposalDecision,
    Quote,
    QuoteState,
    Suggestion,
    TagChoice,
    TagDecision,
    Theme,
    TopicRun,
)
from transcripts.models import Segment


def start_codes(way: Way, spoken: Spoken) -> None:
    """The code list begins with the starter codes; the computer is asked what it would offer."""
    enquiry = Enquiry.objects.get(pk=way.made["enquiry"])
    set_down_others(enquiry)
    page = way.visit("asha", f"/workspace/enquiries/{enquiry.pk}/codes/")
    send(page, "Start the code list")
    expect(page.get_by_text("Retelling trauma to prove need").first).to_be_visible()
    way.look(page)
    send(page, "Ask for offers")
    wait_for_work("suggest_codes", seconds=180)
    assert Suggestion.objects.filter(segment__conversation__enquiry=enquiry).exists()


def tag(way: Way, spoken: Spoken) -> None:
    """A whole passage by its tick, one word of it by selecting, both from the keyboard's side of the page."""
    page = way.visit("asha", f"/workspace/conversations/{way.made['conversation']}/reading/")
    passage = page.get_by_role("article").first
    passage.get_by_role("checkbox").check()
    _find_code(page, "retelling")
    expect(passage.locator(".margin-tag")).to_have_count(1)
    # Two presses on a word select it; Enter goes to the codes.
    box = passage.locator(".words").bounding_box()
    assert box is not None
    page.mouse.dblclick(box["x"] + 60, box["y"] + 14)
    expect(page.locator("[data-reading-target=chosen]")).to_contain_text("“")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Name, or words from its meaning")).to_be_focused()
    _find_code(page, "staff")
    expect(passage.locator(".margin-tag")).to_have_count(2)
    page.get_by_label("What do you notice, and what in you notices it?").fill(
        "I hear a form being read aloud."
    )
    expect(page.locator("#memo-said")).to_contain_text("Kept")
    way.look(page)
    tags = TagDecision.objects.filter(segment__conversation_id=way.made["conversation"])
    assert {choice.choice for choice in tags} == {TagChoice.APPLIED}
    whole, part = sorted(tags, key=lambda one: one.end - one.start, reverse=True)
    assert (whole.start, whole.end) == (0, len(whole.segment.text))
    assert part.segment.text[part.start : part.end].strip().isalpha()
    way.made["codes"] = [whole.code_id, part.code_id]


def _find_code(page: Page, words: str) -> None:
    finder = page.get_by_role("combobox", name="Name, or words from its meaning")
    finder.fill(words)
    expect(page.get_by_role("option").first).to_be_visible()
    settled(page, partial(finder.press, "Enter"), address="/reading/keep/")


def answer_offers(way: Way, spoken: Spoken) -> None:
    """The computer's offers wait for a yes or a no: one of each, and why one is offered."""
    enquiry_id = way.made["enquiry"]
    offers = Suggestion.objects.filter(segment__conversation__enquiry_id=enquiry_id, decisions=None)
    at = max(
        {offer.segment.conversation_id for offer in offers.select_related("segment")},
        key=lambda pk: offers.filter(segment__conversation_id=pk).count(),
    )
    page = way.visit("asha", f"/workspace/conversations/{at}/reading/")
    shown = page.locator(".suggestion")
    before = shown.count()
    assert before >= 2, "The computer offered too little to accept one and refuse one."
    settled(page, shown.first.get_by_role("button", name="Accept").click, address="/offers/")
    expect(shown).to_have_count(before - 1)
    settled(page, shown.first.get_by_role("button", name="Refuse").click, address="/offers/")
    expect(shown).to_have_count(before - 2)
    way.look(page)
    decided = TagDecision.objects.filter(suggestion__isnull=False)
    assert sorted(decided.values_list("choice", flat=True)) == [TagChoice.APPLIED, TagChoice.REFUSED]
    assert {each.decided_by_id for each in decided} == {way.users["asha"].pk}


def look_for_patterns(way: Way, spoken: Spoken) -> None:
    """A real run: the page tells how far it is, then shows the groups by itself."""
    page = way.visit("asha", f"/workspace/enquiries/{way.made['enquiry']}/patterns/")
    send(page, "Look for patterns")
    expect(page.get_by_role("progressbar").first).to_be_visible()
    way.look(page)
    expect(page).to_have_url(re.compile(r"/patterns/\d+/$"), timeout=240_000)
    way.look(page)
    run = TopicRun.objects.get(enquiry_id=way.made["enquiry"])
    assert run.finished_at is not None
    assert "minilm" in str(run.model).lower() + str(run.versions).lower() + str(run.parameters).lower()
    assert run.proposals.count() >= 6, "Too few groups to judge each way once."
    way.made["run"] = run.pk


def judge_patterns(way: Way, spoken: Spoken) -> None:
    """Each of the six answers once, with a reason; without one, a sentence and nothing kept."""
    page = way.visit("asha", f"/workspace/patterns/{way.made['run']}/")
    groups = [article.get_attribute("id") for article in page.locator("article.proposal").all()]
    by_action: dict[str, Locator] = {
        action: page.locator(f"#{group}")
        for action, group in zip(ProposalAction.values, groups, strict=False)
    }
    first = by_action[ProposalAction.ACCEPTED]
    _open(first, "Accept")
    first.get_by_role("button", name="Keep this decision").click()
    expect(first.get_by_role("alert")).to_be_visible()
    way.look(page)
    assert not ProposalDecision.objects.exists()
    _because(page, first, "They speak of the same desk.")

    renamed = by_action[ProposalAction.RENAMED]
    _open(renamed, "Rename")
    renamed.get_by_label("The name you would give it").fill("Waiting without a word")
    renamed.get_by_label("Is it a code?").select_option("A new code, described below")
    renamed.get_by_text("About a new code").click()
    renamed.get_by_label("What it means").fill("Nobody says how long, or what comes next.")
    _because(page, renamed, "The computer's words miss what it is about.")
    expect(renamed).to_contain_text("Waiting without a word")

    merged = by_action[ProposalAction.MERGED]
    _open(merged, "Merge")
    merged.get_by_label("Merge it with").select_option(index=1)
    _because(page, merged, "Both tell of doors that were shut.")

    split = by_action[ProposalAction.SPLIT]
    _open(split, "Split")
    split.get_by_label("Name of the part you tick").fill("At home")
    split.get_by_label("Name of the rest").fill("On the way there")
    split.get_by_role("group", name="Tick the passages of the first part").get_by_role(
        "checkbox"
    ).first.check()
    way.look(page)
    _because(page, split, "Two things under one roof.")

    for action, label in ((ProposalAction.REJECTED, "Reject"), (ProposalAction.PARKED, "Park")):
        _open(by_action[action], label)
        _because(page, by_action[action], "Alike in words alone.")
    way.look(page)
    kept = ProposalDecision.objects.all()
    assert {each.action for each in kept} == set(ProposalAction.values)
    assert all(each.reason.strip() and each.decided_by_id == way.users["asha"].pk for each in kept)
    # One passage that fits nowhere is read by a person, where there is one.
    outside = page.get_by_role("region", name="Passages that fit nowhere").locator(".passage")
    if outside.count():
        settled(page, outside.first.get_by_role("button", name="Read, no tag").click, address="/passages/")
        expect(outside.first).to_contain_text("Read.")


def _open(group: Locator, label: str) -> None:
    group.get_by_role("link", name=label, exact=True).click()
    expect(group.get_by_label("Why?")).to_be_visible()


def _because(page: Page, group: Locator, reason: str) -> None:
    group.get_by_label("Why?").fill(reason)
    settled(page, group.get_by_role("button", name="Keep this decision").click, address="/patterns/groups/")
    expect(group).to_contain_text(reason, timeout=PATIENCE_MS)


def write_theme(way: Way, spoken: Spoken) -> None:
    page = way.visit("asha", f"/workspace/enquiries/{way.made['enquiry']}/themes/")
    send(page, "Keep this theme")
    expect(page.locator("[aria-invalid=true], .has-problem").first).to_be_visible()
    way.look(page)
    page.get_by_label("Title").fill("Told again and again")
    page.get_by_label("What we understand").fill(
        "People start from the beginning with each new person they meet."
    )
    for code in way.made["codes"]:
        page.locator(f"input[name=codes][value='{code}']").check()
    send(page, "Keep this theme")
    expect(page.get_by_role("heading", name="Told again and again")).to_be_visible()
    way.look(page)
    way.made["theme"] = Theme.objects.get().pk


def agree_quote(way: Way, spoken: Spoken) -> None:
    """Put forward, heard, checked for names by the second reader, offered, and a yes from who said it."""
    page = way.visit("asha", f"/workspace/conversations/{way.made['conversation']}/reading/")
    passage = page.locator(f"#passage-{_quoted(way).pk}")
    # Three presses select the whole passage.
    passage.locator(".words").click(click_count=3)
    expect(page.locator("[data-reading-target=chosen]")).to_contain_text("“")
    settled(page, page.get_by_role("button", name="Put forward as a quote").click, address="/reading/keep/")
    expect(passage.locator(".margin-quote")).to_be_visible()
    quote = Quote.objects.get()
    way.made["quote"], way.made["words"] = quote.pk, quote.shown
    address = f"/workspace/enquiries/{way.made['enquiry']}/quotes/"
    page = way.visit("asha", address)
    send(page, "I have heard it, and these are the words")
    expect(page.get_by_text("You chose it, so another reader checks it for names.")).to_be_visible()
    way.look(page)
    second = way.visit("tom", address)
    send(second, "Nobody can be known from it")
    way.look(second)
    page.reload()
    send(page, "Offer it to the speaker")
    way.look(page)
    send(page, "They said yes")
    page.get_by_text("Themes, and how the speaker is named").click()
    page.get_by_label("It speaks for").select_option("Told again and again")
    send(page, "Put it to this theme")
    way.look(page)
    quote.refresh_from_db()
    assert quote.state == QuoteState.APPROVED
    assert [step.to_state for step in quote.steps.order_by("pk")] == [
        QuoteState.SELECTED,
        QuoteState.HEARD,
        QuoteState.PSEUDONYMISED,
        QuoteState.OFFERED,
        QuoteState.APPROVED,
    ]


def _quoted(way: Way) -> Segment:
    """The passage to quote: the longest that Wren said, one without brackets if there is any."""
    said = Segment.objects.filter(conversation_id=way.made["conversation"])
    return max(said, key=lambda segment: ("[" not in segment.text, len(segment.text)))
