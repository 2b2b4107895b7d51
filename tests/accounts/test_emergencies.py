from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import emergencies
from accounts.errors import EmergencyRefused, NotYours
from accounts.models import EmergencyAccess, Partner, Role, User
from accounts.permissions import has_role
from accounts.tasks import end_emergencies
from audit.models import Event
from tests.factories.accounts import PartnerFactory, colleague

pytestmark = pytest.mark.django_db
WHY = "A colleague left with a transcript half checked, and its round closes today."


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory()


@pytest.fixture
def guardian(partner: Partner) -> User:
    return colleague(partner, Role.DATA_GUARDIAN)


@pytest.fixture
def lead(partner: Partner) -> User:
    return colleague(partner, Role.PARTNER_LEAD)


@pytest.fixture
def coach(partner: Partner) -> User:
    return colleague(partner, Role.COACH)


@pytest.fixture
def asked(partner: Partner, guardian: User, coach: User) -> EmergencyAccess:
    return emergencies.ask(
        partner=partner, holder=coach, role=Role.RESEARCHER, hours=4, reason=WHY, by=guardian
    )


def test_two_people_open_it_and_the_clock_ends_it(
    asked: EmergencyAccess, lead: User, coach: User, partner: Partner
) -> None:
    assert not has_role(coach, partner, {Role.RESEARCHER})
    emergencies.confirm(row=asked, by=lead)
    assert has_role(coach, partner, {Role.RESEARCHER})
    with time_machine.travel(timezone.now() + timedelta(hours=4, minutes=1)):
        assert not has_role(coach, partner, {Role.RESEARCHER})
        assert end_emergencies(timestamp=0) == {"ended": 1}
        assert end_emergencies(timestamp=0) == {"ended": 0}
    for action in ("emergency.asked", "emergency.opened", "emergency.ended"):
        assert Event.objects.filter(action=action, partner_id=partner.pk).exists(), action


def test_neither_who_asked_nor_who_holds_it_agrees(
    asked: EmergencyAccess, guardian: User, coach: User, partner: Partner
) -> None:
    stranger = colleague(PartnerFactory(), Role.PARTNER_LEAD)
    for user in (guardian, coach, stranger, colleague(partner, Role.RESEARCHER)):
        with pytest.raises(EmergencyRefused):
            emergencies.confirm(row=asked, by=user)
    own = emergencies.ask(
        partner=partner, holder=guardian, role=Role.RESEARCHER, hours=1, reason=WHY, by=guardian
    )
    with pytest.raises(EmergencyRefused):
        emergencies.confirm(row=own, by=guardian)


def test_the_database_holds_that_it_takes_two(asked: EmergencyAccess, guardian: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        EmergencyAccess.objects.filter(pk=asked.pk).update(answered_by=guardian, answered_at=timezone.now())


def test_only_leads_and_guardians_ask(partner: Partner, coach: User) -> None:
    for user in (coach, colleague(partner, Role.RESEARCHER)):
        with pytest.raises(NotYours):
            emergencies.ask(partner=partner, holder=coach, role=Role.REVIEWER, hours=1, reason=WHY, by=user)


def test_answered_once_and_within_a_day(asked: EmergencyAccess, lead: User) -> None:
    emergencies.refuse(row=asked, by=lead)
    with pytest.raises(EmergencyRefused):
        emergencies.confirm(row=asked, by=lead)


def test_unanswered_for_a_day_it_was_none(asked: EmergencyAccess, lead: User) -> None:
    with (
        time_machine.travel(timezone.now() + timedelta(hours=25)),
        pytest.raises(EmergencyRefused),
    ):
        emergencies.confirm(row=asked, by=lead)


def test_stranger_cannot_hold_it(partner: Partner, lead: User) -> None:
    with pytest.raises(EmergencyRefused):
        emergencies.ask(
            partner=partner,
            holder=colleague(PartnerFactory()),
            role=Role.REVIEWER,
            hours=1,
            reason=WHY,
            by=lead,
        )


def test_leads_and_guardians_get_letters_without_the_reason(
    asked: EmergencyAccess,
    lead: User,
    guardian: User,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        emergencies.confirm(row=asked, by=lead)
    assert {each.to[0] for each in mail.outbox} == {lead.email, guardian.email}
    assert all(WHY not in each.body for each in mail.outbox)


def test_pages_from_asking_to_the_end(
    client: Client, partner: Partner, guardian: User, lead: User, coach: User
) -> None:
    page = reverse("accounts:emergencies", args=[partner.pk])
    client.force_login(guardian)
    assert client.post(page, {"holder": coach.pk}).status_code == 422
    client.post(page, {"holder": coach.pk, "role": Role.RESEARCHER, "hours": 2, "reason": WHY})
    row = EmergencyAccess.objects.get()
    answer = reverse("accounts:answer_emergency", args=[row.pk])
    client.post(answer, {"answer": "yes"})
    row.refresh_from_db()
    assert row.answered_at is None
    second = Client()
    second.force_login(lead)
    assert "Agree, and open it" in second.get(page).content.decode()
    second.post(answer, {"answer": "yes"})
    # Everyone concerned sees it on every page, and the holder too.
    holder = Client()
    holder.force_login(coach)
    assert "You hold emergency access" in holder.get("/workspace/").content.decode()
    for each in (client, second):
        assert "Emergency access is open" in each.get("/workspace/").content.decode()
    bystander = Client()
    bystander.force_login(colleague(partner, Role.RESEARCHER))
    assert "mergency access is open" not in bystander.get("/workspace/").content.decode()
    assert bystander.get(page).status_code == 404
    holder.post(reverse("accounts:end_emergency", args=[row.pk]))
    assert not has_role(coach, partner, {Role.RESEARCHER})
    assert "Emergency access is open" not in client.get("/workspace/").content.decode()


def test_other_partners_emergency_is_missing(client: Client, asked: EmergencyAccess) -> None:
    stranger = colleague(PartnerFactory(), Role.PARTNER_LEAD, Role.DATA_GUARDIAN)
    client.force_login(stranger)
    for name in ("answer_emergency", "end_emergency"):
        for pk in (asked.pk, 10**6):
            assert client.post(reverse(f"accounts:{name}", args=[pk])).status_code == 404
    assert client.get(reverse("accounts:emergencies", args=[asked.partner_id])).status_code == 404
