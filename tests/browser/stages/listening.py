"""From one question to sound that can be heard: enquiry, person, consent, conversation, recording."""

import datetime
import re

from django.utils import timezone
from playwright.sync_api import Page, expect

from enquiries.consent import allows
from enquiries.models import Contributor, Conversation, Enquiry, Scope
from tests.browser.samples import Spoken
from tests.browser.steps import Way, choose, send, wait_until
from transcripts.models.raw import Recording, RecordingState

QUESTION = "What has it been like, trying to find a home and keep it?"
TITLE = "Eastmere: finding a home and keeping it"
# What this person says to each question; everything not named here is a yes.
NO = ("May people hear a short part in your own voice?",)
LATER = ("May an archive keep your words, with names taken out?",)


def frame_enquiry(way: Way, spoken: Spoken) -> None:
    page = way.visit("asha", "/workspace/")
    page.get_by_role("link", name="Frame an enquiry").click()
    # Nothing filled in: every field says what it lacks, and the page stays.
    send(page, "Keep this enquiry")
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    way.look(page)
    page.get_by_label("The one open question").fill(QUESTION)
    page.get_by_label("Short title").fill(TITLE)
    page.get_by_label("Place").fill("Eastmere")
    page.get_by_label("First day of listening").fill("2025-03-10")
    choose(page, "Purpose", "Learning as we go")
    page.get_by_label("Why we ask").fill(
        "Two partners walk alongside people here. They ask what gets in the way."
    )
    choose(page, "How we read", "Reflexive: memos kept, no agreement figure")
    page.get_by_label("Lawful basis").fill("Legitimate interests, with a balancing test on file")
    in_half_a_year = timezone.localdate() + datetime.timedelta(days=180)
    page.get_by_label("Last day to take words back from the report").fill(in_half_a_year.isoformat())
    send(page, "Keep this enquiry")
    expect(page.get_by_role("heading", level=1)).to_have_text(QUESTION)
    way.look(page)
    enquiry = Enquiry.objects.get(title=TITLE)
    assert enquiry.framed_by == way.users["asha"]
    way.made["enquiry"] = enquiry.pk


def add_person(way: Way, spoken: Spoken) -> None:
    page = way.page("asha")
    page.get_by_role("link", name="People, and what they agreed to").click()
    way.look(page)
    page.get_by_role("link", name="Add a person").first.click()
    page.get_by_label("Chosen name").fill("Wren")
    choose(page, "Who is speaking", "A person we listened to")
    choose(page, "Before words are used, this person", "wants to see quotes first")
    page.get_by_label("What to call them").fill("Kay")
    page.get_by_label("Full name").fill("Kayleigh Dunmore")
    page.get_by_label("Names they may say: family, friends").fill(", ".join(spoken.names))
    page.get_by_label("They are 18 or over").check()
    way.look(page)
    send(page, "Add, and ask what they agree to")
    expect(page.get_by_role("heading", level=1)).to_have_text("What Wren agreed to")
    # Who they are went to the link table, and is not read back to the one who typed it.
    expect(page.get_by_text("Dunmore")).to_have_count(0)
    way.made["contributor"] = Contributor.objects.get(pseudonym="Wren").pk


def ask_consent(way: Way, spoken: Spoken) -> None:
    page = way.page("asha")
    questions = page.get_by_role("group").filter(has=page.get_by_label("Ask me later", exact=True))
    expect(questions).to_have_count(len(Scope.values))
    assert questions.get_by_role("radio", checked=True).count() == 0, "An answer was chosen beforehand."
    for question in questions.all():
        asked = (question.locator("legend").text_content() or "").strip()
        answer = "No" if asked in NO else "Ask me later" if asked in LATER else "Yes"
        question.get_by_label(answer, exact=True).check()
    choose(page, "Who was with them", "Nobody")
    choose(page, "How they answered", "In writing")
    page.get_by_label("They have a copy").check()
    way.look(page)
    send(page, "Keep the answers")
    expect(page.get_by_role("heading", name="Answered")).to_be_visible()
    way.look(page)
    wren = Contributor.objects.get(pk=way.made["contributor"])
    wave = wren.enquiry.waves.get()
    open_now = {scope for scope in Scope.values if allows(wren, scope, wave=wave)}
    assert open_now == set(Scope.values) - {Scope.AUDIO_CLIP, Scope.ARCHIVE_DEPOSIT}


