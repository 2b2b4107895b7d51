"""A person's own page: what they see, and what they decide."""

import io
import json
import logging
import re
import tempfile
import wave
import zipfile
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from accounts import wall
from audit.models import Event
from enquiries import consent
from enquiries.models import ConsentEvent, ConsentState, Link, Scope, Withdrawal
from nlp.audio import decode_mono_16k
from portal.models import PersonalLink, Question
from tests.factories.accounts import UserFactory
from tests.factories.enquiries import (
    ContributorFactory,
    ConversationFactory,
    LinkFactory,
    PersonFactory,
    take_back,
)
from tests.factories.portal import PAGES, a_card, come_in
from tests.factories.themes import a_quote, signed_off
from tests.factories.transcripts import RecordingFactory, TranscriptFactory
from tests.paths import files_below
from tests.sweeping import sweep_all
from tests.transcripts.sounds import tones, wav
from themes.models import QuoteState
from transcripts import own, store
from transcripts.actions import striking
from transcripts.models import PseudonymisedVersion, Segment, StruckOut
from transcripts.models.raw import Turn
from transcripts.recordings import sound_file
from transcripts.selectors import segments_of
from wisdoms.logs import WithoutWaysIn

pytestmark = pytest.mark.django_db


# --- What is theirs -----------------------------------------------------------------------------------
def test_another_persons_rows_are_not_there(inside, card, wren):
    heron = ContributorFactory(enquiry=wren.enquiry, agreed=True, pseudonym="Heron")
    talk = ConversationFactory(enquiry=wren.enquiry, contributors=[heron])
    theirs = a_quote(
        signed_off(talk, ["Nobody asked me what I wanted."])[0], by=UserFactory(), state=QuoteState.OFFERED
    )
    assert inside.get(card.way("change_quote", theirs.pk)).status_code == 404
    refused = inside.post(card.way("answer", theirs.pk), {"answer": "approved"})
    assert refused.status_code == 404
    missing = inside.post(card.way("answer", theirs.pk + 1_000), {"answer": "approved"})
    assert _main(refused) == _main(missing)
    assert card.way("start") in _main(refused)
    for page in PAGES:
        assert b"Heron" not in inside.get(card.way(page)).content


def test_one_scope_is_taken_back_in_two_presses_with_a_receipt(inside, card, wren):
    page = inside.get(card.way("change", Scope.QUOTE_WORDS)).content.decode()
    assert "Letting people hear my voice" in page
    answer = inside.post(card.way("change", Scope.QUOTE_WORDS), {"take_back": "yes"}, follow=True)
    assert answer.status_code == 200
    assert "It is taken back" in answer.content.decode()
    assert not consent.allows(wren, Scope.QUOTE_WORDS)
    assert consent.allows(wren, Scope.ANALYSE)
    line = ConsentEvent.objects.filter(scope=Scope.QUOTE_WORDS).latest("pk")
    assert (line.decision, line.recorded_by, line.method) == (ConsentState.WITHDRAWN, None, "online")


def test_everything_is_taken_back_and_the_receipt_outlives_the_page(inside, card, wren):
    answer = inside.post(card.way("everything"))
    assert answer.status_code == 302
    receipt = answer["Location"]
    assert "It is taken back" in Client().get(receipt).content.decode()
    assert b"Wren" not in Client().get(receipt).content
    assert not any(consent.allows(wren, scope) for scope in Scope.values)


def test_taking_back_twice_is_no_error(inside, card):
    inside.post(card.way("change", Scope.QUOTE_WORDS), {"take_back": "yes"})
    first = Withdrawal.objects.get()
    again = inside.post(card.way("change", Scope.QUOTE_WORDS), {"take_back": "yes"})
    assert again["Location"] == card.way("taken", first.pk)
    assert Withdrawal.objects.count() == 1
    assert inside.get(card.way("agreed")).status_code == 200


@pytest.mark.parametrize("way", [("everything",), ("change", Scope.TAKE_PART)])
def test_pressing_again_after_everything_is_gone_leads_to_the_receipt(inside, card, way):
    """As where the network is poor and nothing seemed to happen."""
    form = dict(re.findall(r'name="(press|take_back)" value="([^"]+)"', _main(inside.get(card.way(*way)))))
    first = inside.post(card.way(*way), form)
    sweep_all()
    assert not PersonalLink.objects.exists()
    again = inside.post(card.way(*way), form)
    receipt = _main(inside.get(again["Location"]))
    assert receipt == _main(inside.get(first["Location"]))
    assert Withdrawal.objects.get().receipt in receipt
    assert inside.get(card.way(*way)).status_code == 404
    for made_up in ("", "guessed", form["press"][:-1]):
        assert inside.post(card.way(*way), form | {"press": made_up}).status_code == 404


