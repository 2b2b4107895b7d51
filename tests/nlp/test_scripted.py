"""The fake engine keeps to the protocol of the real ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlp.transcription import ScriptedTranscriber, ScriptUnreadable, load_transcriber, transcribe_file
from tests.fakes.nlp_sounds import tone, write_sound

SCRIPT = [(0, 2000, "First thing said."), (2500, 4000, "Second thing."), (6000, 7500, "Last words.")]


def test_it_says_what_lies_in_the_piece() -> None:
    transcriber = ScriptedTranscriber(SCRIPT)

    result = transcriber.transcribe(tone(3.0, 16_000), start_ms=2000)

    assert [segment.text for segment in result.segments] == ["Second thing."]
    assert result.segments[0].start_ms == 2500
    assert [word.text for word in result.segments[0].words] == ["Second", "thing."]


def test_pieces_together_say_everything_once(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", 8.0, quiet=[(2.1, 2.4), (5.0, 5.5)])

    result = transcribe_file(path, ScriptedTranscriber(SCRIPT), max_piece_ms=3000)

    assert [segment.text for segment in result.segments] == [text for _start, _end, text in SCRIPT]


def test_a_text_is_spread_over_the_recording() -> None:
    transcriber = ScriptedTranscriber(text="One two three. Four five six! Seven?")

    result = transcriber.transcribe(tone(9.0, 16_000))

    assert [segment.text for segment in result.segments] == ["One two three.", "Four five six!", "Seven?"]
    assert result.segments[0].start_ms == 0
    assert result.segments[-1].end_ms == 9000


def test_a_script_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "visit.json"
    path.write_text(
        json.dumps(
            {
                "language": "cy",
                "segments": [{"start_ms": 100, "end_ms": 900, "text": "Bore da", "confidence": 0.3}],
            }
        )
    )
    told: list[tuple[int, int]] = []

    result = load_transcriber("scripted", str(path)).transcribe(
        tone(2.0, 16_000), on_progress=lambda *at: told.append(at)
    )

    assert (result.engine, result.model, result.language) == ("scripted", "visit", "cy")
    assert result.segments[0].flags == ("low_confidence",)
    assert told[-1] == (2000, 2000)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"segments": [{"text": "no times"}]}', '{"text": "  "}']
)
def test_a_script_of_another_shape_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(content)

    with pytest.raises(ScriptUnreadable, match="start_ms, end_ms and text"):
        load_transcriber("scripted", str(tmp_path / "a.json"))
