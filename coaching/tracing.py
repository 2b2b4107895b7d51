"""Where this app holds something of somebody, for `enquiries.tracing`."""

from coaching.models import (
    AssetSurvey,
    CoachingRelationship,
    CoachingSession,
    Ending,
    FigurePerson,
    JointDisplayQuote,
    ReflectiveNote,
    WellbeingResponse,
)
from enquiries.tracing import Paths

OF_VOICES: Paths = {
    JointDisplayQuote: "quote__contributor",
    ReflectiveNote: "conversation__contributors",
}
# Coaching never depends on any scope: these stay for as long as somebody is walked alongside.
OF_PEOPLE: Paths = {
    CoachingRelationship: "person",
    CoachingSession: "relationship__person",
    Ending: "relationship__person",
    WellbeingResponse: "person",
    AssetSurvey: "person",
    FigurePerson: "person",
}
