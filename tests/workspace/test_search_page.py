import pytest
from django.urls import reverse

from accounts import limits
from accounts.models import Role
from audit.models import Event
from enquiries.models import Scope
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.enquiries import ConversationFactory, EnquiryFactory, take_back
from tests.factories.transcripts import TranscriptFactory
from transcripts.models import Segment

pytestmark = pytest.mark.django_db


def said(text, *, enquiry=None):
    conversation = ConversationFactory(enquiry=enquiry or EnquiryFactory())
    speaker = conversation.contributors.get()
    TranscriptFactory(conversation=conversation, pseudonymised=True, turns=[(speaker, text)])
    return Segment.objects.get(conversation=conversation)


ADDRESS = "/workspace/search/"


def test_search_page_asks_before_it_answers(client):
    partner = PartnerFactory()
    client.force_login(colleague(partner))

    page = client.get(ADDRESS).text

    assert "Words to look for" in page
    assert "Nobody said it" not in page
    assert 'method="get"' in page


def test_search_page_shows_the_passage_with_what_was_found(client):
    passage = said('They kept <b>moving</b> me between "hostels".')
    client.force_login(colleague(passage.partner))

    page = client.get(ADDRESS, {"q": "hostel moved"}).text

    assert "They kept &lt;b&gt;<mark>moving</mark>&lt;/b&gt; me between &quot;" in page
    assert "&quot;<mark>hostels</mark>&quot;." in page
    assert "One passage" in page
    assert passage.contributor.pseudonym in page
    assert f"{reverse('themes:reading', args=[passage.conversation_id])}#passage-{passage.pk}" in page
    assert reverse("workspace:enquiry", args=[passage.conversation.enquiry_id]) in page


def test_search_page_shows_the_question_again_and_no_script_of_it(client):
    passage = said("He typed <script>alert(1)</script> here.")
    client.force_login(colleague(passage.partner))

    page = client.get(ADDRESS, {"q": '"><script>alert(1)</script>'}).text

    assert "<script>alert" not in page
    assert "&lt;<mark>script</mark>&gt;<mark>alert</mark>" in page
    assert 'value="&quot;&gt;&lt;script&gt;' in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "Write a word to look for."),
        ("   ", "Write a word to look for."),
        ("a", "Write at least 2 letters."),
        ("hostel " * 2000, "Write at most 200 letters."),
        ("hostel\0", "There is a sign in it that no text has."),
        ("palace", "Nobody said it in these words."),
        ("-hostel", "Nobody said it in these words."),
    ],
)
def test_search_page_says_what_to_do(client, query, sentence):
    passage = said("They kept moving me between hostels.")
    client.force_login(colleague(passage.partner))

    answer = client.get(ADDRESS, {"q": query})

    assert answer.status_code == 200
    assert sentence in answer.text
    assert "<mark>" not in answer.text


def test_search_page_gives_pages_that_keep_the_question(client):
    enquiry = EnquiryFactory()
    for n in range(21):
        said(f"A hostel, and door {n}.", enquiry=enquiry)
    client.force_login(colleague(enquiry.partner))

    first = client.get(ADDRESS, {"q": "hostel & co"}).text
    assert "Nobody said it" in first
    first = client.get(ADDRESS, {"q": "hostel or R&D"}).text
    second = client.get(ADDRESS, {"q": "hostel or R&D", "page": "2"}).text
    beyond = client.get(ADDRESS, {"q": "hostel or R&D", "page": "no number"}).text

    assert "21 passages" in first
    assert "?q=hostel+or+R%26D&amp;page=2" in first
    assert (first.count("<mark>"), second.count("<mark>"), beyond.count("<mark>")) == (20, 1, 20)


