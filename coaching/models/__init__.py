"""The coaching record, the surveys, what coaches write, and the figures made from all of it."""

from coaching.models.figures import FigurePerson, JointDisplay, JointDisplayQuote, PublishedFigure, Relation
from coaching.models.imports import ImportBatch, ImportKind, ImportState
from coaching.models.notes import BarrierSighting, NoteTemplate, NoteVisibility, ReflectiveNote
from coaching.models.relationships import (
    CoachingRelationship,
    CoachingSession,
    Ending,
    EndingKind,
    RelationshipState,
    WhoChanged,
)
from coaching.models.surveys import (
    AssetDefinition,
    AssetSurvey,
    Instrument,
    InstrumentLicence,
    RecordMode,
    WellbeingResponse,
)

__all__ = [
    "AssetDefinition",
    "AssetSurvey",
    "BarrierSighting",
    "CoachingRelationship",
    "CoachingSession",
    "Ending",
    "EndingKind",
    "FigurePerson",
    "ImportBatch",
    "ImportKind",
    "ImportState",
    "Instrument",
    "InstrumentLicence",
    "JointDisplay",
    "JointDisplayQuote",
    "NoteTemplate",
    "NoteVisibility",
    "PublishedFigure",
    "RecordMode",
    "ReflectiveNote",
    "Relation",
    "RelationshipState",
    "WellbeingResponse",
    "WhoChanged",
]
