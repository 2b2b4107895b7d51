"""The process that holds an engine: `python -m nlp.transcription.child`, driven by `EngineProcess`.

One JSON object a line. In: first `{engine, model, allow_download}`, then for each piece
`{path, start_ms, end_ms, language, silenced}`. Out: `{ready: true}`, then for each piece any number of
`{progress: [done_ms, total_ms]}` and one `{result: …}` or `{error: {kind, sentence}}`.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from typing import Any, TextIO

from nlp.errors import NlpError


def main() -> int:
    """Answer requests until standard input closes, which it does when the parent ends in any way."""
    out = _private_stdout()
    requests: queue.Queue[dict[str, Any]] = queue.Queue()
    # A thread of its own, so that the end of the parent is noticed in the middle of a piece.
    threading.Thread(target=_read, args=(requests,), daemon=True).start()
    try:
        from nlp.transcription.files import load_transcriber

        setup = requests.get()
        transcriber = load_transcriber(
            setup["engine"], setup["model"], allow_download=setup["allow_download"]
        )
    except Exception as error:  # noqa: BLE001 - the edge of the process: the parent gets the reason
        _say(out, _refusal(error))
        return 1
    _say(out, {"ready": True})
    while True:
        request = requests.get()
        try:
            from nlp.audio.decoding import decode_mono_16k

            start_ms = request["start_ms"]
            result = transcriber.transcribe(
                decode_mono_16k(
                    request["path"],
                    start_ms,
                    request["end_ms"],
                    silenced=[(start, end) for start, end in request["silenced"]],
                ),
                start_ms=start_ms,
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


def _read(requests: queue.Queue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        requests.put(json.loads(line))
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
