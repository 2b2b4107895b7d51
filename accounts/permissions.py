"""Who may act where: the table of `accounts.matrix` as permissions of `rules`, and the ways to ask them.

A role counts only at the partner it was given at, and only while it lasts. Every permission takes a user and
an object with `partner_id`, a partner, or a partner's id; without an object it asks "anywhere?". Apps whose
rows belong to one person narrow a permission with a predicate of their own by `narrow`.

Superusers get nothing from here: keeping a server running is no reason to read what people said.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import rules
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from rules.predicates import Predicate

from accounts import matrix
from accounts.errors import NotYours
from accounts.models import Membership, Partner, User

Someone = User | AnonymousUser

# Memberships read so far in this request, by user id; None outside a request, where nothing is kept.
_read: ContextVar[dict[int, list[Membership]] | None] = ContextVar("memberships_read", default=None)


@contextmanager
def memberships_read_once() -> Iterator[None]:
    """Within the block each user's memberships are read once. Put round one request, never longer.

    A membership that is saved inside the block is seen at once; one that ends elsewhere counts until the
    block is left, and is refused at the next request.
    """
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def forget_memberships(user_id: int) -> None:
    """Read this user's memberships anew at the next question; for those who change them in bulk."""
    kept = _read.get()
    if kept is not None:
        kept.pop(user_id, None)


def current_memberships(user: Someone) -> list[Membership]:
    """Memberships held now, with their partner; none for a closed account."""
    if not user.is_authenticated or not user.is_active:
        return []
    kept = _read.get()
    if kept is not None and user.pk in kept:
        return kept[user.pk]
    found = list(user.memberships.current().select_related("partner"))
    if kept is not None:
        kept[user.pk] = found
    return found


def partner_id_of(thing: Any) -> int:
    """Id of the partner a thing belongs to: an id, a partner, or anything with `partner_id`.

    Raises TypeError for a thing that belongs to no partner: a right is never asked about nothing.
    """
    if isinstance(thing, Partner):
        return thing.pk
    found = thing if isinstance(thing, int) else getattr(thing, "partner_id", None)
    if not isinstance(found, int) or isinstance(found, bool):
        raise TypeError(f"{type(thing).__name__} belongs to no partner.")
    return found


def _holds(action: str) -> Predicate:
    """Whether a current role of the user has the action at the object's partner, or anywhere without one."""

    @rules.predicate(f"holds {action}")
    def holds(user: Someone, thing: Any = None) -> bool:
        roles = matrix.roles_with(action)
        held = current_memberships(user)
        if thing is None:
            return any(m.role in roles for m in held)
        partner_id = partner_id_of(thing)
        return any(m.partner_id == partner_id and m.role in roles for m in held)

    return holds


for _action in matrix.actions():
    rules.add_perm(_action.name, _holds(_action.name))


def narrow(action: str, belongs: Callable[[Any, Any], bool]) -> None:
    """Let an action be done only where `belongs(user, object)` holds too. The table says so under `only`.

    Asked of a partner as a whole, or of nothing, the role alone decides: that opens pages, never a row.
    """
    if not matrix.ACTIONS[action].only:
        raise ValueError(f"The table does not say that “{action}” is narrowed.")

    @rules.predicate(f"{action}: {matrix.ACTIONS[action].only}")
    def narrowed(user: Someone, thing: Any = None) -> bool:
        return thing is None or isinstance(thing, int | Partner) or belongs(user, thing)

    rules.set_perm(action, _holds(action) & narrowed)


def can(user: Someone, action: str, thing: Any = None) -> bool:
    """Whether the user may do the action to the object now; without an object, to anything anywhere.

    Raises KeyError for an action that is not in the table: a slip of the pen never opens a door.
    """
    if action not in matrix.ACTIONS:
        raise KeyError(action)
    return bool(rules.has_perm(action, user, thing))


def check(user: Someone, action: str | tuple[str, ...], thing: Any) -> None:
    """Raise NotYours unless the user may do the action, or one of several, to the object now. See `can`."""
    if thing is None:
        raise TypeError("A right is checked on an object or at a partner, never on nothing.")
    named = (action,) if isinstance(action, str) else action
    if not any(can(user, each, thing) for each in named):
        raise NotYours(_("Your role at this partner does not allow this. Ask your partner lead."))


def partners_where(user: Someone, *actions: str) -> list[int]:
    """Ids of the partners at which the user may do one of the named actions now, for scoping querysets."""
    wanted = matrix.roles_with(*actions)
    return sorted({m.partner_id for m in current_memberships(user) if m.role in wanted})


def has_role(user: Someone, partner: Partner | int, roles: Iterable[str]) -> bool:
    """Whether the user holds one of `roles` at `partner` now. For giving roles; rights ask `can`."""
    partner_id, wanted = partner_id_of(partner), set(roles)
    return any(m.partner_id == partner_id and m.role in wanted for m in current_memberships(user))
