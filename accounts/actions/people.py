"""Colleagues of a partner: roles given and ended, leavers closed. Nobody is deleted."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import sessions
from accounts.errors import LastLead, RoleHeldAlready
from accounts.models import Membership, Partner, Role, User
from accounts.permissions import check, forget_memberships
from accounts.wall import acting_for
from audit.actions import record

INVITE = "colleague.invite"


@transaction.atomic
def give_role(*, partner: Partner, user: User, role: str, by: User) -> Membership:
    """One more role for a colleague who works at this partner already.

    Raises:
        NotYours: `by` does not lead this partner.
        RoleHeldAlready: the colleague holds the role now.
    """
    check(by, INVITE, partner)
    membership = begin_role(partner=partner, user=user, role=role)
    record("role.given", by=by, about=membership, role=role, user=user.pk)
    return membership


def begin_role(*, partner: Partner, user: User, role: str, ends_at: datetime | None = None) -> Membership:
    """The row of a role that begins now; one given for some hours and run out makes room first."""
    run_out = Membership.objects.run_out().filter(partner=partner, user=user, role=role)
    run_out.update(ended_at=timezone.now())
    if Membership.objects.current().filter(partner=partner, user=user, role=role).exists():
        raise RoleHeldAlready(_("This colleague holds that role already."))
    with _door_of(user, partner.pk):
        return Membership.objects.create(partner=partner, user=user, role=role, ends_at=ends_at)


@contextmanager
def _door_of(user: User, partner_id: int) -> Iterator[None]:
    """What follows from a changed role is worked out from all the roles its holder has, at every partner.

    Those at others are behind the wall for the lead who changes one, and must not seem to have ended.
    """
    with acting_for(partners=(), user_id=user.pk):
        own = set(Membership.objects.filter(user=user).current().values_list("partner_id", flat=True))
    forget_memberships(user.pk)
    with acting_for(partners={*own, partner_id}, user_id=user.pk):
        yield
    forget_memberships(user.pk)


def end_membership(membership: Membership) -> None:
    """Write down that a role ends now."""
    with _door_of(membership.user, membership.partner_id):
        membership.ended_at = timezone.now()
        membership.save(update_fields=["ended_at"])


@transaction.atomic
def end_role(*, membership: Membership, by: User) -> None:
    """End one role. The colleague is signed out everywhere; with no role left anywhere the account is closed.

    Raises:
        NotYours: `by` does not lead this partner.
        LastLead: nobody would lead the partner afterwards.
    """
    check(by, INVITE, membership.partner_id)
    _keep_a_lead(membership.partner_id, leaving=[membership])
    _end(membership, by)
    sessions.end_all(membership.user, by=by, why="role ended")
    _close_if_nothing_is_left(membership.user, by)


@transaction.atomic
def close_leaver(*, partner: Partner, user: User, by: User) -> int:
    """End every role of somebody who leaves this partner. Gives back how many.

    What they decided stays theirs by name. Raises as `end_role` does.
    """
    check(by, INVITE, partner)
    held = list(Membership.objects.filter(partner=partner, user=user, ended_at=None).select_for_update())
    _keep_a_lead(partner.pk, leaving=held)
    for membership in held:
        _end(membership, by)
    sessions.end_all(user, by=by, why="left the partner")
    _close_if_nothing_is_left(user, by)
    return len(held)


def _end(membership: Membership, by: User | None) -> None:
    end_membership(membership)
    record("role.ended", by=by, about=membership, role=membership.role, user=membership.user_id)


def _keep_a_lead(partner_id: int, *, leaving: list[Membership]) -> None:
    """Two leads who end each other at once wait for one another here; the second then finds no other."""
    if not any(each.role == Role.PARTNER_LEAD and each.ends_at is None for each in leaving):
        return
    Partner.objects.select_for_update().get(pk=partner_id)
    others = Membership.objects.filter(
        partner_id=partner_id, role=Role.PARTNER_LEAD, ended_at=None, ends_at=None, user__is_active=True
    ).exclude(pk__in=[each.pk for each in leaving])
    if not others.exists():
        raise LastLead(
            _("Nobody else leads this partner. Give somebody else the role of partner lead first.")
        )


def _close_if_nothing_is_left(user: User, by: User | None) -> None:
    """An account without any role, at any partner, is closed: it can sign in no more."""
    # Through the user's own door: roles at other partners are behind the wall for the lead who acts.
    with acting_for(partners=(), user_id=user.pk):
        is_needed = user.is_superuser or Membership.objects.filter(user=user).current().exists()
    if not is_needed:
        User.objects.filter(pk=user.pk).update(is_active=False)
        record("account.closed", by=by, about=user)
