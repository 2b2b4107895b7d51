"""How the pocket pages answer: to whom they open, and what they say when something cannot be done."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse

from accounts.errors import AccountsError
from accounts.models import Partner
from accounts.requests import SignedInRequest
from coaching.errors import CoachingError
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
    """Opens to those who coach somewhere now; to anybody else the page does not exist."""

    @login_required
    @wraps(view)
    def opened(request: CoachRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.coached = coached_partners(request.user)
        if not request.coached:
            raise Http404
        return view(request, *args, **kwargs)

    return opened
