import pytest
from django.urls import reverse

from accounts.models import Role
from enquiries.actions import withdraw
from enquiries.models import Scope, WorkState
from portal.actions.questions import ask
from tests.factories.accounts import PartnerFactory, UserFactory, colleague
from tests.factories.enquiries import (
    ContributorFactory,
    ConversationFactory,
    EnquiryFactory,
    WorkFactory,
    grant,
    take_back,
)
from tests.queries import OF_THE_WALL
from tests.sweeping import sweep_all

pytestmark = pytest.mark.django_db


def test_home_sends_somebody_signed_out_to_sign_in(client):
    assert client.get(reverse("workspace:home")).status_code == 302


def test_home_of_somebody_without_a_role_explains_itself(client):
    client.force_login(UserFactory())

    answer = client.get(reverse("workspace:home"))

    assert answer.status_code == 200
    assert "No enquiry is open to your role" in answer.text


@pytest.mark.parametrize("role", list(Role))
def test_home_opens_for_every_role(client, role):
    partner = PartnerFactory()
    EnquiryFactory(partner=partner, question="What has it been like?")
    client.force_login(colleague(partner, role))

    answer = client.get(reverse("workspace:home"))

    assert answer.status_code == 200
    assert ("What has it been like?" in answer.text) == (role in (Role.RESEARCHER, Role.REVIEWER))


def test_home_tells_a_data_guardian_what_waits(client):
    who = ContributorFactory(agreed=True)
    ask(contributor=who, kind="question", said="Where are my words now?")
    withdraw(contributor=who, scope=Scope.CONTACT_AGAIN, by=None)
    sweep_all()
    client.force_login(colleague(who.partner, Role.DATA_GUARDIAN))

    page = client.get(reverse("workspace:home")).text

    assert "One waits for an answer." in page
    assert "One is to be confirmed." in page
    assert "Nobody has to be told now." in page
    assert "Where are my words" not in page


def test_enquiry_without_anything_says_what_comes_first(client):
    enquiry = EnquiryFactory()
    client.force_login(colleague(enquiry.partner))

    page = client.get(reverse("workspace:enquiry", args=[enquiry.pk])).text

    assert "Nobody has been listened to yet" in page
    assert "No Wisdom has been written yet" in page


def test_enquiry_and_conversation_answer_strangers_as_if_missing(client):
    conversation = ConversationFactory()
    strangers = [
        colleague(PartnerFactory()),
        colleague(conversation.partner, Role.COACH),
        colleague(conversation.partner, Role.PARTNER_LEAD),
        colleague(conversation.partner, Role.EDITOR),
    ]
    for stranger in strangers:
        client.force_login(stranger)
        assert client.get(reverse("workspace:enquiry", args=[conversation.enquiry_id])).status_code == 404
        assert client.get(reverse("workspace:conversation", args=[conversation.pk])).status_code == 404
        assert client.get(reverse("workspace:conversation", args=[999_999])).status_code == 404


def test_conversation_says_what_was_agreed_and_what_comes_next(client):
    enquiry = EnquiryFactory()
    who = ContributorFactory(enquiry=enquiry, pseudonym="Heron")
    grant(who, Scope.TAKE_PART, Scope.ANALYSE)
    conversation = ConversationFactory(enquiry=enquiry, contributors=[who])
    client.force_login(colleague(enquiry.partner))

    page = client.get(reverse("workspace:conversation", args=[conversation.pk])).text

    assert "Heron" in page
    assert "not to be recorded" in page
    assert reverse("transcripts:typed", args=[conversation.pk]) in page
    assert reverse("transcripts:recording", args=[conversation.pk]) not in page


def test_conversation_of_somebody_who_took_it_all_back_offers_no_step(client):
    conversation = ConversationFactory()
    take_back(conversation.contributors.get())
    client.force_login(colleague(conversation.partner))

    page = client.get(reverse("workspace:conversation", args=[conversation.pk])).text

    assert "Their words are closed" in page


def test_enquiry_takes_a_constant_number_of_queries(client, django_assert_max_num_queries):
    enquiry = EnquiryFactory()
    client.force_login(colleague(enquiry.partner))
    for _ in range(3):
        ConversationFactory(enquiry=enquiry)
    address = reverse("workspace:enquiry", args=[enquiry.pk])
    client.get(address)
    with django_assert_max_num_queries(40 + OF_THE_WALL) as few:
        client.get(address)
    for _ in range(12):
        ConversationFactory(enquiry=enquiry)
    with django_assert_max_num_queries(len(few)):
        client.get(address)


def test_failed_work_is_listed_with_its_reason_and_can_be_tried_again(client):
    partner = PartnerFactory()
    work = WorkFactory(partner=partner, failed=True, reason="The file ends early.")
    client.force_login(colleague(partner))

    page = client.get(reverse("workspace:works")).text
    assert "The file ends early." in page

    answer = client.post(reverse("workspace:retry", args=[work.pk]), follow=True)
    work.refresh_from_db()
    assert work.state == WorkState.QUEUED
    assert "Queued again" in answer.text

    again = client.post(reverse("workspace:retry", args=[work.pk]), follow=True)
    assert "already queued or done" in again.text


def test_work_of_another_partner_is_missing(client):
    work = WorkFactory(failed=True)
    client.force_login(colleague(PartnerFactory()))

    assert client.get(reverse("workspace:work", args=[work.pk])).status_code == 404
    assert client.post(reverse("workspace:retry", args=[work.pk])).status_code == 404


def test_work_going_on_says_how_far_and_asks_again(client):
    partner = PartnerFactory()
    work = WorkFactory(partner=partner, running=True, unit="ms", done=660_000, total=1_080_000)
    client.force_login(colleague(partner))

    fragment = client.get(reverse("workspace:work", args=[work.pk])).text

    assert "11:00 of 18:00 of sound." in fragment
    assert "every 2s" in fragment


def test_working_as_another_role_is_refused_when_it_is_not_ones_own(client):
    partner = PartnerFactory()
    mine, other = colleague(partner, Role.RESEARCHER, Role.COACH), colleague(partner, Role.EDITOR)
    client.force_login(mine)

    coach = mine.memberships.get(role=Role.COACH)
    assert client.post(reverse("accounts:work_as", args=[coach.pk]))["Location"] == reverse("portal:today")
    assert client.post(reverse("accounts:work_as", args=[other.memberships.get().pk])).status_code == 404
    assert client.get(reverse("accounts:work_as", args=[coach.pk])).status_code == 405


def test_demo_sign_in_exists_only_in_the_demo(client, settings):
    user = colleague(PartnerFactory())

    assert client.post(reverse("accounts:demo_sign_in"), {"email": user.email}).status_code == 404
    settings.DEBUG, settings.IS_DEMO = True, True
    assert client.post(reverse("accounts:demo_sign_in"), {"email": user.email}).status_code == 302
