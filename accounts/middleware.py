"""The wall around each request, and which of their roles somebody is working in."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts import wall
from accounts.actions import emergencies
from accounts.landing import Place, places
from accounts.models import EmergencyAccess, Membership, User
from accounts.permissions import (
    current_memberships,
    forget_memberships,
    memberships_read_once,
    partners_where,
)

SESSION_KEY = "working_as"


class WallMiddleware:
    """Opens the wall for one request, in one transaction, for exactly as long as the request lasts.

    Whoever is signed in comes through the staff door and sees their own partners' rows; views marked public
    open the public door for everybody alike, signed in or not. What streams its answer afterwards opens the
    wall itself. An answer that says the server failed takes everything back; every other answer, a refusal
    too, keeps what was written down on the way.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Sessions and users lie outside the wall. Read before a door is open, they need not be told of one.
        _known = request.user.is_authenticated
        with wall.acting_for(partners=(), kind=wall.DoorKind.PUBLIC) as door, transaction.atomic():
            request.wall_door = door  # type: ignore[attr-defined]
            open_for(request, request.user)
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> None:
        """Change to the public door once it is known that the request goes to a public view."""
        policy = getattr(view, "policy", None)
        if policy is not None and policy.is_public:
            _open_to_public(request)


def _open_to_public(request: HttpRequest) -> None:
    door: wall.Door = request.wall_door  # type: ignore[attr-defined]
    door.kind = wall.DoorKind.PUBLIC
    door.user_id = request.user.pk
    # Which rows are public the tables know: those that stand on a published page, whoever's they are.
    door.partners = frozenset()
    door.finds_partners = False


def open_for(request: HttpRequest, user: User | AnonymousUser) -> None:
    """Let the rest of the request see the partners at which the user holds a role at this moment."""
    door: wall.Door | None = getattr(request, "wall_door", None)
    if door is None or not isinstance(user, User):
        return
    door.kind = wall.DoorKind.STAFF
    door.user_id = user.pk
    door.finds_partners = True
    # What was read before the door knew its user came out empty.
    forget_memberships(user.pk)


def _signed_in(sender: object, request: HttpRequest | None = None, user: Any = None, **_kwargs: Any) -> None:
    if request is not None:
        open_for(request, user)


user_logged_in.connect(_signed_in, dispatch_uid="accounts.middleware.signed_in")


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

    @property
    def emergencies(self) -> list[EmergencyAccess]:
        """Emergency access that lasts now and that this user must see on every page.

        Whoever holds one sees it; leads and data guardians see all of their partners. Nobody else is asked
        about, so their pages cost no query.
        """
        watched = partners_where(self._request.user, emergencies.ASK)
        held = [m.partner_id for m in self.all if m.ends_at is not None]
        if not watched and not held:
            return []
        found = emergencies.open_at({*watched, *held})
        return [row for row in found if row.partner_id in watched or row.holder_id == self._request.user.pk]

    @property
    def may_see_emergencies(self) -> bool:
        """Whether the page of emergencies answers this user."""
        return bool(partners_where(self._request.user, emergencies.ASK, emergencies.AGREE))

    def choose(self, membership_id: int) -> Membership | None:
        """Work as another of one's own roles; an id that is not one of them changes nothing."""
        found = next((m for m in self.all if m.pk == membership_id), None)
        if found is not None:
            self._request.session[SESSION_KEY] = found.pk
        return found
