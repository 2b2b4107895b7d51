"""faster-whisper (CTranslate2) behind the Transcriber protocol."""

from __future__ import annotations

import math
from typing import Any

from nlp.audio.loudness import envelope_of, is_silent
from nlp.audio.types import SAMPLE_RATE, Samples
from nlp.transcription.assembly import Heard, assemble
from nlp.transcription.errors import EngineFailed, EngineNotInstalled, UnknownLanguage, WeightsUnreadable
from nlp.transcription.types import OnProgress, Transcription, WeightsFound

OPTIONS: dict[str, Any] = {
    "word_timestamps": True,
    "condition_on_previous_text": False,
    "temperature": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
}
_SEED = 0


class FasterWhisperTranscriber:
    """A CTranslate2 Whisper model in memory; int8 on the CPU, which is its fastest there."""

    engine = "faster-whisper"

    def __init__(self, weights: WeightsFound) -> None:
        """Load the weights.

        Raises:
            EngineNotInstalled: faster-whisper is not installed.
            WeightsUnreadable: damaged, or no CTranslate2 model.
        """
        try:
            from faster_whisper import WhisperModel
        except ImportError as error:
            raise EngineNotInstalled("faster-whisper", "faster-whisper") from error
        try:
            self._whisper: Any = WhisperModel(
                str(weights.path), device="auto", compute_type="default", local_files_only=True
            )
        except (MemoryError, KeyboardInterrupt):
            raise
        except Exception as error:  # CTranslate2 and the tokenizer each have their own
            raise WeightsUnreadable("faster-whisper", weights.path) from error
        self.model = weights.model

    def transcribe(
        self,
        samples: Samples,
        *,
        start_ms: int = 0,
        language: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Transcription:
        """See `Transcriber.transcribe`. Silence is not given to the engine: it would invent words."""
        import ctranslate2

        if language is not None and language not in self._whisper.supported_languages:
            raise UnknownLanguage("faster-whisper", language)
        length_ms = len(samples) * 1000 // SAMPLE_RATE
        if length_ms == 0 or is_silent(envelope_of(samples)):
            return Transcription(self.engine, self.model, language or "und", length_ms)
        heard: list[Heard] = []
        try:
            ctranslate2.set_random_seed(_SEED)
            segments, info = self._whisper.transcribe(samples, language=language, **OPTIONS)
            for segment in segments:
                heard.append(_heard(segment))
                if on_progress is not None:
                    on_progress(min(max(round(segment.end * 1000), 0), length_ms), length_ms)
        except (RuntimeError, ValueError, IndexError) as error:
            raise EngineFailed(
                f"The speech engine could not work on this recording with the model {self.model!r}: "
                "transcribe again, and if it happens again choose another model."
            ) from error
        if on_progress is not None:
            on_progress(length_ms, length_ms)
        return Transcription(
            self.engine, self.model, info.language, length_ms, assemble(heard, samples, start_ms)
        )


def _heard(segment: Any) -> Heard:
    return Heard(
        start=segment.start,
        end=segment.end,
        text=segment.text,
        confidence=0.0 if math.isnan(segment.avg_logprob) else math.exp(min(segment.avg_logprob, 0.0)),
        no_speech=segment.no_speech_prob,
        ratio=segment.compression_ratio,
        words=[(word.start, word.end, word.word, word.probability) for word in segment.words or ()],
    )
