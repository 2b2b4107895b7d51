"""Checking words against the sound by keyboard, taking names out, and the same with JavaScript off."""

import io
import math
import struct
import wave
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from nlp.names import FoundName
from tests.factories.accounts import UserFactory, colleague
from tests.factories.enquiries import WorkFactory
from tests.factories.transcripts import RecordingFactory, TranscriptionRunFactory
from tests.transcripts.texts import text_of
from transcripts.actions import names
from transcripts.models import PseudonymisedVersion, Transcript
from transcripts.models.raw import RawVersion, Turn
from transcripts.versions import latest, turns_of


def tone(seconds: int) -> bytes:
    """A quiet tone as a WAV file that any browser plays."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(
            b"".join(struct.pack("<h", int(2000 * math.sin(i / 5))) for i in range(8000 * seconds))
        )
    return file.getvalue()


@pytest.fixture
def heard() -> Transcript:
    """A draft with sound, a second a word; the machine is unsure of "counsel" and nobody is told apart."""
    transcript = text_of(
        [("wren", "They sent me to the counsel."), ("", "And then?"), ("", "I walked back to Eastmere.")]
    )
    recording = RecordingFactory(
        conversation=transcript.conversation, data=tone(16), duration_ms=16_000, sample_rate=8000
    )
    run = TranscriptionRunFactory(recording=recording)
    RawVersion.objects.filter(transcript=transcript).update(run=run)
    turn = Turn.objects.get(version__transcript=transcript, number=1)
    turn.words[5][4] = 0.2
    turn.save()
    return transcript


def sign_in(page: Page, user: User, address: str) -> None:
    client = Client()
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}]
    )


def test_checking_by_keyboard(
    page: Page, heard: Transcript, live_server: Any, check_axe: Callable[[Page], None]
) -> None:
    sign_in(page, colleague(heard.partner), live_server.url)
    page.goto(f"/workspace/conversations/{heard.conversation_id}/checking/")
    check_axe(page)

    page.get_by_text("sent", exact=True).click()
    expect(page.locator(".now-word")).to_have_text("sent")
    page.keyboard.press("Control+Space")

    page.keyboard.press("Control+;")
    expect(page.locator(".low")).to_be_focused()

    words = page.get_by_label("The words of this turn").first
    words.fill("They sent me to the council.")
    words.press("Control+Enter")
    expect(page.get_by_text("Checked by you")).to_have_count(1)
    expect(page.locator("#to-go")).to_contain_text("2 turns to go")
    # The next turn is open, and the keys go on from there.
    expect(page.locator("textarea:focus")).to_have_value("And then?")
    page.keyboard.press("Control+Shift+Digit9")
    expect(page.locator(".turn .who").nth(1)).to_contain_text("Listener")
    page.locator("#speakers").get_by_role("button").first.wait_for(state="detached")

    expect(page.locator("textarea:focus")).to_have_value("And then?")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Checked by you")).to_have_count(2)
    expect(page.locator("textarea:focus")).to_have_value("I walked back to Eastmere.")
    page.keyboard.press("Control+Shift+Digit1")
    expect(page.locator(".turn .who").nth(2)).to_contain_text("Wren")
    expect(page.locator("textarea:focus")).to_have_value("I walked back to Eastmere.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Checked by you")).to_have_count(3)

    page.get_by_role("button", name="Mark the text as checked").click()
    page.get_by_label("I have heard the sound through").check()
    check_axe(page)
    page.get_by_role("button", name="Verify the text").click()
    expect(page.get_by_role("heading", name="Taking names out")).to_be_visible()
    check_axe(page)
    heard.refresh_from_db()
    assert heard.state == "verified"
    assert turns_of(latest(heard))[0].text == "They sent me to the council."


def test_keys_can_be_switched_off(page: Page, heard: Transcript, live_server: Any) -> None:
    sign_in(page, colleague(heard.partner), live_server.url)
    address = f"/workspace/conversations/{heard.conversation_id}/checking/"
    page.goto(address)
    page.get_by_label("Use these keys").uncheck()
    page.reload()
    expect(page.get_by_label("Use these keys")).not_to_be_checked()
    page.get_by_label("The words of this turn").first.press("Control+Enter")
    expect(page.locator("#to-go")).to_contain_text("3 turns to go")


@pytest.fixture
def named() -> Transcript:
    """A verified text in which the computer offers Sarah and Eastmere, and missed Zoë."""
    transcript = text_of(
        [("wren", "My sister Sarah lives in Eastmere 🙂."), ("wren", "I told Sarah and Zoë.")],
        state="verified",
        checked_by=UserFactory(),
    )
    version = latest(transcript)
    WorkFactory(partner=transcript.partner, kind=names.FIND_NAMES, about_id=version.pk, finished=True)
    names.store_findings(
        version=version,
        found=[
            FoundName(start, start + len(word), word, kind, 0.9, "It looks like a name.")
            for word, kind in (("Sarah", "person"), ("Eastmere", "place"))
            for start in [version.text.index(word)]
        ],
    )
    return transcript


def test_names_are_decided_and_signed_off(
    page: Page, named: Transcript, live_server: Any, check_axe: Callable[[Page], None]
) -> None:
    sign_in(page, colleague(named.partner), live_server.url)
    page.goto(f"/workspace/conversations/{named.conversation_id}/names/")
    check_axe(page)
    offer = page.locator("[data-names-target=offer]")
    offer.first.get_by_label("In all 2 places in this text").check()
    offer.first.get_by_role("button", name="Accept").click()
    expect(offer).to_have_count(1)
    expect(offer.first.get_by_role("button", name="Accept")).to_be_focused()
    offer.first.get_by_label("Other words").fill("the town")
    offer.first.get_by_label("Other words").press("Enter")
    expect(offer).to_have_count(0)

    page.evaluate(
        """() => {
            const turn = document.querySelectorAll("[data-names-target=turn]")[1];
            const last = turn.lastChild;
            const at = last.data.indexOf("Zoë");
            getSelection().setBaseAndExtent(last, at, last, at + 3);
        }"""
    )
    expect(page.get_by_label("Words to take out")).to_have_value("Zoë")
    page.get_by_label("What should stand there").fill("friend")
    page.get_by_role("button", name="Take it out").click()
    check_axe(page)
    page.get_by_role("button", name="Make the text without names").click()
    expect(page.get_by_text("someone else has to read this text")).to_be_visible()
    check_axe(page)
    made = PseudonymisedVersion.objects.get()
    assert made.text == "My sister [sister] lives in [the town] 🙂.\n\nI told [sister] and [friend]."

    sign_in(page, colleague(named.partner, "reviewer"), live_server.url)
    page.reload()
    page.get_by_role("button", name="No: sign it off").click()
    expect(page.get_by_text("2 passages are ready")).to_be_visible()


def test_words_are_checked_without_script(browser: Browser, heard: Transcript, live_server: Any) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain, colleague(heard.partner), live_server.url)
    plain.goto(f"/workspace/conversations/{heard.conversation_id}/checking/")
    expect(plain.locator("audio[controls]")).to_be_visible()
    expect(plain.get_by_text("Without leaving the keyboard")).to_be_hidden()
    plain.get_by_label("The words of this turn").first.fill("They sent me away.\n\nTo the council.")
    plain.get_by_role("button", name="This turn is right", exact=True).first.click()
    expect(plain.locator("#to-go")).to_contain_text("2 turns to go")
    assert [turn.text for turn in turns_of(latest(heard))][:2] == ["They sent me away.", "To the council."]
    context.close()
