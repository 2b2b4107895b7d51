"""Why a recording could not be turned into words."""

from pathlib import Path

from nlp.errors import NlpError


class TranscriptionError(NlpError):
    """Base of everything that goes wrong between a readable recording and its words."""


class UnknownEngine(TranscriptionError):
    """An engine was asked for that does not exist."""

    def __init__(self, engine: str, known: tuple[str, ...]) -> None:
        super().__init__(f"There is no speech engine called {engine!r}: choose one of {', '.join(known)}.")


class UnknownLanguage(TranscriptionError):
    """A language was fixed that the model does not know."""

    def __init__(self, engine: str, language: str) -> None:
        super().__init__(
            f"The {engine} model does not know the language {language!r}: "
            f"give a two-letter code such as en or cy, or leave it out to have it detected."
        )


class EngineNotInstalled(TranscriptionError):
    """The Python package of an engine is not installed."""

    def __init__(self, engine: str, package: str) -> None:
        super().__init__(
            f"The speech engine {engine} is not installed: install the Python package {package}."
        )


class WeightsMissing(TranscriptionError):
    """No weights were found for a model. `missing` is where the file is looked for."""

    def __init__(
        self, engine: str, model: str, missing: Path, *, reason: str = "", is_named: bool = True
    ) -> None:
        self.engine, self.model, self.missing = engine, model, missing
        fetch = {
            "whisper": f'run `make models ARGS="--whisper {model}"` where there is a network',
            "faster-whisper": "transcribe once where there is a network, which fetches them",
        }.get(engine, "check the path")
        if not is_named:
            fetch = "check the path, run `make models` where there is a network"
        super().__init__(
            f"The weights of the {engine} model {model!r} are not on this machine "
            f"(missing: {missing}){reason and '; ' + reason}: {fetch}, or put the file there by hand, "
            f"or set WISDOMS_WHISPER_MODEL to the path of the weights."
        )


class WeightsUnreadable(TranscriptionError):
    """A weights file is there but cannot be loaded."""

    def __init__(self, engine: str, path: Path | str) -> None:
        self.path = path
        super().__init__(
            f"The {engine} weights at {path} cannot be read (damaged, cut off, or of another engine): "
            f"delete them and fetch them again with `make models`."
        )


class EngineFailed(TranscriptionError):
    """The engine ran and reported that it could not finish."""


class EngineDied(TranscriptionError):
    """The engine's process ended without an answer: a crash, or killed, often for want of memory.

    Attributes:
        exit_code: as `Popen.returncode` gives it; negative for a signal.
    """

    def __init__(self, exit_code: int | None, detail: str = "") -> None:
        self.exit_code, self.detail = exit_code, detail
        how = f"signal {-exit_code}" if exit_code is not None and exit_code < 0 else f"exit code {exit_code}"
        hint = (
            "most often the machine ran out of memory; try a smaller model or fewer workers"
            if exit_code in (-9, 137)
            else "transcribe again, and if it happens again try a smaller model"
        )
        super().__init__(f"The speech engine stopped before it was done ({how}): {hint}.")


class EngineTimedOut(TranscriptionError):
    """The engine gave no result in the time allowed and was stopped."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__(
            f"The speech engine was stopped after {timeout_s:.0f} seconds without a result: "
            f"transcribe again, or choose a smaller model."
        )


class ScriptUnreadable(TranscriptionError):
    """The script of the scripted engine is missing or has the wrong shape."""
