"""The data guardian's pages of the link table: who stands behind a name, and taking words back for them."""

import pytest
from django.urls import reverse

from accounts.models import Role
from audit.models import Event
from enquiries import consent
from enquiries.models import ConsentEvent, ConsentMethod, Link, Person, Scope
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.enquiries import ContributorFactory, EnquiryFactory, LinkFactory, PersonFactory
from tests.sweeping import sweep_all

pytestmark = pytest.mark.django_db
PAGE = "/workspace/care/people/"


@pytest.fixture
def partner():
    return PartnerFactory()


@pytest.fixture
def voice(partner):
    enquiry = EnquiryFactory(partner=partner)
    found = ContributorFactory(enquiry=enquiry, partner=partner, pseudonym="Heron", agreed=True)
    LinkFactory(
        contributor=found,
        partner=partner,
        person=PersonFactory(partner=partner, called="Nour", full_name="Nour Example", phone="01632 960001"),
    )
    return found


@pytest.fixture
def guardian(partner, client):
    user = colleague(partner, Role.DATA_GUARDIAN)
    client.force_login(user)
    return user


def looks(voice):
    return Event.objects.filter(action="link_table.read", object_id=str(voice.pk)).count()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.DATA_GUARDIAN])
def test_the_pages_are_the_data_guardians_alone(client, partner, voice, role):
    client.force_login(colleague(partner, role))
    assert client.get(PAGE).status_code == 404
    assert client.get(f"{PAGE}{voice.pk}/").status_code == 404
    assert looks(voice) == 0


def test_a_voice_of_another_partner_is_answered_like_a_missing_one(client, guardian):
    other = ContributorFactory()
    missing = client.get(f"{PAGE}987654/")
    forbidden = client.get(f"{PAGE}{other.pk}/")
    assert missing.status_code == forbidden.status_code == 404
    assert other.pseudonym not in client.get(PAGE).text


def test_the_list_names_nobody(client, guardian, voice):
    text = client.get(PAGE).text
    assert "Heron" in text
    assert "Nour" not in text


def test_a_real_name_finds_the_voice_and_is_not_shown(client, guardian, voice):
    found = client.get(PAGE, {"q": "nour exa"}).text
    assert reverse("care:person", args=[voice.pk]) in found
    assert "01632" not in found
    # One letter is asked of chosen names alone.
    assert reverse("care:person", args=[voice.pk]) not in client.get(PAGE, {"q": "u"}).text
    assert "Nobody of that name" in client.get(PAGE, {"q": "nobody here"}).text


def test_opening_somebody_is_written_down_each_time(client, guardian, voice):
    text = client.get(f"{PAGE}{voice.pk}/").text
    assert "Nour Example" in text
    assert "01632 960001" in text
    client.get(f"{PAGE}{voice.pk}/")
    assert looks(voice) == 2


def test_identity_needs_a_proof_of_the_last_quarter_of_an_hour(client, guardian, voice):
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 1.0}]
    session.save()
    answer = client.get(f"{PAGE}{voice.pk}/")
    assert answer.status_code == 302
    assert looks(voice) == 0


def test_one_scope_is_taken_back_and_the_person_stays_known(client, guardian, voice):
    answer = client.post(
        f"{PAGE}{voice.pk}/", {"what": Scope.QUOTE_WORDS, "method": ConsentMethod.TOLD, "is_sure": "on"}
    )
    assert answer.status_code == 302
    assert not consent.allows(voice, Scope.QUOTE_WORDS)
    assert consent.allows(voice, Scope.ANALYSE)
    assert Link.objects.filter(contributor=voice).exists()
    line = ConsentEvent.objects.filter(contributor=voice, scope=Scope.QUOTE_WORDS).latest("pk")
    assert (line.method, line.recorded_by) == ("told", guardian)


def test_everything_is_taken_back_and_nobody_is_found_any_more(client, guardian, voice):
    client.post(f"{PAGE}{voice.pk}/", {"what": "everything", "method": ConsentMethod.TOLD, "is_sure": "on"})
    assert not any(consent.allows(voice, scope) for scope in Scope.values)
    sweep_all()
    assert not Person.objects.exists()
    assert "Nobody can be found behind this name" in client.get(f"{PAGE}{voice.pk}/").text
    assert "There is nothing left to take back" in client.get(f"{PAGE}{voice.pk}/").text
    # A second press, from a page that stood open.
    again = client.post(f"{PAGE}{voice.pk}/", {"what": "everything", "method": "told", "is_sure": "on"})
    assert again.status_code == 200


def test_somebody_who_never_said_yes_is_forgotten_when_they_ask(client, guardian, partner):
    wren = ContributorFactory(enquiry=EnquiryFactory(partner=partner), partner=partner, declined=True)
    LinkFactory(contributor=wren, partner=partner, person=PersonFactory(partner=partner))
    client.post(f"{PAGE}{wren.pk}/", {"what": "everything", "method": ConsentMethod.TOLD, "is_sure": "on"})
    sweep_all()
    assert not Person.objects.exists()


def test_nothing_is_taken_back_before_it_was_read_back(client, guardian, voice):
    answer = client.post(f"{PAGE}{voice.pk}/", {"what": "everything", "method": ConsentMethod.TOLD})
    assert answer.status_code == 422
    assert consent.allows(voice, Scope.TAKE_PART)


def test_a_colleague_who_spoke_is_named_as_such(client, guardian, partner):
    spoke = ContributorFactory(enquiry=EnquiryFactory(partner=partner), partner=partner)
    user = colleague(partner, Role.COACH)
    Link.objects.create(partner=partner, contributor=spoke, user=user)
    assert "a colleague who spoke" in client.get(f"{PAGE}{spoke.pk}/").text
