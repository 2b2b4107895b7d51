"""Refusals: in our own look where a limit was reached, and written down where something was not theirs."""

import logging
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import limits, plain_fields, wall
from accounts.errors import TooManyTries
from accounts.models import Membership, User
from audit.actions import Fact, record
from audit.models import Event

logger = logging.getLogger(__name__)

REFUSED = "object.refused"
# The same thing refused to the same colleague within this time is one refusal, and so many are enough: who
# tries one number after the other is seen by then, and a flood must not become a flood of acts.
ONE_REFUSAL = timedelta(minutes=15)
MOST_REFUSALS = 300


class RefusalsMiddleware:
    """Turns a reached limit into its page, wherever in a view it was reached, and writes down what somebody
    who is signed in asked for and did not get, whether it is not there or not theirs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with plain_fields.refused_choices() as fields:
            response = self.get_response(request)
        match = request.resolver_match
        policy = getattr(match.func, "policy", None) if match else None
        if match is None or (policy is not None and policy.is_public):
            return response
        # A player is told in plain text that there is no sound yet, which refuses nobody anything.
        is_missing = response.status_code == HTTPStatus.NOT_FOUND
        if fields or (is_missing and not response.headers["Content-Type"].startswith("text/plain")):
            numbers = [value for value in match.kwargs.values() if isinstance(value, int)]
            note_refused(request, where=match.view_name, numbers=numbers, fields=sorted(fields))
        return response

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
        # Whoever is no colleague is told so in the frame and the words of the pages they came to.
        where = request.resolver_match.namespace if request.resolver_match else ""
        names = [f"{where}/wait.html"] if where else []
        response = render(request, [*names, "accounts/wait.html"], {"sentence": sentence})
    response.status_code = 429
    response["Retry-After"] = str(minutes * 60)
    response["Cache-Control"] = "no-store"
    return response


def locked_out(
    request: HttpRequest, original: HttpResponse | None = None, credentials: object = None
) -> HttpResponse:
    """What axes answers with: one person was tried too often from one address."""
    return too_many(request, max(1, round(settings.AXES_COOLOFF_TIME * 60)))


def note_refused(
    request: HttpRequest, *, where: str, numbers: list[int] | None = None, fields: list[str] | None = None
) -> None:
    """Write down that a colleague was refused something, at the partner they work for, or worked for last.

    Args:
        where: the name of the view; never an address, which may hold a secret.
        numbers: what its address named.
        fields: fields of a form in which something was chosen that was not offered.
    """
    user = request.user
    if not isinstance(user, User) or connection.needs_rollback:
        return
    facts: dict[str, Fact] = {"where": where, "numbers": numbers or []}
    if fields:
        facts["fields"] = fields
    role = Membership.objects.filter(user=user).order_by("-ended_at", "-pk")
    current = request.roles.current  # type: ignore[attr-defined]
    partner_id = current.partner_id if current else role.values_list("partner_id", flat=True).first()
    with wall.acting_for(partners=[partner_id or 0], user_id=user.pk):
        before = Event.objects.filter(
            partner_id=partner_id, action=REFUSED, actor_id=user.pk, at__gte=timezone.now() - ONE_REFUSAL
        )
        lately = list(before.values_list("detail", flat=True)[:MOST_REFUSALS])
        if len(lately) < MOST_REFUSALS and facts not in lately:
            record(REFUSED, by=user, about=None, partner_id=partner_id, **facts)


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
