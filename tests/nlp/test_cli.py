"""`python -m nlp`: results on standard output; a failure is one sentence and a non-zero exit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nlp.cli import main
from tests.fakes.nlp_sounds import write_pictures_only, write_silence
from tests.nlp.test_topics import passages
from tests.paths import REPOSITORY, sample, spacy_port

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"
)


def _run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a person runs it, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "nlp", *map(str, arguments)],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def _fails(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """The one sentence of a command that fails, run here because that is quicker."""
    assert main([str(argument) for argument in arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err
    sentence = said.err.strip()
    assert sentence.endswith(".")
    return sentence


# --- transcribe ---------------------------------------------------------------------------------------


def test_transcribe_prints_the_published_json_and_nothing_else(planted: Path) -> None:
    done = _run("transcribe", sample("jfk.flac"), "--model", planted, "--language", "en", "--format", "json")

    assert done.returncode == 0
    assert done.stderr == ""
    data = json.loads(done.stdout)
    assert list(data) == ["engine", "model", "language", "duration_ms", "segments"]
    assert (data["engine"], data["model"], data["duration_ms"]) == ("whisper", "planted", 11_000)
    assert [segment["text"] for segment in data["segments"]] == [
        "And so my fellow Americans",
        "ask what your country can do",
    ]


def test_transcribe_with_the_other_engine(planted_folder: Path) -> None:
    done = _run(
        "transcribe",
        sample("sentences.wav"),
        "--model",
        planted_folder,
        "--engine",
        "faster-whisper",
        "--format",
        "vtt",
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("WEBVTT\n\n1\n00:00:00.000 --> ")
    assert "ask what your country can do" in done.stdout


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.json"
    path.write_text(json.dumps({"segments": [{"start_ms": 0, "end_ms": 2000, "text": "Bore da 😀"}]}))
    return path


def test_transcribe_prints_text_and_tells_progress(
    script: Path, sounds: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["transcribe", str(sounds[".m4a"]), "--engine", "scripted", "--model", str(script)]

    assert main([*arguments, "--format", "txt", "--progress"]) == 0

    said = capsys.readouterr()
    assert said.out == "Bore da 😀\n"
    assert said.err.endswith("100% of 0.1 minutes\n")


def test_transcribe_takes_the_model_from_the_environment(
    script: Path, sounds: dict[str, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WISDOMS_WHISPER_MODEL", str(script))

    assert main(["transcribe", str(sounds[".wav"]), "--engine", "scripted"]) == 0
    assert json.loads(capsys.readouterr().out)["model"] == "script"


def test_transcribe_of_silence_is_an_answer_not_a_failure(
    tmp_path: Path, planted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    silence = write_silence(tmp_path / "a.wav", 3)

    assert main(["transcribe", str(silence), "--model", str(planted)]) == 0

    said = capsys.readouterr()
    assert json.loads(said.out)["segments"] == []
    assert said.err == "Nobody was heard speaking in this recording.\n"


def test_transcribe_refuses_what_is_no_recording(
    tmp_path: Path, script: Path, sounds: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("Dear diary, " * 40)
    whole = sounds[".flac"].read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "cut.mp4").write_bytes(sounds[".mp4"].read_bytes()[:9000])
    write_silence(tmp_path / "zero.wav", 0)
    write_pictures_only(tmp_path / "mute.mp4")

    def refusal(name: str) -> str:
        return _fails(capsys, "transcribe", tmp_path / name, "--engine", "scripted", "--model", script)

    assert "not there" in refusal("nothing.wav")
    assert "empty" in refusal("empty.wav")
    assert "not a sound or video file" in refusal("text.wav")
    assert "breaks off" in refusal("cut.flac")
    assert "of the 8.0 it should have" in refusal("cut.flac")
    assert "breaks off" in refusal("cut.mp4")
    assert "0 seconds" in refusal("zero.wav")
    assert "no sound track" in refusal("mute.mp4")
    assert "is a folder" in refusal(".")
    cut = [str(tmp_path / "cut.flac"), "--engine", "scripted", "--model", str(script), "--accept-truncated"]
    assert main(["transcribe", *cut]) == 0


def test_transcribe_without_weights_says_which_file_and_how_to_get_it(tmp_path: Path) -> None:
    done = _run(
        "transcribe", sample("jfk.flac"), "--model", "small", "--no-download", XDG_CACHE_HOME=str(tmp_path)
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert str(tmp_path / "whisper" / "small.pt") in done.stderr
    assert "make models" in done.stderr


def test_transcribe_with_broken_weights_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.pt").write_text("no weights")

    assert "cannot be read" in _fails(
        capsys, "transcribe", sample("jfk.flac"), "--model", tmp_path / "broken.pt"
    )


def test_a_wrong_command_line_is_told_from_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["sing"], ["transcribe"], ["topics", "f", "--seed", "-1"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
    capsys.readouterr()


# --- names --------------------------------------------------------------------------------------------


def test_names_prints_finds_in_code_points_of_the_file(tmp_path: Path) -> None:
    text = "😀 My sister Anna\r\nlives in Leeds."
    (tmp_path / "a.txt").write_bytes(text.encode())

    done = _run("names", tmp_path / "a.txt", "--spacy-model", spacy_port())

    assert done.returncode == 0
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert [list(name) for name in found] == [["start", "end", "text", "kind", "score", "why"]] * 2
    assert [(text[name["start"] : name["end"]], name["kind"]) for name in found] == [
        ("Anna", "person"),
        ("Leeds", "place"),
    ]


def test_names_refuses_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "latin.txt").write_bytes("Zoë".encode("latin-1"))
    (tmp_path / "a.txt").write_text("Anna")
    (tmp_path / "empty.txt").touch()

    assert "not there" in _fails(capsys, "names", tmp_path / "nothing.txt")
    assert "not a UTF-8 text file" in _fails(capsys, "names", tmp_path / "latin.txt")
    assert "is a folder" in _fails(capsys, "names", tmp_path)
    assert "neither a folder" in _fails(capsys, "names", tmp_path / "a.txt", "--spacy-model", "en_nothing")
    assert main(["names", str(tmp_path / "empty.txt")]) == 0
    assert json.loads(capsys.readouterr().out) == []


# --- topics -------------------------------------------------------------------------------------------


def test_topics_prints_the_same_bytes_for_the_same_seed(tmp_path: Path) -> None:
    path = tmp_path / "passages.jsonl"
    rows = [
        {"id": number if number % 2 else f"p{number}", "text": p.text}
        for number, p in enumerate(passages(120))
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")

    first = _run("topics", path, "--seed", "42", OMP_NUM_THREADS="1")
    second = _run("topics", path, "--seed", "42", OMP_NUM_THREADS="2")

    assert first.returncode == 0, first.stderr
    assert first.stderr == ""
    assert first.stdout == second.stdout
    data = json.loads(first.stdout)
    assert list(data) == ["run", "topics", "outliers"]
    assert data["run"]["seed"] == 42
    assert data["run"]["n"] == 120
    assert list(data["topics"][0]) == ["id", "words", "members", "representatives"]
    assert all(
        isinstance(word, str) and isinstance(weight, float) for word, weight in data["topics"][0]["words"]
    )
    placed = [member for topic in data["topics"] for member in topic["members"]] + data["outliers"]
    assert sorted(placed, key=str) == sorted((row["id"] for row in rows), key=str)


def test_topics_refuses_what_it_cannot_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = [json.dumps({"id": f"p{n}", "text": "words here"}) for n in range(99)]

    def refusal(*lines: str) -> str:
        (tmp_path / "a.jsonl").write_text("\n".join(lines))
        return _fails(capsys, "topics", tmp_path / "a.jsonl")

    assert "code these by hand" in refusal(*good)
    assert "Line 100 is not JSON" in refusal(*good, "{")
    assert "Line 100 has the id 'p5'" in refusal(*good, good[5])
    assert "Line 100 is not of the shape" in refusal(*good, '{"id": "x"}')
    assert "Line 100 is not of the shape" in refusal(*good, '["x", "y"]')
    assert "Line 1 is not of the shape" in refusal('{"id": true, "text": "x"}')
    assert "no passages" in refusal("")
    assert "Passage 100 has no text" in refusal(*good, '{"id": "x", "text": " "}')
    assert "not there" in _fails(capsys, "topics", tmp_path / "nothing.jsonl")


# --- agreement ----------------------------------------------------------------------------------------


def test_agreement_reads_a_table_of_readers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("ann,ben\nyes,yes\nno,no\nyes,no\n,yes\n")

    assert main(["agreement", str(path)]) == 0

    data = json.loads(capsys.readouterr().out)
    assert (data["readers"], data["units"], data["reading"]) == (2, 3, "revise")
    assert data["kappa"] == pytest.approx(0.4)
    path.write_text("ann,ben\nyes,yes\n")
    assert main(["agreement", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["reading"] == "cannot be computed"
    path.write_text("ann\nyes\n")
    assert "at least two columns" in _fails(capsys, "agreement", path)


def test_an_unforeseen_fault_says_its_kind_and_no_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("Anna said a secret.")

    def fail(*_arguments: object, **_options: object) -> None:
        raise LookupError("Anna said a secret.")

    monkeypatch.setattr("nlp.cli.names.find_names", fail)

    sentence = _fails(capsys, "names", tmp_path / "a.txt")
    assert "LookupError" in sentence
    assert "secret" not in sentence
