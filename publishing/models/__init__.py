from publishing.models.gate import (
    Excuse,
    FrozenShare,
    GateCheck,
    PageChange,
    QuoteOnPage,
    ReportToMend,
    ToMend,
)
from publishing.models.pages import HomePage, PlainPage, SuitePage
from publishing.models.reports import ReportPartner, WisdomPage, WisdomsReportPage

__all__ = [
    "Excuse",
    "FrozenShare",
    "GateCheck",
    "HomePage",
    "PageChange",
    "PlainPage",
    "QuoteOnPage",
    "ReportPartner",
    "ReportToMend",
    "SuitePage",
    "ToMend",
    "WisdomPage",
    "WisdomsReportPage",
]
