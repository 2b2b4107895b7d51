"""A whole recording in this process, piece by piece; and loading an engine by name."""

from __future__ import annotations

from collections.abc import Sequence

from nlp.audio.decoding import decode_mono_16k
from nlp.audio.facts import probe
from nlp.audio.loudness import MAX_PIECE_MS, cut_at_pauses
from nlp.audio.types import Piece, SoundSource
from nlp.transcription.types import OnProgress, Transcriber, Transcription
from nlp.transcription.weights import find_weights


def load_transcriber(engine: str, name_or_path: str, *, allow_download: bool = False) -> Transcriber:
    """An engine with its weights loaded into this process; see `EngineProcess` for a process of its own.

    Raises:
        UnknownEngine, WeightsMissing: as `find_weights`.
        EngineNotInstalled, WeightsUnreadable, ScriptUnreadable: the weights are there but do not load.
    """
    weights = find_weights(engine, name_or_path, allow_download=allow_download)
    if engine == "whisper":
        from nlp.transcription.whisper import WhisperTranscriber

        return WhisperTranscriber(weights)
    if engine == "faster-whisper":
        from nlp.transcription.faster import FasterWhisperTranscriber

        return FasterWhisperTranscriber(weights)
    from nlp.transcription.scripted import ScriptedTranscriber

    return ScriptedTranscriber.from_file(weights)


def transcribe_file(
    source: SoundSource,
    transcriber: Transcriber,
    *,
    language: str | None = None,
    max_piece_ms: int = MAX_PIECE_MS,
    on_progress: OnProgress | None = None,
) -> Transcription:
    """A whole recording, cut at pauses where it is longer than `max_piece_ms`.

    A recording that fits one piece is decoded once and not measured before, which keeps the cost beside
    the engine's own small.

    Raises:
        SoundUnreadable: the file cannot be used.
        TranscriptionError: the engine could not do it.
    """
    facts = probe(source)
    # Packets may count some milliseconds more or less than are decoded; near the limit, measure.
    if facts.duration_ms <= max_piece_ms - 1000:
        return transcriber.transcribe(decode_mono_16k(source), language=language, on_progress=on_progress)
    pieces = cut_at_pauses(source, max_piece_ms)
    return join_pieces(
        [_piece(source, transcriber, piece, pieces, language, on_progress) for piece in pieces]
    )


def _piece(
    source: SoundSource,
    transcriber: Transcriber,
    piece: Piece,
    pieces: Sequence[Piece],
    language: str | None,
    on_progress: OnProgress | None,
) -> Transcription:
    total_ms = pieces[-1].end_ms

    def tell(done_ms: int, _piece_ms: int) -> None:
        if on_progress is not None:
            on_progress(piece.start_ms + done_ms, total_ms)

    return transcriber.transcribe(
        decode_mono_16k(source, piece.start_ms, piece.end_ms),
        start_ms=piece.start_ms,
        language=language,
        on_progress=tell if on_progress else None,
    )


def join_pieces(pieces: Sequence[Transcription]) -> Transcription:
    """One transcription from those of the pieces of one recording, given in order.

    The language is the one in which most time was spoken; ties go to the earlier.

    Raises:
        ValueError: no pieces, or pieces of different engines or models.
    """
    if len({(piece.engine, piece.model) for piece in pieces}) != 1:
        raise ValueError("Only pieces that one engine made with one model can be joined.")
    spoken: dict[str, int] = {}
    for piece in pieces:
        spoken.setdefault(piece.language, 0)
        spoken[piece.language] += sum(segment.end_ms - segment.start_ms for segment in piece.segments)
    return Transcription(
        engine=pieces[0].engine,
        model=pieces[0].model,
        language=max(spoken, key=lambda code: spoken[code]),
        duration_ms=sum(piece.duration_ms for piece in pieces),
        segments=tuple(segment for piece in pieces for segment in piece.segments),
    )
