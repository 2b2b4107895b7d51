"""Emergency access: one person asks, another confirms, it lasts some hours, and everyone is told.

What it gives is one role at one partner, as a membership with an end. Nothing else in the platform knows of
emergencies: what the role may do, its holder may do, until the clock says no.
"""

from collections.abc import Iterable
from datetime import timedelta

import rules
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import letters, matrix
from accounts.actions import people, sessions
from accounts.errors import EmergencyRefused
from accounts.models import EmergencyAccess, Membership, Partner, Role, User
from accounts.permissions import can, check, has_role
from audit.actions import record

# Roles that reach stuck material, or open a partner whose lead is locked out. Editors reach neither.
EMERGENCY_ROLES = (
    Role.RESEARCHER,
    Role.REVIEWER,
    Role.DATA_GUARDIAN,
    Role.SAFEGUARDING_LEAD,
    Role.PARTNER_LEAD,
)
ASK = "break_glass.ask"
# One more role may agree than may ask: a small partner has one lead and one data guardian, and one of them is
# locked out.
AGREE = "break_glass.agree"
# Unanswered after this, it was no emergency.
ANSWER_WITHIN = timedelta(hours=24)


@transaction.atomic
def ask(*, partner: Partner, holder: User, role: str, hours: int, reason: str, by: User) -> EmergencyAccess:
    """Ask for a role for some hours. Nothing opens yet.

    Raises:
        NotYours: `by` is neither lead nor data guardian here.
        EmergencyRefused: the holder has that role, or does not work here.
    """
    check(by, ASK, partner)
    if role not in EMERGENCY_ROLES:
        raise EmergencyRefused(_("This role cannot be given in an emergency."))
    if not has_any_role(holder, partner):
        raise EmergencyRefused(_("They do not work at this partner. Invite them instead."))
    if has_role(holder, partner, {role}):
        raise EmergencyRefused(_("They hold that role already."))
    row = EmergencyAccess.objects.create(
        partner=partner, holder=holder, role=role, hours=hours, reason=reason, asked_by=by
    )
    record("emergency.asked", by=by, about=row, role=role, hours=hours, user=holder.pk)
    _tell(row, "asked")
    return row


def has_any_role(user: User, partner: Partner) -> bool:
    """Whether somebody works at this partner now, as the acting person's door shows it."""
    return Membership.objects.current().filter(user=user, partner=partner).exists()


@rules.predicate("is a second person")
def is_second(user: User, row: EmergencyAccess) -> bool:
    """Whether this person is another than who asked and than who would hold the role."""
    return user.pk not in (row.asked_by_id, row.holder_id)


def may_answer(row: EmergencyAccess, user: User) -> bool:
    """Whether this person may be the second one; see the line in the table of rights."""
    return can(user, AGREE, row)


def is_open(row: EmergencyAccess) -> bool:
    """Whether the role it gave counts now."""
    given = row.membership
    return bool(given and given.ended_at is None and given.ends_at and given.ends_at > timezone.now())


def is_waiting(row: EmergencyAccess) -> bool:
    """Whether it was asked within the last day and nobody has answered."""
    return row.answered_at is None and row.asked_at > timezone.now() - ANSWER_WITHIN


@transaction.atomic
def confirm(*, row: EmergencyAccess, by: User) -> Membership:
    """The second person says yes: the role begins now and ends by itself.

    Raises:
        EmergencyRefused: `by` is no second person, or somebody has answered, or it was asked too long ago.
    """
    row = _to_answer(row, by)
    membership = people.begin_role(
        partner=row.partner,
        user=row.holder,
        role=row.role,
        ends_at=timezone.now() + timedelta(hours=row.hours),
    )
    row.answered_by, row.answered_at, row.membership = by, timezone.now(), membership
    row.save(update_fields=["answered_by", "answered_at", "membership"])
    record(
        "emergency.opened",
        by=by,
        about=row,
        role=row.role,
        hours=row.hours,
        user=row.holder_id,
        asked_by=row.asked_by_id,
    )
    _tell(row, "opened")
    return membership


@transaction.atomic
def refuse(*, row: EmergencyAccess, by: User) -> None:
    """The second person says no; who asked may take it back themselves in the same way."""
    row = _to_answer(row, by)
    row.answered_by, row.answered_at = by, timezone.now()
    row.save(update_fields=["answered_by", "answered_at"])
    record("emergency.refused", by=by, about=row, role=row.role, user=row.holder_id)
    _tell(row, "refused")


def _to_answer(row: EmergencyAccess, by: User) -> EmergencyAccess:
    row = (
        EmergencyAccess.objects.select_for_update(of=("self",))
        .select_related("partner", "holder", "asked_by")
        .get(pk=row.pk)
    )
    if not may_answer(row, by):
        raise EmergencyRefused(_("Somebody else must answer: neither who asked, nor who would hold it."))
    if not is_waiting(row):
        raise EmergencyRefused(_("This was answered already, or it was asked more than a day ago."))
    return row


@transaction.atomic
def end(*, row: EmergencyAccess, by: User) -> None:
    """End it before its time; leads, data guardians and the holder may."""
    if by.pk != row.holder_id:
        check(by, ASK, row.partner_id)
    membership = Membership.objects.filter(emergency=row, ended_at=None).first()
    if membership is None:
        raise EmergencyRefused(_("It has ended already."))
    _end(membership, by)
    _tell(row, "ended")


def _end(membership: Membership, by: User | None) -> None:
    people.end_membership(membership)
    record("emergency.ended", by=by, about=membership, role=membership.role, user=membership.user_id)
    sessions.end_all(membership.user, by=by, why="emergency ended")


@transaction.atomic
def end_run_out(partner_id: int) -> int:
    """Write down the end of roles whose hours are over. They count for nothing since then already."""
    rows = list(
        Membership.objects.run_out()
        .filter(partner_id=partner_id)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("user")
    )
    for membership in rows:
        _end(membership, None)
        row = EmergencyAccess.objects.filter(membership=membership).first()
        if row is not None:
            _tell(row, "ended")
    return len(rows)


def open_at(partners: Iterable[int]) -> list[EmergencyAccess]:
    """Emergencies that last now at these partners, newest first."""
    return list(
        EmergencyAccess.objects.filter(
            partner_id__in=partners, membership__ended_at=None, membership__ends_at__gt=timezone.now()
        ).select_related("partner", "holder", "asked_by", "answered_by", "membership")
    )


def _tell(row: EmergencyAccess, what: str) -> None:
    """A letter to every lead and data guardian of the partner. The reason stands on the page, not in mail.

    Written now, inside the transaction and its door; sent when it is kept.
    """
    told = (
        Membership.objects.current()
        .filter(partner=row.partner_id, role__in=matrix.roles_with(ASK), user__is_active=True)
        .values_list("user__email", flat=True)
        .distinct()
    )
    subjects = {
        "asked": _("Emergency access is asked for at %(partner)s"),
        "opened": _("Emergency access is open at %(partner)s"),
        "refused": _("Emergency access was refused at %(partner)s"),
        "ended": _("Emergency access has ended at %(partner)s"),
    }
    context = {
        "row": row,
        "what": what,
        "role": Role(row.role).label,
        "link": f"{settings.SITE_ADDRESS}{reverse('accounts:emergencies', args=[row.partner_id])}",
    }
    text = render_to_string("accounts/letters/emergency.txt", context)
    letters.send(subjects[what] % {"partner": row.partner}, text, sorted(set(told)))
