"""How the pocket pages answer: to whom they open, and what they say when something cannot be done."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse

from accounts.errors import AccountsError
from accounts.models import Partner
from accounts.requests import SignedInRequest
from audit.actions import record_look
from coaching.errors import CoachingError
from coaching.models import CoachingRelationship
from coaching.selectors import coached_partners
from enquiries.errors import EnquiryError
from transcripts.errors import TranscriptError

# Each carries a full sentence for the person who pressed.
PROBLEMS = (CoachingError, EnquiryError, AccountsError, TranscriptError)

View = Callable[..., HttpResponse]


class CoachRequest(SignedInRequest):
    """A request as the pocket pages get it; for annotations only."""

    coached: list[Partner]


def coach_page(view: View) -> View:
    """Sets `request.coached`, for those who coach somewhere now; to anybody else the page does not exist.

    Goes under the view's policy, which asks for a sign-in first.
    """

    @wraps(view)
    def opened(request: CoachRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.coached = coached_partners(request.user)
        if not request.coached:
            raise Http404
        return view(request, *args, **kwargs)

    return opened


def note_people(request: CoachRequest, shown: Iterable[CoachingRelationship]) -> None:
    """Write down that a list with people's names is shown: how many, for each partner."""
    for partner_id, count in sorted(Counter(each.partner_id for each in shown).items()):
        record_look("people.listed", by=request.user, partner_id=partner_id, why="coaching", count=count)


def note_person(request: CoachRequest, shown: CoachingRelationship) -> None:
    """Write down that a page about one person, with their name, is shown; sending a form is no look."""
    if request.method != "POST":
        record_look("person.read", by=request.user, about=shown, why="coaching")