def test_search_in_one_enquiry_keeps_to_it(client):
    here = said("A hostel here.")
    there = said("A hostel there.", enquiry=EnquiryFactory(partner=here.partner))
    client.force_login(colleague(here.partner))

    address = reverse("workspace:search_enquiry", args=[here.conversation.enquiry_id])

    page = client.get(address, {"q": "hostel"})

    assert f"#passage-{here.pk}" in page.text
    assert f"#passage-{there.pk}" not in page.text


def test_search_answers_strangers_as_if_missing(client):
    passage = said("A hostel here.")
    within = reverse("workspace:search_enquiry", args=[passage.conversation.enquiry_id])
    for role in (Role.COACH, Role.PARTNER_LEAD, Role.EDITOR, Role.DATA_GUARDIAN, Role.SAFEGUARDING_LEAD):
        client.force_login(colleague(passage.partner, role))
        assert client.get(ADDRESS, {"q": "hostel"}).status_code == 404
        assert client.get(within, {"q": "hostel"}).status_code == 404
        assert ADDRESS not in client.get(reverse("workspace:home")).text
    client.force_login(colleague(PartnerFactory()))
    assert client.get(within, {"q": "hostel"}).status_code == 404
    assert client.get(reverse("workspace:search_enquiry", args=[999_999])).status_code == 404
    client.logout()
    assert client.get(ADDRESS, {"q": "hostel"}).status_code == 302


def test_search_page_only_reads(client):
    client.force_login(colleague(PartnerFactory()))

    assert client.post(ADDRESS, {"q": "hostel"}).status_code == 405


def test_search_page_shows_nothing_of_somebody_who_took_it_back(client):
    passage = said("A hostel here.")
    client.force_login(colleague(passage.partner))
    assert "<mark>hostel</mark>" in client.get(ADDRESS, {"q": "hostel"}).text

    take_back(passage.contributor, Scope.ANALYSE)

    assert "Nobody said it" in client.get(ADDRESS, {"q": "hostel"}).text


def test_search_is_recorded_by_count_and_never_by_words(client, caplog):
    passage = said("A hostel here.")
    reader = colleague(passage.partner)
    client.force_login(reader)

    with caplog.at_level("DEBUG"):
        client.get(ADDRESS, {"q": "hostel zeppelin or hostel"})

    event = Event.objects.get(action="passages.found")
    assert (event.actor_id, event.partner_id, event.detail) == (reader.pk, passage.partner_id, {"count": 1})
    for each in Event.objects.all():
        assert "hostel" not in str(each.detail)
    assert not [r for r in caplog.records if "zeppelin" in r.getMessage() and r.name != "django.db.backends"]


def test_search_page_takes_a_constant_number_of_queries(client, django_assert_max_num_queries):
    enquiry = EnquiryFactory()
    client.force_login(colleague(enquiry.partner))
    for n in range(2):
        said(f"A hostel, and door {n}.", enquiry=enquiry)
    client.get(ADDRESS, {"q": "hostel"})
    with django_assert_max_num_queries(20) as few:
        client.get(ADDRESS, {"q": "hostel"})
    for n in range(12):
        said(f"A hostel, and window {n}.", enquiry=enquiry)
    with django_assert_max_num_queries(len(few)):
        client.get(ADDRESS, {"q": "hostel"})


def test_search_is_limited_for_each_person(client, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "search", (limits.Limit(limits.Per.PERSON, 2, 5),))
    client.force_login(colleague(PartnerFactory()))

    answers = [client.get(ADDRESS, {"q": "hostel"}).status_code for _ in range(3)]

    assert answers == [200, 200, 429]
    assert client.get(ADDRESS).status_code == 200


def test_enquiry_and_head_line_lead_to_search(client):
    enquiry = EnquiryFactory()
    client.force_login(colleague(enquiry.partner, Role.REVIEWER))

    page = client.get(reverse("workspace:enquiry", args=[enquiry.pk])).text

    assert reverse("workspace:search_enquiry", args=[enquiry.pk]) in page
    assert f'href="{ADDRESS}"' in page
