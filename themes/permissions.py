"""Who may make sense of what was heard: researchers and second readers of the enquiry's partner."""

from accounts.models import Role, User
from accounts.permissions import LISTENERS, check_role, has_role
from enquiries.models import Enquiry

READERS = LISTENERS
# Placing is done from the page an editor writes; everything before it is the readers'.
PLACERS = frozenset({*LISTENERS, Role.EDITOR})


def check_reader(user: User, enquiry: Enquiry) -> None:
    """Raise NotYours unless the user reads for this enquiry's partner."""
    check_role(user, enquiry.partner_id, READERS)


def can_read(user: User, enquiry: Enquiry) -> bool:
    """Whether the user reads for this enquiry's partner."""
    return has_role(user, enquiry.partner_id, READERS)


def check_placer(user: User, partner_id: int) -> None:
    """Raise NotYours unless the user may put a quote into a page of this partner."""
    check_role(user, partner_id, PLACERS)
