"""What was done in an enquiry lately, in sentences, from the record of acts."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from audit.models import Event
from enquiries.models import Enquiry

# Acts worth a line here. What names who took part, declined or withdrew is not among them.
SENTENCES = {
    "enquiry.framed": _lazy("%(who)s framed the enquiry."),
    "conversation.added": _lazy("%(who)s set down a conversation."),
    "recording.received": _lazy("%(who)s added a recording."),
    "transcript.verified": _lazy("%(who)s verified a text."),
    "transcript.signed_off": _lazy("%(who)s signed off a text without names."),
    "topics.requested": _lazy("%(who)s asked the computer to look for patterns."),
    "proposal.decided": _lazy("%(who)s decided about a pattern."),
    "theme.made": _lazy("%(who)s wrote a theme."),
    "quote.selected": _lazy("%(who)s put a quote forward."),
    "wave.opened": _lazy("%(who)s opened another round of listening."),
}


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    sentence: str


def lately(enquiry: Enquiry, limit: int = 6) -> list[Line]:
    """Newest first; two queries."""
    events = list(Event.objects.filter(partner_id=enquiry.partner_id, action__in=SENTENCES)[:limit])
    names = dict(
        User.objects.filter(pk__in={e.actor_id for e in events if e.actor_id}).values_list("pk", "name")
    )
    return [
        Line(e.at, str(SENTENCES[e.action]) % {"who": names.get(e.actor_id or 0, _("The computer"))})
        for e in events
    ]
