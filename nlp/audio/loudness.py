"""How loud a recording is over time, and what follows from it: pauses, pieces, waveform, silence.

Everything here reads one Envelope: a single pass over the file, 8 bytes per 20 ms (6 MB for four hours).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nlp.audio.decoding import iter_blocks
from nlp.audio.errors import NoSoundInside
from nlp.audio.types import SAMPLE_RATE, Envelope, Piece, Progress, Samples, SoundSource

FRAME_MS = 20
SILENCE_PEAK = 0.001
"""A recording that never rises above -60 dBFS has nobody in it that could be heard."""
LONG_PAUSE_MS = 3000
MAX_PIECE_MS = 600_000

_FLOOR_DB = -60.0
_CLICK_MS = 60
_SHORTEST_PAUSE_MS = 200
_SMALLEST_LAST_PIECE_MS = 5000
_BLOCK_MS = 10_000
_FRAME = SAMPLE_RATE * FRAME_MS // 1000


def envelope_of(samples: Samples) -> Envelope:
    """Loudness of samples already in memory (mono, 16 kHz)."""
    rms, peak = _frames(samples)
    return Envelope(duration_ms=len(samples) * 1000 // SAMPLE_RATE, frame_ms=FRAME_MS, rms=rms, peak=peak)


def measure(source: SoundSource, *, progress: Progress | None = None) -> Envelope:
    """Loudness of a whole recording, in one streaming pass.

    Raises:
        SoundUnreadable: the file cannot be used, see `probe`.
    """
    rms: list[Samples] = []
    peak: list[Samples] = []
    n_samples, total_ms = 0, 0
    if progress is not None:
        from nlp.audio.facts import probe

        total_ms = probe(source).duration_ms
    for index, block in enumerate(iter_blocks(source, block_ms=_BLOCK_MS)):
        block_rms, block_peak = _frames(block)
        rms.append(block_rms)
        peak.append(block_peak)
        n_samples += len(block)
        if progress is not None and index:
            done = n_samples * 1000 // SAMPLE_RATE
            progress(done, max(done, total_ms))
    if n_samples == 0:
        raise NoSoundInside(has_track=True)
    duration_ms = max(1, n_samples * 1000 // SAMPLE_RATE)
    if progress is not None:
        progress(duration_ms, duration_ms)
    return Envelope(duration_ms, FRAME_MS, np.concatenate(rms), np.concatenate(peak))


def _frames(samples: Samples) -> tuple[Samples, Samples]:
    n = -(-len(samples) // _FRAME)
    padded = np.zeros(n * _FRAME, dtype=np.float32)
    padded[: len(samples)] = samples
    frames = padded.reshape(n, _FRAME)
    return np.sqrt(np.mean(frames * frames, axis=1)), np.abs(frames).max(axis=1, initial=0.0)


def _as_envelope(sound: SoundSource | Envelope, progress: Progress | None = None) -> Envelope:
    return sound if isinstance(sound, Envelope) else measure(sound, progress=progress)


def is_silent(sound: SoundSource | Envelope) -> bool:
    """True where nothing in the whole recording rises above -60 dBFS."""
    return bool(_as_envelope(sound).peak.max(initial=0.0) < SILENCE_PEAK)


def quiet_frames(envelope: Envelope) -> NDArray[np.bool_]:
    """Which frames are pauses, judged against this recording's own voice and room.

    The voice is the 95th percentile of loudness, the room the 10th. A frame is quiet where it lies 30 dB
    under the voice, or in the lower quarter between room and voice; clicks under 60 ms do not end a pause.
    """
    db = 20 * np.log10(np.maximum(envelope.rms, 1e-6))
    heard = db[db > _FLOOR_DB]
    if len(heard) == 0:
        return np.ones(len(db), dtype=np.bool_)
    voice, room = float(np.percentile(heard, 95)), float(np.percentile(db, 10))
    threshold = max(_FLOOR_DB, voice - 30.0, room + 0.25 * (voice - room))
    # Steady sound without a pause (a hum, one long breath of speech) has room and voice side by side.
    quiet: NDArray[np.bool_] = db < min(threshold, voice - 6.0)
    click = _CLICK_MS // FRAME_MS
    for start, end in _runs(~quiet):
        if end - start < click and start > 0 and end < len(quiet):
            quiet[start:end] = True
    return quiet


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """`[start, end)` of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def find_pauses(sound: SoundSource | Envelope, *, min_ms: int = LONG_PAUSE_MS) -> list[tuple[int, int]]:
    """`(start_ms, end_ms)` of each pause of at least `min_ms`, in order. All of it where all is silent."""
    envelope = _as_envelope(sound)
    pauses = []
    for start, end in _runs(quiet_frames(envelope)):
        start_ms, end_ms = start * FRAME_MS, min(end * FRAME_MS, envelope.duration_ms)
        if end_ms - start_ms >= min_ms:
            pauses.append((start_ms, end_ms))
    return pauses


