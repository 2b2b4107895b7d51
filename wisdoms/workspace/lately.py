"""What was done in an enquiry lately, in sentences, from the record of acts."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.timezone import localdate
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
    """An act, or several alike in a row by the same person on one day."""

    at: datetime
    sentence: str
    times: int = 1


# How far back to look for acts alike: a morning's work on quotes is one line, not thirty.
LOOK_AT = 200


def lately(enquiry: Enquiry, limit: int = 6) -> list[Line]:
    """Newest first; two queries."""
    events = list(Event.objects.filter(partner_id=enquiry.partner_id, action__in=SENTENCES)[:LOOK_AT])
    names = dict(
        User.objects.filter(pk__in={e.actor_id for e in events if e.actor_id}).values_list("pk", "name")
    )
    lines = []
    for (action, actor, _day), alike in groupby(
        events, key=lambda e: (e.action, e.actor_id, localdate(e.at))
    ):
        acts = list(alike)
        sentence = str(SENTENCES[action]) % {"who": names.get(actor or 0, _("The computer"))}
        lines.append(Line(acts[0].at, sentence, len(acts)))
        if len(lines) == limit:
            break
    return lines
