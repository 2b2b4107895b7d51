from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Role
from enquiries.models import ConsentEvent, Contributor, Conversation, Enquiry
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.enquiries import ConsentFormFactory, ContributorFactory, EnquiryFactory, latest_wave
from tests.queries import OF_THE_WALL

pytestmark = pytest.mark.django_db

# What is said of every asking beside the answers.
ASKED = {"method": "written", "company": "alone", "was_adult": "on"}


@pytest.fixture
def enquiry():
    return EnquiryFactory()


def addresses(enquiry):
    contributor = ContributorFactory(enquiry=enquiry)
    return [
        reverse("enquiries:change", args=[enquiry.pk]),
        reverse("enquiries:next_wave", args=[enquiry.pk]),
        reverse("enquiries:contributors", args=[enquiry.pk]),
        reverse("enquiries:add_contributor", args=[enquiry.pk]),
        reverse("enquiries:consent", args=[contributor.pk]),
        reverse("enquiries:forms", args=[enquiry.pk]),
        reverse("enquiries:write_form", args=[ConsentFormFactory(enquiry=enquiry, in_use_from=None).pk]),
        reverse("enquiries:add_conversation", args=[enquiry.pk]),
    ]


@pytest.mark.parametrize("method", ["get", "post"])
def test_owner_colleague_and_stranger(client, enquiry, method):
    strangers = [
        colleague(PartnerFactory()),
        colleague(enquiry.partner, Role.COACH),
        colleague(enquiry.partner, Role.PARTNER_LEAD),
        colleague(enquiry.partner, Role.EDITOR),
    ]
    for address in addresses(enquiry):
        for stranger in strangers:
            client.force_login(stranger)
            assert getattr(client, method)(address).status_code == 404
        client.force_login(colleague(enquiry.partner))
        # Without a kind, beginning a version goes back to the list with a sentence.
        assert getattr(client, method)(address).status_code in (200, 302, 422)
        client.logout()
        assert getattr(client, method)(address).status_code == 302


def test_second_reader_sees_what_was_agreed_and_gathers_nothing(client, enquiry):
    client.force_login(colleague(enquiry.partner, Role.REVIEWER))
    seen = [address for address in addresses(enquiry) if client.get(address).status_code == 200]
    consent = reverse("enquiries:consent", args=[enquiry.contributors.get().pk])
    forms = reverse("enquiries:forms", args=[enquiry.pk])
    assert seen == [reverse("enquiries:contributors", args=[enquiry.pk]), consent, forms]
    assert client.post(consent, {"take_part": "granted", "method": "written"}).status_code == 404
    assert "Keep the answers" not in client.get(consent).text
    assert not ConsentEvent.objects.exists()


def test_frame_from_form(client):
    partner = PartnerFactory()
    client.force_login(colleague(partner))
    answer = client.post(
        reverse("enquiries:frame"),
        {
            "partner": partner.pk,
            "question": "What has it been like?",
            "title": "Eastmere",
            "place": "Eastmere",
            "purpose": "learning",
            "analysis_mode": "reflexive",
            "keep_sound_months": "3",
            "keep_unedited_months": "24",
            "keep_link": "cut_off",
            "cut_off_on": "2027-01-01",
            "opened_on": "2026-01-01",
        },
    )

    assert answer.status_code == 302
    assert Enquiry.objects.get().waves.get().opened_on == date(2026, 1, 1)


def test_frame_keeps_what_was_written_when_something_is_missing(client):
    partner = PartnerFactory()
    client.force_login(colleague(partner))
    answer = client.post(reverse("enquiries:frame"), {"partner": partner.pk, "title": "Eastmere ŵ 👋🏽"})

    assert answer.status_code == 422
    assert "Eastmere ŵ 👋🏽" in answer.text
    assert not Enquiry.objects.exists()


def test_frame_refuses_another_partner_swapped_in(client):
    client.force_login(colleague(PartnerFactory()))
    answer = client.post(reverse("enquiries:frame"), {"partner": PartnerFactory().pk, "title": "x"})

    assert answer.status_code == 422


def test_consent_is_kept_scope_by_scope(client, enquiry):
    contributor = ContributorFactory(enquiry=enquiry)
    client.force_login(colleague(enquiry.partner))
    address = reverse("enquiries:consent", args=[contributor.pk])
    page = client.get(address).text
    assert "checked" not in page

    answer = client.post(
        address,
        {
            "take_part": "granted",
            "analyse": "declined",
            "contact_again": "later",
            **ASKED,
        },
    )

    assert answer.status_code == 302
    assert dict(ConsentEvent.objects.values_list("scope", "decision")) == {
        "take_part": "granted",
        "analyse": "declined",
    }


def test_consent_says_what_is_missing_when_a_yes_cannot_stand(client, enquiry):
    contributor = ContributorFactory(enquiry=enquiry)
    client.force_login(colleague(enquiry.partner))
    answer = client.post(
        reverse("enquiries:consent", args=[contributor.pk]),
        {"quote_words": "granted", **ASKED},
    )

    assert answer.status_code == 422
    assert "Ask about that first" in answer.text
    assert not ConsentEvent.objects.exists()


def test_add_conversation_names_the_scope_that_is_missing(client, enquiry):
    contributor = ContributorFactory(enquiry=enquiry, pseudonym="Wren")
    client.force_login(colleague(enquiry.partner))
    answer = client.post(
        reverse("enquiries:add_conversation", args=[enquiry.pk]),
        {
            "contributors": [contributor.pk],
            "wave": latest_wave(contributor).pk,
            "held_on": "2026-01-01",
            "kind": "individual",
            "place_kind": "cafe",
            "language": "en",
        },
    )

    assert answer.status_code == 422
    assert "take_part" in answer.text
    assert "Wren" in answer.text
    assert not Conversation.objects.exists()


def test_add_contributor_then_ask(client, enquiry):
    client.force_login(colleague(enquiry.partner))
    answer = client.post(
        reverse("enquiries:add_contributor", args=[enquiry.pk]),
        {"pseudonym": "Wren", "voice": "person", "review_choice": "none"},
    )

    contributor = Contributor.objects.get()
    assert answer["Location"] == reverse("enquiries:consent", args=[contributor.pk])


def test_list_of_people_takes_a_constant_number_of_queries(client, enquiry, django_assert_max_num_queries):
    client.force_login(colleague(enquiry.partner))
    ContributorFactory.create_batch(12, enquiry=enquiry, agreed=True)

    with django_assert_max_num_queries(10 + OF_THE_WALL):
        assert client.get(reverse("enquiries:contributors", args=[enquiry.pk])).status_code == 200
