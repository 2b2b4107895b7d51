import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.actions import invitations, people
from accounts.errors import InvitationEnded, LastLead, NotYours, RoleHeldAlready
from accounts.models import Invitation, Membership, Partner, Role, User
from audit.models import Event
from tests.accounts.signing import PASSWORD, sign_in, with_password
from tests.factories.accounts import MembershipFactory, PartnerFactory, UserFactory, colleague

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory()


@pytest.fixture
def lead(partner: Partner) -> User:
    return colleague(partner, Role.PARTNER_LEAD)


@pytest.fixture
def link(partner: Partner, lead: User, django_capture_on_commit_callbacks: Any) -> str:
    with django_capture_on_commit_callbacks(execute=True):
        invitations.invite(partner=partner, email="New@Example.org", roles=[Role.RESEARCHER], by=lead)
    return link_in(mail.outbox[-1].body)


def link_in(text: str) -> str:
    found = re.search(r"https?://[^/\s]+(/accounts/join/\S+/)", text)
    assert found
    return found[1]


# --- Inviting -----------------------------------------------------------------------------------------


def test_lead_invites_and_the_invited_joins(
    client: Client, partner: Partner, lead: User, django_capture_on_commit_callbacks: Any
) -> None:
    client.force_login(lead)
    address = reverse("accounts:invite", args=[partner.pk])
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(
            address, {"email": "new@example.org", "roles": [Role.RESEARCHER, Role.REVIEWER]}, follow=True
        )
    assert "new@example.org" in answer.content.decode()
    guest = Client()
    link = link_in(mail.outbox[-1].body)
    assert guest.get(link).status_code == 200
    answer = guest.post(link, {"name": " Ann  Other ", "password": "three quiet words here"})
    assert answer["Location"] == reverse("accounts:start")
    user = User.objects.get(email="new@example.org")
    assert user.name == "Ann Other"
    assert set(user.memberships.current().values_list("role", flat=True)) == {"researcher", "reviewer"}
    # Their role needs a second step, and nothing else is open before.
    assert guest.get("/workspace/")["Location"] == reverse("accounts:set_up")
    for action in ("invitation.sent", "invitation.accepted", "role.given", "sign_in.made"):
        assert Event.objects.filter(action=action).exists(), action


def test_link_works_once(client: Client, link: str) -> None:
    told = {"name": "Ann", "password": "three quiet words here"}
    client.post(link, told)
    again = Client().post(link, told)
    assert again.status_code == 404
    assert "does not work" in again.content.decode()
    assert User.objects.filter(email="new@example.org").count() == 1


@pytest.mark.parametrize("kind", ["forged", "cut", "withdrawn", "run out", "replaced"])
def test_link_that_does_not_work_says_the_same_whatever_the_reason(
    kind: str, client: Client, link: str, partner: Partner, lead: User
) -> None:
    if kind == "forged":
        link = link[:-5] + ("AAAA/" if link[-5:] != "AAAA/" else "BBBB/")
    elif kind == "cut":
        link = "/accounts/join/x/"
    elif kind == "withdrawn":
        invitations.withdraw(invitation=Invitation.objects.get(), by=lead)
    elif kind == "replaced":
        invitations.invite(partner=partner, email="new@example.org", roles=[Role.COACH], by=lead)
    else:
        Invitation.objects.update(expires_at=Invitation.objects.get().invited_at)
    answer = client.get(link)
    assert answer.status_code == 404
    assert "or no longer. Ask whoever invited you" in answer.content.decode()
    assert partner.name not in answer.content.decode()


def test_weak_password_is_refused_with_what_to_do(client: Client, link: str) -> None:
    answer = client.post(link, {"name": "Ann", "password": "new@example"})
    assert answer.status_code == 422
    assert not User.objects.filter(email="new@example.org").exists()


def test_known_colleague_joins_a_second_partner_after_signing_in(
    client: Client, partner: Partner, lead: User
) -> None:
    other = PartnerFactory()
    user = with_password(colleague(other, Role.COACH))
    row = invitations.invite(partner=partner, email=user.email, roles=[Role.COACH], by=lead)
    link = reverse("accounts:join", args=[invitations.token_of(row)])
    page = client.get(link)
    assert "Sign in with it" in page.content.decode()
    client.post(link)
    assert not user.memberships.filter(partner=partner).exists()
    assert sign_in(client, user, PASSWORD).status_code == 302
    client.post(link)
    assert user.memberships.current().count() == 2
    assert client.post(link).status_code == 404


def test_somebody_else_cannot_use_the_link(client: Client, partner: Partner, lead: User) -> None:
    user = colleague(PartnerFactory(), Role.COACH)
    row = invitations.invite(partner=partner, email=user.email, roles=[Role.COACH], by=lead)
    link = reverse("accounts:join", args=[invitations.token_of(row)])
    stranger = colleague(PartnerFactory(), Role.COACH)
    client.force_login(stranger)
    assert "signed in as somebody else" in client.get(link).content.decode()
    client.post(link)
    assert not stranger.memberships.filter(partner=partner).exists()
    with pytest.raises(InvitationEnded):
        invitations.join_as_known(token=invitations.token_of(row), user=stranger)


def test_only_the_lead_of_this_partner_invites(client: Client, partner: Partner) -> None:
    for user in (colleague(partner, Role.RESEARCHER), colleague(PartnerFactory(), Role.PARTNER_LEAD)):
        with pytest.raises(NotYours):
            invitations.invite(partner=partner, email="a@example.org", roles=[Role.COACH], by=user)
        client.force_login(user)
        assert client.get(reverse("accounts:people_of", args=[partner.pk])).status_code == 404
        assert client.get(reverse("accounts:invite", args=[partner.pk])).status_code == 404


