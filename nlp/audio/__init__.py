"""From any sound or video file to facts, pauses, pieces, samples and a copy for listening."""

from nlp.audio.errors import (
    EmptyFile,
    EncodingFailed,
    NoSoundInside,
    NotSound,
    SoundUnreadable,
    TruncatedSound,
)
from nlp.audio.types import SAMPLE_RATE, Envelope, Piece, Progress, Samples, SoundFacts, SoundSource

__all__ = [
    "SAMPLE_RATE",
    "EmptyFile",
    "EncodingFailed",
    "Envelope",
    "NoSoundInside",
    "NotSound",
    "Piece",
    "Progress",
    "Samples",
    "SoundFacts",
    "SoundSource",
    "SoundUnreadable",
    "TruncatedSound",
]
