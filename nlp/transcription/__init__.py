"""From the samples of a recording to words with times, through one of several engines."""

from nlp.transcription.errors import (
    EngineDied,
    EngineFailed,
    EngineNotInstalled,
    EngineTimedOut,
    ScriptUnreadable,
    TranscriptionError,
    UnknownEngine,
    UnknownLanguage,
    WeightsMissing,
    WeightsUnreadable,
)
from nlp.transcription.files import join_pieces, load_transcriber, transcribe_file
from nlp.transcription.formats import to_json, to_txt, to_vtt, word_offsets
from nlp.transcription.process import EngineProcess, run_in_child
from nlp.transcription.scripted import ScriptedTranscriber
from nlp.transcription.types import (
    FLAG_LOW_CONFIDENCE,
    FLAG_NO_SPEECH,
    FLAG_OVER_SILENCE,
    FLAG_REPEAT,
    FLAGS,
    OnProgress,
    TranscribedSegment,
    Transcriber,
    Transcription,
    WeightsFound,
    Word,
)
from nlp.transcription.weights import ENGINES, WHISPER_NAMES, find_weights, usual_model

__all__ = [
    "ENGINES",
    "FLAGS",
    "FLAG_LOW_CONFIDENCE",
    "FLAG_NO_SPEECH",
    "FLAG_OVER_SILENCE",
    "FLAG_REPEAT",
    "WHISPER_NAMES",
    "EngineDied",
    "EngineFailed",
    "EngineNotInstalled",
    "EngineProcess",
    "EngineTimedOut",
    "OnProgress",
    "ScriptUnreadable",
    "ScriptedTranscriber",
    "TranscribedSegment",
    "Transcriber",
    "Transcription",
    "TranscriptionError",
    "UnknownEngine",
    "UnknownLanguage",
    "WeightsFound",
    "WeightsMissing",
    "WeightsUnreadable",
    "Word",
    "find_weights",
    "join_pieces",
    "load_transcriber",
    "run_in_child",
    "to_json",
    "to_txt",
    "to_vtt",
    "transcribe_file",
    "usual_model",
    "word_offsets",
]
