"""Finding what in a text may say who someone is. A person decides on each find."""

from nlp.names.errors import NameFindingError, SpacyModelMissing, SpacyModelUnreadable
from nlp.names.finder import find_names
from nlp.names.pipeline import LoadedPipeline, load_pipeline
from nlp.names.replacements import propose_replacement, role_before
from nlp.names.types import KINDS, FoundName

__all__ = [
    "KINDS",
    "FoundName",
    "LoadedPipeline",
    "NameFindingError",
    "SpacyModelMissing",
    "SpacyModelUnreadable",
    "find_names",
    "load_pipeline",
    "propose_replacement",
    "role_before",
]