def test_somebody_who_said_no_from_the_start_can_be_forgotten(client):
    heron = ContributorFactory(declined=True)
    LinkFactory(contributor=heron, person=PersonFactory(partner=heron.partner))
    card = a_card(heron)
    come_in(client, card)
    assert "Yes, take everything back" in client.get(card.way("everything")).content.decode()
    assert client.post(card.way("everything")).status_code == 302
    sweep_all()
    assert not Link.objects.filter(contributor=heron).exists()


@pytest.mark.parametrize(("before", "says"), [("", "This is too long"), ("/cy", "rhy hir")])
def test_what_is_too_long_is_told_plainly_and_kept_in_the_form(inside, card, before, says):
    said = {"kind": "question", "said": "🦉" * 5_001}
    answer = inside.post(before + card.way("ask"), said)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert "Ensure" not in page
    assert said["said"] in page


def test_questions_by_one_link_are_limited(inside, card):
    said = [{"kind": "question", "said": f"When is part {n} out?"} for n in range(11)]
    assert [inside.post(card.way("ask"), each).status_code for each in said] == [302] * 10 + [429]
    assert Question.objects.count() == 10


def test_whoever_writes_for_longer_than_a_visit_lasts_loses_no_word(client, card, time_machine):
    time_machine.move_to(timezone.now())
    come_in(client, card)
    time_machine.shift(timedelta(minutes=31))
    said = "Nobody rang back.\nNot once. “Tomorrow” & <tomorrow>."
    asked = client.post(card.way("ask"), {"kind": "complaint", "said": said})
    assert not Question.objects.exists()
    wrong = client.post(card.way("confirm"), {"answer": "magpie", "who": "self"} | _hidden(asked))
    assert wrong.status_code == 422
    opened = client.post(card.way("confirm"), {"answer": "blackbird", "who": "self"} | _hidden(wrong))
    assert "It has not been sent yet." in opened.content.decode()
    assert opened.context["form"].initial == {"kind": "complaint", "said": said}
    assert client.post(card.way("ask"), opened.context["form"].initial).status_code == 302
    assert Question.objects.get().said == said


def _main(answer) -> str:
    return str(answer.content.decode().split("<main")[1].split("</main>")[0])


def _hidden(answer) -> dict[str, str]:
    return dict(answer.context["carried"])


def test_a_yes_can_be_given_anew(inside, card, wren):
    inside.post(card.way("change", Scope.CONTACT_AGAIN), {"take_back": "yes"})
    sweep_all()
    assert inside.post(card.way("change", Scope.CONTACT_AGAIN), {"decision": "granted"}).status_code == 302
    assert consent.allows(wren, Scope.CONTACT_AGAIN)


def test_quotes_are_answered_changed_and_refused(inside, card, offered):
    assert "waiting for your answer" in inside.get(card.way("quotes")).content.decode()
    inside.post(card.way("answer", offered.pk), {"answer": "approved"})
    offered.refresh_from_db()
    assert offered.state == QuoteState.APPROVED
    inside.post(card.way("change_quote", offered.pk), {"shown": "From one desk to the next."})
    offered.refresh_from_db()
    assert (offered.state, offered.shown) == (QuoteState.CHANGED, "From one desk to the next.")
    inside.post(card.way("answer", offered.pk), {"answer": "refused"})
    offered.refresh_from_db()
    assert offered.state == QuoteState.REFUSED


def test_a_complaint_is_due_in_thirty_days(inside, card, wren):
    inside.post(card.way("ask"), {"kind": "complaint", "said": "Nobody rang back."})
    question = Question.objects.get()
    assert (question.kind, question.contributor) == ("complaint", wren)
    assert question.due_on == timezone.localdate() + timedelta(days=30)
    assert "Nobody rang back." in inside.get(card.way("ask")).content.decode()
    assert "Nobody rang back" not in str(list(Event.objects.values_list("detail", flat=True)))


def test_the_log_holds_no_way_in():
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s: %s", ("Not Found", ""), None)
    for address in (
        "/yours/k4pn7rtx2mwq-1-1-0123/",
        "/cy/yours/k4pn7rtx2mwq-1-1-0123/agreed/",
        "/yours/receipt/WzEsMl0:x/",
    ):
        record.args = ("Not Found", address)
        record.msg = "%s: %s"
        assert WithoutWaysIn().filter(record)
        assert "0123" not in record.getMessage()
        assert "WzEsMl0" not in record.getMessage()


# --- Words, sound, a copy -----------------------------------------------------------------------------
@pytest.fixture
def spoken(wren):
    """A conversation of Wren's with a text, passages of it, and its sound."""
    talk = ConversationFactory(enquiry=wren.enquiry, contributors=[wren])
    transcript = TranscriptFactory(conversation=talk, pseudonymised=True)
    recording = RecordingFactory(conversation=talk, data=bytes(range(256)) * 1_000)
    return SimpleNamespace(talk=talk, transcript=transcript, recording=recording)


