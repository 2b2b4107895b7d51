"""Sound comes in: what is kept, what is refused, and that nothing stored before is lost by either."""

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.errors import NotYours
from accounts.models import Role, User
from audit.models import Event
from enquiries import keyring
from enquiries.errors import ConsentMissing
from enquiries.models import Conversation, Work, WorkState
from tests.factories.accounts import colleague
from tests.factories.enquiries import (
    ContributorFactory,
    ConversationFactory,
    EnquiryFactory,
    grant,
    take_back,
)
from tests.transcripts import sounds
from transcripts import store
from transcripts.actions import receive_recording
from transcripts.errors import AlreadyReceived, SoundGone, StoreFull, UploadRefused, UploadTooLarge
from transcripts.models.raw import Recording, RecordingState
from transcripts.tasks import sweep_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation() -> Conversation:
    return ConversationFactory()


@pytest.fixture
def researcher(conversation: Conversation) -> User:
    return colleague(conversation.partner)


def receive(conversation: Conversation, by: User, data: bytes, name: str = "a.wav") -> Recording:
    upload = SimpleUploadedFile(name, data, content_type="application/x-lie")
    return receive_recording(conversation=conversation, upload=upload, by=by)


def files_in_store(settings: Any) -> list[Path]:
    return [path for path in Path(settings.STORE_DIR).rglob("*") if path.is_file()]


# --- Kept ---------------------------------------------------------------------------------------------
def test_a_wav_is_kept_privately_under_a_random_name(
    conversation: Conversation, researcher: User, settings: Any
) -> None:
    data = sounds.wav(sounds.talk(3000))
    recording = receive(conversation, researcher, data, "Wren Smith, 3 May.wav")

    assert recording.partner == conversation.partner
    assert (recording.size_bytes, recording.duration_ms, recording.problem) == (len(data), 3000, "")
    (path,) = files_in_store(settings)
    assert store.open(recording.stored_as).read() == data
    # Sealed: nothing of the sound, and not even that it is sound, can be told from the file.
    assert not any(data[at : at + 16] in path.read_bytes() for at in range(0, 4096, 16))
    assert "Wren" not in str(path)
    assert path.name == recording.stored_as
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("kind", sounds.KINDS)
def test_every_common_format_is_kept_and_given_a_copy_to_listen_to(
    conversation: Conversation, researcher: User, kind: str, run_jobs: Any
) -> None:
    recording = receive(conversation, researcher, sounds.encoded(kind, 2500), "x.bin")
    run_jobs()

    recording.refresh_from_db()
    assert recording.state == RecordingState.READABLE
    assert 2400 <= recording.duration_ms <= 2700
    assert recording.has_video == (kind == "mp4")
    assert len(recording.peaks) == 260
    assert max(recording.peaks) == 1
    assert recording.playback_as
    assert b"".join(store.open_range(recording.playback_as, 0, 4)) == b"\x1a\x45\xdf\xa3"


def test_listening_through_finds_long_pauses_and_ends_its_work(
    conversation: Conversation, researcher: User, run_jobs: Any
) -> None:
    data = sounds.wav(sounds.tones((2000, True), (4000, False), (2000, True)))
    recording = receive(conversation, researcher, data)
    work = Work.objects.get(kind="listen_through", about_id=recording.pk)
    assert work.state == WorkState.QUEUED
    run_jobs()

    recording.refresh_from_db()
    work.refresh_from_db()
    assert work.state == WorkState.FINISHED
    assert recording.state == RecordingState.READABLE
    assert recording.playback_as == ""  # a short plain wav needs no copy
    ((start, end),) = recording.pauses
    assert (abs(start - 2000) < 100, abs(end - 6000) < 100) == (True, True)


def test_a_wrongly_named_file_is_read_as_what_it_is(conversation: Conversation, researcher: User) -> None:
    recording = receive(conversation, researcher, sounds.encoded("mp3"), "interview.wav")
    assert (recording.container, recording.codec[:3]) == ("mp3", "mp3")


