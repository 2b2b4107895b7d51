"""One person's words, voice and name, taken through the whole house: what must be found nowhere afterwards.

Every word planted here is made up and stands nowhere else, so that finding one is proof. The way is that of
the product: a worker in a process of its own listens through, writes down (the scripted engine, for want of
weights), looks for names, embeds and models with the real libraries; people do the rest through actions.
"""

import array
import io
import json
import math
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils import timezone

from accounts.models import Role, User
from coaching.actions import make_joint_display
from coaching.models import Relation
from enquiries import actions as listening
from enquiries.models import Contributor, Conversation, Enquiry, Link, Scope
from publishing.models import WisdomPage, WisdomsReportPage
from tests.browser.background import set_down_others
from tests.browser.steps import wait_for_work
from tests.factories.accounts import colleague
from tests.factories.publishing import World
from themes import actions as sense
from themes.models import Quote
from transcripts.actions.checking import Speaker, check_turn, mark_checked, set_remaining_speakers, verify
from transcripts.actions.names import decide_name, undecided
from transcripts.actions.pseudonymising import make_pseudonymised, sign_off
from transcripts.actions.receiving import receive_recording
from transcripts.actions.transcribing import request_transcription
from transcripts.models import Segment, Transcript
from transcripts.models.raw import Recording, ReplacementDecision, Turn
from transcripts.versions import latest

TONE_HZ = 1_237
RATE = 16_000
# What they said: two words that are found by nobody else's, in a sentence that can be looked for by others.
WORD, SECOND_WORD = "quillhavenmoth", "brassnettle"
SAID = (
    f"It was like a {WORD} under a lampshade, going round and round between their desks.",
    f"They wrote {SECOND_WORD} on my file and sent me back to the start of the queue again.",
    f"Nobody at the council asked why I was there, and the {WORD} was all that I could think of.",
)
SISTER = "Perpetuavine"
NAMED = f"My sister {SISTER} rang the housing office for me every single morning that week."
# Who they are.
FULL_NAME, CALLED = "Ottoline Brackenferry", "Brackenferry"
PHONE, EMAIL = "01632 960417", "ottoline@brackenferry.example"
HELPER = "Aunt Peverellina"
PSEUDONYM = "Sandmartinvex"

CANARIES = (WORD, SECOND_WORD, SISTER, "Ottoline", "Brackenferry", PHONE, HELPER, PSEUDONYM)


def tone(seconds: int = 12) -> bytes:
    """A WAV file of one sine, which no other sound of the tests holds."""
    samples = array.array(
        "h", (int(9_000 * math.sin(2 * math.pi * TONE_HZ * n / RATE)) for n in range(seconds * RATE))
    )
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return made.getvalue()


def write_script(path: Path) -> Path:
    """What the scripted engine hears in the tone."""
    rows = [
        {"start_ms": n * 3_000, "end_ms": n * 3_000 + 2_300, "text": text, "confidence": 0.93}
        for n, text in enumerate((*SAID, NAMED))
    ]
    path.write_text(json.dumps({"language": "en", "segments": rows}), encoding="utf-8")
    return path


@dataclass
class Planted:
    """The person, what was made of what they said, and everybody who works on it."""

    place: World
    guardian: User
    researcher: User
    reviewer: User
    speaker: Contributor
    conversation: Conversation
    recording: Recording
    quotes: list[Quote] = field(default_factory=list)
    report: WisdomsReportPage | None = None
    wisdom: WisdomPage | None = None

    @property
    def enquiry(self) -> Enquiry:
        return self.place.enquiry

    @property
    def staff(self) -> dict[str, User]:
        return {
            "researcher": self.researcher,
            "reviewer": self.reviewer,
            "guardian": self.guardian,
            "editor": self.place.editor,
        }


def plant(place: World) -> Planted:
    """Take one person's words all the way to a page; a worker must be running. Takes about a minute."""
    planted = _listen(place)
    _write_down(planted)
    _make_sense(planted)
    _publish(planted)
    return planted


def _listen(place: World) -> Planted:
    guardian, researcher, reviewer = (
        colleague(place.partner, role) for role in (Role.DATA_GUARDIAN, Role.RESEARCHER, Role.REVIEWER)
    )
    speaker = listening.add_voice(
        enquiry=place.enquiry,
        by=researcher,
        identity={"called": CALLED, "full_name": FULL_NAME, "other_names": [SISTER], "is_adult": True},
        pseudonym=PSEUDONYM,
        helper=HELPER,
    )
    person = Link.objects.get(contributor=speaker).person
    assert person is not None
    person.phone, person.email = PHONE, EMAIL
    person.save(update_fields=["phone", "email"])
    wave_one = place.enquiry.waves.get()
    listening.record_consent(
        contributor=speaker,
        wave=wave_one,
        decisions=dict.fromkeys(Scope.values, "granted"),
        by=researcher,
        copy_given=True,
    )
    conversation = listening.add_conversation(
        enquiry=place.enquiry,
        wave=wave_one,
        contributors=[speaker],
        held_on=timezone.localdate(),
        by=researcher,
        others_present=HELPER,
    )
    recording = receive_recording(conversation=conversation, upload=_blocks(tone()), by=researcher)
    wait_for_work("listen_through")
    recording.refresh_from_db()
    return Planted(place, guardian, researcher, reviewer, speaker, conversation, recording)


