import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Role
from coaching import actions
from coaching.models import CoachingRelationship, ImportBatch, JointDisplay, PublishedFigure
from tests.coaching.words import agreed_quote, theme
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.coaching import RelationshipFactory, SessionFactory, coach_at, people_with_pairs
from tests.factories.enquiries import ContributorFactory, EnquiryFactory, LinkFactory

pytestmark = pytest.mark.django_db

HEAD = b"person_ref,called,coach_email,started_on,state,ended_on,ending_kind,housing_tied\n"


@pytest.fixture
def enquiry():
    return EnquiryFactory()


@pytest.fixture
def researcher(enquiry):
    return colleague(enquiry.partner)


@pytest.fixture
def lead(enquiry):
    return colleague(enquiry.partner, Role.PARTNER_LEAD)


@pytest.fixture
def open_as(client):
    def open_as(user):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return open_as


def page(name, *args):
    return reverse(f"coaching:{name}", args=args)


def meet(partner, n):
    for _each in range(n):
        SessionFactory(relationship=RelationshipFactory(partner=partner))


def test_enquiry_pages_open_to_its_team_alone(open_as, enquiry, researcher):
    addresses = [page(name, enquiry.pk) for name in ("beside", "freeze", "set_beside")]
    for address in addresses:
        assert open_as(researcher).get(address).status_code == 200, address
    for stranger in (
        coach_at(enquiry.partner),
        colleague(enquiry.partner, Role.PARTNER_LEAD, Role.EDITOR),
        colleague(PartnerFactory()),
    ):
        for address in addresses:
            assert open_as(stranger).get(address).status_code == 404, address


def test_partner_pages_open_to_those_of_the_partner_alone(open_as, enquiry, researcher, lead):
    for name in ("figures", "freeze_partner"):
        for user in (researcher, lead):
            assert open_as(user).get(page(name)).status_code == 200
        for user in (coach_at(enquiry.partner), colleague(enquiry.partner, Role.EDITOR)):
            assert open_as(user).get(page(name)).status_code == 404
    assert open_as(lead).get(page("import")).status_code == 200
    for user in (coach_at(enquiry.partner), researcher):
        assert open_as(user).get(page("import")).status_code == 404


def test_a_lead_sees_no_figure_of_another_partner(open_as, lead):
    other = PartnerFactory()
    meet(other, 12)
    actions.freeze_figure(
        metric="people_reached",
        enquiry=None,
        partner=other,
        by=colleague(other, Role.PARTNER_LEAD),
        title="Theirs",
    )
    assert "Theirs" not in open_as(lead).get(page("figures")).text


def test_freezing_from_the_page_shows_the_figure_with_its_table(open_as, enquiry, researcher):
    people_with_pairs(enquiry.partner, [(3, 4)] * 20 + [(4, 3)] * 12 + [(3, 3)] * 10)
    response = open_as(researcher).post(
        page("freeze", enquiry.pk), {"metric": "wellbeing_change", "whom": "everyone"}, follow=True
    )
    assert "Frozen: Wellbeing, first and later." in response.text
    assert "Rose" in response.text
    assert '<svg class="chart"' in response.text
    assert "hatch-" in response.text
    assert "SWEMWBS ©" in response.text
    assert "style=" not in response.text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "Choose what to count."),
        ({"metric": "people_reached"}, "fewer than 10"),
        ({"metric": "people_reached", "whom": "linked"}, "fewer than 10"),
        (
            {"metric": "people_reached", "period_start": "2025-02-02", "period_end": "2025-02-01"},
            "last day lies before the first",
        ),
    ],
)
def test_freezing_says_why_not(open_as, enquiry, researcher, data, says):
    response = open_as(researcher).post(page("freeze", enquiry.pk), {"whom": "everyone", **data})
    assert response.status_code == 422
    assert says in response.text
    assert not PublishedFigure.objects.exists()


def test_a_lead_freezes_for_the_partner(open_as, enquiry, lead):
    meet(enquiry.partner, 12)
    response = open_as(lead).post(page("freeze_partner"), {"metric": "people_reached"}, follow=True)
    assert "People met at least once" in response.text
    assert PublishedFigure.objects.get().enquiry is None


def test_words_are_set_beside_a_figure_and_taken_away(open_as, enquiry, researcher):
    meet(enquiry.partner, 12)
    browser = open_as(researcher)
    assert "No theme has been written yet" in browser.get(page("set_beside", enquiry.pk)).text
    quote, about = agreed_quote(enquiry), theme(enquiry)
    figure = actions.freeze_figure(
        metric="people_reached", enquiry=enquiry, partner=enquiry.partner, by=researcher, title=""
    )
    said = {
        "topic": "Telling it again",
        "theme": about.pk,
        "heard": "Most people said so.",
        "quotes": [quote.pk],
        "figure": figure.pk,
        "relation": "contradicts",
        "reading": "We leave it open.",
    }
    unsaid = browser.post(page("set_beside", enquiry.pk), {**said, "relation": ""})
    assert unsaid.status_code == 422
    assert "We leave it open." in unsaid.text
    kept = browser.post(page("set_beside", enquiry.pk), said, follow=True)
    assert "The count and the words do not agree" in kept.text
    assert quote.shown in kept.text
    row = JointDisplay.objects.get()
    silent = browser.post(page("set_beside", enquiry.pk), {**said, "figure": ""}, follow=True)
    assert "Nothing was counted about this" in silent.text
    other = EnquiryFactory(partner=enquiry.partner)
    assert browser.post(page("remove_beside", other.pk, row.pk)).status_code == 404
    assert "Taken away" in browser.post(page("remove_beside", enquiry.pk, row.pk), follow=True).text
    assert JointDisplay.objects.count() == 1