def test_a_file_that_ends_early_is_kept_and_says_so(conversation: Conversation, researcher: User) -> None:
    whole = sounds.wav(sounds.talk(4000))
    recording = receive(conversation, researcher, whole[: len(whole) // 2])
    assert recording.ends_early
    assert 1900 <= recording.duration_ms <= 2100
    assert "ends early" in recording.problem


def test_a_silent_file_is_kept_and_says_so(
    conversation: Conversation, researcher: User, run_jobs: Any
) -> None:
    recording = receive(conversation, researcher, sounds.wav(sounds.tones((3000, False))))
    assert recording.is_silent
    assert "Nothing can be heard" in recording.problem
    run_jobs()

    recording.refresh_from_db()
    assert recording.is_silent
    assert "Nothing can be heard" in recording.problem


def test_a_long_file_is_streamed_and_not_held_in_memory(conversation: Conversation, researcher: User) -> None:
    # Four hours of sound that repeats: 460 MB as wav, 38 MB held at most while it is read.
    import resource

    header = sounds.wav(sounds.talk(10))[:44]
    seconds = 4 * 3600
    size = seconds * sounds.RATE * 2
    header = header[:4] + (size + 36).to_bytes(4, "little") + header[8:40] + size.to_bytes(4, "little")
    minute = sounds.wav(sounds.tones((50_000, True), (10_000, False)))[44:]

    def blocks() -> Iterator[bytes]:
        yield header
        for _minute in range(seconds // 60):
            yield minute

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    recording = receive_recording(conversation=conversation, upload=blocks(), by=researcher)
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert recording.duration_ms == seconds * 1000
    assert not recording.is_silent
    assert grown_mb < 200


def test_receiving_is_written_down_without_any_name(conversation: Conversation, researcher: User) -> None:
    recording = receive(conversation, researcher, sounds.wav(sounds.talk()), "Robin.wav")
    event = Event.objects.get(action="recording.received")
    assert (event.actor_id, event.object_id) == (researcher.pk, str(recording.pk))
    assert "Robin" not in str(event.detail)


# --- Refused ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"This is a letter, not a recording. " * 200, "not a sound or video file"),
        (b"\xff\xd8\xff\xe0" + os.urandom(4000), "not a sound or video file"),
        (sounds.wav(sounds.talk(0)), "lasts 0 seconds"),
        (sounds.encoded("m4a")[:60], "breaks off"),
    ],
    ids=["empty", "text", "picture", "0 seconds", "cut off at once"],
)
def test_what_cannot_be_sound_is_refused_in_a_sentence_and_removed(
    conversation: Conversation, researcher: User, settings: Any, data: bytes, said: str
) -> None:
    first = receive(conversation, researcher, sounds.wav(sounds.talk(1000)))
    with pytest.raises(UploadRefused, match=said):
        receive(conversation, researcher, data)
    # Nothing stored before is lost, nothing else is left.
    assert [path.name for path in files_in_store(settings)] == [first.stored_as]
    assert list(Recording.objects.all()) == [first]


def test_the_same_file_twice_is_told_and_kept_once(
    conversation: Conversation, researcher: User, settings: Any
) -> None:
    data = sounds.wav(sounds.talk())
    first = receive(conversation, researcher, data)
    with pytest.raises(AlreadyReceived, match="here already") as refused:
        receive(conversation, researcher, data, "another name.wav")
    assert refused.value.recording_id == first.pk
    assert len(files_in_store(settings)) == 1


def test_the_same_file_in_another_conversation_is_kept_there_too(
    conversation: Conversation, researcher: User
) -> None:
    data = sounds.wav(sounds.talk())
    first = receive(conversation, researcher, data)
    other = receive(ConversationFactory(enquiry=conversation.enquiry), researcher, data)
    assert first.stored_as != other.stored_as


def test_a_file_over_the_limit_is_refused(
    conversation: Conversation, researcher: User, settings: Any
) -> None:
    settings.UPLOAD_MAX_BYTES = 50_000
    with pytest.raises(UploadTooLarge, match="larger than"):
        receive(conversation, researcher, sounds.wav(sounds.talk(4000)))
    assert files_in_store(settings) == []


def test_a_full_disk_is_told_and_leaves_nothing(
    conversation: Conversation, researcher: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store.os, "fsync", no_room)
    with pytest.raises(StoreFull, match="disk of this installation is full"):
        receive(conversation, researcher, sounds.wav(sounds.talk()))
    assert files_in_store(settings) == []
    assert not Recording.objects.exists()


def test_without_consent_nothing_is_written(researcher: User, settings: Any) -> None:
    enquiry = EnquiryFactory(partner=researcher.memberships.get().partner)
    person = ContributorFactory(enquiry=enquiry)
    grant(person, "take_part")
    conversation = ConversationFactory(enquiry=enquiry, contributors=[person])
    with pytest.raises(ConsentMissing, match="audio_record"):
        receive(conversation, researcher, sounds.wav(sounds.talk()))
    assert files_in_store(settings) == []


def test_one_speaker_who_did_not_agree_closes_it_for_the_group(researcher: User) -> None:
    enquiry = EnquiryFactory(partner=researcher.memberships.get().partner)
    people = [ContributorFactory(enquiry=enquiry, agreed=True), ContributorFactory(enquiry=enquiry)]
    with pytest.raises(ConsentMissing):
        receive(
            ConversationFactory(enquiry=enquiry, contributors=people),
            researcher,
            sounds.wav(sounds.talk()),
        )


def test_consent_taken_back_while_the_file_comes_in_stops_it(
    conversation: Conversation, researcher: User, settings: Any
) -> None:
    def blocks() -> Iterator[bytes]:
        yield sounds.wav(sounds.talk())
        take_back(conversation.contributors.get(), "audio_record")

    with pytest.raises(ConsentMissing):
        receive_recording(conversation=conversation, upload=blocks(), by=researcher)
    assert files_in_store(settings) == []
    assert not Recording.objects.exists()


@pytest.mark.parametrize("role", [Role.COACH, Role.EDITOR, Role.PARTNER_LEAD, Role.DATA_GUARDIAN])
def test_only_those_who_listen_may_send(conversation: Conversation, role: str) -> None:
    with pytest.raises(NotYours):
        receive(conversation, colleague(conversation.partner, role), sounds.wav(sounds.talk()))


def test_a_researcher_elsewhere_may_not_send(conversation: Conversation) -> None:
    with pytest.raises(NotYours):
        receive(conversation, colleague(EnquiryFactory().partner), sounds.wav(sounds.talk()))


# --- The store ----------------------------------------------------------------------------------------
def test_the_store_gives_any_range_and_says_when_a_file_is_gone() -> None:
    with store.new_file(holders=[uuid4()]) as file:
        file.write(b"0123456789")
        key = file.keep()
    assert b"".join(store.open_range(key, 2, 5)) == b"234"
    assert store.size(key) == 10
    with store.source(key) as sound:
        assert sound.read() == b"0123456789"
    store.remove(key)
    store.remove(key)
    for read in (store.size, lambda gone: store.open_range(gone, 0, 1)):
        with pytest.raises(SoundGone):
            read(key)


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "0" * 31, "0" * 32 + "/"])
def test_the_store_opens_nothing_but_its_own_keys(key: str) -> None:
    with pytest.raises(SoundGone):
        store.size(key)


def test_an_unfinished_file_cannot_be_read_and_goes(settings: Any) -> None:
    with store.new_file(holders=[uuid4()]) as file:
        file.write(b"half")
        with pytest.raises(SoundGone):
            store.size(file.key)
    assert not files_in_store(settings)
    assert not keyring.keyring().entries()


def test_the_nightly_sweep_removes_only_old_files_that_no_row_names(
    conversation: Conversation, researcher: User, settings: Any
) -> None:
    kept = receive(conversation, researcher, sounds.wav(sounds.talk()))
    lost, fresh = store.new_file(holders=[uuid4()]), store.new_file(holders=[uuid4()])
    keyring.make_key("0" * 32, [uuid4()])  # its file is gone, or never came
    for file in (lost, fresh):
        file.write(b"x")
        file.keep()
    yesterday = time.time() - 2 * 86_400
    for path in files_in_store(settings):
        if path.name != fresh.key:
            os.utime(path, (yesterday, yesterday))
    assert sweep_store(0) == 1
    assert {path.name for path in files_in_store(settings)} == {kept.stored_as, fresh.key}
    assert set(keyring.keyring().entries()) == {kept.stored_as, fresh.key}
