"""The page for the field, its worker, and the door through which its forms come."""

import json
import re
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import Role
from enquiries import consent
from enquiries.models import ConsentCapture, ConsentEvent, Contributor, Person, Scope
from enquiries.wording import default_wording
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.enquiries import ConsentFormFactory, ContributorFactory, EnquiryFactory

pytestmark = pytest.mark.django_db

# The last takes posts alone.
NAMES = ("field", "field_worker", "field_state", "field_keep")


@pytest.fixture
def enquiry():
    enquiry = EnquiryFactory()
    ConsentFormFactory(
        enquiry=enquiry, format="easy_read", **default_wording(enquiry, "easy_read", "en").fields()
    )
    return enquiry


@pytest.fixture
def asha(client, enquiry):
    user = colleague(enquiry.partner)
    client.force_login(user)
    return user


def sent(enquiry, **changes):
    return {
        "key": str(uuid4()),
        "wave": enquiry.waves.first().pk,
        "form": enquiry.consent_forms.exclude(in_use_from=None).first().pk,
        "pseudonym": "Wren",
        "is_known": False,
        "voice": "person",
        "called": "",
        "full_name": "",
        "decisions": {"take_part": "granted", "audio_record": "declined"},
        "method": "written",
        "company": "alone",
        "review_choice": "quotes",
        "copy_given": False,
        "was_adult": True,
        "not_today": False,
        "answered_ms": 1_000_000,
        "device_ms": 1_060_000,
    } | changes


def post(client, enquiry, body, **extra):
    address = reverse("enquiries:field_keep", args=[enquiry.pk])
    return client.post(address, body, content_type="application/json", **extra)


def test_the_page_names_nobody_and_chooses_nothing(client, asha, enquiry):
    ContributorFactory(enquiry=enquiry, pseudonym="Heron-by-the-water")
    page = client.get(reverse("enquiries:field", args=[enquiry.pk])).text

    assert "Heron-by-the-water" not in page
    assert str(asha) not in page
    assert "csrfmiddlewaretoken" not in page
    assert page.count('class="scope-question"') == 2 * len(Scope.values)
    # Only which form is shown, so that one is.
    assert page.count("checked") == 1


def test_the_worker_keeps_the_page_and_its_files_alone(client, asha, enquiry):
    page = client.get(reverse("enquiries:field", args=[enquiry.pk])).text
    answer = client.get(reverse("enquiries:field_worker", args=[enquiry.pk]))
    shell = json.loads(re.match(r"const SHELL = (.*);\n", answer.text)[1])

    assert answer["Content-Type"].startswith("text/javascript")
    assert shell["page"] == reverse("enquiries:field", args=[enquiry.pk])
    assert all(address.startswith("/static/") for address in shell["files"])
    asked_for = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page))
    assert asked_for <= set(shell["files"])


def test_state_tells_whose_session_it_is(client, asha, enquiry):
    found = client.get(reverse("enquiries:field_state", args=[enquiry.pk])).json()
    assert found["user"] == asha.pk
    assert len(found["token"]) > 20


def test_a_form_from_the_field_is_kept(client, asha, enquiry):
    body = sent(enquiry, called="Kay", full_name="Kay D.")
    answer = post(client, enquiry, body)

    assert (answer.status_code, answer.json()) == (201, {"kept": body["key"]})
    wren = Contributor.objects.get()
    assert consent.allows(wren, Scope.TAKE_PART)
    assert not consent.allows(wren, Scope.AUDIO_RECORD)
    capture = ConsentCapture.objects.get()
    assert capture.came_from_field
    assert 59 <= (capture.received_at - capture.answered_at).total_seconds() <= 90
    assert Person.objects.get().called == "Kay"


def test_sent_again_after_the_answer_was_lost_it_is_kept_once(client, asha, enquiry):
    body = sent(enquiry)
    statuses = [post(client, enquiry, body).status_code for _time in range(3)]

    assert statuses == [201, 200, 200]
    assert ConsentEvent.objects.count() == 2
    assert Contributor.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"is_known": True}, "Nobody here goes by"),
        ({"was_adult": False}, "18 and over"),
        ({"decisions": {"audio_record": "granted"}}, "Ask about that first"),
        ({"decisions": {"take_part": "perhaps"}}, "yes or no"),
        ({"decisions": {"everything": "granted"}}, "yes or no"),
        ({"decisions": {}, "review_choice": ""}, "at least one question"),
        ({"decisions": ["take_part"]}, "decisions"),
        ({"decisions": {"take_part": {"a": 1}}}, "decisions"),
        ({"pseudonym": ""}, "pseudonym"),
        ({"pseudonym": "a\x00b"}, "pseudonym"),
        ({"pseudonym": "x" * 61}, "pseudonym"),
        ({"key": "again"}, "key"),
        ({"method": "song"}, "method"),
        ({"method": "told"}, "how they answered"),
        ({"answered_ms": "noon"}, "answered_ms"),
        ({"not_today": True, "decisions": {}, "review_choice": ""}, "somebody new"),
    ],
)
def test_what_cannot_be_kept_is_answered_with_a_sentence(client, asha, enquiry, changes, sentence):
    answer = post(client, enquiry, sent(enquiry, **changes))

    assert answer.status_code == 422
    assert sentence in answer.json()["problem"]
    assert not ConsentEvent.objects.exists()
    assert not Contributor.objects.exists()


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", '"x"', "null", "{}", '{"key": "' + "x" * 70_000 + '"}', "[" * 30_000, '{"key":' * 9_000],
)
def test_a_body_that_is_no_form_is_answered_with_a_sentence(client, asha, enquiry, body):
    answer = post(client, enquiry, body)
    assert answer.status_code == 422
    assert "Fill it in anew" in answer.json()["problem"]


def test_another_enquirys_form_or_round_does_not_exist(client, asha, enquiry):
    other = EnquiryFactory(partner=enquiry.partner)
    for changes in (
        {"form": other.consent_forms.get().pk},
        {"wave": other.waves.get().pk},
        {"form": 10**30},
    ):
        assert post(client, enquiry, sent(enquiry, **changes)).status_code == 404
    assert not Contributor.objects.exists()


def test_without_the_token_nothing_is_kept(enquiry, asha):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(asha)
    assert post(strict, enquiry, sent(enquiry)).status_code == 403
    token = strict.get(reverse("enquiries:field_state", args=[enquiry.pk])).json()["token"]
    assert post(strict, enquiry, sent(enquiry), headers={"X-CSRFToken": token}).status_code == 201


def test_only_those_who_may_ask_find_any_of_it(client, enquiry):
    addresses = [reverse(f"enquiries:{name}", args=[enquiry.pk]) for name in NAMES]
    for stranger in (
        colleague(PartnerFactory()),
        colleague(enquiry.partner, Role.COACH),
        colleague(enquiry.partner, Role.REVIEWER),
        colleague(enquiry.partner, Role.DATA_GUARDIAN),
    ):
        client.force_login(stranger)
        assert {client.get(address).status_code for address in addresses[:3]} == {404}
        assert post(client, enquiry, sent(enquiry)).status_code == 404
    client.logout()
    assert {client.get(address).status_code for address in addresses} == {302}
    assert not ConsentEvent.objects.exists()
