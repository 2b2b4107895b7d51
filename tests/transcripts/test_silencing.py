"""A recording written anew with stretches silenced: what is left, what is gone, and that it can be killed."""

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audit.models import Event
from enquiries import keyring
from enquiries.models import Contributor, Conversation
from nlp.audio import NotSound, decode_mono_16k, probe
from tests.factories.enquiries import ContributorFactory, ConversationFactory, EnquiryFactory
from tests.factories.transcripts import RecordingFactory, TranscriptionRunFactory
from tests.transcripts import sounds
from transcripts import store
from transcripts.actions import silence
from transcripts.actions import silencing as module
from transcripts.actions.silencing import merged
from transcripts.errors import SoundGone, StoreFull
from transcripts.models.raw import Piece, Recording
from transcripts.tasks import sweep_store

pytestmark = pytest.mark.django_db

RATE = 44_100


@pytest.fixture
def speakers() -> list[Contributor]:
    enquiry = EnquiryFactory()
    return [ContributorFactory(enquiry=enquiry, agreed=True) for _each in range(2)]


@pytest.fixture
def conversation(speakers: list[Contributor]) -> Conversation:
    return ConversationFactory(enquiry=speakers[0].enquiry, contributors=speakers)


@pytest.fixture
def recording(conversation: Conversation) -> Recording:
    data = sounds.wav(sounds.talk(10_000, rate=RATE), rate=RATE)
    made = RecordingFactory(
        conversation=conversation, data=data, duration_ms=10_000, sample_rate=RATE, peaks=[1.0] * 260
    )
    with store.new_file(under=made.stored_as) as copy:
        copy.write(b"a copy for browsers")
        made.playback_as = copy.keep()
    made.save()
    return made


def loud(key: str, start_ms: int, end_ms: int) -> float:
    with store.source(key) as sound:
        return float(np.abs(decode_mono_16k(sound, start_ms, end_ms)).max(initial=0.0))


def files(settings: Any) -> set[str]:
    return {path.name for path in Path(settings.STORE_DIR).rglob("*") if path.is_file()}


def test_one_of_a_group_falls_silent_and_the_rest_stays_word_for_word(
    recording: Recording, speakers: list[Contributor], settings: Any
) -> None:
    old, old_copy, old_hash = recording.stored_as, recording.playback_as, recording.sha256
    leaving, staying = speakers
    with store.source(old) as sound:
        before = decode_mono_16k(sound)

    assert silence(recording=recording, spans=[(2000, 4000), (3500, 5000)], holders=[staying.handle])

    assert recording.silenced == [[2000, 5000]]
    assert files(settings) == {recording.stored_as, recording.playback_as}
    assert recording.sha256 != old_hash
    with store.source(recording.stored_as) as sound:
        after = decode_mono_16k(sound)
        facts = probe(sound)
    assert (facts.codec, facts.sample_rate, facts.channels, facts.is_truncated) == ("flac", RATE, 1, False)
    assert len(after) == len(before)
    assert np.abs(after[16 * 2020 : 16 * 4980]).max() == 0.0
    for part in (slice(0, 16 * 1980), slice(16 * 5020, None)):
        assert np.abs(after[part] - before[part]).max() < 2e-4
    assert loud(recording.playback_as, 2100, 4900) < 0.01
    assert loud(recording.playback_as, 6000, 7000) > 0.1
    assert max(recording.peaks[60:120]) < 0.01 < min(recording.peaks[140:])
    assert recording.pauses == [[2000, 5000]]

    # Who left takes nothing along: their key opens nothing that stays, and nothing old opens at all.
    keyring.destroy_holder(leaving.handle)
    assert keyring.holders_of(recording.stored_as) == [staying.handle]
    assert loud(recording.stored_as, 0, 1000) > 0.1
    for gone in (old, old_copy):
        with pytest.raises(SoundGone):
            store.open(gone)
    assert keyring.holders_of(old) == []
    assert Event.objects.filter(action="recording.silenced", object_id=str(recording.pk)).count() == 1


def test_a_strike_out_keeps_the_holders_and_adds_to_what_is_silent(
    recording: Recording, speakers: list[Contributor]
) -> None:
    assert silence(recording=recording, spans=[(1000, 2000)])
    assert silence(recording=recording, spans=[(8000, 99_000)])
    assert recording.silenced == [[1000, 2000], [8000, 10_000]]
    assert set(keyring.holders_of(recording.stored_as)) == {who.handle for who in speakers}
    assert loud(recording.stored_as, 1050, 1950) == 0.0
    assert loud(recording.stored_as, 3000, 4000) > 0.1


