"""A recording written anew without some of its stretches: what takes the place of the original.

FLAC, because nothing of what stays may get worse however often a stretch is taken out, and because it holds
nothing but sound: pictures, titles and a recorder's notes are left behind. One channel, as everything else
here hears it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from nlp.audio.decoding import Silenced, iter_blocks
from nlp.audio.errors import EncodingFailed, NoSoundInside
from nlp.audio.types import Samples, SoundSource

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

REWRITTEN_CODEC = REWRITTEN_CONTAINER = "flac"
_LOWEST, _HIGHEST = 8_000, 48_000


def rewrite(source: SoundSource, out: BinaryIO, *, silenced: Silenced, sample_rate: int) -> int:
    """Write the whole of `source` to `out` with the stretches `silenced`; gives back the sample rate used.

    Times stay as they were: silence is as long as what it replaces. Samples are 16-bit.

    Args:
        out: a binary file that can seek.
        sample_rate: of the original; kept between 8 and 48 kHz.

    Raises:
        SoundUnreadable: the source cannot be used, see `probe`.
        EncodingFailed: it could not be written.
    """
    import av

    rate = min(max(sample_rate, _LOWEST), _HIGHEST)
    blocks = iter_blocks(source, silenced=list(silenced), sample_rate=rate)
    heard = False
    try:
        with av.open(out, "w", format=REWRITTEN_CONTAINER) as container:
            stream: Any = container.add_stream(REWRITTEN_CODEC, rate=rate, format="s16", layout="mono")
            for frame in _frames(blocks, rate):
                heard = True
                container.mux(stream.encode(frame))
            if not heard:
                raise NoSoundInside(has_track=True)
            container.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise EncodingFailed(
            "The recording could not be written anew: check that the disk has room, then try again."
        ) from error
    return rate


def _frames(blocks: Iterator[Samples], rate: int) -> Iterator[AudioFrame]:
    import av

    at = 0
    for block in blocks:
        samples = np.round(block * 32767.0).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), at
        at += frame.samples
        yield frame
