"""Agreement spoken aloud: its place is set while listening, and the ledger leads to just those seconds."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from playwright.sync_api import Page, expect

from enquiries.models import ConsentEvent, Scope
from tests.browser.test_checking_words import sign_in, tone
from tests.factories.accounts import colleague
from tests.factories.enquiries import ContributorFactory, ConversationFactory, grant
from tests.factories.transcripts import RecordingFactory


def test_set_while_listening_and_heard_from_the_ledger(
    page: Page, live_server: Any, check_axe: Callable[..., None]
) -> None:
    wren = ContributorFactory(pseudonym="Wren")
    grant(wren, Scope.TAKE_PART, Scope.AUDIO_RECORD)
    talk = ConversationFactory(enquiry=wren.enquiry, contributors=[wren])
    recording = RecordingFactory(conversation=talk, data=tone(16), duration_ms=16_000, sample_rate=8000)
    sign_in(page, colleague(wren.partner), live_server.url)
    page.goto(reverse("transcripts:recording", args=[talk.pk]))
    page.get_by_role("link", name="Where they agreed aloud").click()
    check_axe(page)

    page.get_by_role("button", name="On 3 seconds").click()
    page.get_by_role("button", name="It begins where I am now").click()
    expect(page.get_by_label("It begins at")).to_have_value("0:03.0")
    page.get_by_label("It ends at").fill("0:04.5")
    page.get_by_role("group", name="May we record the sound?").get_by_label("Said yes").check()
    page.get_by_role("button", name="Keep it in the ledger").click()
    expect(page.get_by_text("Kept in the ledger")).to_be_visible()
    line = ConsentEvent.objects.exclude(start_ms=None).get()
    assert (line.scope, line.start_ms, line.end_ms) == (Scope.AUDIO_RECORD, 3000, 4500)
    assert line.spoken_recording == recording.pk

    page.goto(reverse("enquiries:consent", args=[wren.pk]))
    page.get_by_role("link", name="Said aloud, 0:03 to 0:04").click()
    check_axe(page)
    page.get_by_role("button", name="Play", exact=True).click()
    sound = page.locator("audio")
    page.wait_for_function("() => document.querySelector('audio').currentTime >= 3")
    page.wait_for_function("() => document.querySelector('audio').paused")
    assert 4.3 <= sound.evaluate("audio => audio.currentTime") <= 5
