"""From sound to a text without names: written down, checked by ear, verified, names decided, signed off."""

import re
from functools import partial

from playwright.sync_api import Locator, Page, expect

from tests.browser.samples import LISTENER, Spoken
from tests.browser.stages.listening import now_at
from tests.browser.steps import Way, send, settled, wait_for_work, wait_until
from transcripts.models import PseudonymisedVersion, Segment, Transcript, TranscriptState
from transcripts.models.raw import RawVersion, Replacement, ReplacementDecision, Turn


def write_down(way: Way, spoken: Spoken) -> None:
    """The computer writes a draft, and the page tells how far it is until it links to the words."""
    page = way.visit("asha", f"/workspace/conversations/{way.made['conversation']}/recording/")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    way.look(page)
    expect(page.get_by_role("link", name="Check the words")).to_be_visible(timeout=120_000)
    way.look(page)
    page.goto("/workspace/work/")
    way.look(page)
    transcript = Transcript.objects.get(conversation_id=way.made["conversation"])
    assert transcript.state == TranscriptState.DRAFTED
    version = RawVersion.objects.get(transcript=transcript)
    assert version.made_by is None
    assert version.run is not None
    way.made["transcript"] = transcript.pk


def hear_words(way: Way, spoken: Spoken) -> None:
    """A pressed word is heard; keys play, pause and go to the words the computer was unsure of."""
    page = way.visit("asha", f"/workspace/conversations/{way.made['conversation']}/checking/")
    words = page.locator(".words [data-ms]")
    word = words.nth(words.count() // 2)
    wanted = int(word.get_attribute("data-ms") or 0) / 1000
    word.click()
    wait_until(lambda: now_at(page) >= wanted, "Sound from the pressed word on")
    expect(page.locator(".now-word").first).to_be_attached()
    page.keyboard.press("Control+Space")
    wait_until(lambda: bool(page.locator("audio").evaluate("audio => audio.paused")), "A pause by key")
    stopped = now_at(page)
    page.keyboard.press("Control+Comma")
    wait_until(lambda: now_at(page) <= max(0.1, stopped - 2.9), "Going back by key")
    page.keyboard.press("Control+Space")
    wait_until(lambda: not page.locator("audio").evaluate("audio => audio.paused"), "Play by key")
    page.keyboard.press("Control+Space")
    if page.locator(".words .low").count():
        page.keyboard.press("Control+Semicolon")
        expect(page.locator(".words .low").first).to_be_focused()


def put_words_right(way: Way, spoken: Spoken) -> None:
    """One word is corrected; each turn gets its speaker and its yes without leaving the keyboard."""
    page = way.visit("asha", f"/workspace/conversations/{way.made['conversation']}/checking/")
    wrong, right = spoken.slip
    place = page.locator(".turn-place").filter(has_text=wrong).first
    if not place.count():
        # A real engine heard it right: then another word is put right.
        place, wrong, right = page.locator(".turn-place").first, "", "Yes. "
    area = _open(place)
    area.fill(area.input_value().replace(wrong, right, 1))
    settled(
        page, lambda: place.get_by_role("button", name="Keep, and check it later").click(), address="/turns/"
    )
    expect(page.locator(".turn-place").filter(has_text=right).first).to_be_visible()
    way.look(page)
    listened = _listener_times(spoken)
    # No act below cuts or joins a turn, so there are as many afterwards.
    total = page.locator(".turn-place").count()
    for index in range(total):
        place = page.locator(".turn-place").nth(index)
        _open(place).focus()
        is_asked = _begins_in(place.locator("[data-ms]").first.get_attribute("data-ms"), listened)
        key = "Control+Shift+Digit9" if is_asked else "Control+Shift+Digit1"
        settled(page, partial(page.keyboard.press, key), address="/turns/")
    expect(page.get_by_text("have no speaker yet")).to_have_count(0)
    way.look(page)
    _say_each_is_right(page, total)
    way.look(page)
    send(page, "Mark the text as checked")
    way.look(page)


def _open(place: Locator) -> Locator:
    """The words of a turn, with its form unfolded."""
    area = place.get_by_label("The words of this turn")
    if area.is_hidden():
        place.locator("summary").first.click()
    expect(area).to_be_visible()
    return area


def _say_each_is_right(page: Page, total: int) -> None:
    _open(page.locator(".turn-place").first).focus()
    for done in range(1, total + 1):
        settled(page, lambda: page.keyboard.press("Control+Enter"), address="/turns/")
        expect(page.locator(".turn-place[data-checked=yes]")).to_have_count(done)
    expect(page.get_by_role("button", name="Mark the text as checked")).to_be_visible()


def _listener_times(spoken: Spoken) -> list[tuple[int, int]]:
    return [(start, end) for start, end, _text, _sure, who in spoken.segments if who == LISTENER]


def _begins_in(ms: str | None, times: list[tuple[int, int]]) -> bool:
    return any(start - 300 <= int(ms or 0) < end - 300 for start, end in times)


def verify(way: Way, spoken: Spoken) -> None:
    page = way.visit("asha", f"/workspace/conversations/{way.made['conversation']}/checking/")
    # Without the tick nothing is verified, and a sentence says why.
    send(page, "Verify the text")
    assert Transcript.objects.get(pk=way.made["transcript"]).state == TranscriptState.CHECKED
    way.look(page)
    page.get_by_label("I have heard the sound through and read every word").check()
    send(page, "Verify the text")
    expect(page.get_by_role("heading", level=1)).to_have_text("Taking names out")
    transcript = Transcript.objects.get(pk=way.made["transcript"])
    assert transcript.state == TranscriptState.VERIFIED
    version = RawVersion.objects.filter(transcript=transcript).latest("number")
    assert not Turn.objects.filter(version=version, checked_by=None).exists()
    if any(who == LISTENER for *_rest, who in spoken.segments):
        assert Turn.objects.filter(version=version, is_listener=True).exists()


def decide_names(way: Way, spoken: Spoken) -> None:
    """One offer accepted, one changed, one refused, the rest accepted; one stretch the computer missed."""
    page = way.visit("asha", f"/workspace/conversations/{way.made['conversation']}/names/")
    # The computer looks by itself once a text is verified; its offers come into the page when they are there.
    offers = page.locator("[data-names-target=offer]")
    expect(offers.nth(2)).to_be_visible(timeout=60_000)
    way.look(page)
    _decide(page, "Accept")
    expect(page.get_by_role("heading", name="Decided")).to_be_visible()
    # Changing without words is answered with a sentence.
    offers.first.get_by_role("button", name="Change", exact=True).click()
    expect(offers.first.get_by_role("alert")).to_be_visible()
    way.look(page)
    offers.first.get_by_label("Other words").fill("somebody they know")
    _decide(page, "Change")
    expect(page.get_by_text("[somebody they know]").first).to_be_visible()
    _decide(page, "Refuse")
    while offers.count():
        _decide(page, "Accept")
    missed, instead = spoken.missed
    _take_out(page, missed, instead)
    way.look(page)
    send(page, "Make the text without names")
    expect(page.get_by_text(f"[{instead}]").first).to_be_visible()
    expect(page.get_by_text("You took the names out, so someone else has to read this text")).to_be_visible()
    way.look(page)
    decisions = set(Replacement.objects.values_list("decision", flat=True))
    assert decisions == set(ReplacementDecision.values)
    text = PseudonymisedVersion.objects.get(transcript_id=way.made["transcript"]).text
    assert "[somebody they know]" in text
    assert missed not in text


def _decide(page: Page, answer: str) -> None:
    """Answer the first offer, and wait until it has gone from the list."""
    offers = page.locator("[data-names-target=offer]")
    before = offers.count()
    offers.first.get_by_role("button", name=answer, exact=True).click()
    expect(offers).not_to_have_count(before)


def _take_out(page: Page, words: str, instead: str) -> None:
    """Take out a stretch that no offer covers, where the text still holds it."""
    form = page.get_by_role("region", name="Missed by the computer")
    whole = page.get_by_role("region", name="The whole text")
    if whole.locator("mark", has_text=words).count():
        return
    form.get_by_label("Words to take out").first.fill(words)
    form.get_by_label("What should stand there").fill(instead)
    form.get_by_role("checkbox").check()
    send(page, form.get_by_role("button", name="Take it out"))


def sign_off(way: Way, spoken: Spoken) -> None:
    """The second reader reads the whole text and signs; passages are cut, and compared by the computer."""
    page = way.visit("tom", "/workspace/")
    page.get_by_role("link", name=re.compile("Conversation 1")).first.click()
    way.look(page)
    send(page, "No: sign it off")
    expect(page.get_by_text("Tom Ellis signed this text off")).to_be_visible()
    expect(page.get_by_text("ready to be read and tagged")).to_be_visible()
    wait_for_work("embed_segments")
    # The page asks how the work goes, and comes anew when it is done.
    expect(page.locator("[hx-trigger^='every']")).to_have_count(0)
    page.wait_for_load_state()
    way.look(page)
    passages = Segment.objects.filter(conversation_id=way.made["conversation"])
    assert passages.exists()
    assert not passages.filter(embedding=None).exists()
    assert {passage.contributor_id for passage in passages} == {way.made["contributor"]}
