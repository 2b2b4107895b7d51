from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client
from django.urls import reverse

from accounts import refusals
from accounts.checks import DEMO_PASSWORD, check_demo_alone, check_no_demo_accounts
from accounts.models import Membership, Role
from audit.models import Event
from tests.factories.accounts import MembershipFactory, UserFactory, colleague
from tests.factories.enquiries import ContributorFactory, EnquiryFactory
from wisdoms.demo.world import PASSWORD

pytestmark = pytest.mark.django_db


def test_claimed_host_is_refused_in_our_look_and_recorded_once(client: Client) -> None:
    for _ in range(3):
        answer = client.get("/", headers={"host": "elsewhere.example"})
        assert answer.status_code == 400
        assert "We could not read that" in answer.content.decode()
    assert Event.objects.filter(action="request.refused").count() == 1
    assert client.get("/accounts/login/").status_code == 200


def test_forwarded_host_is_not_believed(client: Client) -> None:
    answer = client.get("/accounts/login/", headers={"x-forwarded-host": "elsewhere.example"})
    assert answer.status_code == 200
    assert "elsewhere" not in answer.content.decode()


def test_request_with_ten_thousand_fields_is_refused(client: Client) -> None:
    answer = client.post("/accounts/login/", {f"field{n}": "x" for n in range(10_000)})
    assert answer.status_code == 413
    assert Event.objects.get(action="request.refused").detail["reason"] == "TooManyFieldsSent"


def test_query_with_ten_thousand_fields_is_refused(client: Client) -> None:
    assert client.get("/accounts/login/?" + "&".join(f"f{n}=x" for n in range(10_000))).status_code == 413


# --- What was not theirs ------------------------------------------------------------------------------
def _refused() -> list[Event]:
    return list(Event.objects.filter(action="object.refused").order_by("id"))


def test_a_thing_of_another_partner_is_refused_and_written_down_once(client: Client) -> None:
    own, theirs = EnquiryFactory(), EnquiryFactory()
    user = colleague(own.partner)
    client.force_login(user)
    for _n in range(2):
        assert client.get(reverse("enquiries:contributors", args=[theirs.pk])).status_code == 404
        assert client.get(reverse("enquiries:contributors", args=[theirs.pk + 99])).status_code == 404

    # Where they work, and alike for what is another's and for what is not there at all.
    assert [(each.actor_id, each.partner_id, each.detail) for each in _refused()] == [
        (user.pk, own.partner_id, {"where": "enquiries:contributors", "numbers": [number]})
        for number in (theirs.pk, theirs.pk + 99)
    ]
    client.force_login(colleague(own.partner, Role.DATA_GUARDIAN))
    page = client.get(reverse("care:record"), {"act": "object.refused"}).content.decode()
    assert f"page “enquiries:contributors” {theirs.pk}" in page


def test_what_somebody_asks_for_after_their_role_has_ended_is_written_down(client: Client) -> None:
    own = EnquiryFactory()
    user = colleague(own.partner)
    client.force_login(user)
    held = Membership.objects.get(user=user)
    Membership.objects.filter(pk=held.pk).update(ended_at=held.started_at)
    for _n in range(2):
        assert client.post(reverse("enquiries:change", args=[own.pk]), {"title": "x"}).status_code == 404
    (event,) = _refused()
    assert (event.actor_id, event.partner_id) == (user.pk, own.partner_id)


def test_a_voice_of_another_partner_in_a_form_is_written_down(client: Client) -> None:
    own, theirs = EnquiryFactory(), EnquiryFactory()
    user = colleague(own.partner)
    MembershipFactory(user=user, partner=theirs.partner)
    client.force_login(user)
    sent = {
        "kind": "individual",
        "held_on": "2025-01-06",
        "contributors": [ContributorFactory(enquiry=theirs).pk],
    }
    address = reverse("enquiries:add_conversation", args=[own.pk])
    assert client.post(address, sent).status_code == 422
    (event,) = _refused()
    assert event.detail["fields"] == ["contributors"]


def test_whoever_has_no_part_in_the_editor_is_written_down_there_too(client: Client) -> None:
    user = colleague(EnquiryFactory().partner, Role.COACH)
    client.force_login(user)
    assert client.get("/cms/pages/3/edit/").status_code == 404
    assert [each.detail["where"] for each in _refused()] == ["wagtailadmin"]


def test_trying_one_number_after_the_other_writes_no_flood(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "MOST_REFUSALS", 3)
    client.force_login(colleague(EnquiryFactory().partner))
    for number in range(900_000, 900_006):
        assert client.get(reverse("enquiries:contributors", args=[number])).status_code == 404
    assert len(_refused()) == 3


def test_an_address_that_was_never_there_and_a_passing_reader_are_not_written_down(client: Client) -> None:
    assert client.get("/no-such-page/").status_code == 404
    client.force_login(colleague(EnquiryFactory().partner))
    assert client.get("/workspace/no-such-thing/").status_code == 404
    assert client.get("/no-such-page/").status_code == 404
    assert not _refused()


def test_demo_is_refused_without_debug(settings: Any) -> None:
    settings.IS_DEMO, settings.DEBUG = True, False
    assert [each.id for each in check_demo_alone()] == ["accounts.E001"]
    settings.DEBUG = True
    assert check_demo_alone() == []
    settings.IS_HTTPS = True
    assert [each.id for each in check_demo_alone()] == ["accounts.E002"]
    assert "accounts.E002" in {each.id for each in run_checks()}


def test_demos_password_is_refused_elsewhere(settings: Any) -> None:
    assert DEMO_PASSWORD == PASSWORD
    user = UserFactory()
    assert check_no_demo_accounts(databases=["default"]) == []
    user.set_password(PASSWORD)
    user.save()
    found = check_no_demo_accounts(databases=["default"])
    assert [each.id for each in found] == ["accounts.E003"]
    assert str(user.pk) in found[0].hint
    settings.IS_DEMO = settings.DEBUG = True
    assert check_no_demo_accounts(databases=["default"]) == []
