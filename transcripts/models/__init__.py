"""What other apps may see of texts: their state, their pseudonymised versions and their passages.

The sound, the raw text, found names and replacements are in `transcripts.models.raw`, which is registered
with Django but deliberately not re-exported here; only this app imports it.
"""

import transcripts.models.raw  # noqa: F401  (registers the models)
from transcripts.models.exports import Export, ExportedVoice, ExportRecall
from transcripts.models.text import (
    PseudonymisedVersion,
    Segment,
    SourceKind,
    StruckOut,
    Transcript,
    TranscriptState,
)

__all__ = [
    "Export",
    "ExportRecall",
    "ExportedVoice",
    "PseudonymisedVersion",
    "Segment",
    "SourceKind",
    "StruckOut",
    "Transcript",
    "TranscriptState",
]
