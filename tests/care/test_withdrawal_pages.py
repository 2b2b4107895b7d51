"""The data guardian's pages of what was taken back."""

import pytest
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Role
from audit.models import Event
from enquiries import sweep
from enquiries.actions import withdraw
from enquiries.models import Scope
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.enquiries import ContributorFactory, EnquiryFactory, LinkFactory
from tests.sweeping import sweep_all

pytestmark = pytest.mark.django_db
PAGE = "/workspace/care/withdrawals/"


@pytest.fixture
def partner():
    return PartnerFactory()


@pytest.fixture
def voice(partner):
    found = ContributorFactory(
        enquiry=EnquiryFactory(partner=partner), partner=partner, pseudonym="Heron", agreed=True
    )
    LinkFactory(contributor=found, partner=partner, person__called="Nour", person__partner=partner)
    return found


@pytest.fixture
def guardian(partner, client):
    user = colleague(partner, Role.DATA_GUARDIAN)
    client.force_login(user)
    return user


@pytest.mark.parametrize("role", [role for role in Role if role != Role.DATA_GUARDIAN])
def test_the_pages_are_the_data_guardians_alone(client, partner, voice, role):
    row = withdraw(contributor=voice, scope=Scope.TAKE_PART, by=None)
    client.force_login(colleague(partner, role))
    for address in (PAGE, f"{PAGE}{row.pk}/", f"{PAGE}{row.pk}/confirmation/"):
        assert client.get(address).status_code == 404
    assert client.post(f"{PAGE}{row.pk}/retry/").status_code == 404


def test_a_withdrawal_of_another_partner_is_answered_like_a_missing_one(client, guardian):
    other = withdraw(contributor=ContributorFactory(agreed=True), scope=Scope.TAKE_PART, by=None)
    assert client.get(f"{PAGE}{other.pk}/").status_code == 404
    assert client.get(f"{PAGE}987654/").status_code == 404
    assert other.receipt not in client.get(PAGE).text


def test_the_list_says_how_it_stands_and_names_nobody(client, guardian, voice):
    row = withdraw(contributor=voice, scope=Scope.TAKE_PART, by=guardian)
    text = client.get(PAGE).text
    assert row.receipt in text
    assert "being removed" in text
    assert "Nour" not in text
    assert "Heron" not in text


def test_a_receipt_is_found_however_it_is_typed(client, guardian, voice):
    row = withdraw(contributor=voice, scope=Scope.QUOTE_WORDS, by=None)
    typed = row.receipt.replace("-", " ").lower()
    assert row.receipt in client.get(PAGE, {"receipt": typed}).text
    assert row.receipt not in client.get(PAGE, {"receipt": "AAAA-AAAA"}).text


def test_every_step_is_told_and_the_confirmation_can_be_handed_out(client, guardian, voice):
    row = withdraw(contributor=voice, scope=Scope.TAKE_PART, by=None)
    before = client.get(f"{PAGE}{row.pk}/").text
    assert "steps are left" in before
    sweep_all()
    page = client.get(f"{PAGE}{row.pk}/")
    assert "Everything is removed" in page.text
    assert "To be done" not in page.text
    paper = client.get(f"{PAGE}{row.pk}/confirmation/").text
    assert row.receipt in paper
    assert "Everything you told us" in paper
    assert "Heron" not in paper


def test_they_are_told_once_everything_is_gone(client, guardian, voice):
    row = withdraw(contributor=voice, scope=Scope.QUOTE_WORDS, by=None)
    client.post(f"{PAGE}{row.pk}/told/")
    row.refresh_from_db()
    assert row.told_at is None
    sweep_all()
    client.post(f"{PAGE}{row.pk}/told/")
    client.post(f"{PAGE}{row.pk}/told/")
    row.refresh_from_db()
    assert row.told_by == guardian
    assert Event.objects.filter(action="withdrawal.told").count() == 1


def test_what_stopped_is_tried_again_by_a_press(client, guardian, voice, monkeypatch, run_jobs):
    row = withdraw(contributor=voice, scope=Scope.QUOTE_WORDS, by=None)

    def broken(_contributor, _scopes):
        raise OSError("The disk is full of Heron.")

    whole = sweep.withdrawal.steps
    monkeypatch.setattr(sweep.withdrawal, "steps", lambda: [("themes.quotes", broken)])
    run_jobs("withdrawal")
    text = client.get(f"{PAGE}{row.pk}/").text
    assert "OSError" in text
    assert "full of" not in text
    monkeypatch.setattr(sweep.withdrawal, "steps", whole)
    client.post(f"{PAGE}{row.pk}/retry/")
    assert ProcrastinateJob.objects.filter(queue_name="withdrawal", status="todo").count() == 1
    run_jobs("withdrawal")
    row.refresh_from_db()
    assert row.is_done
    assert "removed already" in client.post(f"{PAGE}{row.pk}/retry/", follow=True).text


def test_the_way_there_stands_in_the_head_line(client, guardian):
    assert reverse("care:withdrawals") == PAGE
    assert PAGE in client.get(PAGE).text
