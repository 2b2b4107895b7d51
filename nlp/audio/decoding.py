"""From any file to mono samples, a block at a time, from any moment on.

Times follow the clock of the container, as players do: where a recorder paused and left a hole in its
time stamps, silence is put in, so that a word's time means the same here and in the browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.audio.containers import open_sound, origin_us
from nlp.audio.errors import NotSound
from nlp.audio.types import SAMPLE_RATE, Samples, SoundSource

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

Silenced = Iterable[tuple[int, int]]
"""Stretches `[start_ms, end_ms)` to be given back as silence: struck out, or of someone not recorded."""

_PREROLL_MS = 1000
"""Decoders need sound before a point to be right at it: Opus 80 ms, mp3 up to ten frames."""
_HOLE_MS = 100
_LONGEST_HOLE_MS = 4 * 3_600_000


class _SeekMissed(Exception):
    """The container could not be entered at or before the moment asked for."""


def decode_mono_16k(
    source: SoundSource, start_ms: int = 0, end_ms: int | None = None, *, silenced: Silenced = ()
) -> Samples:
    """The samples of `[start_ms, end_ms)`, mono, 16 kHz, float32 from -1 to 1, shape (n_samples,).

    Shorter than asked for where the recording ends earlier; empty where it ends before `start_ms`.
    Ten minutes take 38 MB; for more, use `iter_blocks`.

    Raises:
        SoundUnreadable: the file cannot be used, see `probe`.
    """
    blocks = list(iter_blocks(source, start_ms=start_ms, end_ms=end_ms, silenced=silenced))
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)


def iter_blocks(
    source: SoundSource,
    *,
    start_ms: int = 0,
    end_ms: int | None = None,
    block_ms: int = 1000,
    silenced: Silenced = (),
    sample_rate: int = SAMPLE_RATE,
) -> Iterator[Samples]:
    """The samples of `[start_ms, end_ms)` in blocks of `block_ms`; only the last may be shorter.

    Never holds more than a few blocks, however long the recording. Damaged packets within the file
    become silence of their length.

    Raises:
        SoundUnreadable: the file cannot be used, see `probe`.
        ValueError: `end_ms` before `start_ms`, or a negative time.
    """
    if start_ms < 0 or (end_ms is not None and end_ms < start_ms):
        raise ValueError("A stretch of sound starts at 0 or later and does not end before it starts.")
    size = max(1, block_ms * sample_rate // 1000)
    first = start_ms * sample_rate // 1000
    last = None if end_ms is None else end_ms * sample_rate // 1000
    mute = [(a * sample_rate // 1000, -(-b * sample_rate // 1000)) for a, b in silenced]
    held: list[Samples] = []
    n_held, position = 0, first
    for chunk in _chunks(source, first, last, sample_rate):
        held.append(chunk)
        n_held += len(chunk)
        if n_held < size:
            continue
        joined = np.concatenate(held)
        whole = len(joined) // size * size
        for at in range(0, whole, size):
            yield _muted(joined[at : at + size], position, mute)
            position += size
        held, n_held = [joined[whole:]], len(joined) - whole
    if n_held:
        yield _muted(np.concatenate(held), position, mute)


def _muted(block: Samples, position: int, mute: list[tuple[int, int]]) -> Samples:
    for start, end in mute:
        a, b = max(0, start - position), min(len(block), end - position)
        if a < b:
            block[a:b] = 0.0
    return block


def _chunks(source: SoundSource, first: int, last: int | None, rate: int) -> Iterator[Samples]:
    """Samples from index `first` to `last`, in chunks of any size, without a hole."""
    if last is not None and last <= first:
        return
    if first > 0:
        try:
            yield from _cut(_positioned(source, rate, seek_to=first), first, last, must_reach=True)
            return
        except _SeekMissed:
            pass  # no usable index: walk there from the start
    yield from _cut(_positioned(source, rate, seek_to=0), first, last, must_reach=False)


def _cut(
    chunks: Iterator[tuple[int, Samples]], first: int, last: int | None, *, must_reach: bool
) -> Iterator[Samples]:
    at = first
    for position, samples in chunks:
        if must_reach:
            if position > first:
                raise _SeekMissed
            must_reach = False
        if position > at:  # the sound track starts later than the container, or a recorder paused
            hole = position - at if last is None else min(position, last) - at
            yield np.zeros(hole, dtype=np.float32)
            at += hole
        part = samples[at - position :]
        if last is not None:
            part = part[: last - at]
        if len(part):
            at += len(part)
            # A copy: callers may write to it, and slices of the decoder's buffer would keep it alive.
            yield np.array(part, dtype=np.float32)
        if last is not None and at >= last:
            return
    if must_reach:
        raise _SeekMissed


def _positioned(source: SoundSource, rate: int, *, seek_to: int) -> Iterator[tuple[int, Samples]]:
    """(index of the first sample on the recording's clock, samples), in order, from `seek_to` or before."""
    import av

    with open_sound(source) as (container, stream):
        origin = origin_us(container)
        if seek_to > 0:
            target = seek_to * 1_000_000 // rate - _PREROLL_MS * 1000
            try:
                container.seek(max(0, target) + origin, backward=True)
            except av.FFmpegError as error:
                raise _SeekMissed from error
        funnel = _Funnel(rate)
        position: int | None = None
        expected: float | None = None
        for frame in _frames(container, stream):
            time = None if frame.time is None else frame.time - origin / 1_000_000
            if position is None:
                if time is None and seek_to > 0:
                    raise _SeekMissed
                position = round((time or 0.0) * rate)
            elif time is not None and expected is not None:
                hole_ms = (time - expected) * 1000
                if _HOLE_MS < hole_ms < _LONGEST_HOLE_MS:
                    for samples in funnel.flush():
                        yield position, samples
                        position += len(samples)
                    position = max(position, round(time * rate))
                    expected = time
            start = expected if time is None or expected is None else max(expected, time)
            expected = (time or 0.0 if start is None else start) + frame.samples / frame.sample_rate
            for samples in funnel.push(frame):
                yield position, samples
                position += len(samples)
        if position is None:
            if seek_to > 0:
                raise _SeekMissed
            raise NotSound
        for samples in funnel.flush():
            yield position, samples
            position += len(samples)


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Decoded frames; a damaged packet is passed over and a broken end is an end."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):
            return
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue


class _Funnel:
    """Frames of any rate, format and layout into mono float32 at one rate.

    Frames are gathered to half a second first: codecs give them by the hundredth, and each costs the same.
    Channels are averaged by hand: recorders write layouts that the resampler refuses to fold down.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._kind: tuple[str, str, int] | None = None
        self._fifo: Any = None
        self._resampler: Any = None

    def push(self, frame: AudioFrame) -> Iterator[Samples]:
        import av

        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._kind:  # also in mid-stream: chained ogg, aac that changes its mind
            yield from self.flush()
            self._kind = kind
            self._fifo = av.AudioFifo()
            self._resampler = av.AudioResampler(format="fltp", layout=frame.layout, rate=self._rate)
        frame.pts = None
        self._fifo.write(frame)
        if self._fifo.samples * 2 >= frame.sample_rate:
            yield from self._fold(self._resampler.resample(self._fifo.read()))

    def flush(self) -> Iterator[Samples]:
        if self._resampler is not None:
            if self._fifo.samples:
                yield from self._fold(self._resampler.resample(self._fifo.read()))
            yield from self._fold(self._resampler.resample(None))
        self._resampler, self._fifo, self._kind = None, None, None

    @staticmethod
    def _fold(frames: list[AudioFrame]) -> Iterator[Samples]:
        for frame in frames:
            if frame.samples:
                planes = frame.to_ndarray()
                mono = planes[0] if len(planes) == 1 else planes.mean(axis=0, dtype=np.float32)
                if not np.isfinite(mono.sum()):  # float files may hold anything
                    mono = np.nan_to_num(mono, nan=0.0, posinf=1.0, neginf=-1.0)
                yield np.clip(mono, -1.0, 1.0)
