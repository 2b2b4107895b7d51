"""From any sound or video file to facts, pauses, pieces, samples and a copy for listening."""

from nlp.audio.decoding import decode_mono_16k, iter_blocks
from nlp.audio.errors import (
    EmptyFile,
    EncodingFailed,
    NoSoundInside,
    NotSound,
    SoundMissing,
    SoundUnreadable,
    TruncatedSound,
)
from nlp.audio.facts import probe
from nlp.audio.loudness import cut_at_pauses, envelope_of, find_pauses, is_silent, measure, waveform_peaks
from nlp.audio.playback import (
    PLAYBACK_CONTENT_TYPE,
    PLAYBACK_SUFFIX,
    encode_playback,
    needs_playback_copy,
)
from nlp.audio.rewriting import REWRITTEN_CODEC, REWRITTEN_CONTAINER, rewrite
from nlp.audio.types import SAMPLE_RATE, Envelope, Piece, Progress, Samples, SoundFacts, SoundSource

__all__ = [
    "PLAYBACK_CONTENT_TYPE",
    "PLAYBACK_SUFFIX",
    "REWRITTEN_CODEC",
    "REWRITTEN_CONTAINER",
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
    "SoundMissing",
    "SoundSource",
    "SoundUnreadable",
    "TruncatedSound",
    "cut_at_pauses",
    "decode_mono_16k",
    "encode_playback",
    "envelope_of",
    "find_pauses",
    "is_silent",
    "iter_blocks",
    "measure",
    "needs_playback_copy",
    "probe",
    "rewrite",
    "waveform_peaks",
]