def _blocks(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), 65_536):
        yield data[start : start + 65_536]


def _write_down(planted: Planted) -> None:
    """By the engine, then read by a person: who spoke, every turn, names out, signed off by a second."""
    request_transcription(recording=planted.recording, by=planted.researcher)
    wait_for_work("transcribe")
    text = Transcript.objects.get(conversation=planted.conversation)
    set_remaining_speakers(
        transcript=text,
        base_number=latest(text).number,
        speaker=Speaker(contributor_id=planted.speaker.pk, is_listener=False),
        by=planted.researcher,
    )
    for index in range(Turn.objects.filter(version=latest(text)).count()):
        check_turn(transcript=text, base_number=latest(text).number, index=index, by=planted.researcher)
    mark_checked(transcript=text, by=planted.researcher)
    verify(transcript=text, has_heard=True, by=planted.researcher)
    wait_for_work("find_names")
    version = latest(text)
    for found in undecided(version):
        decide_name(
            version=version,
            start=found.start,
            end=found.end,
            decision=ReplacementDecision.CHANGED,
            replacement="[someone]",
            by=planted.researcher,
        )
    text.refresh_from_db()
    made = make_pseudonymised(transcript=text, by=planted.researcher)
    sign_off(version=made, by=planted.reviewer)
    wait_for_work("embed_segments")


def _make_sense(planted: Planted) -> None:
    """Patterns by BERTopic, offers, tags, a memo with an extract, agreed quotes, a theme, a joint display."""
    enquiry = planted.enquiry
    set_down_others(enquiry)
    book = sense.start_codebook(enquiry=enquiry, by=planted.researcher)
    codes = list(book.codes.all()[:2])
    passages = list(Segment.objects.filter(contributor=planted.speaker).order_by("number"))
    for passage in passages[:2]:
        sense.tag(segment=passage, code=codes[0], by=planted.researcher)
    sense.request_topic_run(enquiry=enquiry, by=planted.researcher)
    wait_for_work("topics", seconds=300)
    wait_for_work("suggest_codes", seconds=120)
    sense.keep_memo(
        conversation=planted.conversation,
        segment=passages[0],
        text=f"The {WORD} comes back: “{SAID[0]}”",
        by=planted.researcher,
    )
    for passage in passages[:2]:
        quote = sense.select_quote(segment=passage, by=planted.researcher)
        quote = sense.mark_heard(quote=quote, by=planted.reviewer)
        quote = sense.mark_pseudonymised(quote=quote, by=planted.reviewer)
        quote = sense.offer(quote=quote, by=planted.researcher)
        planted.quotes.append(sense.record_answer(quote=quote, answer="approved", by=None))
    sense.set_attribution(quote=planted.quotes[0], attribution="chosen_name", by=planted.researcher)
    theme = sense.make_theme(
        enquiry=enquiry,
        title="Round and round",
        statement="People are sent back to where they began.",
        codes=codes[:1],
        by=planted.researcher,
    )
    for quote in planted.quotes:
        sense.put_quote_to_theme(theme=theme, quote=quote, by=planted.researcher)
    make_joint_display(
        enquiry=enquiry,
        topic="Starting again",
        theme=theme,
        quotes=planted.quotes[:1],
        figure=None,
        heard="People were sent from desk to desk.",
        relation=Relation.SILENT,
        reading="Nobody counts how often somebody is sent away.",
        by=planted.researcher,
    )


def _publish(planted: Planted) -> None:
    """Live on two pages, with an older version of each, and a newer draft."""
    place, (first, second) = planted.place, planted.quotes
    report = place.report(
        in_short="People answered.",
        introduction=[("prose", "<p>In spring we asked one question.</p>")],
    )
    wisdom = place.wisdom(
        report,
        opening_quote=first.pk,
        heard=[("prose", "<p>People said so.</p>"), ("quote", {"quote": second.pk})],
    )
    place.go_live(report)
    place.go_live(wisdom)
    draft: Any = WisdomPage.objects.get(pk=wisdom.pk)
    draft.title = "Sent back to the start"
    draft.save_revision(user=place.editor)
    planted.report = WisdomsReportPage.objects.get(pk=report.pk)
    planted.wisdom = WisdomPage.objects.get(pk=wisdom.pk)
