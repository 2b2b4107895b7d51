"""Speak the scripts in `data/sound/` with a speech synthesiser, so that the demo has recordings of nobody.

    python -m wisdoms.demo.sound

For each `NN-pseudonym.toml` this writes `NN-pseudonym.ogg` (mono Opus) and `NN.words.json`, a script that
the scripted speech engine reads where no weights are at hand: `{"language", "segments": [{start_ms, end_ms,
text, confidence, speaker}]}`, one segment per turn, times from the start of the sound.

The same espeak-ng and the same codec give the same bytes: the Ogg writer is told not to stamp a random
stream number into the file.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
import wave
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from wisdoms.demo.paths import SOUND

LARGEST_FILE = 400_000
BIT_RATE = 20_000
OPUS_RATE = 48_000
_SAMPLE_BYTES = 2
# The engine is surer of plain words than of names: what a real draft looks like to the person checking it.
_SURE, _UNSURE = 0.93, 0.58


class SoundError(Exception):
    """The sound cannot be made here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """One turn of a script. `voice` is an espeak-ng voice, `pitch` 0 to 99, `speed` words a minute."""

    speaker: str
    voice: str
    pitch: int
    speed: int
    pause_after_ms: int
    text: str
    is_unclear: bool = False


def read_script(path: Path) -> list[SpokenTurn]:
    """The turns of one script, in order.

    Raises:
        SoundError: a turn lacks one of its six fields.
    """
    with path.open("rb") as stream:
        rows: list[dict[str, Any]] = tomllib.load(stream).get("turns", [])
    try:
        return [SpokenTurn(**row) for row in rows]
    except TypeError as error:
        raise SoundError(
            f"A turn in {path.name} needs speaker, voice, pitch, speed, pause_after_ms and text: {error}."
        ) from error


def speak(turn: SpokenTurn) -> tuple[bytes, int]:
    """One turn as 16-bit mono samples, and their rate in Hz.

    Raises:
        SoundError: espeak-ng is not installed, or did not know the voice.
    """
    program = shutil.which("espeak-ng")
    if program is None:
        raise SoundError("espeak-ng is not installed: install it (Debian and Ubuntu: apt install espeak-ng).")
    settings = ["-v", turn.voice, "-p", str(turn.pitch), "-s", str(turn.speed), "--stdout"]
    done = subprocess.run([program, *settings, turn.text], capture_output=True, check=False)
    if done.returncode != 0 or not done.stdout:
        detail = done.stderr.decode("utf-8", "replace").strip()
        raise SoundError(f"espeak-ng could not speak with the voice {turn.voice!r}: {detail}")
    # On a pipe espeak-ng cannot go back to write the true length, so everything after the header counts.
    with wave.open(BytesIO(done.stdout)) as sound:
        return sound.readframes(sound.getnframes()), sound.getframerate()


def assemble(turns: list[SpokenTurn]) -> tuple[bytes, int, list[dict[str, Any]]]:
    """All turns with their pauses as one stretch of samples, its rate in Hz, and a segment per turn."""
    samples, rate = bytearray(), 0
    segments: list[dict[str, Any]] = []
    for turn in turns:
        spoken, rate = speak(turn)
        start_ms = _length_ms(samples, rate)
        samples += spoken
        segments.append(
            {
                "start_ms": start_ms,
                "end_ms": _length_ms(samples, rate),
                "text": turn.text,
                "confidence": _UNSURE if turn.is_unclear else _SURE,
                "speaker": turn.speaker,
            }
        )
        samples += bytes(rate * turn.pause_after_ms // 1000 * _SAMPLE_BYTES)
    return bytes(samples), rate, segments


def _length_ms(samples: bytes | bytearray, rate: int) -> int:
    return len(samples) // _SAMPLE_BYTES * 1000 // rate


def encode(samples: bytes, rate: int, path: Path) -> None:
    """Write 16-bit mono samples as Opus in Ogg."""
    import av
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler

    with av.open(str(path), "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=OPUS_RATE, options={"application": "voip"})
        stream.bit_rate = BIT_RATE
        stream.layout = "mono"
        resampler = AudioResampler(format="s16", layout="mono", rate=OPUS_RATE)
        frame = AudioFrame(format="s16", layout="mono", samples=len(samples) // _SAMPLE_BYTES)
        frame.sample_rate = rate
        frame.pts = 0
        frame.planes[0].update(samples)
        for ready in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))


def make(script: Path, folder: Path) -> tuple[Path, int]:
    """Speak one script into `folder`; gives back the sound file and its length in milliseconds.

    Raises:
        SoundError: the script or espeak-ng fails, or the file comes out larger than 400 kB.
    """
    samples, rate, segments = assemble(read_script(script))
    sound = folder / f"{script.stem}.ogg"
    encode(samples, rate, sound)
    if sound.stat().st_size > LARGEST_FILE:
        raise SoundError(f"{sound.name} is larger than {LARGEST_FILE} bytes: shorten its script.")
    number = script.stem.partition("-")[0]
    words = json.dumps({"language": "en", "segments": segments}, ensure_ascii=False, indent=1)
    (folder / f"{number}.words.json").write_text(words + "\n", encoding="utf-8")
    return sound, _length_ms(samples, rate)


def main() -> int:
    """Speak every script beside it; 0 when all were made."""
    try:
        for script in sorted(SOUND.glob("[0-9][0-9]-*.toml")):
            sound, length_ms = make(script, SOUND)
            size_kb = sound.stat().st_size // 1000
            sys.stdout.write(f"{sound.name}: {length_ms / 1000:.1f} s, {size_kb} kB\n")
    except SoundError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
