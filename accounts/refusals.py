"""Refusals in our own look: too many tries, and requests that no browser of ours would send."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import limits
from accounts.errors import TooManyTries
from audit.actions import record

logger = logging.getLogger(__name__)


class RefusalsMiddleware:
    """Turns a reached limit into its page, wherever in a view it was reached."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return too_many(request, exception.minutes) if isinstance(exception, TooManyTries) else None


def too_many(request: HttpRequest, minutes: int) -> HttpResponse:
    """The page that asks to wait; a player or a fragment gets the sentence alone."""
    sentence = (
        _("That was tried too often.")
        + " "
        + ngettext("Wait %(n)d minute, then try again.", "Wait %(n)d minutes, then try again.", minutes)
        % {"n": minutes}
    )
    if request.headers.get("HX-Request") == "true" or "text/html" not in request.headers.get("Accept", "*/*"):
        response = HttpResponse(sentence, content_type="text/plain; charset=utf-8")
    else:
        response = render(request, "accounts/wait.html", {"sentence": sentence})
    response.status_code = 429
    response["Retry-After"] = str(minutes * 60)
    response["Cache-Control"] = "no-store"
    return response


def locked_out(
    request: HttpRequest, original: HttpResponse | None = None, credentials: object = None
) -> HttpResponse:
    """What axes answers with: one person was tried too often from one address."""
    return too_many(request, max(1, round(settings.AXES_COOLOFF_TIME * 60)))


def note_bad_request(request: HttpRequest, exception: Exception) -> None:
    """Write down a claimed host that is not ours, too many fields, a broken form: the first of an hour from
    one address, so that a flood of them is no flood of events.

    Nothing of the request is looked at again: asking for its host would raise anew.
    """
    kind = "Host" if isinstance(exception, DisallowedHost) else type(exception).__name__
    try:
        limits.check("bad_request", request)
        record("request.refused", by=None, reason=kind)
    except TooManyTries:
        logger.info("Bad request refused: %s", kind)
    except DatabaseError:
        # The answer is the refusal in any case; it must not wait for a database that is away.
        logger.exception("A bad request could not be written down.")
