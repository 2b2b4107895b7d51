"""Opening a file of unknown kind safely, and what its container claims about its length.

The list of formats is closed on purpose: playlists and lists of files (HLS, ffconcat and their like) are
also "containers" to the decoder, and would let an uploaded text file read other files of the machine.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from nlp.audio.errors import EmptyFile, NoSoundInside, NotSound, SoundMissing, TruncatedSound
from nlp.audio.types import SoundSource

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

FORMATS = (
    "wav,w64,aiff,au,caf,mp3,aac,flac,ogg,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,"
    "amr,amrnb,amrwb,asf,avi,mpegts,mpeg,flv,wv,ape,aea,ac3,eac3,dts,tta"
)
_MAGIC = (b"RIFF", b"RF64", b"fLaC", b"OggS", b"\x1a\x45\xdf\xa3", b"ID3", b"FORM", b"caff", b"#!AMR")
_HEAD_BYTES = 65_536


@contextmanager
def open_bytes(source: SoundSource) -> Iterator[BinaryIO]:
    """The source as a binary file object at its start; closes it only if it was opened here.

    Raises:
        SoundMissing: there is no readable file at the path.
        EmptyFile: no bytes.
    """
    if isinstance(source, (str, os.PathLike)):
        with ExitStack() as stack:
            try:
                file = stack.enter_context(Path(source).open("rb"))
            except OSError as error:
                raise SoundMissing from error
            yield _not_empty(file)
    else:
        yield _not_empty(source)


def _not_empty(file: BinaryIO) -> BinaryIO:
    if file.seek(0, os.SEEK_END) == 0:
        raise EmptyFile
    file.seek(0)
    return file


@contextmanager
def open_sound(source: SoundSource) -> Iterator[tuple[InputContainer, AudioStream]]:
    """The container and its first sound track.

    Raises:
        SoundMissing, EmptyFile: as `open_bytes`.
        TruncatedSound: it starts as a known container and breaks off before its table of contents.
        NotSound: no known container.
        NoSoundInside: a container without a sound track.
    """
    import av

    with open_bytes(source) as file:
        head = file.read(16)
        file.seek(0)
        # By path where there is one: libav then reads without calling back into Python.
        target: Any = os.path.abspath(os.fspath(source)) if isinstance(source, (str, os.PathLike)) else file
        try:
            container = av.open(
                target, "r", options={"format_whitelist": FORMATS, "protocol_whitelist": "file"}
            )
        except (av.FFmpegError, ValueError, UnicodeDecodeError) as error:
            if head.startswith(_MAGIC) or head[4:8] == b"ftyp":
                raise TruncatedSound from error
            raise NotSound from error
        with container:
            if not container.streams.audio:
                raise NoSoundInside(has_track=False) if container.streams.video else NotSound
            stream = container.streams.audio[0]
            if stream.codec_context is None:  # a track in a codec this build cannot decode
                raise NotSound
            yield container, stream


def origin_us(container: InputContainer) -> int:
    """The moment that players show as 0, in microseconds of the container's own clock."""
    return max(0, container.start_time or 0)


def declared_ms(container: InputContainer, stream: AudioStream, source: SoundSource) -> int | None:
    """Length the container itself states; None where the length could only be estimated from bit rates."""
    name = container.format.name
    if name == "wav":
        return None  # stated in bytes: see `bytes_missing`
    if name == "mp3":
        with open_bytes(source) as file:
            head = _after_id3(file)
        if not any(mark in head for mark in (b"Xing", b"Info", b"VBRI")):
            return None
    elif name == "flac" or "mp4" in name:
        if stream.duration and stream.time_base:
            return round(stream.duration * stream.time_base * 1000)
        return None
    elif "matroska" not in name:
        return None
    return round(container.duration / 1000) if container.duration else None


def _after_id3(file: BinaryIO) -> bytes:
    head = file.read(10)
    if head[:3] == b"ID3" and len(head) == 10:
        size = (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | head[9] & 127
        file.seek(size + 10)
    else:
        file.seek(0)
    return file.read(4096)


def bytes_missing(container: InputContainer, source: SoundSource) -> bool:
    """True where the container states its size in bytes (wav, ogg pages) and the file ends before that."""
    if container.format.name == "wav":
        return _wav_breaks_off(source)
    return container.format.name == "ogg" and _ogg_breaks_off(source)


def wav_declared_bytes(source: SoundSource) -> tuple[int, int] | None:
    """(stated, present) bytes of the sound of a RIFF wav file; None where it states none (streamed wav)."""
    with open_bytes(source) as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(0)
        if file.read(4) != b"RIFF":
            return None  # RF64 and the like keep their sizes elsewhere
        at = 12
        while at + 8 <= end:
            file.seek(at)
            name, size = struct.unpack("<4sI", file.read(8))
            if name == b"data":
                return None if size in (0, 0xFFFFFFFF) else (size, end - at - 8)
            at += 8 + size + (size & 1)
    return None


def _wav_breaks_off(source: SoundSource) -> bool:
    sizes = wav_declared_bytes(source)
    # A recorder that died may leave a size a few bytes off; half a kilobyte is 16 ms at the lowest.
    return sizes is not None and sizes[1] < sizes[0] - 512


def _ogg_breaks_off(source: SoundSource) -> bool:
    with open_bytes(source) as file:
        end = file.seek(0, os.SEEK_END)
        start = max(0, end - 2 * _HEAD_BYTES)
        file.seek(start)
        tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0:
        return True
    page = tail[at:]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return True
    return len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]])
