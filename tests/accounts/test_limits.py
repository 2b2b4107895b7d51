from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts import limits
from accounts.errors import TooManyTries
from accounts.limits import LIMITS, Limit, Per
from accounts.models import Try
from audit.models import Event
from tests.accounts.signing import PASSWORD, sign_in, with_password
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "portal_link", (Limit(Per.ADDRESS, 5, 15), Limit(Per.PERSON, 3, 15)))


def request(address: str = "203.0.113.7", **headers: str) -> HttpRequest:
    made = RequestFactory().get("/", REMOTE_ADDR=address, **headers)
    made.user = AnonymousUser()
    return made


def test_check_refuses_a_person_and_an_address_apart(few: None) -> None:
    for _ in range(3):
        limits.check("portal_link", request(), person="one")
    with pytest.raises(TooManyTries) as refused:
        limits.check("portal_link", request("203.0.113.8"), person="one")
    assert refused.value.minutes == 15
    for _ in range(2):
        limits.check("portal_link", request(), person="two")
    with pytest.raises(TooManyTries):
        limits.check("portal_link", request(), person="three")


def test_limit_ends_with_its_time(few: None) -> None:
    for _ in range(5):
        limits.check("portal_link", request())
    with pytest.raises(TooManyTries):
        limits.check("portal_link", request())
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        limits.check("portal_link", request())


def test_forgiven_tries_count_for_nothing(few: None) -> None:
    for _ in range(20):
        limits.forgive(limits.check("portal_link", request(), person="one"))
    assert not Try.objects.exists()


def test_neighbours_in_one_network_of_ipv6_count_together(few: None) -> None:
    for last in range(5):
        limits.check("portal_link", request(f"2001:db8::{last}"))
    with pytest.raises(TooManyTries):
        limits.check("portal_link", request("2001:db8::ffff"))
    limits.check("portal_link", request("2001:db8:0:1::1"))


def test_address_is_the_proxys_word_only_behind_one(settings: Any) -> None:
    claimed = {"HTTP_X_FORWARDED_FOR": "198.51.100.1, 198.51.100.2"}
    assert limits.address_of(request(**claimed)) == "203.0.113.7"
    settings.BEHIND_PROXY = True
    assert limits.address_of(request(**claimed)) == "198.51.100.2"
    assert limits.address_of(request(HTTP_X_FORWARDED_FOR="nonsense")) == "203.0.113.7"
    assert limits.address_of(request()) == "203.0.113.7"


def test_rows_hold_neither_address_nor_name(few: None) -> None:
    limits.check("portal_link", request(), person="somebody@example.org")
    found = [row.who for row in Try.objects.all()]
    assert len(found) == 2
    assert all(len(who) == 64 and "@" not in who for who in found)


def test_many_passwords_for_one_person_lock_that_pair(client: Client) -> None:
    user = with_password(UserFactory())
    statuses = [sign_in(client, user, f"guess number {n}").status_code for n in range(12)]
    assert statuses[:5] == [200] * 5
    assert set(statuses[6:]) == {429}
    assert sign_in(client, user, PASSWORD).status_code == 429
    other = Client(REMOTE_ADDR="198.51.100.9")
    assert sign_in(other, user, PASSWORD).status_code == 302
    assert Event.objects.filter(action="sign_in.locked").exists()


def test_flood_from_one_address_over_many_names_is_refused_and_recorded(client: Client) -> None:
    """300 tries stand for 10,000; `benchmarks.bench_sign_in` makes them all."""
    user = with_password(UserFactory())
    address = reverse("account_login")
    statuses = [
        client.post(address, {"login": f"guess{n}@example.org", "password": "guess"}).status_code
        for n in range(300)
    ]
    assert statuses.count(200) == 60
    assert statuses.count(429) == 240
    told = Event.objects.filter(action="tries.refused").values_list("detail__tries", flat=True)
    assert sorted(told) == [1, 10, 100]
    assert Try.objects.filter(kind="sign_in", was_refused=True).count() == 240
    assert sign_in(Client(REMOTE_ADDR="198.51.100.9"), user).status_code == 302


def test_page_of_a_reached_limit_says_how_long(client: Client) -> None:
    for n in range(61):
        answer = client.post(reverse("account_login"), {"login": f"g{n}@example.org", "password": "x"})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) <= 900
    assert "Wait 15 minutes" in answer.content.decode()


def test_old_rows_are_swept(few: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SWEEP_EVERY", 1)
    Try.objects.create(kind="code", who="x", at=timezone.now() - timedelta(days=3))
    limits.check("portal_link", request())
    assert not Try.objects.filter(kind="code").exists()


def test_every_password_letter_counts(client: Client) -> None:
    for _ in range(5):
        assert client.post(reverse("account_reset_password"), {"email": "a@example.org"}).status_code == 302
    assert client.post(reverse("account_reset_password"), {"email": "a@example.org"}).status_code == 429