def test_own_words_are_read_without_the_listeners(inside, card, spoken):
    page = inside.get(card.way("words")).content.decode()
    assert "They sent me from one desk to the next" in page
    assert "What would have helped?" not in page
    assert "/sound/" in page


def test_in_a_group_only_ones_own_words_are_there_and_no_sound(inside, card, wren):
    heron = ContributorFactory(enquiry=wren.enquiry, agreed=True, pseudonym="Heron")
    talk = ConversationFactory(enquiry=wren.enquiry, contributors=[wren, heron], kind="group")
    TranscriptFactory(
        conversation=talk,
        pseudonymised=True,
        turns=[(wren, "I walked back that day."), (heron, "Nobody asked me what I wanted.")],
    )
    recording = RecordingFactory(conversation=talk)
    page = inside.get(card.way("words")).content.decode()
    assert "I walked back that day." in page
    assert "Nobody asked me" not in page
    assert inside.get(card.way("sound", recording.pk)).status_code == 404


def test_the_recording_is_heard_from_any_second_on(inside, card, spoken):
    way = card.way("sound", spoken.recording.pk)
    data = bytes(range(256)) * 1_000
    whole = inside.get(way)
    assert b"".join(whole.streaming_content) == data
    part = inside.get(way, headers={"range": "bytes=1000-1999"})
    assert part.status_code == 206
    assert b"".join(part.streaming_content) == data[1000:2000]
    assert Event.objects.filter(action="personal_sound.heard").count() == 1


@pytest.mark.parametrize("asked", ["bytes=1-", "bytes=-99999", "seconds=5", "bytes=0-1,5-6"])
def test_hearing_is_written_down_wherever_it_begins(inside, card, spoken, asked):
    way = card.way("sound", spoken.recording.pk)
    for _n in range(2):
        assert b"".join(inside.get(way, headers={"range": asked}).streaming_content)
    assert Event.objects.filter(action="personal_sound.heard").count() == 1


def test_sound_of_somebody_else_is_not_there(inside, card, wren):
    heron = ContributorFactory(enquiry=wren.enquiry, agreed=True)
    talk = ConversationFactory(enquiry=wren.enquiry, contributors=[heron])
    assert inside.get(card.way("sound", RecordingFactory(conversation=talk).pk)).status_code == 404


def test_words_go_from_the_page_as_they_are_taken_back(inside, card, spoken):
    inside.post(card.way("everything"))
    page = inside.get(card.way("words")).content.decode()
    assert "They sent me" not in page
    assert "/sound/" not in page


@pytest.mark.parametrize("way", ["keep_private", "clip"])
def test_a_turn_is_closed_as_it_is_taken_back(inside, card, spoken, wren, way):
    turn = Turn.objects.filter(contributor=wren).first()
    assert inside.get(card.way("keep_private", turn.pk)).status_code == 200
    take_back(wren, Scope.TAKE_PART)
    assert inside.get(card.way(way, turn.pk)).status_code == 404
    answer = inside.post(card.way("copy"))
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as found:
        assert not [name for name in found.namelist() if name.startswith("my-recording")]
        assert "one desk" not in found.read("everything.json").decode()


