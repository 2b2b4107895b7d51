"""Where the weights of a speech model lie: the path given, the engine's own cache, then its download."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nlp.transcription.errors import UnknownEngine, WeightsMissing
from nlp.transcription.types import WeightsFound

ENGINES = ("whisper", "faster-whisper", "scripted")

_SIZES = ("tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en")
_LARGE = ("large-v1", "large-v2", "large-v3")
_ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}
RECOMMENDED = "small"
_NETWORK_TIMEOUT_S = 30.0
WHISPER_NAMES = (*_SIZES, *_LARGE, "large-v3-turbo", *_ALIASES)


def find_weights(engine: str, name_or_path: str, *, allow_download: bool = False) -> WeightsFound:
    """The weights of a model, without loading them.

    Args:
        engine: one of ENGINES.
        name_or_path: a model's name such as `small`, or the path of a weights file (whisper: `.pt`),
            a folder (faster-whisper: holds `model.bin`) or a script (scripted: `.json`).
        allow_download: let the engine fetch a named model it does not have yet.

    Raises:
        UnknownEngine: no such engine.
        WeightsMissing: nowhere to be found; its sentence names the missing file and how to get it.
    """
    if engine not in ENGINES:
        raise UnknownEngine(engine, ENGINES)
    given = Path(name_or_path).expanduser()
    wanted = (given / "model.bin") if engine == "faster-whisper" else given
    if wanted.is_file():
        return WeightsFound(engine, _label(given), given.absolute())
    if engine == "scripted" or name_or_path not in WHISPER_NAMES:
        if engine == "faster-whisper" and not given.is_dir():
            wanted = given
        raise WeightsMissing(engine, _label(given), wanted.absolute(), is_named=False)
    if engine == "whisper":
        return _whisper_weights(name_or_path, allow_download=allow_download)
    return _faster_whisper_weights(name_or_path, allow_download=allow_download)


def usual_model(engine: str) -> str:
    """The best model that the engine's cache holds, else `small`; for when nobody has named one."""
    for size in ("large-v3", "large-v3-turbo", "medium", "small", "base", "tiny"):
        for name in (size, f"{size}.en"):
            with suppress(WeightsMissing):
                return find_weights(engine, name).model
    return RECOMMENDED


@contextmanager
def _impatient() -> Iterator[None]:
    """A network that swallows packets is no network: Whisper's own download would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_NETWORK_TIMEOUT_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _label(path: Path) -> str:
    """The model's name for records: never a path, which could say more than it should."""
    return path.stem if path.suffix in (".pt", ".json") else path.name


def whisper_cache() -> Path:
    """Folder in which openai-whisper keeps its downloads."""
    return _user_cache() / "whisper"


def _user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _whisper_weights(name: str, *, allow_download: bool) -> WeightsFound:
    file = whisper_cache() / f"{_ALIASES.get(name, name)}.pt"
    if file.is_file():
        return WeightsFound("whisper", name, file)
    if not allow_download:
        raise WeightsMissing("whisper", name, file)
    try:
        import whisper

        with _impatient():
            fetched = whisper._download(whisper._MODELS[name], str(file.parent), False)  # type: ignore[attr-defined]
    except Exception as error:  # network, proxy, disk, checksum: all mean that there is no file
        raise WeightsMissing("whisper", name, file, reason="and fetching them did not work") from error
    return WeightsFound("whisper", name, Path(str(fetched)))


def faster_whisper_cache() -> Path:
    """Folder in which faster-whisper, through the Hugging Face hub, keeps its downloads."""
    if hub := os.environ.get("HF_HUB_CACHE"):
        return Path(hub)
    home = os.environ.get("HF_HOME")
    return (Path(home) if home else _user_cache() / "huggingface") / "hub"


def _faster_whisper_weights(name: str, *, allow_download: bool) -> WeightsFound:
    size = _ALIASES.get(name, name)
    owner = "mobiuslabsgmbh" if size == "large-v3-turbo" else "Systran"
    repository = faster_whisper_cache() / f"models--{owner}--faster-whisper-{size}"
    if folder := _snapshot(repository):
        return WeightsFound("faster-whisper", name, folder)
    missing = repository / "snapshots" / "main" / "model.bin"
    if not allow_download:
        raise WeightsMissing("faster-whisper", name, missing)
    try:
        import faster_whisper

        folder = Path(faster_whisper.download_model(name))
    except Exception as error:  # as above
        raise WeightsMissing(
            "faster-whisper", name, missing, reason="and fetching them did not work"
        ) from error
    return WeightsFound("faster-whisper", name, folder)


def _snapshot(repository: Path) -> Path | None:
    """The snapshot that `main` points at, else the last by name that is whole."""
    main = repository / "refs" / "main"
    names = [main.read_text().strip()] if main.is_file() else []
    snapshots = repository / "snapshots"
    if snapshots.is_dir():
        names += sorted((folder.name for folder in snapshots.iterdir()), reverse=True)
    for name in names:
        if name and (snapshots / name / "model.bin").is_file():
            return snapshots / name
    return None
