"""Where somebody is signed in, and signing out there."""

import re
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts import policy
from accounts.actions import sessions
from accounts.requests import SignedInRequest

# The first that fits counts: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari.
BROWSERS = (
    (r"Edg/|EdgA/|EdgiOS/", "Edge"),
    (r"OPR/", "Opera"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Chrome/|CriOS/", "Chrome"),
    (r"Safari/", "Safari"),
)
MACHINES = (
    (r"iPhone", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "Mac"),
    (r"CrOS", "Chromebook"),
    (r"Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One sign-in, in words."""

    pk: int
    device: str
    address: str
    since: datetime
    is_here: bool


def device(user_agent: str) -> str:
    """What a browser says of itself, in words: “Firefox on Windows”."""
    browser = next((name for pattern, name in BROWSERS if re.search(pattern, user_agent)), "")
    machine = next((name for pattern, name in MACHINES if re.search(pattern, user_agent)), "")
    if browser and machine:
        return _("%(browser)s on %(machine)s") % {"browser": browser, "machine": machine}
    return browser or machine or _("A browser that does not say what it is")


@policy.signed_in
@require_GET
def places(request: SignedInRequest) -> HttpResponse:
    """Every browser in which one is signed in, this one first."""
    here = request.session.session_key
    found = [
        Place(row.pk, device(row.user_agent), str(row.ip), row.created_at, row.session_key == here)
        for row in UserSession.objects.purge_and_list(request.user)
    ]
    found.sort(key=lambda place: (not place.is_here, -place.since.timestamp()))
    return render(request, "usersessions/usersession_list.html", {"places": found})


@policy.signed_in
@require_POST
def end_place(request: SignedInRequest, pk: int) -> HttpResponse:
    """Sign out in one other browser."""
    row = UserSession.objects.filter(user=request.user, pk=pk).first()
    if row is None or row.session_key == request.session.session_key:
        raise Http404
    sessions.end_one(session=row, by=request.user)
    messages.success(request, _("Signed out there. What was kept stays kept."))
    return redirect("accounts:places")


@policy.signed_in
@require_POST
def end_other_places(request: SignedInRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    count = sessions.end_others(request=request, by=request.user)
    messages.success(
        request,
        ngettext("Signed out in %(n)d other place.", "Signed out in %(n)d other places.", count)
        % {"n": count}
        if count
        else _("Signed out everywhere else."),
    )
    return redirect("accounts:places")
