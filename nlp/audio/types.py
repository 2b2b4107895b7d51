"""What the sound functions take and give. Times are whole milliseconds from the start of the recording."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Mono sound at 16,000 samples a second, each sample from -1 to 1; shape (n_samples,)."""

SoundSource = str | os.PathLike[str] | BinaryIO
"""A path, or a binary file object that can read, seek and tell (such as a decrypting reader)."""

Progress = Callable[[int, int], None]
"""Called with (milliseconds done, milliseconds in all); the second is an estimate until the end."""

SAMPLE_RATE = 16_000


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """What a file holds, measured by walking through it.

    Attributes:
        duration_ms: length that is really there.
        declared_duration_ms: length the container claims; None where it claims none.
        is_truncated: the file breaks off: it claims clearly more than is there. What is there can be used.
    """

    duration_ms: int
    sample_rate: int
    channels: int
    codec: str
    container: str
    has_video: bool
    declared_duration_ms: int | None = None
    is_truncated: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a recording, `[start_ms, end_ms)`."""

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_ms < self.end_ms:
            raise ValueError("A piece starts at 0 or later and ends after it starts.")

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class Envelope:
    """How loud a recording is over time: what pauses, pieces and the waveform are read from.

    Attributes:
        duration_ms: decoded length.
        frame_ms: length of one frame (20).
        rms: root mean square per frame, shape (n_frames,), 0 to 1.
        peak: largest absolute sample per frame, shape (n_frames,), 0 to 1.
    """

    duration_ms: int
    frame_ms: int
    rms: Samples
    peak: Samples
