"""The pages of the sound: who sees them, what they answer, and how the bytes are given out."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from audit.models import Event
from enquiries.models import Conversation, Work, WorkState
from tests.factories.accounts import UserFactory, colleague
from tests.factories.enquiries import (
    ContributorFactory,
    ConversationFactory,
    EnquiryFactory,
    grant,
    take_back,
)
from tests.factories.transcripts import RecordingFactory, TranscriptFactory
from tests.queries import OF_THE_WALL
from tests.transcripts import sounds
from transcripts.models import Transcript
from transcripts.models.raw import RawVersion, Recording, RecordingState, Turn

pytestmark = pytest.mark.django_db
BYTES = bytes(range(256)) * 40


@pytest.fixture
def conversation() -> Conversation:
    return ConversationFactory()


@pytest.fixture
def researcher(conversation: Conversation) -> User:
    return colleague(conversation.partner)


@pytest.fixture
def at_work(client: Client, researcher: User) -> Client:
    client.force_login(researcher)
    return client


@pytest.fixture
def recording(conversation: Conversation) -> Recording:
    return RecordingFactory(conversation=conversation, data=BYTES)


def page(conversation: Conversation) -> str:
    return reverse("transcripts:recording", args=[conversation.pk])


def sound(recording: Recording) -> str:
    return reverse("transcripts:sound", args=[recording.pk])


def send(client: Client, conversation: Conversation, data: bytes, **more: Any) -> Any:
    upload = SimpleUploadedFile("Robin at home.wav", data, content_type="text/html")
    return client.post(page(conversation), {"sound": upload, "whole": "1"}, **more)


# --- Who ----------------------------------------------------------------------------------------------
ADDRESSES: list[Callable[[Recording], str]] = [
    lambda r: page(r.conversation),
    lambda r: sound(r),
    lambda r: reverse("transcripts:listening", args=[r.pk]),
    lambda r: reverse("transcripts:writing", args=[r.pk]),
    lambda r: reverse("transcripts:typed", args=[r.conversation_id]),
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_stranger_is_asked_to_sign_in(client: Client, recording: Recording, address: Any) -> None:
    answer = client.get(address(recording))
    assert (answer.status_code, "/accounts/login/" in answer["Location"]) == (302, True)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("role", [Role.COACH, Role.EDITOR, Role.PARTNER_LEAD, Role.DATA_GUARDIAN])
def test_for_other_roles_it_does_not_exist(
    client: Client, recording: Recording, address: Any, role: str
) -> None:
    client.force_login(colleague(recording.partner, role))
    assert client.get(address(recording)).status_code == 404
    assert client.post(address(recording)).status_code in (404, 405)


@pytest.mark.parametrize("address", ADDRESSES)
def test_for_a_researcher_elsewhere_it_does_not_exist(
    client: Client, recording: Recording, address: Any
) -> None:
    client.force_login(colleague(EnquiryFactory().partner))
    assert client.get(address(recording)).status_code == 404


def test_a_second_reader_sees_it_too(client: Client, recording: Recording) -> None:
    client.force_login(colleague(recording.partner, Role.REVIEWER))
    assert client.get(page(recording.conversation)).status_code == 200


def test_without_any_role_it_does_not_exist(client: Client, recording: Recording) -> None:
    client.force_login(UserFactory())
    assert client.get(page(recording.conversation)).status_code == 404


# --- Sending ------------------------------------------------------------------------------------------
def test_the_form_takes_a_recording_and_comes_back_to_the_page(
    at_work: Client, conversation: Conversation
) -> None:
    answer = send(at_work, conversation, sounds.wav(sounds.talk()), follow=True)
    assert answer.redirect_chain == [(page(conversation), 302)]
    text = answer.content.decode()
    assert "The recording is here." in text
    assert "Robin" not in text
    assert Recording.objects.get().conversation == conversation


def test_a_script_that_sends_it_is_told_where_to_go(at_work: Client, conversation: Conversation) -> None:
    answer = send(at_work, conversation, sounds.wav(sounds.talk()), headers={"X-Upload": "script"})
    assert (answer.status_code, answer["Location"]) == (201, page(conversation))


@pytest.mark.parametrize("by_script", [False, True])
def test_a_refused_file_is_told_beside_its_field(
    at_work: Client, conversation: Conversation, settings: Any, by_script: bool
) -> None:
    headers = {"X-Upload": "script"} if by_script else {}
    answer = send(at_work, conversation, b"no sound at all" * 100, headers=headers)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "not a sound or video file" in text
    assert 'aria-describedby="sound-hint sound-problem"' in text
    assert ("<html" in text) is not by_script
    assert not [path for path in Path(settings.STORE_DIR).rglob("*") if path.is_file()]


def test_no_file_is_told(at_work: Client, conversation: Conversation) -> None:
    answer = at_work.post(page(conversation), {"whole": "1"})
    assert (answer.status_code, "Choose a sound or video file first." in answer.content.decode()) == (
        422,
        True,
    )


def test_a_body_that_breaks_off_is_not_taken_for_a_whole_file(
    at_work: Client, conversation: Conversation, settings: Any
) -> None:
    data = sounds.wav(sounds.talk())
    body = (
        b'--edge\r\nContent-Disposition: form-data; name="sound"; filename="a.wav"\r\n'
        b"Content-Type: audio/wav\r\n\r\n" + data
    )
    answer = at_work.post(page(conversation), body, content_type="multipart/form-data; boundary=edge")
    assert (answer.status_code, "connection dropped" in answer.content.decode()) == (422, True)
    assert not Recording.objects.exists()
    assert not [path for path in Path(settings.STORE_DIR).rglob("*") if path.is_file()]


def test_nothing_is_written_outside_the_store(
    at_work: Client,
    conversation: Conversation,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    elsewhere = tmp_path / "temporary"
    elsewhere.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(elsewhere)
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    send(at_work, conversation, sounds.wav(sounds.talk(120_000)))  # 3.8 MB: more than Django keeps in memory
    assert Recording.objects.get().size_bytes > 3_000_000
    assert list(elsewhere.iterdir()) == []


def test_a_forged_form_is_refused_and_leaves_nothing(
    researcher: User, conversation: Conversation, settings: Any
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(researcher)
    assert send(strict, conversation, sounds.wav(sounds.talk())).status_code == 403
    assert not [path for path in Path(settings.STORE_DIR).rglob("*") if path.is_file()]


def test_an_honest_form_passes_the_same_check(researcher: User, conversation: Conversation) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(researcher)
    form = strict.get(page(conversation)).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token
    upload = SimpleUploadedFile("a.wav", sounds.wav(sounds.talk()))
    data = {"csrfmiddlewaretoken": token.group(1), "sound": upload, "whole": "1"}
    assert strict.post(page(conversation), data).status_code == 302


def test_a_disk_without_room_is_told_before_anything_is_read(
    at_work: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transcripts.store.has_room_for", lambda _size: False)
    answer = send(at_work, conversation, sounds.wav(sounds.talk()))
    assert (answer.status_code, "disk of this installation is full" in answer.content.decode()) == (507, True)


def test_without_consent_the_page_names_the_scope_and_shows_no_form(
    client: Client, researcher: User, conversation: Conversation
) -> None:
    enquiry = conversation.enquiry
    person = ContributorFactory(enquiry=enquiry)
    grant(person, "take_part")
    closed = ConversationFactory(enquiry=enquiry, contributors=[person])
    client.force_login(researcher)
    text = client.get(page(closed)).content.decode()
    assert "audio_record" in text
    assert 'type="file"' not in text
    assert reverse("transcripts:typed", args=[closed.pk]) in text
    assert send(client, closed, sounds.wav(sounds.talk())).status_code == 403


# --- Hearing ------------------------------------------------------------------------------------------
def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_the_whole_sound_is_streamed_privately(at_work: Client, recording: Recording) -> None:
    answer = at_work.get(sound(recording))
    assert answer.status_code == 200
    assert body(answer) == BYTES
    assert answer["Content-Type"] == "audio/wav"
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Content-Length"] == str(len(BYTES))
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-", 0, len(BYTES)),
        ("bytes=100-199", 100, 200),
        ("bytes=10000-", 10_000, len(BYTES)),
        ("bytes=10000-99999", 10_000, len(BYTES)),
        ("bytes=-40", len(BYTES) - 40, len(BYTES)),
        ("bytes=-99999", 0, len(BYTES)),
        ("bytes=10239-10239", 10_239, 10_240),
        (f"bytes=5-{'9' * 5_000}", 5, len(BYTES)),
        (f"bytes=-{'9' * 5_000}", 0, len(BYTES)),
        (f"bytes={'0' * 5_000}7-", 7, len(BYTES)),
    ],
)
def test_a_range_is_given_as_asked(
    at_work: Client, recording: Recording, asked: str, start: int, end: int
) -> None:
    answer = at_work.get(sound(recording), headers={"Range": asked})
    assert answer.status_code == 206
    assert body(answer) == BYTES[start:end]
    assert answer["Content-Range"] == f"bytes {start}-{end - 1}/{len(BYTES)}"
    assert answer["Content-Length"] == str(end - start)


THOUSANDS_OF_DIGITS = "9" * 5_000


@pytest.mark.parametrize(
    "asked",
    ["bytes=10240-", "bytes=99999-100000", "bytes=-0", "bytes=-000", f"bytes={THOUSANDS_OF_DIGITS}-"],
)
def test_a_range_after_the_end_is_refused(at_work: Client, recording: Recording, asked: str) -> None:
    answer = at_work.get(sound(recording), headers={"Range": asked})
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(BYTES)}")


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=-", "bytes=0-1,5-6", "seconds=1-2", "bytes=a-b"])
def test_what_is_no_single_range_gets_the_whole(at_work: Client, recording: Recording, asked: str) -> None:
    answer = at_work.get(sound(recording), headers={"Range": asked})
    assert (answer.status_code, body(answer)) == (200, BYTES)


def test_head_tells_the_size_and_gives_nothing(at_work: Client, recording: Recording) -> None:
    answer = at_work.head(sound(recording))
    assert (answer.status_code, answer["Content-Length"], answer.content) == (200, str(len(BYTES)), b"")
    assert not Event.objects.filter(action="recording.heard").exists()


def test_a_part_of_another_file_is_answered_with_the_whole(at_work: Client, recording: Recording) -> None:
    headers = {"Range": "bytes=5-9", "If-Range": '"another"'}
    assert body(at_work.get(sound(recording), headers=headers)) == BYTES
    headers["If-Range"] = at_work.head(sound(recording))["ETag"]
    assert body(at_work.get(sound(recording), headers=headers)) == BYTES[5:10]


def test_hearing_is_written_down_once_and_not_for_jumps(
    at_work: Client, recording: Recording, researcher: User
) -> None:
    for asked in ("bytes=0-", "bytes=500-", "bytes=9000-"):
        body(at_work.get(sound(recording), headers={"Range": asked}))
    event = Event.objects.get(action="recording.heard")
    assert (event.actor_id, event.object_id) == (researcher.pk, str(recording.pk))


def test_the_gate_is_asked_at_every_request(at_work: Client, recording: Recording) -> None:
    assert body(at_work.get(sound(recording))) == BYTES
    take_back(recording.conversation.contributors.get(), "audio_record")
    for headers in ({}, {"Range": "bytes=100-"}):
        answer = at_work.get(sound(recording), headers=headers)
        assert (answer.status_code, b"audio_record" in answer.content) == (403, True)
    assert "audio_record" in at_work.get(page(recording.conversation)).content.decode()


def test_sound_that_is_gone_is_told(at_work: Client, recording: Recording) -> None:
    from transcripts import store

    store.remove(recording.stored_as)
    answer = at_work.get(sound(recording))
    assert (answer.status_code, answer.content) == (404, b"This sound is no longer here.")


def test_sound_only_a_machine_can_read_waits_for_its_copy(
    at_work: Client, conversation: Conversation
) -> None:
    recording = RecordingFactory(conversation=conversation, received=True, container="amr")
    assert at_work.get(sound(recording)).status_code == 404


# --- The strip and the writing down -------------------------------------------------------------------
def test_the_strip_is_drawn_by_the_server_and_works_without_script(
    at_work: Client, recording: Recording
) -> None:
    text = at_work.get(page(recording.conversation)).content.decode()
    assert f'<audio class="plain-player" controls preload="none" src="{sound(recording)}"' in text
    assert 'class="wave" viewBox="0 0 1040 72"' in text
    assert "style=" not in text
    assert "Write it down" in text


def test_the_page_asks_again_only_while_something_goes_on(
    at_work: Client, recording: Recording, settings: Any, tmp_path: Path, run_jobs: Any
) -> None:
    settings.WHISPER_ENGINE = "fake"
    script = sounds.script(tmp_path / "s.json", [(0, 900, "Here I am.")])
    settings.WHISPER_MODEL = str(script)
    writing = reverse("transcripts:writing", args=[recording.pk])
    hx = {"HX-Request": "true"}
    assert "every 2s" not in at_work.get(writing, headers=hx).content.decode()
    text = at_work.post(writing, {"language": "en"}, headers=hx).content.decode()
    assert "every 2s" in text
    assert "<html" not in text
    Work.objects.update(state=WorkState.WAITING, reason="The file small.pt is missing.")
    text = at_work.get(writing, headers=hx).content.decode()
    assert ("every 2s" in text, "The file small.pt is missing." in text, "Try again" in text) == (
        False,
        True,
        True,
    )


def test_without_script_the_button_comes_back_to_the_page(
    at_work: Client, recording: Recording, settings: Any, tmp_path: Path
) -> None:
    settings.WHISPER_MODEL = str(sounds.script(tmp_path / "s.json", [(0, 900, "Here I am.")]))
    answer = at_work.post(
        reverse("transcripts:writing", args=[recording.pk]), {"language": "cy"}, follow=True
    )
    assert answer.redirect_chain == [(page(recording.conversation), 302)]
    assert "Writing down a conversation" in answer.content.decode()


def test_refusal_to_a_machine_is_told_in_place_of_the_button(at_work: Client, recording: Recording) -> None:
    take_back(recording.conversation.contributors.get(), "machine_transcribe")
    text = at_work.get(page(recording.conversation)).content.decode()
    assert "machine_transcribe" in text
    assert "Write it down" not in text
    answer = at_work.post(reverse("transcripts:writing", args=[recording.pk]), follow=True)
    assert "machine_transcribe" in answer.content.decode()
    assert not Work.objects.exists()


def test_when_the_gate_closes_a_waiting_page_is_sent_back(at_work: Client, recording: Recording) -> None:
    take_back(recording.conversation.contributors.get(), "audio_record")
    answer = at_work.get(
        reverse("transcripts:listening", args=[recording.pk]), headers={"HX-Request": "true"}
    )
    assert (answer.status_code, answer["HX-Redirect"]) == (204, page(recording.conversation))


def test_listening_through_can_be_tried_again(
    at_work: Client, conversation: Conversation, run_jobs: Any
) -> None:
    data = sounds.wav(sounds.talk())
    recording = RecordingFactory(conversation=conversation, received=True, data=data)
    listening = reverse("transcripts:listening", args=[recording.pk])
    at_work.post(listening)
    Work.objects.update(state=WorkState.FAILED, reason="The disk was full.")
    assert "The disk was full." in at_work.get(page(conversation)).content.decode()
    at_work.post(listening)
    run_jobs()
    recording.refresh_from_db()
    assert recording.state == RecordingState.READABLE


def test_the_page_asks_the_database_the_same_number_of_times_while_nothing_changes(
    at_work: Client, recording: Recording, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(40 + OF_THE_WALL):
        at_work.get(page(recording.conversation))


# --- Typed words --------------------------------------------------------------------------------------
def typed(conversation: Conversation) -> str:
    return reverse("transcripts:typed", args=[conversation.pk])


def named(conversation: Conversation, name: str = "Wren") -> Any:
    person = conversation.contributors.get()
    person.pseudonym = name
    person.save()
    return person


def test_pasted_words_become_turns_letter_for_letter(at_work: Client, conversation: Conversation) -> None:
    wren = named(conversation)
    words = (
        "Wren: I was 🙂 at the cafe\u0301.\r\nمرحبا بكم\r\n"
        "Listener: And then?\r\nWren: Then, at 5:30, I left."
    )
    answer = at_work.post(typed(conversation), {"words": words})
    assert answer.status_code == 302
    version = RawVersion.objects.get()
    turns = [
        (turn.contributor, turn.is_listener, version.text[turn.start : turn.end])
        for turn in Turn.objects.order_by("number")
    ]
    assert turns == [
        (wren, False, "I was 🙂 at the cafe\u0301.\nمرحبا بكم"),
        (None, True, "And then?"),
        (wren, False, "Then, at 5:30, I left."),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_file_is_taken_in(at_work: Client, conversation: Conversation, encoding: str) -> None:
    named(conversation)
    file = SimpleUploadedFile("Robin.txt", "Wren: Tŷ ar y bryn.".encode(encoding))
    assert at_work.post(typed(conversation), {"file": file, "is_checked": "on"}).status_code == 302
    assert RawVersion.objects.get().text == "Tŷ ar y bryn."
    assert Transcript.objects.get().state == "checked"


def test_captions_keep_their_times(at_work: Client, conversation: Conversation) -> None:
    named(conversation)
    vtt = (
        "WEBVTT\n\n1\n00:01.000 --> 00:02.500\n<v Wren>I walked &amp; walked.\n\n"
        "00:02.600 --> 00:04.000\n<v Wren>Four miles.\n\n00:05.000 --> 00:06.000\nListener: In sleet?\n"
    )
    assert at_work.post(
        typed(conversation), {"file": SimpleUploadedFile("a.vtt", vtt.encode())}
    ).status_code == (302)
    version = RawVersion.objects.get()
    turns = list(Turn.objects.order_by("number"))
    assert [version.text[turn.start : turn.end] for turn in turns] == [
        "I walked & walked. Four miles.",
        "In sleet?",
    ]
    assert [(turn.start_ms, turn.end_ms, turn.is_listener) for turn in turns] == [
        (1000, 4000, False),
        (5000, 6000, True),
    ]


def test_one_voice_without_names_is_a_turn_a_paragraph(at_work: Client, conversation: Conversation) -> None:
    person = named(conversation)
    at_work.post(typed(conversation), {"words": "First thing.\n\nSecond thing,\nstill the second."})
    assert list(Turn.objects.values_list("contributor", flat=True)) == [person.pk, person.pk]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "paste the words"),
        ("  \n ", "paste the words"),
        ("Wren:\nListener:", "no words in this text"),
        ("Wren: Hello.\nRobin: Hello.", "Line 2 begins with “Robin:”"),
        ("Hello there.\nWren: Hello.", "Line 1 does not say who"),
    ],
)
def test_words_that_cannot_be_taken_in_say_why_and_stay_in_the_form(
    at_work: Client, conversation: Conversation, words: str, said: str
) -> None:
    named(conversation)
    answer = at_work.post(typed(conversation), {"words": words})
    text = answer.content.decode()
    assert (answer.status_code, said in text) == (422, True)
    if words.strip():
        assert "Wren" in text.split("<textarea")[1]
    assert not Transcript.objects.exists()


@pytest.mark.parametrize("data", [b"\x89PNG\r\n" + bytes(100), "Wren: caf\xe9".encode("latin-1")])
def test_a_file_that_is_not_our_kind_of_text_is_told(
    at_work: Client, conversation: Conversation, data: bytes
) -> None:
    answer = at_work.post(typed(conversation), {"file": SimpleUploadedFile("a.txt", data)})
    assert (answer.status_code, "UTF-8" in answer.content.decode()) == (422, True)


def test_words_come_in_once(at_work: Client, conversation: Conversation) -> None:
    named(conversation)
    TranscriptFactory(conversation=conversation)
    answer = at_work.post(typed(conversation), {"words": "Wren: More."})
    assert (answer.status_code, "has its words already" in answer.content.decode()) == (422, True)
    assert RawVersion.objects.count() == 1


def test_without_taking_part_no_words_are_kept(at_work: Client, conversation: Conversation) -> None:
    named(conversation)
    take_back(conversation.contributors.get())
    answer = at_work.post(typed(conversation), {"words": "Wren: Hello."})
    assert (answer.status_code, "take_part" in answer.content.decode()) == (422, True)
    assert not Transcript.objects.exists()