def test_pages_name_nobody_the_figure_counts(open_as, enquiry, researcher):
    for n in range(12):
        session = SessionFactory(
            relationship=RelationshipFactory(partner=enquiry.partner, person__called=f"Robin-{n}")
        )
        contributor = ContributorFactory(enquiry=enquiry, agreed=True, pseudonym=f"Wren-{n}")
        LinkFactory(contributor=contributor, person=session.relationship.person)
    browser = open_as(researcher)
    shown = browser.post(
        page("freeze", enquiry.pk), {"metric": "people_reached", "whom": "linked"}, follow=True
    )
    assert "agreed to be counted" in shown.text
    assert "Robin-" not in shown.text
    assert "Wren-" not in shown.text


# --- Files --------------------------------------------------------------------------------------------
def send(browser, content, kind="relationships", **more):
    file = SimpleUploadedFile("people.csv", content)
    return browser.post(page("import"), {"kind": kind, "file": file, **more}, follow=True)


def test_a_file_is_tried_out_then_taken_in(open_as, enquiry, lead):
    coach = coach_at(enquiry.partner)
    good = f"P1,Robin,{coach.email},2025-01-06,active,,,no\n".encode()
    bad = b"P2,Idris,nobody@example.org,2025-01-06,active,,,no\n"
    browser = open_as(lead)
    tried = send(browser, HEAD + good + bad)
    assert "2 rows: 1 would be added" in tried.text
    assert "Line 3" in tried.text
    assert "nobody@example.org" in tried.text
    assert not CoachingRelationship.objects.exists()
    batch = ImportBatch.objects.get()
    taken = browser.post(page("import_take_in", batch.pk))
    assert "2 rows: 1 were added" in taken.text
    assert "Line 3" in taken.text
    assert CoachingRelationship.objects.count() == 1
    again = browser.post(page("import_take_in", batch.pk), follow=True)
    assert "Nothing was done twice" in again.text
    twice = send(browser, HEAD + good)
    assert "There is nothing in it to take in" in twice.text


def test_a_file_is_left_and_erased(open_as, enquiry, lead):
    coach = coach_at(enquiry.partner)
    browser = open_as(lead)
    send(browser, HEAD + f"P1,Robin,{coach.email},2025-01-06,active,,,no\n".encode())
    batch = ImportBatch.objects.get()
    assert "nothing was kept" in browser.post(page("import_leave", batch.pk), follow=True).text
    batch.refresh_from_db()
    assert batch.content is None
    assert "This file was left" in browser.get(page("import_batch", batch.pk)).text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "This file is empty"),
        (b"PK\x03\x04", "workbook"),
        (b"caf\xe9,x\n", "CSV UTF-8"),
        (b"a,b\n1,2\n", "lacks the column"),
        (b"x" * 5_000_001, "larger than 5 megabytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_on_the_page(open_as, lead, content, says):
    response = send(open_as(lead), content)
    assert response.status_code == 422
    assert says in response.text
    assert not ImportBatch.objects.exists()


def test_no_file_and_no_kind_are_answered(open_as, lead):
    response = open_as(lead).post(page("import"), {})
    assert response.status_code == 422
    assert "Choose a file." in response.text
    assert "Say what is in the file." in response.text


def test_a_batch_of_another_partner_does_not_exist(open_as, enquiry, lead):
    coach = coach_at(enquiry.partner)
    send(open_as(lead), HEAD + f"P1,Robin,{coach.email},2025-01-06,active,,,no\n".encode())
    batch = ImportBatch.objects.get()
    stranger = open_as(colleague(PartnerFactory(), Role.PARTNER_LEAD))
    assert stranger.get(page("import_batch", batch.pk)).status_code == 404
    for name in ("import_take_in", "import_leave"):
        assert stranger.post(page(name, batch.pk)).status_code == 404
    assert not CoachingRelationship.objects.exists()


def test_ten_thousand_rows_make_a_page_that_can_be_read(open_as, enquiry, lead):
    coach = coach_at(enquiry.partner)
    lines = b"".join(f"P{n},x,{coach.email},2025-01-06,active,,,no\n".encode() for n in range(10_000))
    response = send(open_as(lead), HEAD + lines)
    assert "10,000 rows: 10,000 would be added" in response.text
    assert "And 9950 more." in response.text or "And 9,950 more." in response.text
    assert len(response.content) < 60_000
