"""One of a group takes the sound back: their stretches fall silent, everybody else's stay to be heard."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from enquiries import keyring
from enquiries.actions import withdraw
from enquiries.errors import ConsentMissing
from enquiries.models import Contributor, Conversation, Scope
from enquiries.sweep import sweep, sweep_or_note
from nlp.audio import decode_mono_16k
from tests.factories.accounts import colleague
from tests.factories.enquiries import ContributorFactory, ConversationFactory, EnquiryFactory, take_back
from tests.factories.transcripts import RecordingFactory, TranscriptFactory
from tests.sweeping import withdraw_and_sweep
from tests.transcripts import sounds
from transcripts import store
from transcripts.actions import listen_again, receive_recording
from transcripts.actions.silencing import remove_whole
from transcripts.errors import SoundGone
from transcripts.models.raw import RawVersion, Recording, Turn

pytestmark = pytest.mark.django_db
RATE = 16_000


@pytest.fixture
def wren() -> Contributor:
    return ContributorFactory(enquiry=EnquiryFactory(), agreed=True)


@pytest.fixture
def heron(wren: Contributor) -> Contributor:
    return ContributorFactory(enquiry=wren.enquiry, agreed=True)


@pytest.fixture
def group(wren: Contributor, heron: Contributor) -> Conversation:
    return ConversationFactory(enquiry=wren.enquiry, contributors=[wren, heron], kind="group")


def recorded(group: Conversation, turns: list[tuple[Contributor | None, str]], **text: Any) -> Recording:
    """Twelve seconds, with a turn every four."""
    data = sounds.wav(sounds.talk(12_000, rate=RATE), rate=RATE)
    made: Recording = RecordingFactory(
        conversation=group, data=data, duration_ms=12_000, sample_rate=RATE, state="readable"
    )
    TranscriptFactory(conversation=group, source="sound", turns=turns, turns__machine=True, **text)
    return made


def loudness(recording: Recording) -> list[float]:
    """Of each stretch of four seconds, without its edges."""
    with store.source(recording.stored_as) as source:
        sound = decode_mono_16k(source)
    return [float(np.abs(sound[at * 64_000 + 8_000 : at * 64_000 + 56_000]).mean()) for at in range(3)]


def test_only_their_stretches_fall_silent_and_the_others_key_stays(
    group: Conversation, wren: Contributor, heron: Contributor
) -> None:
    recording = recorded(group, [(heron, "Mine."), (wren, "Theirs."), (heron, "Mine again.")], checked=True)
    before = recording.stored_as
    assert min(loudness(recording)) > 0

    done = withdraw_and_sweep(contributor=wren, scope=Scope.TAKE_PART)

    recording.refresh_from_db()
    first, second, third = loudness(recording)
    assert first > 0 < third
    assert second == 0
    assert keyring.holders_of(recording.stored_as) == [heron.handle]
    assert not keyring.has_holder(wren.handle)
    with pytest.raises(SoundGone):
        store.open(before)
    assert done.counts()["transcripts.silence.recordings_silenced"] == 1
    kept = RawVersion.objects.get()
    assert kept.text.split() == ["Mine.", "Mine", "again."]
    assert [turn.start_ms for turn in Turn.objects.filter(contributor=heron).order_by("number")] == [0, 8000]


def test_where_nothing_tells_them_apart_the_recording_goes_whole_and_that_is_said(
    group: Conversation, wren: Contributor, heron: Contributor
) -> None:
    recorded(group, [(heron, "Mine."), (wren, "Theirs.")])
    Turn.objects.update(contributor=None)

    done = withdraw_and_sweep(contributor=wren, scope=Scope.AUDIO_RECORD)

    assert not Recording.objects.exists()
    assert done.counts()["transcripts.sound.recordings_whole"] == 1
    assert "Theirs" not in "".join(RawVersion.objects.values_list("text", flat=True))


def test_who_takes_back_the_sound_alone_leaves_it_open_to_the_others(
    group: Conversation, wren: Contributor, heron: Contributor, client: Client
) -> None:
    recording = recorded(group, [(heron, "Mine."), (wren, "Theirs."), (heron, "Mine again.")], checked=True)
    client.force_login(colleague(group.partner))
    heard = reverse("transcripts:sound", args=[recording.pk])
    row = withdraw(contributor=wren, scope=Scope.AUDIO_RECORD, by=None)
    # Until it was written anew, their voice is in it.
    assert client.get(heard).status_code == 403

    sweep(row.pk)

    recording.refresh_from_db()
    first, second, third = loudness(recording)
    assert first > 0 < third
    assert second == 0
    assert client.get(heard).status_code == 200
    assert heard in client.get(reverse("transcripts:recording", args=[group.pk])).text
    assert heard in client.get(reverse("transcripts:checking", args=[group.pk])).text
    listen_again(recording=recording, by=colleague(group.partner))
    # What is still theirs stays: they take part. Nothing more of theirs comes in.
    assert "Theirs." in RawVersion.objects.get().text
    with pytest.raises(ConsentMissing):
        receive_recording(conversation=group, upload=[b"RIFF"], by=colleague(group.partner))
    # Another who leaves is asked as before.
    take_back(heron, Scope.AUDIO_RECORD)
    assert client.get(heard).status_code == 403


def test_the_last_of_a_group_takes_the_rest_of_the_sound(
    group: Conversation, wren: Contributor, heron: Contributor
) -> None:
    recorded(group, [(heron, "Mine."), (wren, "Theirs.")], checked=True)
    withdraw_and_sweep(contributor=wren, scope=Scope.TAKE_PART)
    withdraw_and_sweep(contributor=heron, scope=Scope.TAKE_PART)

    assert not Recording.objects.exists()
    assert keyring.keyring().entries() == []


def test_a_keyring_that_is_not_mounted_costs_nobody_their_sound(
    group: Conversation, wren: Contributor, heron: Contributor, settings: Any, tmp_path: Path
) -> None:
    recording = recorded(group, [(heron, "Mine."), (wren, "Theirs."), (heron, "Mine again.")], checked=True)
    there, settings.KEYRING_DIR = settings.KEYRING_DIR, tmp_path / "not mounted"
    asked = withdraw(contributor=wren, scope=Scope.TAKE_PART, by=None)
    assert not sweep_or_note(asked.pk)
    asked.refresh_from_db()
    assert asked.problem == "KeyringAway"

    settings.KEYRING_DIR = there
    assert sweep_or_note(asked.pk)
    recording.refresh_from_db()
    assert loudness(recording)[0] > 0 == loudness(recording)[1]
    assert not keyring.has_holder(wren.handle)


def test_nor_does_it_leave_a_key_to_sound_that_its_clock_erased_before(
    wren: Contributor, settings: Any, tmp_path: Path
) -> None:
    talk = ConversationFactory(enquiry=wren.enquiry, contributors=[wren])
    sent = receive_recording(
        conversation=talk, upload=[sounds.wav(sounds.talk(2000))], by=colleague(talk.partner)
    )
    remove_whole(sent)
    there, settings.KEYRING_DIR = settings.KEYRING_DIR, tmp_path / "not mounted"
    asked = withdraw(contributor=wren, scope=Scope.TAKE_PART, by=None)
    assert not sweep_or_note(asked.pk)

    settings.KEYRING_DIR = there
    assert keyring.has_holder(wren.handle)
    assert sweep_or_note(asked.pk)
    assert not keyring.has_holder(wren.handle)