def set_conversation_down(way: Way, spoken: Spoken) -> None:
    page = way.visit("asha", f"/workspace/enquiries/{way.made['enquiry']}/")
    page.get_by_role("link", name="Add a conversation").first.click()
    page.get_by_label("Wren").check()
    page.get_by_label("Day", exact=True).fill("2025-03-18")
    page.get_by_label("Where", exact=True).select_option("Their home")
    page.get_by_label("Minutes", exact=False).fill("2")
    page.get_by_label("Who listened").select_option("Dev Rowlands")
    page.get_by_label("Told what cannot stay between us").check()
    way.look(page)
    send(page, "Keep this conversation")
    expect(page.get_by_role("link", name="Add the sound")).to_be_visible()
    way.look(page)
    way.made["conversation"] = Conversation.objects.get(enquiry_id=way.made["enquiry"]).pk


def send_recording(way: Way, spoken: Spoken) -> None:
    page = way.page("asha")
    page.get_by_role("link", name="Add the sound").click()
    way.look(page)
    # A file that is no sound: a sentence, nothing kept, and the way stays open.
    page.get_by_label("A sound or video file").set_input_files(
        {"name": "notes.wav", "mimeType": "audio/wav", "buffer": b"This is a shopping list, not a sound."}
    )
    page.get_by_role("button", name="Send the recording").click()
    expect(page.locator("#sound-problem")).to_be_visible()
    way.look(page)
    assert not Recording.objects.exists()
    page.get_by_label("A sound or video file").set_input_files(spoken.path)
    page.get_by_role("button", name="Send the recording").click()
    expect(page.get_by_role("heading", name=re.compile("Received"))).to_be_visible()
    # The worker listens through it; the strip then takes the place of the progress by itself.
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    recording = Recording.objects.get(conversation_id=way.made["conversation"])
    assert recording.state == RecordingState.READABLE
    way.made["recording"] = recording.pk
    way.look(page)


def hear(way: Way, spoken: Spoken) -> None:
    """Play, jump on, and see in the answers that only the asked stretch of the sound was sent."""
    page = way.page("asha")
    page.get_by_role("button", name="Play", exact=True).click()
    wait_until(lambda: now_at(page) > 0.2, "Sound that moves")
    page.get_by_role("button", name="Pause", exact=True).click()
    before = now_at(page)
    page.get_by_role("button", name="On 3 seconds").click()
    wait_until(lambda: now_at(page) >= before + 2.9, "Going on by three seconds")
    # A point on the wave, most of the way along.
    wave = page.locator("svg.wave").bounding_box()
    assert wave is not None
    page.mouse.click(wave["x"] + wave["width"] * 0.75, wave["y"] + wave["height"] / 2)
    length = float(page.locator("audio").evaluate("audio => audio.duration"))
    wait_until(lambda: abs(now_at(page) - length * 0.75) < 1, "Going to a point on the wave")
    address = f"/workspace/recordings/{way.made['recording']}/sound"
    statuses = {status for url, status in way.answers if url.endswith(address)}
    assert statuses == {206}, statuses
    part = page.request.get(address, headers={"Range": "bytes=1000-1999"})
    assert (part.status, len(part.body())) == (206, 1000)
    assert re.fullmatch(r"bytes 1000-1999/\d+", part.headers["content-range"])
    # Somebody who is not signed in hears nothing.
    stranger = way.window()
    assert stranger.request.get(address, max_redirects=0).status == 302
    stranger.close()


def now_at(page: Page) -> float:
    """Where the sound is, in seconds."""
    return float(page.locator("audio").evaluate("audio => audio.currentTime"))
