"""Asking colleagues in: a signed link in a letter, good once and for a week."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import letters
from accounts.actions import people
from accounts.errors import InvitationEnded, RoleHeldAlready
from accounts.models import Invitation, Partner, Role, User
from accounts.permissions import check
from accounts.wall import acting_for
from audit.actions import record

GOOD_FOR = timedelta(days=7)
SALT = "accounts.invitation"


def _ended() -> InvitationEnded:
    """One sentence for forged, used, withdrawn and run out: it tells nobody which."""
    return InvitationEnded(_("This link does not work, or no longer. Ask whoever invited you for a new one."))


@transaction.atomic
def invite(*, partner: Partner, email: str, roles: list[str], by: User) -> Invitation:
    """Ask a colleague in by e-mail. An earlier open invitation to the same e-mail ends.

    Raises:
        NotYours: `by` does not lead this partner.
        RoleHeldAlready: they hold every one of these roles here now.
    """
    check(by, people.INVITE, partner)
    email = User.objects.normalize_email(email).lower()
    wanted = [role for role in Role.values if role in roles]
    held = set(partner.memberships.current().filter(user__email=email).values_list("role", flat=True))
    if held.issuperset(wanted):
        raise RoleHeldAlready(_("They work here in these roles already."))
    now = timezone.now()
    partner.invitations.filter(email=email, accepted_at=None, withdrawn_at=None).update(withdrawn_at=now)
    invitation = Invitation.objects.create(
        partner=partner,
        email=email,
        roles=wanted,
        nonce=secrets.token_urlsafe(32),
        invited_by=by,
        expires_at=now + GOOD_FOR,
    )
    record("invitation.sent", by=by, about=invitation, roles=wanted)
    _send(invitation)
    return invitation


def _send(invitation: Invitation) -> None:
    context = {
        "partner": invitation.partner,
        "by": invitation.invited_by,
        "roles": invitation.role_names,
        "link": f"{settings.SITE_ADDRESS}{reverse('accounts:join', args=[token_of(invitation)])}",
        "until": invitation.expires_at,
    }
    letters.send(
        _("You are invited to work with %(partner)s") % {"partner": invitation.partner},
        render_to_string("accounts/letters/invitation.txt", context),
        [invitation.email],
    )


def token_of(invitation: Invitation) -> str:
    """The signed end of the link. It names the partner, so that the row can be read through its door."""
    return signing.dumps([invitation.partner_id, invitation.pk, invitation.nonce], salt=SALT)


def read_token(token: str) -> tuple[int, int, str]:
    """Partner, invitation and nonce of a link that we signed and that is no older than a week."""
    try:
        partner_id, pk, nonce = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        raise _ended() from None
    return int(partner_id), int(pk), str(nonce)


def find(token: str) -> Invitation:
    """The open invitation of a link.

    Raises:
        InvitationEnded: forged, used, withdrawn, run out; the sentence is the same for all.
    """
    partner_id, pk, nonce = read_token(token)
    with acting_for(partners=[partner_id]):
        found = (
            Invitation.objects.select_related("partner", "invited_by")
            .filter(pk=pk, partner_id=partner_id, nonce=nonce)
            .first()
        )
    if found is None or not found.is_open:
        raise _ended()
    return found


@transaction.atomic
def join_as_new(*, token: str, name: str, password: str) -> User:
    """Make the account of somebody invited, and give the roles. Raises InvitationEnded as `find` does."""
    invitation = _claim(token)
    if User.objects.filter(email=invitation.email).exists():
        raise _ended()
    user = User.objects.create_user(invitation.email, password, name=name)
    _take_in(invitation, user)
    return user


@transaction.atomic
def join_as_known(*, token: str, user: User) -> Invitation:
    """Give the roles to somebody who has an account, signed in as the one invited."""
    invitation = _claim(token)
    if user.email != invitation.email:
        raise _ended()
    _take_in(invitation, user)
    return invitation


@transaction.atomic
def open_again(*, token: str, name: str, password: str) -> User:
    """Open the closed account of somebody who comes back: the letter reached them, so it is theirs."""
    invitation = _claim(token)
    user = User.objects.filter(email=invitation.email, is_active=False).first()
    if user is None:
        raise _ended()
    user.name, user.is_active = name, True
    user.sign_in_generation += 1
    user.set_password(password)
    user.save(update_fields=["name", "is_active", "password", "sign_in_generation"])
    record("account.opened_again", by=user, about=user, partner_id=invitation.partner_id)
    _take_in(invitation, user)
    return user


def _claim(token: str) -> Invitation:
    """The invitation with its row locked: of two answers at once, one finds it used."""
    partner_id, pk, nonce = read_token(token)
    with acting_for(partners=[partner_id]):
        found = (
            Invitation.objects.select_for_update(of=("self",))
            .select_related("partner")
            .filter(pk=pk, partner_id=partner_id, nonce=nonce)
            .first()
        )
    if found is None or not found.is_open:
        raise _ended()
    return found


def _take_in(invitation: Invitation, user: User) -> None:
    with acting_for(partners=[invitation.partner_id], user_id=user.pk):
        held = set(invitation.partner.memberships.current().filter(user=user).values_list("role", flat=True))
        for role in invitation.roles:
            if role not in held:
                membership = people.begin_role(partner=invitation.partner, user=user, role=role)
                record("role.given", by=invitation.invited_by, about=membership, role=role, user=user.pk)
        invitation.accepted_by, invitation.accepted_at = user, timezone.now()
        invitation.save(update_fields=["accepted_by", "accepted_at"])
        record("invitation.accepted", by=user, about=invitation)


@transaction.atomic
def withdraw(*, invitation: Invitation, by: User) -> None:
    """Take an invitation back: its link works no more. One already used stays as it is."""
    check(by, people.INVITE, invitation.partner_id)
    changed = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None).update(
        withdrawn_at=timezone.now()
    )
    if changed:
        record("invitation.withdrawn", by=by, about=invitation)
