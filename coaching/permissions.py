"""What of the coaching record belongs to one person alone, beside what `accounts.matrix` says of roles."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.errors import NotYours
from accounts.models import User
from accounts.permissions import can, check, narrow
from coaching.models import BarrierSighting, CoachingRelationship, ReflectiveNote


def is_own_relationship(user: User, relationship: Any) -> bool:
    """Whether the user is the coach in this relationship."""
    return isinstance(relationship, CoachingRelationship) and relationship.coach_id == user.pk


def is_author(user: User, written: Any) -> bool:
    """Whether the user wrote this note or line."""
    return isinstance(written, ReflectiveNote | BarrierSighting) and written.author_id == user.pk


def narrow_to_own() -> None:
    """Called once when the app is ready: these rights reach a coach's own rows and no others."""
    narrow("relationship.keep", is_own_relationship)
    narrow("note.give", is_author)


def check_own_relationship(user: User, relationship: CoachingRelationship) -> None:
    """Raise NotYours unless the user is the coach in this relationship and still coaches there."""
    check(user, "relationship.keep", relationship.partner_id)
    if not can(user, "relationship.keep", relationship):
        raise NotYours(_("This person walks alongside another coach. Only that coach can change this."))


def check_own_note(user: User, written: ReflectiveNote | BarrierSighting) -> None:
    """Raise NotYours unless the user wrote it. Nobody else may change it, whatever their role.

    Someone who coaches no longer may still change and take away what they wrote: it was always theirs.
    """
    if not is_author(user, written):
        raise NotYours(_("Someone else wrote this. Only they can change it."))
