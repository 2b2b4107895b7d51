"""Sealed sound: what was written comes back, any part of it; what was touched on the disk does not."""

import io
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enquiries import keyring
from tests.transcripts.touched import KINDS, damaged
from transcripts import store
from transcripts.errors import SoundDamaged, SoundGone, StoreFull
from transcripts.sealing import CHUNK, HEADER_BYTES, RECORD, Header, SealedReader, SealedWriter
from transcripts.sealing import plain_size as plain_size_of

WREN, ROBIN = uuid4(), uuid4()
KEY = bytes(range(32))
HEADER = Header("a" * 32, "b" * 32)
SIZES = [0, 1, 100, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 20 * CHUNK, 20 * CHUNK + 7]


# One folder serves every example, and a slow machine is no fault.
UNCONCERNED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def kept(data: bytes, *holders: UUID) -> str:
    with store.new_file(holders=holders or [WREN]) as file:
        file.write(data)
        return file.keep()


def on_disk(key: str) -> Path:
    return store._path(key)


@pytest.fixture
def descriptor(tmp_path: Path) -> Iterator[int]:
    opened = os.open(tmp_path / "sealed", os.O_CREAT | os.O_RDWR, 0o600)
    yield opened
    os.close(opened)


def read_back(descriptor: int) -> bytes:
    with SealedReader(os.dup(descriptor), KEY, HEADER) as reader:
        return reader.read()


