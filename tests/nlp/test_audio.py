"""Facts, samples, pauses, pieces, waveform and playback copies of good recordings."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from nlp.audio import (
    Envelope,
    Piece,
    cut_at_pauses,
    decode_mono_16k,
    encode_playback,
    envelope_of,
    find_pauses,
    is_silent,
    iter_blocks,
    measure,
    needs_playback_copy,
    probe,
    waveform_peaks,
)
from tests.fakes.nlp_sounds import KINDS, tone, write_long, write_silence, write_sound
from tests.paths import REPOSITORY, sample


def _lag_ms(a: np.ndarray, b: np.ndarray, reach_ms: int = 60) -> float:
    """By how much `b` comes later than `a`, from their best match."""
    n = min(len(a), len(b))
    a, b = a[:n], b[:n]
    reach = reach_ms * 16
    best = max(
        range(-reach, reach + 1),
        key=lambda shift: float(np.dot(a[reach : n - reach], b[reach + shift : n - reach + shift])),
    )
    return best / 16


@pytest.mark.parametrize("suffix", KINDS)
def test_probe_says_what_each_kind_of_file_holds(suffix: str, sounds: dict[str, Path]) -> None:
    facts = probe(sounds[suffix])

    assert abs(facts.duration_ms - 8000) < 60
    assert facts.channels == 1
    assert facts.sample_rate == KINDS[suffix][2]
    assert facts.has_video is (suffix == ".mp4")
    assert not facts.is_truncated


@pytest.mark.parametrize("suffix", KINDS)
def test_decoding_from_the_middle_gives_what_decoding_all_gives_there(
    suffix: str, sounds: dict[str, Path]
) -> None:
    whole = decode_mono_16k(sounds[suffix])
    part = decode_mono_16k(sounds[suffix], 4500, 6500)

    assert abs(len(whole) - 8 * 16_000) < 60 * 16
    assert len(part) == 2 * 16_000
    assert abs(_lag_ms(whole[4500 * 16 : 6500 * 16], part)) <= 2
    assert part.dtype == np.float32


@pytest.mark.parametrize("suffix", KINDS)
def test_a_moment_is_the_same_moment_in_every_kind_of_file(suffix: str, sounds: dict[str, Path]) -> None:
    expected = tone(8.0, 16_000, quiet=[(3.0, 4.5)])

    assert abs(_lag_ms(expected, decode_mono_16k(sounds[suffix]))) <= 5


def test_a_file_object_serves_as_well_as_a_path(sounds: dict[str, Path]) -> None:
    file = io.BytesIO(sounds[".mp3"].read_bytes())

    assert probe(file) == probe(sounds[".mp3"])
    assert np.array_equal(decode_mono_16k(file, 1000, 2000), decode_mono_16k(sounds[".mp3"], 1000, 2000))


def test_the_bytes_decide_not_the_name(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "really-mp3.wav", 1.0, kind=".mp3")

    assert probe(path).codec == "mp3"


def test_channels_are_averaged_to_one() -> None:
    facts = probe(sample("stereo_diarization.wav"))

    assert facts.channels == 2
    assert decode_mono_16k(sample("stereo_diarization.wav")).shape == (80_000,)


def test_real_speech_has_the_length_its_source_says() -> None:
    assert probe(sample("jfk.flac")).duration_ms == 11_000
    assert measure(sample("sentences.wav")).duration_ms == 35_230


def test_blocks_join_to_the_whole_and_only_the_last_is_short(sounds: dict[str, Path]) -> None:
    blocks = list(iter_blocks(sounds[".m4a"], block_ms=300))

    assert {len(block) for block in blocks[:-1]} == {4800}
    assert np.array_equal(np.concatenate(blocks), decode_mono_16k(sounds[".m4a"]))


def test_silenced_stretches_come_back_as_silence_and_nothing_else_changes(sounds: dict[str, Path]) -> None:
    plain = decode_mono_16k(sounds[".wav"], 1000, 7000)
    muted = decode_mono_16k(sounds[".wav"], 1000, 7000, silenced=[(0, 1200), (5000, 5500)])

    assert not muted[: 200 * 16].any()
    assert not muted[4000 * 16 : 4500 * 16].any()
    assert np.array_equal(muted[200 * 16 : 4000 * 16], plain[200 * 16 : 4000 * 16])
    assert np.array_equal(muted[4500 * 16 :], plain[4500 * 16 :])


def test_decoding_after_the_end_gives_nothing(sounds: dict[str, Path]) -> None:
    assert len(decode_mono_16k(sounds[".ogg"], 60_000, 70_000)) == 0


def test_decoding_refuses_a_stretch_that_ends_before_it_starts(sounds: dict[str, Path]) -> None:
    with pytest.raises(ValueError, match="does not end before it starts"):
        decode_mono_16k(sounds[".wav"], 2000, 1000)


def test_pauses_are_found_where_they_are(sounds: dict[str, Path]) -> None:
    for path in sounds.values():
        (pause,) = find_pauses(path, min_ms=1000)
        assert abs(pause[0] - 3000) <= 60
        assert abs(pause[1] - 4500) <= 60


def test_long_pauses_are_three_seconds_by_default(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", 12.0, quiet=[(1.0, 3.5), (5.0, 8.2)])

    ((start, end),) = find_pauses(path)

    assert abs(start - 5000) <= 40
    assert abs(end - 8200) <= 40


def test_noise_in_the_room_does_not_hide_a_pause() -> None:
    room = np.random.default_rng(2).standard_normal(16_000 * 8).astype(np.float32) * 0.01
    envelope = envelope_of(tone(8.0, 16_000, quiet=[(3.0, 4.5)]) + room)

    ((start, end),) = find_pauses(envelope, min_ms=1000)

    assert abs(start - 3000) <= 60
    assert abs(end - 4500) <= 60


def test_sound_without_a_pause_has_none(tmp_path: Path) -> None:
    assert find_pauses(write_sound(tmp_path / "a.wav", 5.0), min_ms=200) == []


def test_pieces_cut_in_the_middle_of_a_pause(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", 30.0, quiet=[(4.0, 4.6), (8.0, 9.0), (17.0, 18.0), (24.0, 24.5)])

    pieces = cut_at_pauses(path, max_piece_ms=10_000)

    assert [piece.start_ms for piece in pieces] == [0, 8500, 17_500, 24_240]


def test_pieces_cover_the_recording_and_none_is_too_long() -> None:
    for length_s, longest in ((35, 10_000), (61, 10_000), (10, 10_000), (100, 7_000)):
        envelope = envelope_of(tone(length_s, 16_000))

        pieces = cut_at_pauses(envelope, max_piece_ms=longest)

        assert pieces[0].start_ms == 0
        assert pieces[-1].end_ms == envelope.duration_ms
        assert all(a.end_ms == b.start_ms for a, b in pairwise(pieces))
        assert all(piece.duration_ms <= longest for piece in pieces)


def test_a_short_recording_is_one_piece(sounds: dict[str, Path]) -> None:
    assert cut_at_pauses(sounds[".wav"]) == [Piece(0, 8000)]


def test_pieces_of_less_than_a_second_are_refused(sounds: dict[str, Path]) -> None:
    with pytest.raises(ValueError, match="less than a second"):
        cut_at_pauses(sounds[".wav"], max_piece_ms=999)


def test_silence_is_told_from_sound(tmp_path: Path, sounds: dict[str, Path]) -> None:
    silence = write_silence(tmp_path / "a.wav", 3)

    assert is_silent(silence)
    assert find_pauses(silence) == [(0, 3000)]
    assert waveform_peaks(silence, 5) == [0.0] * 5
    assert not is_silent(sounds[".wav"])


def test_a_waveform_shows_the_pause(sounds: dict[str, Path]) -> None:
    bars = waveform_peaks(sounds[".wav"], 16)

    assert len(bars) == 16
    assert max(bars) == 1.0
    assert bars[7] == 0.0
    assert all(0.0 <= bar <= 1.0 for bar in bars)
    assert len(waveform_peaks(sounds[".wav"], 5000)) == 5000
    with pytest.raises(ValueError, match="at least one bar"):
        waveform_peaks(sounds[".wav"], 0)


def test_a_playback_copy_keeps_every_moment_in_its_place(tmp_path: Path, sounds: dict[str, Path]) -> None:
    copy = tmp_path / "copy.webm"
    told: list[tuple[int, int]] = []

    length = encode_playback(sounds[".m4a"], copy, progress=lambda done, total: told.append((done, total)))

    facts = probe(copy)
    assert facts.codec == "opus"
    assert abs(length - 8000) < 60
    assert abs(facts.duration_ms - length) < 60
    assert abs(_lag_ms(decode_mono_16k(sounds[".m4a"]), decode_mono_16k(copy))) <= 5
    assert told[-1] == (length, length)
    assert list(tmp_path.iterdir()) == [copy]


def test_a_playback_copy_of_a_stretch_leaves_out_what_was_struck_out(
    tmp_path: Path, sounds: dict[str, Path]
) -> None:
    out = io.BytesIO()

    length = encode_playback(sounds[".flac"], out, start_ms=5000, end_ms=7000, silenced=[(5500, 6000)])

    assert length == 2000
    out.seek(0)
    copy = decode_mono_16k(out)
    assert float(np.abs(copy[600 * 16 : 900 * 16]).max()) < 0.01
    assert float(np.abs(copy[1200 * 16 : 1900 * 16]).max()) > 0.2


def test_a_playback_copy_has_an_index_to_seek_by(tmp_path: Path, sounds: dict[str, Path]) -> None:
    copy = tmp_path / "copy.webm"
    encode_playback(sounds[".wav"], copy)

    assert b"\x1c\x53\xbb\x6b" in copy.read_bytes()  # Cues, the index of WebM


def test_only_short_plain_wav_is_played_as_it_is(sounds: dict[str, Path]) -> None:
    assert not needs_playback_copy(probe(sounds[".wav"]))
    assert all(needs_playback_copy(probe(sounds[suffix])) for suffix in KINDS if suffix != ".wav")


def test_progress_of_measuring_ends_at_the_whole(sounds: dict[str, Path]) -> None:
    told: list[tuple[int, int]] = []

    envelope = measure(sounds[".wav"], progress=lambda done, total: told.append((done, total)))

    assert isinstance(envelope, Envelope)
    assert told[-1] == (8000, 8000)


_IN_LITTLE_MEMORY = """
import json, resource, sys
from nlp.audio import cut_at_pauses, decode_mono_16k
import av, numpy
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
pieces = cut_at_pauses(sys.argv[1])
late = decode_mono_16k(sys.argv[1], pieces[-1].end_ms - 60_000, pieces[-1].end_ms - 50_000)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps([[(piece.start_ms, piece.end_ms) for piece in pieces], len(late), grown // 1024]))
"""


@pytest.mark.slow
def test_four_hours_are_cut_into_pieces_in_little_memory(tmp_path: Path) -> None:
    path = write_long(tmp_path / "long.flac", hours=4)
    facts = probe(path)

    done = subprocess.run(
        [sys.executable, "-c", _IN_LITTLE_MEMORY, str(path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )

    pieces, late, grown_mib = json.loads(done.stdout)
    assert abs(facts.duration_ms - 4 * 3_600_000) < 2000
    assert len(pieces) >= 24
    assert all(end - start <= 600_000 for start, end in pieces)
    assert [0, *(end for _start, end in pieces)] == [*(start for start, _end in pieces), facts.duration_ms]
    assert late == 160_000
    # All of it as samples would be 880 MiB.
    assert grown_mib < 80
