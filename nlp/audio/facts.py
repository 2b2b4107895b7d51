"""What a file is, without decoding all of it."""

from __future__ import annotations

from nlp.audio.containers import bytes_missing, declared_ms, open_sound, origin_us, wav_declared_bytes
from nlp.audio.errors import NoSoundInside, NotSound
from nlp.audio.types import SoundFacts, SoundSource

TRUNCATION_TOLERANCE_MS = 250
"""Encoders pad and trim by less than this; a container that claims more than that breaks off."""

_TRIAL_PACKETS = 50
_WITHOUT_HEADER = ("mp3", "aac", "ac3", "eac3", "dts", "amr", "mpegts", "mpeg")
"""Formats recognised by patterns alone, which also turn up in bytes that are no sound."""


def probe(source: SoundSource) -> SoundFacts:
    """Facts about a sound or video file, read from its packets in one quick pass.

    The bytes decide, not the name: an mp3 called `.wav` is read as what it is. `duration_ms` comes from
    the packets and may differ from the decoded length by some tens of milliseconds; `measure` gives that.
    A file that breaks off is reported with `is_truncated` and the length that is really there.

    Raises:
        SoundMissing: no file there. EmptyFile: no bytes. NotSound: nothing that can be decoded.
        TruncatedSound: breaks off before any sound. NoSoundInside: no sound track, or 0 seconds of it.
    """
    import av

    with open_sound(source) as (container, stream):
        decoded, failed, packets, audio_end, any_end = 0, 0, 0, 0.0, 0.0
        offset = origin_us(container) / 1_000_000
        try:
            for packet in container.demux():
                if packet.size == 0:
                    continue
                end = audio_end
                if packet.pts is not None:
                    end = float((packet.pts + (packet.duration or 0)) * packet.time_base) - offset
                any_end = max(any_end, end)
                if packet.stream.index != stream.index:
                    continue
                packets += 1
                audio_end = max(audio_end, end)
                if packets <= _TRIAL_PACKETS:
                    try:
                        decoded += sum(getattr(frame, "samples", 0) for frame in packet.decode())
                    except av.FFmpegError:
                        failed += 1
        except av.FFmpegError:
            if packets == 0:
                raise NotSound from None
        if packets == 0 and container.format.name not in _WITHOUT_HEADER:
            raise NoSoundInside(has_track=True)
        if decoded == 0 or failed * 2 > min(packets, _TRIAL_PACKETS):
            raise NotSound
        # Streams without times (raw aac in some recorders) are as long as what was decoded says at least.
        present = audio_end if audio_end > 0 else decoded / stream.codec_context.sample_rate
        stated = declared_ms(container, stream, source)
        compared = any_end if "matroska" in container.format.name else audio_end
        broken = bytes_missing(container, source) or (
            stated is not None and stated - compared * 1000 > TRUNCATION_TOLERANCE_MS
        )
        duration_ms = max(1, round(present * 1000))
        sizes = wav_declared_bytes(source) if container.format.name == "wav" else None
        if sizes is not None and sizes[1] > 0:
            stated = round(duration_ms * sizes[0] / min(sizes)) if broken else duration_ms
        return SoundFacts(
            duration_ms=duration_ms,
            sample_rate=stream.codec_context.sample_rate,
            channels=stream.codec_context.channels,
            codec=stream.codec_context.codec.canonical_name,
            container=container.format.name.split(",")[0],
            has_video=any(not _is_cover(video) for video in container.streams.video),
            declared_duration_ms=stated,
            is_truncated=broken,
        )


def _is_cover(video: object) -> bool:
    """A cover picture in an mp3 or m4a is a video track to the decoder, but nothing to watch."""
    import av.stream

    return bool(getattr(video, "disposition", 0) & av.stream.Disposition.attached_pic)
