"""The process that holds an engine: `python -m nlp.transcription.child`, driven by `EngineProcess`.

One JSON object a line. In: first `{engine, model, allow_download}`, then for each piece
`{samples, start_ms, language}` and, right after the line, `samples` numbers of 4 bytes: the sound itself,
mono, 16 kHz, as it lies in the parent's memory. Out: `{ready: true}`, then for each piece any number of
`{progress: [done_ms, total_ms]}` and one `{result: …}` or `{error: {kind, sentence}}`.

The engine is given no file: sound lies sealed on the disk, and only the parent can open it.
"""

from __future__ import annotations

import io
import json
import os
import queue
import sys
import threading
from typing import Any, TextIO, cast

import numpy as np

from nlp.audio.types import Samples
from nlp.errors import NlpError

Request = tuple[dict[str, Any], Samples]


def main() -> int:
    """Answer requests until standard input closes, which it does when the parent ends in any way."""
    out = _private_stdout()
    _no_core()
    requests: queue.Queue[Request] = queue.Queue()
    # A thread of its own, so that the end of the parent is noticed in the middle of a piece.
    threading.Thread(target=_read, args=(requests,), daemon=True).start()
    try:
        from nlp.transcription.files import load_transcriber

        setup, _none = requests.get()
        transcriber = load_transcriber(
            setup["engine"], setup["model"], allow_download=setup["allow_download"]
        )
    except Exception as error:  # noqa: BLE001 - the edge of the process: the parent gets the reason
        _say(out, _refusal(error))
        return 1
    _say(out, {"ready": True})
    while True:
        request, samples = requests.get()
        try:
            result = transcriber.transcribe(
                samples,
                start_ms=request["start_ms"],
                language=request["language"],
                on_progress=lambda done, total: _say(out, {"progress": [done, total]}),
            )
            _say(out, {"result": result.as_dict()})
        except Exception as error:  # noqa: BLE001 - as above
            _say(out, _refusal(error))


def _private_stdout() -> TextIO:
    """The real standard output, for answers alone: libraries that print write to standard error."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return out


def _no_core() -> None:
    """A crash would write the memory of this process, and with it somebody's voice, to the disk."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(requests: queue.Queue[Request]) -> None:
    source = sys.stdin.buffer
    for line in iter(source.readline, b""):
        request = json.loads(line)
        samples = np.empty(request.get("samples", 0), dtype=np.float32)
        if cast(io.BufferedReader, source).readinto(samples.view(np.uint8).data) < samples.nbytes:
            break  # the parent ended in the middle of it
        requests.put((request, samples))
    os._exit(0)


def _say(out: TextIO, answer: dict[str, Any]) -> None:
    try:
        print(json.dumps(answer, ensure_ascii=True), file=out, flush=True)
    except OSError:
        os._exit(0)  # nobody is listening any more


def _refusal(error: Exception) -> dict[str, Any]:
    if isinstance(error, NlpError):
        return {"error": {"kind": type(error).__name__, "sentence": str(error), "missing": _missing(error)}}
    if isinstance(error, MemoryError):
        sentence = "The machine ran out of memory for the speech engine: choose a smaller model."
    else:
        # The kind of the fault, never its text: engines put what they heard into messages.
        sentence = (
            f"The speech engine failed in an unexpected way ({type(error).__name__}): "
            "transcribe again, and if it happens again choose another model."
        )
    return {"error": {"kind": "EngineFailed", "sentence": sentence, "missing": None}}


def _missing(error: NlpError) -> str | None:
    missing = getattr(error, "missing", None)
    return None if missing is None else str(missing)


if __name__ == "__main__":
    sys.exit(main())
