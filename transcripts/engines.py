"""Which speech engine and which weights this installation uses. Parameters of a run are kept with the run."""

import contextlib
import importlib.metadata
import os
from dataclasses import dataclass

from django.conf import settings

from nlp.transcription import usual_model

# What the setting calls `fake` is the engine that reads from a script.
_CALLED_IN_SETTINGS = {"fake": "scripted"}
_PACKAGES = {"whisper": "openai-whisper", "faster-whisper": "faster-whisper"}


@dataclass(frozen=True)
class Engine:
    """`name` as `nlp.transcription.ENGINES` has it; `model` a name or the path of its weights."""

    name: str
    model: str

    @property
    def label(self) -> str:
        """The model as people see it and as runs keep it: never a folder of this machine."""
        return os.path.basename(self.model.rstrip(os.sep)) or self.model


def configured() -> Engine:
    """The engine and model of the settings; with no model set, the best one in the engine's cache."""
    name = _CALLED_IN_SETTINGS.get(settings.WHISPER_ENGINE, settings.WHISPER_ENGINE)
    return Engine(name, settings.WHISPER_MODEL or usual_model(name))


def choose(engine: str | None = None, model: str | None = None) -> Engine:
    """The engine to use when some of it is asked for by name and the rest left to the settings."""
    usual = configured()
    name = _CALLED_IN_SETTINGS.get(engine, engine) if engine else usual.name
    if model:
        return Engine(name, model)
    return usual if name == usual.name else Engine(name, usual_model(name))


def kept(engine: str, model_name: str) -> Engine:
    """The way back from what a run keeps: a label that the settings stand behind gets its path again."""
    usual = configured()
    if (engine, model_name) == (usual.name, usual.label):
        return usual
    return Engine(engine, model_name)


def code_version(engine: str) -> str:
    """Name and version of the package that runs, such as `openai-whisper 20250625`."""
    package = _PACKAGES.get(engine)
    if package is None:
        return engine
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return f"{package} {importlib.metadata.version(package)}"
    return package