# --- There and back -----------------------------------------------------------------------------------
@pytest.mark.parametrize("size", SIZES)
def test_what_goes_in_comes_out(size: int) -> None:
    data = noise(size)
    key = kept(data)
    assert store.size(key) == size
    assert b"".join(store.open_range(key, 0, size)) == data
    for start, end in ((0, 1), (size // 2, size), (max(0, size - 5), size + 10), (size, size + 1)):
        assert b"".join(store.open_range(key, start, end)) == data[start:end]


@settings(max_examples=60, deadline=None, suppress_health_check=UNCONCERNED)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3 * CHUNK),
            st.one_of(st.integers(0, 50), st.integers(CHUNK - 2, CHUNK + 2), st.integers(0, 3 * CHUNK)),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_writing_anywhere_is_as_writing_to_a_plain_file(
    descriptor: int, writes: list[tuple[int, int, bool]]
) -> None:
    os.ftruncate(descriptor, 0)
    plain, sealed = io.BytesIO(), SealedWriter(descriptor, KEY, HEADER)
    for number, (place, size, at_end) in enumerate(writes):
        data = noise(size, number)
        for file in (plain, sealed):
            file.seek(0, os.SEEK_END) if at_end else file.seek(place)
            assert file.write(data) == size
        assert sealed.tell() == plain.tell()
    if sealed.size < len(plain.getvalue()):
        pytest.fail("The sealed file is shorter.")
    sealed.finish()
    sealed.close()
    assert read_back(descriptor) == plain.getvalue()


@settings(max_examples=40, deadline=None, suppress_health_check=UNCONCERNED)
@given(st.lists(st.integers(0, 2 * CHUNK), max_size=6), st.randoms(use_true_random=False))
def test_reading_anywhere_is_as_reading_a_plain_file(
    descriptor: int, sizes: list[int], rng: random.Random
) -> None:
    os.ftruncate(descriptor, 0)
    data = noise(sum(sizes))
    sealed = SealedWriter(descriptor, KEY, HEADER)
    sealed.write(data)
    sealed.finish()
    plain = io.BytesIO(data)
    with SealedReader(os.dup(descriptor), KEY, HEADER) as reader:
        for size in sizes:
            place = rng.randint(0, len(data) + 10)
            assert reader.seek(place) == plain.seek(place)
            assert reader.read(size) == plain.read(size)
            assert reader.tell() == plain.tell()


def test_a_file_grows_part_by_part_and_each_part_is_sealed_anew() -> None:
    data = noise(3 * CHUNK + 500)
    with store.new_file(holders=[WREN]) as file:
        key = file.park()
    seen = set()
    for start in range(0, len(data), 30_000):
        with store.take_up(key) as file:
            assert file.size == start
            file.write(data[start : start + 30_000])
            file.park()
        seen.add(store._part(key).read_bytes()[HEADER_BYTES : HEADER_BYTES + 12])
        with pytest.raises(SoundGone):
            store.open(key)
    assert len(seen) >= 3  # the first chunk's nonce, each time it was written again
    with store.take_up(key) as file:
        file.keep()
    assert store.open(key).read() == data
    with pytest.raises(SoundGone):
        store.take_up(key)


@pytest.mark.parametrize("torn", [1, 27, 28, 29, 400, 70_000])
def test_a_part_torn_by_a_kill_is_taken_up_before_the_tear(torn: int) -> None:
    data = noise(2 * CHUNK + 1000)
    with store.new_file(holders=[WREN]) as file:
        file.write(data)
        key = file.park()
    path = store._part(key)
    with path.open("rb+") as raw:
        raw.truncate(path.stat().st_size - torn)
    with store.take_up(key) as file:
        assert len(data) - torn - CHUNK <= file.size < len(data)
        assert file.size % CHUNK == 0
        file.write(data[file.size :])
        file.keep()
    assert store.open(key).read() == data


def test_a_full_disk_removes_what_was_begun(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    with store.new_file(holders=[WREN]) as file:

        def full(*_args: object) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "pwrite", full)
        with pytest.raises(StoreFull):
            file.write(noise(40 * CHUNK))
        with pytest.raises(ValueError, match="nothing more"):
            file.write(b"more")
    monkeypatch.undo()
    assert not [path for path in Path(settings.STORE_DIR).rglob("*") if path.is_file()]
    assert keyring.keyring().entries() == []


# --- Whose key ----------------------------------------------------------------------------------------
def test_destroying_the_key_of_one_who_speaks_ends_all_that_was_made_of_it() -> None:
    recording, other = kept(b"both speak", WREN, ROBIN), kept(b"one speaks", ROBIN)
    with store.new_file(under=recording) as file:
        file.write(b"made of it")
        copy = file.keep()
    keyring.destroy_holder(WREN)
    for gone in (recording, copy):
        with pytest.raises(SoundGone):
            store.open(gone)
    assert store.open(other).read() == b"one speaks"
    with pytest.raises(SoundGone):
        store.new_file(under=recording)


def test_removing_a_recording_ends_its_key_and_with_it_every_copy_of_the_file() -> None:
    key = kept(b"sound")
    copied = on_disk(key).read_bytes()
    store.remove(key)
    on_disk(key).write_bytes(copied)
    with pytest.raises(SoundGone):
        store.open(key)


def test_sound_is_sealed_for_somebody_or_under_an_entry() -> None:
    for wrong in ({}, {"holders": [WREN], "under": "0" * 32}):
        with pytest.raises(ValueError, match="sealed for those who speak"):
            store.new_file(**wrong)


def test_a_file_that_is_removed_while_it_plays_ends_there() -> None:
    data = noise(20 * CHUNK)
    key = kept(data)
    blocks = store.open_range(key, 0, len(data))
    assert next(blocks) == data[: 4 * CHUNK]
    store.remove(key)
    with pytest.raises(SoundGone):
        next(blocks)


# --- Touched on the disk ------------------------------------------------------------------------------
def refused(key: str) -> bool:
    try:
        store.open(key).read()
    except SoundGone:  # a flip in the header names another file, or an entry that is not there
        return True
    return False


def test_any_of_a_thousand_flipped_cut_swapped_or_moved_chunks_is_refused() -> None:
    rng = random.Random(15)
    size = 6 * CHUNK + 777
    key, other = kept(noise(size, 1)), kept(noise(size, 2))
    with store.new_file(under=key) as file:  # under the same key, so only its id tells it apart
        file.write(noise(size, 3))
        sibling = file.keep()
    path = on_disk(key)
    whole = path.read_bytes()
    strangers = [on_disk(other).read_bytes(), on_disk(sibling).read_bytes()]
    for number in range(1000):
        kind = KINDS[number % len(KINDS)]
        path.write_bytes(damaged(kind, whole, strangers, rng))
        assert refused(key), f"{kind} chunk was read, attempt {number}"
    path.write_bytes(whole)
    assert not refused(key)


def test_a_file_that_was_never_finished_is_refused(descriptor: int) -> None:
    sealed = SealedWriter(descriptor, KEY, HEADER)
    sealed.write(noise(2 * CHUNK + 5))
    sealed.flush()
    with pytest.raises(SoundDamaged):
        read_back(descriptor)


@pytest.mark.parametrize(
    "sealed", [0, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 27, HEADER_BYTES + RECORD + 28]
)
def test_impossible_lengths_are_refused(sealed: int) -> None:
    with pytest.raises(SoundDamaged):
        plain_size_of(sealed)


def test_another_key_opens_nothing(descriptor: int) -> None:
    sealed = SealedWriter(descriptor, KEY, HEADER)
    sealed.write(b"sound")
    sealed.finish()
    with pytest.raises(SoundDamaged):
        SealedReader(os.dup(descriptor), bytes(32), HEADER)