def cut_at_pauses(
    sound: SoundSource | Envelope, max_piece_ms: int = MAX_PIECE_MS, progress: Progress | None = None
) -> list[Piece]:
    """Pieces that cover the recording exactly, in order, none longer than `max_piece_ms`.

    Each cut lies in the middle of the longest pause of the last two fifths of the window; where there is
    no pause of 200 ms, in its quietest 300 ms.

    Raises:
        SoundUnreadable: the file cannot be used, see `probe`.
        ValueError: `max_piece_ms` under one second.
    """
    if max_piece_ms < 1000:
        raise ValueError("Pieces of less than a second cannot be transcribed.")
    envelope = _as_envelope(sound, progress)
    quiet = quiet_frames(envelope)
    pieces, start = [], 0
    while envelope.duration_ms - start > max_piece_ms:
        # Not so late that a snippet too short to understand is left over at the end.
        spare = max(_SMALLEST_LAST_PIECE_MS - (envelope.duration_ms - start - max_piece_ms), 0)
        latest = start + max_piece_ms - min(spare, max_piece_ms // 4)
        cut = _best_cut(envelope, quiet, start + max_piece_ms * 3 // 5, latest)
        pieces.append(Piece(start, cut))
        start = cut
    pieces.append(Piece(start, envelope.duration_ms))
    return pieces


def _best_cut(envelope: Envelope, quiet: NDArray[np.bool_], earliest_ms: int, latest_ms: int) -> int:
    first, last = -(-earliest_ms // FRAME_MS), latest_ms // FRAME_MS
    runs = [run for run in _runs(quiet[first:last]) if (run[1] - run[0]) * FRAME_MS >= _SHORTEST_PAUSE_MS]
    if runs:
        start, end = max(runs, key=lambda run: (run[1] - run[0], run[0]))
        return (first + (start + end) // 2) * FRAME_MS
    width = 300 // FRAME_MS
    energy = envelope.rms[first:last].astype(np.float64) ** 2
    if len(energy) <= width:
        return latest_ms
    smooth = np.convolve(energy, np.ones(width), mode="valid")
    return int((first + int(np.argmin(smooth)) + width // 2) * FRAME_MS)


def waveform_peaks(sound: SoundSource | Envelope, n: int) -> list[float]:
    """`n` bars from 0 to 1 for drawing, the loudest being 1; all 0 for a silent recording.

    Raises:
        ValueError: `n` is not positive.
    """
    if n < 1:
        raise ValueError("A waveform has at least one bar.")
    envelope = _as_envelope(sound)
    edges = np.linspace(0, len(envelope.peak), n + 1)
    bars = np.array(
        [
            envelope.peak[int(a) : max(int(np.ceil(b)), int(a) + 1)].max(initial=0.0)
            for a, b in pairwise(edges)
        ]
    )
    loudest = float(bars.max())
    if loudest < SILENCE_PEAK:
        return [0.0] * n
    return [round(float(bar) / loudest, 3) for bar in bars]


__all__ = [
    "LONG_PAUSE_MS",
    "MAX_PIECE_MS",
    "cut_at_pauses",
    "envelope_of",
    "find_pauses",
    "is_silent",
    "measure",
    "quiet_frames",
    "waveform_peaks",
]
