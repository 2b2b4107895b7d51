"""No sound lies in the open at any moment: not in the store, not in a temporary folder, not in a file that is
open and has no name any more, in this process or in the engine's.

A watcher reads all of these over and over while a recording is sent, listened through, played, written down
and partly silenced, and looks for pieces of a planted tone in each form in which it passes through memory.
"""

import os
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.core.files import uploadedfile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from nlp.audio import decode_mono_16k
from tests.factories.accounts import colleague
from tests.factories.enquiries import ConversationFactory
from tests.transcripts import sounds
from transcripts import store
from transcripts.actions import request_transcription, silence
from transcripts.models.raw import Piece, Recording

pytestmark = pytest.mark.django_db

# How the copy for browsers and the recording written anew begin, were they not sealed.
MARKS = [b"OpusHead", b"fLaC\0\0\0", b"matroska"]
RATE = 16_000


def planted_tone(ms: int = 8000) -> np.ndarray:
    """A tone that glides, so that no two stretches of it are alike."""
    at = np.arange(ms * RATE // 1000) / RATE
    return (0.4 * np.sin(2 * np.pi * (200 * at + 37.7 * at**2))).astype(np.float32)


def needles(*forms: bytes) -> list[bytes]:
    """A few pieces of 48 bytes of each form, none of them silence."""
    return [
        form[at : at + 48] for form in forms for at in range(len(form) // 7, len(form) - 48, len(form) // 5)
    ]


class Watch:
    """Looks through files and open descriptors until told to stop; keeps where it found something."""

    def __init__(self, folders: list[Path], wanted: list[bytes]) -> None:
        self.folders, self.wanted = folders, wanted
        self.found: set[str] = set()
        self.opened: set[str] = set()
        self.rounds, self.files = 0, 0
        # The clock of files is a little behind.
        self._began_at = time.time() - 2
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        _hooks.append(self._note)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()
        self.look()
        _hooks.remove(self._note)

    def look(self) -> None:
        for path in (*self._files(), *_descriptors(self._began_at)):
            data = _read(path)
            if data is None:
                continue
            self.files += 1
            if any(needle in data for needle in self.wanted):
                self.found.add(os.path.realpath(path))
        self.rounds += 1

    def _files(self) -> Iterator[Path]:
        for folder in self.folders:
            for base, _folders, names in os.walk(folder):
                yield from (Path(base, name) for name in names)

    def _run(self) -> None:
        while not self._over.wait(0.01):
            self.look()

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Every file that this process opens to write, by name."""
        if event != "open" or isinstance(arguments[0], int):  # a number is open already: a pipe
            return
        if isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            self.opened.add(str(arguments[0]))


_hooks: list[Any] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    for hook in _hooks:
        hook(event, arguments)


sys.addaudithook(_audit)  # cannot be taken away again; costs nothing while nobody watches


def _descriptors(since: float) -> Iterator[Path]:
    """Ordinary files that this process and its children hold open, those without a name included.

    Only what was written after a moment: what was there before, such as the system's own list of formats, may
    name the marks that are looked for.
    """
    for process in [os.getpid(), *_children(os.getpid())]:
        try:
            held = list(Path(f"/proc/{process}/fd").iterdir())
        except OSError:
            continue
        for path in held:
            try:
                # Compiled code names the marks of formats that it looks for.
                is_code = "__pycache__" in os.path.realpath(path)
                if path.is_file() and not is_code and path.stat().st_mtime >= since:
                    yield path
            except OSError:
                continue


def _read(path: Path) -> bytes | None:
    """What an ordinary file holds; None where it is gone meanwhile, or a pipe by now.

    A number under /proc may have become a pipe's since it was looked at. Reading that pipe would take the
    words from whoever waits for them, so it is asked again of the very thing that was opened.
    """
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            return file.read() if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None
    except OSError:
        return None


def _children(parent: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{parent}/task").glob("*/children"):
        try:
            found += [int(child) for child in path.read_text().split()]
        except OSError:
            continue
    return found


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of this test's own, for this process and for those it starts."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_no_sound_lies_in_the_open_from_upload_to_transcript(
    client: Client, tmp_path: Path, temp: Path, settings: Any, run_jobs: Any
) -> None:
    tone = planted_tone()
    file = sounds.wav(tone)
    said = [(at, at + 900, f"Second {at // 1000}.") for at in range(0, 8000, 1000)]
    script = sounds.script(tmp_path / "script.json", said, delay_ms=40)
    settings.WHISPER_ENGINE, settings.WHISPER_MODEL = "fake", str(script)
    conversation = ConversationFactory()
    by = colleague(conversation.partner)
    client.force_login(by)
    at_48 = np.repeat(tone, 3)
    wanted = [*needles(file, tone.tobytes(), (at_48 * 32767).astype("<i2").tobytes()), *MARKS]

    with Watch([tmp_path, temp], wanted) as watch:
        upload = SimpleUploadedFile("a.wav", file)
        page = reverse("transcripts:recording", args=[conversation.pk])
        assert client.post(page, {"sound": upload, "whole": "1"}).status_code == 302
        recording = Recording.objects.get()
        run_jobs("default")
        recording.refresh_from_db()
        address = reverse("transcripts:sound", args=[recording.pk])
        for asked in ("bytes=0-", "bytes=70000-140000"):
            answer = client.get(address, headers={"Range": asked})
            assert answer.status_code == 206
            assert b"".join(answer.streaming_content) in file  # type: ignore[attr-defined]
        request_transcription(recording=recording, by=by)
        run_jobs("transcription")
        assert Piece.objects.get().result is not None
        silence(recording=recording, spans=[(1000, 2000)])

    # The sound is all there for those who hold the key, in the very forms that were looked for.
    with store.source(recording.stored_as) as sound:
        assert np.abs(decode_mono_16k(sound, 3000, 4000)).max() > 0.3
    assert store.open(recording.stored_as).read(4) == b"fLaC"
    assert b"OpusHead" in store.open(recording.playback_as).read()

    assert watch.found == set()
    assert watch.rounds > 20
    places = (str(settings.STORE_DIR), str(settings.KEYRING_DIR), str(settings.ANCHOR_DIR), os.devnull)
    assert [path for path in watch.opened if not path.startswith(places) and "__pycache__" not in path] == []
    assert [path for path in watch.opened if path.startswith(str(settings.STORE_DIR))]
    assert list(temp.iterdir()) == []
    # Everything the installation keeps, the database's own files included.
    # Names of containers stand in rows, so only the tone itself is looked for.
    everything = Watch([Path(django_settings.VAR_DIR)], [each for each in wanted if each not in MARKS])
    everything.look()
    assert everything.found == set()


@pytest.mark.parametrize("size", [3, 6, 21])
def test_sound_that_is_chosen_in_a_form_for_text_lies_in_no_temporary_file(
    client: Client, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    conversation = ConversationFactory()
    client.force_login(colleague(conversation.partner))
    made: list[object] = []
    seen = lambda *given, **_more: made.append(given)  # noqa: E731
    monkeypatch.setattr(uploadedfile.TemporaryUploadedFile, "__init__", seen)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", seen)
    sound = SimpleUploadedFile("talk.wav", b"RIFF" + bytes(size * 1024**2))
    answer = client.post(reverse("transcripts:typed", args=[conversation.pk]), {"file": sound})
    assert answer.status_code == 422
    assert ("larger than 5 MB" in answer.text) is (size > 5)
    assert made == []


def test_the_watch_would_find_it(tmp_path: Path) -> None:
    tone = planted_tone().tobytes()
    with Watch([tmp_path / "var"], needles(tone)) as watch, tempfile.TemporaryFile(dir=tmp_path) as nameless:
        assert watch.found == set()
        nameless.write(tone)
        nameless.flush()
        watch.look()
        assert len(watch.found) == 1
        (tmp_path / "var").mkdir()
        (tmp_path / "var" / "plain").write_bytes(b"before " + tone)
        watch.look()
        assert len(watch.found) == 2
    assert any(path.endswith("plain") for path in watch.opened)


def test_the_watch_takes_no_word_out_of_a_pipe(tmp_path: Path) -> None:
    reads, writes = os.pipe()
    try:
        os.write(writes, b"ready")
        watch = Watch([tmp_path], [b"ready"])
        watch._files = lambda: iter([Path(f"/proc/self/fd/{reads}")])  # type: ignore[method-assign]
        watch.look()
        assert watch.found == set()
        assert os.read(reads, 16) == b"ready"
    finally:
        os.close(reads)
        os.close(writes)
