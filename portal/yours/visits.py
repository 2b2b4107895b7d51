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
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts import limits, policy, wall
from enquiries.models import Contributor
from portal.actions import links
from portal.models import PersonalLink
from portal.yours import receipts
from portal.yours.forms import ConfirmForm

IDLE = timedelta(minutes=30)
# With https a name that begins so binds the cookie to this very host.
COOKIE = f"{'__Host-' if settings.IS_HTTPS else ''}yours"
_SALT = "portal.yours.visit"
# Before the name of what somebody wrote, while we ask once more whether it is they.
_CARRIED = "carried_"

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


def own_page(*, unconfirmed: bool = False, carries: tuple[str, ...] = ()) -> Callable[[V], V]:
    """Open a view, with `request.visit`, to whoever came by a link that leads somewhere.

    An address that leads nowhere, whatever the reason, gives the closed page. Whoever has not confirmed is
    asked to first, unless the view is part of that.

    Args:
        carries: fields of the view's form that somebody may write at for longer than a visit lasts. What was
            written in them goes along while they confirm, and is kept nowhere meanwhile.
    """

    def decorate(view: V) -> V:
        @policy.public
        @wraps(view)
        def answer(request: YoursRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            tries = limits.check("portal_link", request)
            link = links.find(token)
            if link is None:
                again = _pressed_again(request)
                if again is None:
                    links.note_refused(token)
                return again or closed(request)
            limits.forgive(tries)
            visit = _visit(request, link, token)
            request.visit = visit
            if not (visit.is_confirmed or unconfirmed):
                if not (request.method == "POST" and carries):
                    return redirect(visit.way("confirm"))
                with visit.reading():
                    return ask_who(request, carried={name: request.POST.get(name, "") for name in carries})
            with visit.reading():
                try:
                    response = view(request, *args, **kwargs)
                except Http404:
                    # The site's own page for this leads no way back to theirs.
                    response = render(request, "yours/gone.html", {"visit": visit}, status=404)
            if visit.is_confirmed and not response.cookies:
                keep(response, visit)
            return response

        return answer  # type: ignore[return-value]

    return decorate


def ask_who(
    request: YoursRequest, *, form: ConfirmForm | None = None, carried: dict[str, str] | None = None
) -> HttpResponse:
    """The page that asks whether it is they.

    Args:
        carried: by the field's name, what somebody wrote when their visit ended; see `carried_in`.
    """
    visit = request.visit
    with visit.acting():
        has_email = bool(links.email_of(visit.link.contributor_id))
    carried = carried or {}
    context = {
        "form": form or ConfirmForm(has_word=bool(visit.link.word)),
        "visit": visit,
        "has_email": has_email,
        "was_sent": request.GET.get("sent") == "1",
        "carried": [(f"{_CARRIED}{name}", text) for name, text in carried.items()],
    }
    return render(request, "yours/confirm.html", context, status=422 if form and form.errors else 200)


def carried_in(request: HttpRequest) -> dict[str, str]:
    """What somebody wrote before they had to confirm, by the field's name; empty where nothing is carried."""
    return {
        name.removeprefix(_CARRIED): str(text)
        for name, text in request.POST.items()
        if name.startswith(_CARRIED)
    }


def _pressed_again(request: HttpRequest) -> HttpResponse | None:
    """To the receipt, where somebody presses once more what has taken everything back, their link too."""
    said = request.POST.get("press", "") if request.method == "POST" else ""
    token = receipts.of_press(said, max_age=IDLE) if said else None
    return redirect("yours:receipt", token) if token else None


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
