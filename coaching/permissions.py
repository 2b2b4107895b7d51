"""Who may do what with the coaching record. Lists are scoped in `selectors`; these are for acts."""

from django.utils.translation import gettext as _

from accounts.errors import NotYours
from accounts.models import Role, User
from accounts.permissions import LISTENERS, check_role, has_role
from coaching.models import BarrierSighting, CoachingRelationship, ReflectiveNote

# Bring in files for the partner.
RECORD_KEEPERS = frozenset({Role.PARTNER_LEAD, Role.DATA_GUARDIAN})
# May freeze a figure of the partner, and see the frozen ones.
FIGURE_MAKERS = frozenset({*LISTENERS, Role.PARTNER_LEAD})


def check_coaches(user: User, partner_id: int) -> None:
    """Raise NotYours unless the user coaches at the partner now."""
    check_role(user, partner_id, {Role.COACH})


def check_own_relationship(user: User, relationship: CoachingRelationship) -> None:
    """Raise NotYours unless the user is the coach in this relationship and still coaches there."""
    check_coaches(user, relationship.partner_id)
    if relationship.coach_id != user.pk:
        raise NotYours(_("This person walks alongside another coach. Only that coach can change this."))


def check_own_note(user: User, written: ReflectiveNote | BarrierSighting) -> None:
    """Raise NotYours unless the user wrote it. Nobody else may change it, whatever their role."""
    if written.author_id != user.pk:
        raise NotYours(_("Someone else wrote this. Only they can change it."))


def can_make_figures(user: User, partner_id: int) -> bool:
    """Whether the user may freeze and see figures of the partner."""
    return has_role(user, partner_id, FIGURE_MAKERS)