def test_the_same_again_changes_nothing(recording: Recording, speakers: list[Contributor]) -> None:
    stays = [speakers[1].handle]
    assert silence(recording=recording, spans=[(1000, 2000)], holders=stays)
    key = recording.stored_as
    assert not silence(recording=recording, spans=[(1000, 2000)], holders=stays)
    assert not silence(recording=recording, spans=[(1200, 1900)])
    assert not silence(recording=recording, spans=[])
    assert recording.stored_as == key


def test_what_a_machine_heard_before_goes_too(recording: Recording) -> None:
    run = TranscriptionRunFactory(recording=recording)
    Piece.objects.create(
        partner=recording.partner, run=run, number=1, start_ms=0, end_ms=9000, result={"said": "it"}
    )
    silence(recording=recording, spans=[(0, 500)])
    assert not Piece.objects.exists()


def test_where_nobody_remains_or_nothing_is_there_it_says_so(recording: Recording) -> None:
    with pytest.raises(ValueError, match="removed, not silenced"):
        silence(recording=recording, spans=[(0, 500)], holders=[])
    other = RecordingFactory(data=b"no sound at all", conversation=recording.conversation)
    with pytest.raises(NotSound):
        silence(recording=other, spans=[(0, 500)])
    store.remove(recording.stored_as)
    with pytest.raises(SoundGone):
        silence(
            recording=recording,
            spans=[(0, 500)],
            holders=[recording.conversation.contributors.first().handle],
        )
    Recording.objects.filter(pk=recording.pk).delete()
    with pytest.raises(SoundGone):
        silence(recording=recording, spans=[(0, 500)])


@pytest.mark.parametrize("room", [1, 2, 4])
def test_a_full_disk_changes_nothing(
    recording: Recording, monkeypatch: pytest.MonkeyPatch, room: int, settings: Any
) -> None:
    before, write, written = files(settings), os.pwrite, 0

    def until_full(*arguments: Any) -> int:
        nonlocal written
        written += 1
        if written > room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", until_full)
        with pytest.raises(StoreFull):
            silence(recording=recording, spans=[(1000, 2000)])
    assert files(settings) == before
    assert keyring.keyring().entries() == [recording.stored_as]
    assert loud(recording.stored_as, 1000, 2000) > 0.1


class Killed(BaseException):
    """The process is no more."""


@pytest.mark.parametrize("at", ["rewrite", "measure", "encode_playback", "_turn_to"])
def test_a_kill_before_the_turn_leaves_the_old_recording(
    recording: Recording, monkeypatch: pytest.MonkeyPatch, at: str, settings: Any
) -> None:
    old = recording.stored_as

    def killed(*_args: object, **_kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, at, killed)
        # A killed process tidies nothing up.
        patch.setattr(module._Made, "remove", lambda _made: None)
        patch.setattr(store.NewFile, "discard", lambda _file: None)
        with pytest.raises(Killed):
            silence(recording=recording, spans=[(1000, 2000)])
    recording.refresh_from_db()
    assert recording.stored_as == old
    assert loud(old, 1000, 2000) > 0.1
    assert silence(recording=recording, spans=[(1000, 2000)])
    assert loud(recording.stored_as, 1050, 1950) == 0.0
    store.sweep({recording.stored_as, recording.playback_as}, older_than_s=-1)
    assert files(settings) == {recording.stored_as, recording.playback_as}
    assert keyring.keyring().entries() == [recording.stored_as]


@pytest.mark.parametrize("again", ["called", "swept"])
def test_a_kill_after_the_turn_is_made_good(
    recording: Recording, monkeypatch: pytest.MonkeyPatch, again: str, settings: Any
) -> None:
    old = recording.stored_as
    with monkeypatch.context() as patch:

        def killed(*_args: object) -> None:
            raise Killed

        patch.setattr(store, "remove", killed)
        with pytest.raises(Killed):
            silence(recording=recording, spans=[(1000, 2000)])
    recording.refresh_from_db()
    assert old in recording.ending
    if again == "called":
        assert not silence(recording=recording, spans=[(1000, 2000)])
    else:
        sweep_store(0)
    recording.refresh_from_db()
    assert recording.ending == []
    assert files(settings) == {recording.stored_as, recording.playback_as}
    assert keyring.keyring().entries() == [recording.stored_as]


@pytest.mark.parametrize(
    ("spans", "left"),
    [
        ([], []),
        ([(5, 5), (7, 6), (-9, -1)], []),
        ([(3, 9), (0, 4)], [(0, 9)]),
        ([(0, 4), (4, 6), (8, 99)], [(0, 6), (8, 10)]),
    ],
)
def test_stretches_are_put_in_order(spans: list[tuple[int, int]], left: list[tuple[int, int]]) -> None:
    assert merged(spans, 10) == left
