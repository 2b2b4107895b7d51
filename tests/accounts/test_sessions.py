import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from accounts.session_views import device
from audit.models import Event
from tests.accounts.signing import PASSWORD, sign_in, with_password
from tests.factories.accounts import PartnerFactory, colleague

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.fixture
def user() -> User:
    return with_password(colleague(PartnerFactory(), Role.COACH))


@pytest.fixture
def both(user: User) -> tuple[Client, Client]:
    here, there = Client(), Client(headers={"user-agent": FIREFOX})
    sign_in(here, user)
    sign_in(there, user)
    return here, there


def is_in(client: Client) -> bool:
    return client.get("/coach/").status_code == 200


def test_each_browser_is_listed_in_words(both: tuple[Client, Client]) -> None:
    html = both[0].get(reverse("accounts:places")).content.decode()
    assert "Firefox on Windows" in html
    assert "(here)" in html


def test_one_is_ended(both: tuple[Client, Client], user: User) -> None:
    here, there = both
    row = UserSession.objects.get(user_agent=FIREFOX)
    here.post(reverse("accounts:end_place", args=[row.pk]))
    assert is_in(here)
    assert not is_in(there)
    assert Event.objects.filter(action="session.ended", actor_id=user.pk).exists()


def test_all_others_are_ended_also_unlisted_ones(both: tuple[Client, Client], user: User) -> None:
    here, there = both
    unlisted = Client()
    unlisted.force_login(user)
    here.post(reverse("accounts:end_other_places"))
    assert is_in(here)
    assert not is_in(there)
    assert not is_in(unlisted)
    assert len(here.get(reverse("accounts:places")).context["places"]) == 1


def test_changed_password_ends_the_others(both: tuple[Client, Client]) -> None:
    here, there = both
    told = {
        "oldpassword": PASSWORD,
        "password1": "three quiet words here",
        "password2": "three quiet words here",
    }
    assert here.post(reverse("account_change_password"), told).status_code == 302
    assert is_in(here)
    assert not is_in(there)


def test_somebody_elses_sign_in_is_missing(both: tuple[Client, Client]) -> None:
    other = Client()
    other.force_login(colleague(PartnerFactory(), Role.COACH))
    for pk in (UserSession.objects.first().pk, 10**6):
        assert other.post(reverse("accounts:end_place", args=[pk])).status_code == 404
    assert UserSession.objects.count() == 2


def test_own_place_is_not_ended_from_the_list(both: tuple[Client, Client]) -> None:
    here = both[0]
    own = UserSession.objects.get(session_key=here.session.session_key)
    assert here.post(reverse("accounts:end_place", args=[own.pk])).status_code == 404


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0",
            "Edge on Linux",
        ),
        ("", "A browser that does not say what it is"),
    ],
)
def test_device_in_words(agent: str, words: str) -> None:
    assert device(agent) == words
