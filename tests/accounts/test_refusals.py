from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client

from accounts.checks import DEMO_PASSWORD, check_demo_alone, check_no_demo_accounts
from audit.models import Event
from tests.factories.accounts import UserFactory
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