def test_a_copy_holds_everything_and_nothing_of_others(inside, card, spoken, offered, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    answer = inside.post(card.way("copy"))
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as found:
        assert found.testzip() is None
        names = found.namelist()
        facts = json.loads(found.read("everything.json"))
        assert found.read("my-recording-1.wav") == bytes(range(256)) * 1_000
    assert "read-me-first.txt" in names
    assert any(
        "They sent me from one desk" in words for talk in facts["conversations"] for words in talk["my_words"]
    )
    assert "What would have helped" not in json.dumps(facts)
    assert facts["quotes"][0]["answer"] == "offered"
    assert len(facts["what_i_agreed_to"]) == len(Scope.values)
    # Nothing of it lies on the disk: of the sound not even a piece, of the words none outside the database.
    for path, data in files_below(tmp_path):
        assert bytes(range(256)) not in data, path
        assert b"They sent me from one desk" not in data, path


# --- Keeping a part private ---------------------------------------------------------------------------
def _strike_first(inside, card, wren):
    with wall.acting_for(partners=(), kind=wall.DoorKind.PERSON, person=wren.pk):
        turn = own.own_turns(wren)[0]
    inside.post(card.way("keep_private", turn.pk), {"part": str(turn.sentences[0].start)})
    return StruckOut.objects.get()


def test_a_struck_out_part_is_read_by_nobody_from_then_on(inside, card, wren, spoken):
    reader = segments_of(spoken.talk)
    first = reader.first()
    quote = a_quote(first, by=UserFactory(), state=QuoteState.PLACED)
    struck = _strike_first(inside, card, wren)
    assert first.pk not in set(segments_of(spoken.talk).values_list("pk", flat=True))
    quote.refresh_from_db()
    assert quote.state == QuoteState.REFUSED
    assert "Share it again" in inside.get(card.way("words")).content.decode()
    inside.post(card.way("share_again", struck.pk))
    assert first.pk in set(segments_of(spoken.talk).values_list("pk", flat=True))
    assert not StruckOut.objects.exists()


def test_after_a_day_a_struck_out_part_is_gone_and_cannot_be_shared_again(inside, card, wren, spoken):
    first = segments_of(spoken.talk).first()
    quote = a_quote(first, by=UserFactory(), state=QuoteState.APPROVED)
    struck = _strike_first(inside, card, wren)
    assert striking.carry_out_due() == 0
    StruckOut.objects.update(struck_at=timezone.now() - timedelta(days=1))
    assert striking.carry_out_due() == 1
    assert striking.carry_out_due() == 0
    assert not Segment.objects.filter(pk=first.pk).exists()
    assert "They sent me" not in PseudonymisedVersion.objects.get(transcript=spoken.transcript).text
    quote.refresh_from_db()
    assert (quote.state, quote.text, quote.shown) == (QuoteState.WITHDRAWN, "", "")
    answer = inside.post(card.way("share_again", struck.pk), follow=True)
    assert "gone for good" in answer.content.decode()


def test_somebody_elses_words_cannot_be_struck_out(inside, card, wren):
    heron = ContributorFactory(enquiry=wren.enquiry, agreed=True)
    talk = ConversationFactory(enquiry=wren.enquiry, contributors=[heron])
    TranscriptFactory(conversation=talk, pseudonymised=True)
    turn = Turn.objects.filter(contributor=heron).first()
    assert inside.post(card.way("keep_private", turn.pk), {"part": str(turn.start)}).status_code == 404
    assert not StruckOut.objects.exists()


def test_in_a_group_one_hears_ones_own_turn_with_others_silent(inside, card, wren):
    heron = ContributorFactory(enquiry=wren.enquiry, agreed=True)
    talk = ConversationFactory(enquiry=wren.enquiry, contributors=[wren, heron], kind="group")
    TranscriptFactory(
        conversation=talk,
        source="sound",
        pseudonymised=True,
        turns=[(wren, "I walked back that day."), (heron, "Nobody asked me.")],
    )
    RecordingFactory(conversation=talk, data=wav(tones((4_000, True))), duration_ms=4_000)
    Turn.objects.filter(contributor=wren).update(start_ms=1_000, end_ms=3_000)
    Turn.objects.filter(contributor=heron).update(start_ms=2_000, end_ms=4_000)
    mine, theirs = (Turn.objects.get(contributor=who, version__number=1) for who in (wren, heron))
    assert card.way("clip", mine.pk) in inside.get(card.way("words")).content.decode()
    answer = inside.get(card.way("clip", mine.pk))
    with wave.open(io.BytesIO(answer.content)) as heard:
        samples = np.frombuffer(heard.readframes(heard.getnframes()), dtype="<i2")
        assert len(samples) == pytest.approx(2 * heard.getframerate(), rel=0.02)
        second = heard.getframerate()
    assert np.abs(samples[:second]).max() > 1_000
    assert np.abs(samples[second + 100 :]).max() == 0
    part = inside.get(card.way("clip", mine.pk), headers={"range": "bytes=0-99"})
    assert (part.status_code, len(part.content)) == (206, 100)
    assert inside.get(card.way("clip", theirs.pk)).status_code == 404


def test_the_sound_of_a_struck_out_part_falls_silent_for_good(inside, card, wren):
    talk = ConversationFactory(enquiry=wren.enquiry, contributors=[wren])
    TranscriptFactory(
        conversation=talk,
        source="sound",
        pseudonymised=True,
        turns=[(wren, "I walked back that day. Then I slept.")],
    )
    recording = RecordingFactory(conversation=talk, data=wav(tones((6_000, True))), duration_ms=6_000)
    Turn.objects.filter(contributor=wren).update(start_ms=1_000, end_ms=3_000)
    _strike_first(inside, card, wren)
    StruckOut.objects.update(struck_at=timezone.now() - timedelta(days=1))
    assert striking.carry_out_due() == 1
    recording.refresh_from_db()
    assert recording.silenced == [[1_000, 3_000]]
    with store.source(sound_file(recording).key) as source:
        samples = decode_mono_16k(source)
    assert np.abs(samples[17_000:47_000]).max() < 0.01
    assert np.abs(samples[:15_000]).max() > 0.05
