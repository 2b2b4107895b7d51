from enquiries.models.asking import (
    Company,
    ConsentCapture,
    ConsentForm,
    ConsentFormat,
    ConsentMethod,
    ConsentState,
    Outcome,
    Scope,
)
from enquiries.models.consent import ConsentEvent
from enquiries.models.enquiry import AnalysisMode, Enquiry, EnquiryPartner, LinkKept, Purpose, Wave
from enquiries.models.keeping import LegalHold
from enquiries.models.listening import (
    Contributor,
    Conversation,
    ConversationKind,
    Participation,
    PlaceKind,
    ReviewChoice,
    Voice,
)
from enquiries.models.people import Link, Person
from enquiries.models.withdrawal import Withdrawal, WithdrawalState
from enquiries.models.work import Work, WorkState

__all__ = [
    "AnalysisMode",
    "Company",
    "ConsentCapture",
    "ConsentEvent",
    "ConsentForm",
    "ConsentFormat",
    "ConsentMethod",
    "ConsentState",
    "Contributor",
    "Conversation",
    "ConversationKind",
    "Enquiry",
    "EnquiryPartner",
    "LegalHold",
    "Link",
    "LinkKept",
    "Outcome",
    "Participation",
    "Person",
    "PlaceKind",
    "Purpose",
    "ReviewChoice",
    "Scope",
    "Voice",
    "Wave",
    "Withdrawal",
    "WithdrawalState",
    "Work",
    "WorkState",
]
