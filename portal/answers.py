"""How the pocket pages answer: to whom they open, and what they say when something cannot be done."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from accounts.errors import AccountsError
from coaching.errors import CoachingError
from coaching.selectors import coached_partners
from enquiries.errors import EnquiryError
from transcripts.errors import TranscriptError

# Each carries a full sentence for the person who pressed.
PROBLEMS = (CoachingError, EnquiryError, AccountsError, TranscriptError)

View = Callable[..., HttpResponse]


def coach_page(view: View) -> View:
    """Opens to those who coach somewhere now; to anybody else the page does not exist."""

    @login_required
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        partners = coached_partners(request.user)  # type: ignore[arg-type]
        if not partners:
            raise Http404
        request.coached = partners  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return opened
