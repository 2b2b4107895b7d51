"""Sound files made on the spot, none of it anybody's voice: tones with pauses, in any format we take."""

import io
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np

RATE = 16_000
# Format of the container, codec and rate that make a file of each kind that people send.
KINDS = {
    "mp3": ("mp3", "libmp3lame", 44_100),
    "m4a": ("ipod", "aac", 44_100),
    "ogg": ("ogg", "libopus", 48_000),
    "webm": ("webm", "libopus", 48_000),
    "flac": ("flac", "flac", 44_100),
    "mp4": ("mp4", "aac", 44_100),
}


def tones(*stretches: tuple[int, bool], rate: int = RATE) -> np.ndarray:
    """Samples from stretches of `(milliseconds, heard)`: a rough tone where heard, silence where not."""
    parts = []
    for ms, heard in stretches:
        at = np.arange(ms * rate // 1000) / rate
        # Not one pure tone: several, swelling four times a second, so that it has the shape of syllables.
        sound = sum(np.sin(2 * np.pi * hertz * at) for hertz in (180, 410, 730)) / 3
        parts.append(0.5 * sound * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * at)) if heard else 0 * at)
    return np.concatenate(parts).astype(np.float32)


def talk(ms: int = 3000, *, rate: int = RATE) -> np.ndarray:
    return tones((ms, True), rate=rate)


def wav(samples: np.ndarray, *, rate: int = RATE) -> bytes:
    """A 16-bit mono wav file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return out.getvalue()


def encoded(kind: str, ms: int = 3000) -> bytes:
    """A tone of `ms` in one of KINDS; `mp4` has a moving picture too."""
    import av

    container_format, codec, rate = KINDS[kind]
    out = io.BytesIO()
    with av.open(out, "w", format=container_format) as container:
        if kind == "mp4":
            picture = container.add_stream("mpeg4", rate=10)
            picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        stream = container.add_stream(codec, rate=rate)
        stream.layout = "mono"
        wanted = stream.codec_context.format.name
        if kind == "mp4":
            for number in range(max(1, ms // 100)):
                frame = av.VideoFrame.from_ndarray(
                    np.full((48, 64, 3), number % 255, np.uint8), format="rgb24"
                )
                frame.pts = number
                frame.time_base = Fraction(1, 10)
                container.mux(picture.encode(frame))
            container.mux(picture.encode(None))
        resampler = av.AudioResampler(format=wanted, layout="mono", rate=rate)
        samples = talk(ms, rate=rate)
        for start in range(0, len(samples), 1024):
            part = (samples[start : start + 1024] * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(part[None, :], format="s16", layout="mono")
            frame.sample_rate, frame.pts = rate, start
            for ready in resampler.resample(frame):
                container.mux(stream.encode(ready))
        for ready in resampler.resample(None):
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return out.getvalue()


def script(path: Path, segments: list[tuple[int, int, str]], **more: object) -> Path:
    """A script for the engine that reads from one; see `nlp.transcription.scripted`."""
    import json

    rows = [{"start_ms": start, "end_ms": end, "text": text} for start, end, text in segments]
    path.write_text(json.dumps({"segments": rows, **more}), encoding="utf-8")
    return path
