"""A copy for listening in a browser.

Opus in WebM, because every current browser plays and seeks it, builds of Chromium without licensed codecs
too (they refuse AAC in MP4), and because the muxer writes an index, so a click on a word lands on that
word; mp3 and raw aac are seeked by guesswork in browsers. 32 kbit/s mono is 14 MB an hour.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from nlp.audio.decoding import Silenced, iter_blocks
from nlp.audio.errors import EncodingFailed, NoSoundInside
from nlp.audio.types import Progress, Samples, SoundFacts, SoundSource

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

PLAYBACK_CONTENT_TYPE = "audio/webm; codecs=opus"
PLAYBACK_SUFFIX = ".webm"
_RATE = 48_000
_BIT_RATE = 32_000
_FRAME = _RATE * 20 // 1000
_SMALL_WAV_MS = 600_000


def needs_playback_copy(facts: SoundFacts) -> bool:
    """False only for what every browser plays with exact seeking as it is: short 16-bit wav files."""
    plain_wav = facts.container == "wav" and facts.codec == "pcm_s16le" and facts.channels <= 2
    return not (plain_wav and facts.duration_ms <= _SMALL_WAV_MS)


def encode_playback(
    source: SoundSource,
    out: str | os.PathLike[str] | BinaryIO,
    *,
    start_ms: int = 0,
    end_ms: int | None = None,
    silenced: Silenced = (),
    progress: Progress | None = None,
) -> int:
    """Write `[start_ms, end_ms)` as mono Opus in WebM with an index; give back its length in ms.

    A path is written beside itself first and moved into place when whole; a file object must be able to
    seek. No title, date or other tag of the original is carried over.

    Raises:
        SoundUnreadable: the file cannot be used, see `probe`; NoSoundInside also for an empty stretch.
        EncodingFailed: the copy could not be written.
    """
    blocks = iter_blocks(
        source, start_ms=start_ms, end_ms=end_ms, block_ms=1000, silenced=silenced, sample_rate=_RATE
    )
    if not isinstance(out, (str, os.PathLike)):
        return _encode(blocks, out, progress, _total_ms(source, start_ms, end_ms, progress))
    target = Path(out)
    part = target.with_name(target.name + ".part")
    try:
        with part.open("wb") as file:
            length = _encode(blocks, file, progress, _total_ms(source, start_ms, end_ms, progress))
        part.replace(target)
    except OSError as error:
        raise EncodingFailed(
            "The copy for listening could not be written: check that the disk has room, then try again."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return length


def _total_ms(source: SoundSource, start_ms: int, end_ms: int | None, progress: Progress | None) -> int:
    if progress is None:
        return 0
    if end_ms is not None:
        return end_ms - start_ms
    from nlp.audio.facts import probe

    return max(0, probe(source).duration_ms - start_ms)


def _encode(blocks: Iterator[Samples], out: BinaryIO, progress: Progress | None, total_ms: int) -> int:
    import av

    n_samples = 0
    try:
        with av.open(out, "w", format="webm") as container:
            stream: Any = container.add_stream("libopus", rate=_RATE)
            stream.layout = "mono"
            stream.bit_rate = _BIT_RATE
            for frame in _frames(blocks, stream.codec_context.format.name):
                n_samples += frame.samples
                container.mux(stream.encode(frame))
                if progress is not None and n_samples % (_RATE * 10) == 0:
                    done = n_samples * 1000 // _RATE
                    progress(done, max(done, total_ms))
            if n_samples == 0:
                raise NoSoundInside(has_track=True)
            container.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise EncodingFailed(
            "The copy for listening could not be encoded: check that the disk has room, then try again."
        ) from error
    length_ms = n_samples * 1000 // _RATE
    if progress is not None:
        progress(length_ms, length_ms)
    return length_ms


def _frames(blocks: Iterator[Samples], sample_format: str) -> Iterator[AudioFrame]:
    """Blocks as frames of 20 ms in the encoder's sample format, time-stamped from 0."""
    import av

    at = 0
    for block in blocks:
        for start in range(0, len(block), _FRAME):
            part = block[start : start + _FRAME]
            array: Any = np.round(part * 32767.0).astype(np.int16) if sample_format == "s16" else part
            frame = av.AudioFrame.from_ndarray(array[None, :], format=sample_format, layout="mono")
            frame.sample_rate = _RATE
            frame.pts = at
            at += frame.samples
            yield frame
