"""The real engines on real speech, with checkpoints that prove everything but the words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlp.audio import Piece, decode_mono_16k
from nlp.transcription import (
    EngineFailed,
    Transcriber,
    Transcription,
    UnknownEngine,
    UnknownLanguage,
    WeightsMissing,
    WeightsUnreadable,
    find_weights,
    join_pieces,
    load_transcriber,
    to_json,
    to_txt,
    to_vtt,
    transcribe_file,
    usual_model,
    word_offsets,
)
from tests.fakes.nlp_checkpoints import planted_checkpoint, random_checkpoint
from tests.fakes.nlp_sounds import write_silence
from tests.paths import sample

SAID = ["And so my fellow Americans", "ask what your country can do"]

# Both engines' libraries warn of their own future; what they do now is what is tested.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"
)


@pytest.fixture(params=["whisper", "faster-whisper"])
def transcriber(request: pytest.FixtureRequest, planted: Path) -> Transcriber:
    if request.param == "whisper":
        return load_transcriber("whisper", str(planted))
    return load_transcriber("faster-whisper", str(request.getfixturevalue("planted_folder")))


def test_real_speech_gives_segments_with_words_and_times(transcriber: Transcriber) -> None:
    result = transcribe_file(sample("jfk.flac"), transcriber, language="en")

    assert result.engine == transcriber.engine
    assert result.model.startswith("planted")
    assert result.language == "en"
    assert result.duration_ms == 11_000
    assert [segment.text for segment in result.segments] == SAID
    for segment in result.segments:
        assert [word.text for word in segment.words] == segment.text.split()
        assert segment.confidence > 0.9
        at = segment.start_ms
        for word in segment.words:
            assert at <= word.start_ms <= word.end_ms <= segment.end_ms <= 11_000
            at = word.end_ms
    assert result.segments[0].words[0].end_ms < result.segments[-1].words[-1].end_ms


def test_a_language_is_detected_where_none_is_given(transcriber: Transcriber) -> None:
    assert transcribe_file(sample("jfk.flac"), transcriber).language == "en"


def test_another_language_is_detected_too(tmp_path: Path) -> None:
    path = planted_checkpoint(tmp_path / "cy.pt", language="cy", said=[(0.0, 3.0, " Bore da i chi")])

    result = transcribe_file(sample("jfk.flac"), load_transcriber("whisper", str(path)))

    assert result.language == "cy"
    assert result.text == "Bore da i chi"


def test_progress_is_told_while_it_runs(transcriber: Transcriber) -> None:
    told: list[tuple[int, int]] = []

    transcribe_file(sample("sentences.wav"), transcriber, on_progress=lambda *at: told.append(at))

    assert len(told) >= 2
    assert [done for done, _total in told] == sorted(done for done, _total in told)
    assert told[0][0] < 35_230
    assert told[-1] == (35_230, 35_230)


def test_the_same_sound_gives_the_same_words_again(transcriber: Transcriber) -> None:
    samples = decode_mono_16k(sample("jfk.flac"))

    assert transcriber.transcribe(samples) == transcriber.transcribe(samples)


def test_a_long_recording_goes_in_pieces_with_times_of_the_whole(transcriber: Transcriber) -> None:
    told: list[tuple[int, int]] = []

    result = transcribe_file(
        sample("sentences.wav"), transcriber, max_piece_ms=15_000, on_progress=lambda *at: told.append(at)
    )

    assert result.duration_ms == 35_230
    assert len(result.segments) >= 3 * len(SAID) - 1
    starts = [segment.start_ms for segment in result.segments]
    assert starts == sorted(starts)
    assert starts[-1] > 20_000
    assert result.segments[-1].end_ms <= 35_230
    assert told[-1] == (35_230, 35_230)


def test_nobody_is_made_to_speak_in_silence(transcriber: Transcriber, tmp_path: Path) -> None:
    result = transcribe_file(write_silence(tmp_path / "a.wav", 3), transcriber)

    assert result.segments == ()
    assert result.language == "und"
    assert result.duration_ms == 3000


def test_a_language_nobody_knows_is_refused(transcriber: Transcriber) -> None:
    with pytest.raises(UnknownLanguage, match="does not know the language"):
        transcribe_file(sample("jfk.flac"), transcriber, language="klingon")


def test_stopping_from_the_progress_call_stops_the_engine(transcriber: Transcriber) -> None:
    class Stopped(Exception):
        pass

    def stop(_done: int, _total: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        transcribe_file(sample("jfk.flac"), transcriber, on_progress=stop)


def test_wholly_random_weights_run_through_to_a_result_that_holds(tmp_path: Path) -> None:
    path = random_checkpoint(tmp_path / "random.pt", seed=3)
    transcriber = load_transcriber("whisper", str(path))

    result = transcriber.transcribe(
        decode_mono_16k(sample("jfk.flac"), 0, 4000), start_ms=60_000, language="en"
    )

    assert all(60_000 <= segment.start_ms < segment.end_ms <= 64_000 for segment in result.segments)
    assert json.loads(to_json(result))["model"] == "random"


def test_weights_that_are_not_numbers_fail_with_a_sentence(tmp_path: Path) -> None:
    import torch

    path = random_checkpoint(tmp_path / "nan.pt")
    checkpoint = torch.load(path, weights_only=True)
    checkpoint["model_state_dict"]["decoder.positional_embedding"].fill_(float("nan"))
    torch.save(checkpoint, path)
    transcriber = load_transcriber("whisper", str(path))

    try:
        result = transcriber.transcribe(decode_mono_16k(sample("jfk.flac"), 0, 3000), language="en")
    except EngineFailed as error:
        assert "choose another model" in str(error)  # noqa: PT017
    else:
        assert all(segment.confidence == 0.0 for segment in result.segments)


# --- Weights ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["whisper", "faster-whisper", "scripted"])
def test_missing_weights_say_which_file_and_what_to_do(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HOME", raising=False)
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)

    with pytest.raises(WeightsMissing) as caught:
        find_weights(engine, "small")

    assert str(caught.value.missing) in str(caught.value)
    if engine == "whisper":
        assert caught.value.missing == tmp_path / "whisper" / "small.pt"
        assert "make models" in str(caught.value)
        assert "WISDOMS_WHISPER_MODEL" in str(caught.value)
    if engine == "faster-whisper":
        assert caught.value.missing.is_relative_to(tmp_path / "huggingface" / "hub")


def test_a_path_goes_before_the_cache_and_the_cache_before_a_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "whisper").mkdir()
    cached = tmp_path / "whisper" / "large-v3-turbo.pt"
    cached.write_bytes(b"weights")
    own = tmp_path / "own.pt"
    own.write_bytes(b"weights")

    assert find_weights("whisper", "turbo", allow_download=True).path == cached
    assert find_weights("whisper", str(own)).path == own
    assert find_weights("whisper", str(own)).model == "own"


def test_faster_whisper_finds_the_snapshot_that_main_points_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    repository = tmp_path / "models--Systran--faster-whisper-small"
    for name in ("aaa", "bbb"):
        (repository / "snapshots" / name).mkdir(parents=True)
        (repository / "snapshots" / name / "model.bin").write_bytes(b"weights")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("aaa")

    assert find_weights("faster-whisper", "small").path == repository / "snapshots" / "aaa"


def test_the_best_model_there_is_serves_where_nobody_named_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert usual_model("whisper") == "small"
    (tmp_path / "whisper").mkdir()
    for name in ("tiny.pt", "base.en.pt"):
        (tmp_path / "whisper" / name).write_bytes(b"weights")

    assert usual_model("whisper") == "base.en"


def test_a_download_that_does_not_work_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import whisper

    def unreachable(*_arguments: object) -> None:
        raise OSError("no network")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(whisper, "_download", unreachable)

    with pytest.raises(WeightsMissing, match="fetching them did not work"):
        find_weights("whisper", "tiny", allow_download=True)


def test_an_engine_nobody_has_is_refused() -> None:
    with pytest.raises(UnknownEngine, match="choose one of whisper, faster-whisper, scripted"):
        find_weights("deepspeech", "small")


@pytest.mark.parametrize("damage", ["text", "cut", "other"])
def test_broken_weights_are_called_broken(damage: str, tmp_path: Path, planted: Path) -> None:
    import torch

    path = tmp_path / "broken.pt"
    if damage == "text":
        path.write_text("These are no weights.")
    elif damage == "cut":
        path.write_bytes(planted.read_bytes()[:200_000])
    else:
        torch.save({"state": torch.zeros(3)}, path)

    with pytest.raises(WeightsUnreadable, match="cannot be read"):
        load_transcriber("whisper", str(path))


def test_a_broken_faster_whisper_folder_is_called_broken(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"no model")

    with pytest.raises(WeightsUnreadable, match="cannot be read"):
        load_transcriber("faster-whisper", str(tmp_path))


# --- Formats ------------------------------------------------------------------------------------------


def test_json_has_the_published_shape_and_comes_back(transcriber: Transcriber) -> None:
    result = transcribe_file(sample("jfk.flac"), transcriber, language="en")

    data = json.loads(to_json(result))

    assert list(data) == ["engine", "model", "language", "duration_ms", "segments"]
    assert list(data["segments"][0]) == ["start_ms", "end_ms", "text", "confidence", "flags", "words"]
    assert list(data["segments"][0]["words"][0]) == ["start_ms", "end_ms", "text", "confidence"]
    assert Transcription.from_dict(data) == result


def test_captions_are_escaped_and_timed() -> None:
    result = Transcription.from_dict(
        {
            "engine": "scripted",
            "model": "script",
            "language": "en",
            "duration_ms": 4_000_000,
            "segments": [
                {
                    "start_ms": 3_723_004,
                    "end_ms": 3_725_000,
                    "text": "Tom & Jo -->\n<b>",
                    "confidence": 1.0,
                    "flags": [],
                    "words": [],
                }
            ],
        }
    )

    assert to_vtt(result) == ("WEBVTT\n\n1\n01:02:03.004 --> 01:02:05.000\nTom &amp; Jo --&gt; &lt;b&gt;\n")
    assert to_txt(result) == "Tom & Jo --> <b>\n"


def test_each_word_is_found_in_its_text(transcriber: Transcriber) -> None:
    for segment in transcribe_file(sample("jfk.flac"), transcriber).segments:
        assert [segment.text[start:end] for start, end in word_offsets(segment)] == segment.text.split()


def test_pieces_join_with_the_language_most_spoken() -> None:
    def piece(language: str, start: int, end: int) -> Transcription:
        return Transcription.from_dict(
            {
                "engine": "whisper",
                "model": "small",
                "language": language,
                "duration_ms": 60_000,
                "segments": [
                    {
                        "start_ms": start,
                        "end_ms": end,
                        "text": "x",
                        "confidence": 1.0,
                        "flags": [],
                        "words": [],
                    }
                ],
            }
        )

    joined = join_pieces([piece("en", 0, 1000), piece("cy", 60_000, 90_000), piece("en", 120_000, 121_000)])

    assert joined.language == "cy"
    assert joined.duration_ms == 180_000
    assert [segment.start_ms for segment in joined.segments] == [0, 60_000, 120_000]
    with pytest.raises(ValueError, match="Only pieces"):
        join_pieces([])
    assert Piece(0, 1).duration_ms == 1
