"""Sound files of every common kind, made on the spot: tones for speech, quiet for pauses."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# suffix -> (container, codec, rate)
KINDS: dict[str, tuple[str, str, int]] = {
    ".wav": ("wav", "pcm_s16le", 16_000),
    ".mp3": ("mp3", "libmp3lame", 44_100),
    ".m4a": ("ipod", "aac", 44_100),
    ".ogg": ("ogg", "libopus", 48_000),
    ".webm": ("webm", "libopus", 48_000),
    ".flac": ("flac", "flac", 44_100),
    ".mp4": ("mp4", "aac", 44_100),
}


def tone(seconds: float, rate: int, *, quiet: Sequence[tuple[float, float]] = ()) -> NDArray[np.float32]:
    """A voice-like tone that changes pitch all the time, silent in the stretches of `quiet` (seconds)."""
    t = np.arange(round(seconds * rate)) / rate
    pitch = 180 + 60 * np.sin(2 * np.pi * 0.7 * t) + 25 * np.sin(2 * np.pi * 0.13 * t)
    sound = 0.4 * np.sin(2 * np.pi * np.cumsum(pitch) / rate)
    for start, end in quiet:
        sound[round(start * rate) : round(end * rate)] = 0.0
    return sound.astype(np.float32)


def write_sound(
    path: Path,
    seconds: float,
    *,
    quiet: Sequence[tuple[float, float]] = (),
    kind: str = "",
    layout: str = "mono",
    faststart: bool = False,
) -> Path:
    """A file of the kind its suffix (or `kind`) says; mp4 comes with moving pictures."""
    import av

    container_name, codec, rate = KINDS[kind or path.suffix]
    options = {"movflags": "faststart"} if faststart else {}
    with av.open(str(path), "w", format=container_name, options=options) as container:
        stream: Any = container.add_stream(codec, rate=rate)
        stream.layout = layout
        if (kind or path.suffix) == ".mp4":
            _add_pictures(container, seconds)
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        samples = tone(seconds, rate, quiet=quiet)
        for start in range(0, len(samples), 1024):
            frame = av.AudioFrame.from_ndarray(
                samples[None, start : start + 1024], format="flt", layout="mono"
            )
            frame.sample_rate, frame.pts = rate, start
            for part in resampler.resample(frame):
                container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def _add_pictures(container: Any, seconds: float) -> None:
    import av

    video: Any = container.add_stream("mpeg4", rate=5)
    video.width = video.height = 64
    video.pix_fmt = "yuv420p"
    for number in range(max(1, round(seconds * 5))):
        frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number % 255, dtype=np.uint8), format="rgb24")
        frame.pts = number
        container.mux(video.encode(frame))
    container.mux(video.encode(None))


def write_pictures_only(path: Path, seconds: float = 1.0) -> Path:
    """An mp4 without a sound track."""
    import av

    with av.open(str(path), "w", format="mp4") as container:
        _add_pictures(container, seconds)
    return path


def write_silence(path: Path, seconds: float) -> Path:
    """A wav file of nothing but zeros."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(b"\0\0" * round(16_000 * seconds))
    return path


def write_long(path: Path, hours: float) -> Path:
    """A flac file of soft noise at 8 kHz with a pause of a second or so now and then; quick to make."""
    import av

    noise = np.random.default_rng(1)
    rate, size = 8000, 8192
    loud = (noise.standard_normal(size) * 600).astype(np.int16)
    soft = (noise.standard_normal(size) * 3).astype(np.int16)
    with av.open(str(path), "w", format="flac") as container:
        stream: Any = container.add_stream("flac", rate=rate)
        stream.layout = "mono"
        for number in range(round(rate * 3600 * hours) // size):
            frame = av.AudioFrame.from_ndarray(
                (soft if number % 23 == 0 else loud)[None, :], format="s16", layout="mono"
            )
            frame.sample_rate, frame.pts = rate, number * size
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
