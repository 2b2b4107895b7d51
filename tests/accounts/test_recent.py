from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from tests.accounts.signing import PASSWORD, with_password
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.enquiries import EnquiryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def page() -> tuple[Any, str]:
    partner = PartnerFactory()
    user = with_password(colleague(partner, Role.RESEARCHER))
    return user, reverse("enquiries:add_contributor", args=[EnquiryFactory(partner=partner).pk])


def later(minutes: int) -> Any:
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes))


def test_fresh_sign_in_is_proof(client: Client, page: tuple[Any, str]) -> None:
    user, address = page
    client.force_login(user)
    assert client.get(address).status_code == 200


def test_after_a_quarter_of_an_hour_proof_is_asked_and_comes_back(
    client: Client, page: tuple[Any, str]
) -> None:
    user, address = page
    client.force_login(user)
    with later(16):
        answer = client.get(address)
        assert answer["Location"].startswith(reverse("account_reauthenticate"))
        assert client.get(answer["Location"]).status_code == 200
        assert client.post(answer["Location"], {"password": "wrong"}).status_code == 200
        assert client.get(address).status_code == 302
        assert client.post(answer["Location"], {"password": PASSWORD})["Location"] == address
        assert client.get(address).status_code == 200


def test_what_was_typed_meanwhile_may_be_sent(client: Client, page: tuple[Any, str]) -> None:
    user, address = page
    client.force_login(user)
    with later(16):
        assert client.post(address, {"pseudonym": ""}).status_code == 422


def test_fragment_goes_to_the_proof_as_a_page(client: Client, page: tuple[Any, str]) -> None:
    user, address = page
    client.force_login(user)
    with later(16):
        answer = client.get(
            address, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{address}?a=1"}
        )
    assert answer.status_code == 204
    assert answer["HX-Redirect"].endswith("%3Fa%3D1")


def test_sound_is_refused_with_a_sentence(client: Client, page: tuple[Any, str]) -> None:
    user, _address = page
    client.force_login(user)
    address = reverse("transcripts:sound", args=[1])
    assert client.get(address).status_code == 404
    with later(16):
        answer = client.get(address)
    assert answer.status_code == 403
    assert "Prove that it is you" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_next_address_stays_on_this_site(client: Client, page: tuple[Any, str]) -> None:
    user, _address = page
    client.force_login(user)
    address = f"{reverse('account_reauthenticate')}?next=https://elsewhere.example/"
    answer = client.post(address, {"password": PASSWORD})
    assert answer["Location"].startswith("/")


def test_one_press_proves_it_in_the_demo_alone(client: Client, page: tuple[Any, str], settings: Any) -> None:
    user, address = page
    settings.DEBUG = settings.IS_DEMO = True
    client.post(reverse("accounts:demo_sign_in"), {"email": user.email})
    assert client.get(address).status_code == 200
    with later(16):
        answer = client.get(address)
        assert answer["Location"].startswith(reverse("accounts:prove_in_demo"))
        assert client.get(answer["Location"]).status_code == 200
        assert client.post(reverse("accounts:prove_in_demo"), {"next": address})["Location"] == address
        assert client.get(address).status_code == 200
    settings.IS_DEMO = False
    assert client.get(reverse("accounts:prove_in_demo")).status_code in (302, 404)
