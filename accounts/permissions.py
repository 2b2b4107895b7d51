"""Who may act where. A role counts only at the partner it was given at, and only while it lasts."""

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from accounts.errors import NotYours
from accounts.models import Membership, Partner, Role, User

# Who works with what was said. Coaches and partner leads are left out on purpose: they may not learn
# who took part, declined or withdrew.
LISTENERS = frozenset({Role.RESEARCHER, Role.REVIEWER})


def current_memberships(user: User | AnonymousUser) -> Iterable[Membership]:
    """Memberships held now, with their partner."""
    if not user.is_authenticated or not user.is_active:
        return Membership.objects.none()
    return user.memberships.current().select_related("partner")


def has_role(user: User | AnonymousUser, partner: Partner | int, roles: Iterable[str]) -> bool:
    """Whether the user holds one of `roles` at `partner` now."""
    partner_id = partner if isinstance(partner, int) else partner.pk
    wanted = set(roles)
    return any(m.partner_id == partner_id and m.role in wanted for m in current_memberships(user))


def check_role(user: User | AnonymousUser, partner: Partner | int, roles: Iterable[str]) -> None:
    """Raise NotYours unless the user holds one of `roles` at `partner` now."""
    if not has_role(user, partner, roles):
        raise NotYours(_("Your role at this partner does not allow this. Ask your partner lead."))


def partners_where(user: User | AnonymousUser, roles: Iterable[str]) -> list[int]:
    """Ids of the partners at which the user holds one of `roles` now."""
    wanted = set(roles)
    return sorted({m.partner_id for m in current_memberships(user) if m.role in wanted})
