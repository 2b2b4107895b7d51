"""The spaCy pipeline: a trained one where there is one, else plain English that knows no names."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from nlp.names.errors import SpacyModelMissing, SpacyModelUnreadable

USUAL_MODELS = ("en_core_web_trf", "en_core_web_lg", "en_core_web_md", "en_core_web_sm")
BLANK = "blank English"


@dataclass(frozen=True, slots=True)
class LoadedPipeline:
    """A pipeline ready to run, and what records call it (never a path)."""

    nlp: Any
    label: str
    is_trained: bool


def load_pipeline(spacy_model: str | Path | None = None) -> LoadedPipeline:
    """The pipeline named, or the best English one installed, or blank English.

    Args:
        spacy_model: folder of a pipeline, or name of an installed package. A pipeline that was asked
            for is never silently replaced by another.

    Raises:
        SpacyModelMissing: neither a folder here nor an installed package.
        SpacyModelUnreadable: it is there but does not load.
    """
    return _load(None if spacy_model is None else str(spacy_model))


@lru_cache(maxsize=2)
def _load(spacy_model: str | None) -> LoadedPipeline:
    import spacy
    from spacy.util import is_package

    if spacy_model is None:
        for name in USUAL_MODELS:
            if is_package(name):
                return _trained(name)
        blank = spacy.blank("en")
        return LoadedPipeline(blank, BLANK, is_trained=False)
    if not is_package(spacy_model) and not (Path(spacy_model) / "meta.json").is_file():
        raise SpacyModelMissing(spacy_model)
    return _trained(spacy_model)


def _trained(name: str) -> LoadedPipeline:
    import spacy
    from spacy.util import is_package

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a pipeline of a neighbouring spaCy version loads and works
        try:
            # A package by its name; a folder as a folder, even where its name looks like a package's.
            nlp = spacy.load(name if is_package(name) else Path(name), exclude=["parser", "lemmatizer"])
        except (OSError, ValueError, KeyError, ImportError, TypeError) as error:
            raise SpacyModelUnreadable(Path(name).name) from error
    if "ner" not in nlp.pipe_names and "transformer" not in nlp.pipe_names:
        raise SpacyModelUnreadable(Path(name).name)
    return LoadedPipeline(
        nlp, f"{nlp.meta['lang']}_{nlp.meta['name']} {nlp.meta['version']}", is_trained=True
    )
