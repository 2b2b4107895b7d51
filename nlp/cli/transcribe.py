"""`python -m nlp transcribe FILE`: words with times from one recording."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from nlp.audio import SoundUnreadable, TruncatedSound, probe
from nlp.cli.reading import say
from nlp.transcription import ENGINES, load_transcriber, to_json, to_txt, to_vtt, transcribe_file, usual_model
from nlp.transcription.types import OnProgress

_FORMATS = {"json": to_json, "vtt": to_vtt, "txt": to_txt}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a sound or video file")
    parser.add_argument(
        "--model",
        metavar="NAME_OR_PATH",
        default=os.environ.get("WISDOMS_WHISPER_MODEL"),
        help="a model's name or the path of its weights (default: WISDOMS_WHISPER_MODEL, else the best here)",
    )
    parser.add_argument("--engine", choices=ENGINES, default="whisper", help="default: whisper")
    parser.add_argument("--language", metavar="CODE", help="such as en or cy; detected where not given")
    parser.add_argument("--format", choices=sorted(_FORMATS), default="json", help="default: json")
    parser.add_argument(
        "--accept-truncated", action="store_true", help="transcribe what there is of a file that breaks off"
    )
    parser.add_argument("--no-download", action="store_true", help="never fetch weights from the network")
    parser.add_argument("--progress", action="store_true", help="say on standard error how far it is")


def run(arguments: argparse.Namespace) -> str:
    """The transcription in the format asked for.

    Raises:
        NlpError: the file, the weights or the engine do not serve.
    """
    path = Path(arguments.file)
    if path.is_dir():
        raise SoundUnreadable(f"{path.name} is a folder: give the path of one sound or video file.")
    facts = probe(path)
    if facts.is_truncated and not arguments.accept_truncated:
        stated = facts.declared_duration_ms
        claims = f" of the {stated / 1000:.1f} it should have" if stated else ""
        raise TruncatedSound(
            f"The file breaks off: {facts.duration_ms / 1000:.1f} seconds can be read{claims}; "
            "send the whole file again, or add --accept-truncated to transcribe what is there."
        )
    model = arguments.model or usual_model(arguments.engine)
    transcriber = load_transcriber(arguments.engine, model, allow_download=not arguments.no_download)
    result = transcribe_file(
        path,
        transcriber,
        language=arguments.language,
        on_progress=_tell() if arguments.progress else None,
    )
    if not result.segments:
        say("Nobody was heard speaking in this recording.")
    return _FORMATS[arguments.format](result)


def _tell() -> OnProgress:
    said = -1

    def tell(done_ms: int, total_ms: int) -> None:
        nonlocal said
        percent = 100 * done_ms // max(total_ms, 1)
        if percent > said:
            said = percent
            say(f"{percent}% of {total_ms / 60_000:.1f} minutes")

    return tell
