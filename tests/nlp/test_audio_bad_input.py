"""Files that are no recording, or only half of one: each gets its own clear answer."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest

from nlp.audio import (
    EmptyFile,
    NoSoundInside,
    NotSound,
    SoundMissing,
    SoundUnreadable,
    TruncatedSound,
    decode_mono_16k,
    encode_playback,
    measure,
    probe,
)
from tests.fakes.nlp_sounds import write_pictures_only, write_silence, write_sound


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").touch()

    with pytest.raises(EmptyFile, match="empty"):
        probe(tmp_path / "a.mp3")
    with pytest.raises(EmptyFile):
        probe(io.BytesIO())


def test_a_missing_file_is_called_missing(tmp_path: Path) -> None:
    with pytest.raises(SoundMissing):
        decode_mono_16k(tmp_path / "nothing.wav")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", b"Dear diary,\n" * 40),
        ("notes.wav", b"Dear diary,\n" * 40),
        ("page.html", b"<!doctype html><p>hello</p>" * 20),
        ("zip.m4a", b"PK\x03\x04" + bytes(500)),
        ("picture.mp3", b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(400)),
        ("document.mp4", b"%PDF-1.7\n" + random.Random(2).randbytes(4000)),
        ("noise.mp3", random.Random(3).randbytes(200_000)),
        ("zeros.wav", bytes(50_000)),
        ("one.wav", b"x"),
    ],
)
def test_what_is_no_sound_is_refused_whatever_its_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(NotSound, match="not a sound or video file"):
        probe(tmp_path / name)
    with pytest.raises(NotSound):
        probe(io.BytesIO(content))


def test_a_list_of_other_files_is_never_followed(tmp_path: Path) -> None:
    write_silence(tmp_path / "secret.wav", 2)
    (tmp_path / "list.txt").write_text("ffconcat version 1.0\nfile secret.wav\n")
    (tmp_path / "list.m3u8").write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nsecret.wav\n#EXT-X-ENDLIST\n"
    )

    for name in ("list.txt", "list.m3u8"):
        with pytest.raises(NotSound):
            probe(tmp_path / name)


def test_pictures_without_sound_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NoSoundInside, match="no sound track"):
        probe(write_pictures_only(tmp_path / "a.mp4"))


def test_a_recording_of_0_seconds_is_refused(tmp_path: Path) -> None:
    path = write_silence(tmp_path / "a.wav", 0)

    with pytest.raises(NoSoundInside, match="0 seconds"):
        probe(path)
    with pytest.raises(SoundUnreadable):
        measure(path)


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".ogg", ".webm", ".flac"])
def test_a_file_that_breaks_off_says_so_and_keeps_what_is_there(
    suffix: str, tmp_path: Path, sounds: dict[str, Path]
) -> None:
    whole = sounds[suffix].read_bytes()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole[: int(len(whole) * 0.6)])

    facts = probe(path)

    assert facts.is_truncated
    assert 2500 < facts.duration_ms < 7000
    if facts.declared_duration_ms is not None:
        assert abs(facts.declared_duration_ms - 8000) < 60
    assert abs(measure(path).duration_ms - facts.duration_ms) < 200


def test_an_mp4_that_breaks_off_with_its_index_in_front_keeps_what_is_there(tmp_path: Path) -> None:
    whole = write_sound(tmp_path / "whole.m4a", 8.0, faststart=True).read_bytes()
    (tmp_path / "cut.m4a").write_bytes(whole[: int(len(whole) * 0.6)])

    facts = probe(tmp_path / "cut.m4a")

    assert facts.is_truncated
    assert 3000 < facts.duration_ms < 7000


@pytest.mark.parametrize("suffix", [".mp4", ".m4a"])
def test_an_mp4_that_breaks_off_before_its_index_cannot_be_read(
    suffix: str, tmp_path: Path, sounds: dict[str, Path]
) -> None:
    (tmp_path / "a").write_bytes(sounds[suffix].read_bytes()[:20_000])

    with pytest.raises(TruncatedSound, match="breaks off"):
        probe(tmp_path / "a")


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".m4a", ".ogg", ".webm", ".flac", ".mp4"])
def test_every_shorter_file_is_answered_with_facts_or_a_sentence(
    suffix: str, tmp_path: Path, sounds: dict[str, Path]
) -> None:
    whole = sounds[suffix].read_bytes()
    for length in (1, 3, 7, 12, 43, 44, 45, 100, 500, 1000, 5000, len(whole) - 1):
        assert _answer(whole[:length])


def _answer(content: bytes) -> bool:
    try:
        return probe(io.BytesIO(content)).duration_ms > 0
    except SoundUnreadable as refusal:
        return str(refusal).endswith(".")


@pytest.mark.parametrize("suffix", [".mp3", ".ogg", ".webm", ".flac"])
def test_damage_in_the_middle_moves_nothing_after_it(
    suffix: str, tmp_path: Path, sounds: dict[str, Path]
) -> None:
    content = bytearray(sounds[suffix].read_bytes())
    middle = len(content) // 4
    content[middle : middle + 600] = random.Random(4).randbytes(600)

    damaged = decode_mono_16k(io.BytesIO(bytes(content)))

    whole = decode_mono_16k(sounds[suffix])
    assert abs(len(damaged) - len(whole)) < 16 * 400


def test_a_copy_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"no sound at all" * 30)

    with pytest.raises(NotSound):
        encode_playback(tmp_path / "a.mp3", tmp_path / "copy.webm")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp3"]
