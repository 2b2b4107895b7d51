"""Somebody at their own page: by which link they came, whether they confirmed, and what is open to them.

A visit needs no account and no session. Whoever has confirmed carries a short signed cookie for this one
link, which ends after half an hour without a press, with "Leave", and with the link itself. What a page reads
it reads through the wall's door for one person; what somebody decides is written through the door of a job,
opened around that one act (`Visit.acting`).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts import limits, policy, wall
from enquiries.models import Contributor
from portal.actions import links
from portal.models import PersonalLink

IDLE = timedelta(minutes=30)
# With https a name that begins so binds the cookie to this very host.
COOKIE = f"{'__Host-' if settings.IS_HTTPS else ''}yours"
_SALT = "portal.yours.visit"

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


@dataclass(slots=True)
class Visit:
    """One person's link, and who sits in front of the page."""

    link: PersonalLink
    token: str
    is_confirmed: bool = False
    with_helper: bool = False

    @property
    def contributor(self) -> Contributor:
        return self.link.contributor

    def acting(self) -> AbstractContextManager[wall.Door]:
        """The door for one act of this person's, at their own partner."""
        return wall.acting_for(partners=[self.link.partner_id])

    def reading(self) -> AbstractContextManager[wall.Door]:
        """The door through which their own rows alone are seen; for what streams after the answer began."""
        return wall.acting_for(partners=(), kind=wall.DoorKind.PERSON, person=self.link.contributor_id)

    def way(self, name: str, *rest: Any) -> str:
        """The address of another of this person's pages."""
        return reverse(f"yours:{name}", args=[self.token, *rest])


class YoursRequest(HttpRequest):
    """A request as these pages get it; for annotations only."""

    visit: Visit


def own_page(*, unconfirmed: bool = False) -> Callable[[V], V]:
    """Open a view, with `request.visit`, to whoever came by a link that leads somewhere.

    An address that leads nowhere, whatever the reason, gives the closed page. Whoever has not confirmed is
    asked to first, unless the view is part of that.
    """

    def decorate(view: V) -> V:
        @policy.public
        @wraps(view)
        def answer(request: YoursRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            tries = limits.check("portal_link", request)
            link = links.find(token)
            if link is None:
                links.note_refused(token)
                return closed(request)
            limits.forgive(tries)
            visit = _visit(request, link, token)
            request.visit = visit
            if not (visit.is_confirmed or unconfirmed):
                return redirect(visit.way("confirm"))
            with visit.reading():
                response = view(request, *args, **kwargs)
            if visit.is_confirmed and not response.cookies:
                keep(response, visit)
            return response

        return answer  # type: ignore[return-value]

    return decorate


def closed(request: HttpRequest) -> HttpResponse:
    """The one answer to every address that leads nowhere: it tells nothing of why."""
    return render(request, "yours/closed.html", status=404)


def keep(response: HttpResponseBase, visit: Visit) -> None:
    """Let this browser go on with this link for half an hour more."""
    said = {
        "link": visit.link.pk,
        "generation": visit.link.generation,
        "helper": visit.with_helper,
    }
    response.set_cookie(
        COOKIE,
        signing.dumps(said, salt=_SALT),
        # Gone with the browser's window too: phones are lent and shared.
        max_age=None,
        path="/",
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Strict",
    )


def forget(response: HttpResponseBase) -> None:
    """End the visit in this browser."""
    response.delete_cookie(COOKIE, path="/", samesite="Strict")


def _visit(request: HttpRequest, link: PersonalLink, token: str) -> Visit:
    visit = Visit(link, token)
    try:
        said = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=IDLE)
    except signing.BadSignature:
        return visit
    if said.get("link") == link.pk and said.get("generation") == link.generation:
        visit.is_confirmed = True
        visit.with_helper = bool(said.get("helper"))
    return visit
