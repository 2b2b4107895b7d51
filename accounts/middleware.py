"""Which of their roles somebody is working in, for as long as they are signed in."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.landing import Place, places
from accounts.models import Membership
from accounts.permissions import current_memberships, memberships_read_once

SESSION_KEY = "working_as"


class WorkingAsMiddleware:
    """Sets `request.roles`: every current role of the signed-in user, and the one they work in now.

    The choice decides what the workspace shows first; it never widens what somebody may do.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.roles = Roles(request)  # type: ignore[attr-defined]
        with memberships_read_once():
            return self.get_response(request)


class Roles:
    """Memberships of the signed-in user, read from the database on first use and once per request."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._all: list[Membership] | None = None

    @property
    def all(self) -> list[Membership]:
        if self._all is None:
            self._all = current_memberships(self._request.user)
        return self._all

    @property
    def current(self) -> Membership | None:
        chosen = self._request.session.get(SESSION_KEY)
        return next((m for m in self.all if m.pk == chosen), self.all[0] if self.all else None)

    @property
    def others(self) -> list[Membership]:
        return [m for m in self.all if m != self.current]

    @property
    def places(self) -> list[Place]:
        """Entries of the workspace's head line for this user on this page."""
        return places(self.all, self._request.path)

    def choose(self, membership_id: int) -> Membership | None:
        """Work as another of one's own roles; an id that is not one of them changes nothing."""
        found = next((m for m in self.all if m.pk == membership_id), None)
        if found is not None:
            self._request.session[SESSION_KEY] = found.pk
        return found