def test_roles_held_already_are_not_invited(partner: Partner, lead: User) -> None:
    with pytest.raises(RoleHeldAlready):
        invitations.invite(partner=partner, email=lead.email, roles=[Role.PARTNER_LEAD], by=lead)


# --- Roles --------------------------------------------------------------------------------------------


def test_lead_gives_and_ends_a_role(client: Client, partner: Partner, lead: User) -> None:
    user = colleague(partner, Role.COACH)
    client.force_login(lead)
    address = reverse("accounts:colleague", args=[partner.pk, user.pk])
    client.post(address, {"role": Role.RESEARCHER})
    row = user.memberships.current().get(role=Role.RESEARCHER)
    assert client.post(address, {"role": Role.RESEARCHER}).status_code == 422
    client.post(reverse("accounts:end_role", args=[partner.pk, user.pk, row.pk]))
    assert not user.memberships.current().filter(role=Role.RESEARCHER).exists()
    assert user.memberships.filter(role=Role.RESEARCHER).exclude(ended_at=None).exists()


def test_ended_role_signs_out_and_is_refused_at_the_next_request(partner: Partner, lead: User) -> None:
    user = colleague(partner, Role.RESEARCHER, Role.COACH)
    theirs = Client()
    theirs.force_login(user)
    assert theirs.get("/workspace/").status_code == 200
    people.end_role(membership=user.memberships.get(role=Role.RESEARCHER), by=lead)
    assert theirs.get("/workspace/")["Location"].startswith(reverse("account_login"))


def test_membership_that_ends_without_us_is_refused_at_the_next_request(partner: Partner) -> None:
    user = colleague(partner, Role.RESEARCHER)
    theirs = Client()
    theirs.force_login(user)
    assert theirs.get("/workspace/work/").status_code == 200
    row = Membership.objects.get(user=user)
    Membership.objects.filter(pk=row.pk).update(ended_at=row.started_at)
    assert theirs.get("/workspace/work/").status_code == 404


def test_closed_account_is_refused_at_the_next_request(partner: Partner) -> None:
    user = colleague(partner, Role.RESEARCHER)
    theirs = Client()
    theirs.force_login(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert theirs.get("/workspace/")["Location"].startswith(reverse("account_login"))


def test_last_lead_cannot_leave(client: Client, partner: Partner, lead: User) -> None:
    with pytest.raises(LastLead):
        people.end_role(membership=lead.memberships.get(), by=lead)
    with pytest.raises(LastLead):
        people.close_leaver(partner=partner, user=lead, by=lead)
    client.force_login(lead)
    page = client.post(reverse("accounts:close", args=[partner.pk, lead.pk]), follow=True)
    assert "Give somebody else the role" in page.content.decode()
    second = colleague(partner, Role.PARTNER_LEAD)
    people.close_leaver(partner=partner, user=lead, by=second)
    lead.refresh_from_db()
    assert not lead.is_active


def test_leads_closed_or_for_some_hours_do_not_count_as_another(partner: Partner, lead: User) -> None:
    gone = UserFactory(is_active=False)
    MembershipFactory(user=gone, partner=partner, role=Role.PARTNER_LEAD)
    with pytest.raises(LastLead):
        people.end_role(membership=lead.memberships.get(), by=lead)


def test_leaver_is_closed_and_not_deleted(client: Client, partner: Partner, lead: User) -> None:
    user = with_password(colleague(partner, Role.COACH, Role.RESEARCHER))
    client.force_login(lead)
    client.post(reverse("accounts:close", args=[partner.pk, user.pk]))
    user.refresh_from_db()
    assert not user.is_active
    assert user.memberships.exclude(ended_at=None).count() == 2
    assert sign_in(Client(), user).status_code in (200, 302)
    assert user.name in client.get(reverse("accounts:people_of", args=[partner.pk])).content.decode()


def test_leaver_with_another_partner_stays_open(partner: Partner, lead: User) -> None:
    user = colleague(partner, Role.COACH)
    MembershipFactory(user=user, partner=PartnerFactory(), role=Role.COACH)
    people.close_leaver(partner=partner, user=user, by=lead)
    user.refresh_from_db()
    assert user.is_active


def test_leaver_comes_back_through_an_invitation(client: Client, partner: Partner, lead: User) -> None:
    user = with_password(colleague(partner, Role.COACH))
    people.close_leaver(partner=partner, user=user, by=lead)
    row = invitations.invite(partner=partner, email=user.email, roles=[Role.COACH], by=lead)
    link = reverse("accounts:join", args=[invitations.token_of(row)])
    client.post(link, {"name": user.name, "password": "three quiet words here"})
    user.refresh_from_db()
    assert user.is_active
    assert client.get("/coach/").status_code == 200


def test_people_of_another_partner_are_missing_and_forbidden_alike(client: Client, lead: User) -> None:
    other = PartnerFactory()
    stranger = colleague(other, Role.COACH)
    client.force_login(lead)
    mine = lead.memberships.get().partner_id
    for pk, user in ((mine, stranger.pk), (mine, 10**6), (other.pk, stranger.pk), (10**6, stranger.pk)):
        assert client.get(reverse("accounts:colleague", args=[pk, user])).status_code == 404
        assert client.post(reverse("accounts:close", args=[pk, user])).status_code == 404
    row = Invitation.objects.filter(partner=other).first()
    assert row is None
    assert client.post(reverse("accounts:withdraw_invitation", args=[10**6])).status_code == 404
