"""The data guardian's page of the record."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from audit.actions import LOOKS, record, record_look
from audit.models import Event
from tests.factories.accounts import PartnerFactory, UserFactory, colleague
from tests.factories.enquiries import EnquiryFactory
from wisdoms.care import sentences

pytestmark = pytest.mark.django_db
PAGE = "/workspace/care/record/"
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def partner():
    return PartnerFactory()


@pytest.fixture
def guardian(partner, client):
    user = colleague(partner, Role.DATA_GUARDIAN)
    client.force_login(user)
    return user


def shown(client, **asked):
    answer = client.get(PAGE, asked)
    assert answer.status_code == 200
    return answer.text


def test_the_page_stands_where_it_was_promised():
    assert reverse("care:record") == PAGE


@pytest.mark.parametrize("role", [role for role in Role if role != Role.DATA_GUARDIAN])
def test_the_page_is_the_data_guardians_alone(client, partner, role):
    client.force_login(colleague(partner, role))
    assert client.get(PAGE).status_code == 404


def test_signed_out_leads_to_signing_in(client):
    assert client.get(PAGE).status_code == 302


def test_it_says_who_looked_at_what_when_and_why(client, partner, guardian):
    reader = UserFactory(name="Robin Reader")
    enquiry = EnquiryFactory(partner=partner)
    record_look("contributors.listed", by=reader, about=enquiry, why="consent", count=4)

    page = shown(client)

    assert "Looked at the people of an enquiry" in page
    assert f"enquiry {enquiry.pk}" in page
    assert "Robin Reader" in page
    assert "to see what was agreed" in page
    assert timezone.localtime().strftime("%B %Y") in page


def test_acts_of_another_partner_and_of_the_installation_are_not_shown(client, guardian):
    record("enquiry.framed", by=None, about=EnquiryFactory())
    record("wave.opened", by=None)

    page = shown(client)

    assert "Framed an enquiry</span>" not in page
    assert "Opened another round of listening</span>" not in page


def test_a_look_at_the_record_is_itself_written_down_once(client, partner, guardian):
    for _each in range(3):
        shown(client)
    event = Event.objects.get(action="record.read")
    assert (event.actor_id, event.partner_id) == (guardian.pk, partner.pk)


def test_filters_leave_the_rest_out(client, partner, guardian):
    one, other = (colleague(partner, name) for name in (Role.RESEARCHER, Role.REVIEWER))
    enquiry = EnquiryFactory(partner=partner)
    record("enquiry.framed", by=one, about=enquiry)
    record_look("contributors.listed", by=other, about=enquiry, why="consent")
    framed, looked = "Framed an enquiry</span>", "Looked at the people of an enquiry</span>"
    today, tomorrow = timezone.localdate(), timezone.localdate() + timedelta(days=1)

    for asked, sees_framed, sees_looked in (
        ({"who": one.pk}, True, False),
        ({"act": "contributors.listed"}, False, True),
        ({"looks": "on"}, False, True),
        ({"about": "enquiries.enquiry", "number": enquiry.pk}, True, True),
        ({"about": "transcripts.transcript"}, False, False),
        ({"since": today.isoformat(), "until": today.isoformat()}, True, True),
        ({"since": tomorrow.isoformat()}, False, False),
        ({"who": "computer"}, False, False),
    ):
        page = shown(client, **asked)
        assert (framed in page, looked in page) == (sees_framed, sees_looked), asked


@pytest.mark.parametrize(
    "asked",
    [
        {"who": "999999"},
        {"act": "nothing.known"},
        {"number": "x"},
        {"number": "99999999999999999999"},
        {"since": "yesterday"},
        {"since": "2026-05-02", "until": "2026-05-01"},
    ],
)
def test_a_filter_that_cannot_be_read_is_told_beside_its_field(client, guardian, asked):
    answer = client.get(PAGE, asked)
    assert answer.status_code == 422
    assert "has-problem" in answer.text


@pytest.mark.parametrize("before", ["x", "-1", "99999999999999999999", "0"])
def test_a_place_that_is_none_begins_anew(client, guardian, before):
    assert "Looked at this record" in shown(client, before=before)


def test_pages_follow_one_another_without_gap_or_repeat_in_few_queries(
    client, partner, guardian, django_assert_max_num_queries
):
    for number in range(120):
        record("memo.kept", by=None, partner_id=partner.pk, number=number)
    seen: list[str] = []
    address = PAGE + "?act=memo.kept"
    while address:
        with django_assert_max_num_queries(16):
            page = client.get(address)
        seen += [str(line.pk) for line in page.context["page"].lines]
        found = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = PAGE + found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 120
    assert seen == [str(pk) for pk in sorted(map(int, seen), reverse=True)]


def test_a_place_in_another_partners_record_tells_nothing(client, partner, guardian):
    foreign = record("memo.kept", by=None, partner_id=PartnerFactory().pk)
    record("memo.kept", by=None, partner_id=partner.pk)
    assert shown(client, act="memo.kept", before=foreign.pk).count("Kept a memo</span>") == 1


def test_an_empty_answer_says_so(client, guardian):
    assert "Nothing in the record fits this." in shown(client, act="memo.kept")


def test_every_kind_of_look_has_words():
    assert set(sentences.ACTS) >= LOOKS


def test_every_act_that_is_written_down_has_words():
    written = set()
    for app in (
        "accounts",
        "enquiries",
        "transcripts",
        "themes",
        "coaching",
        "publishing",
        "portal",
        "wisdoms",
    ):
        for path in (ROOT / app).rglob("*.py"):
            written |= set(
                re.findall(r'\brecord(?:_look)?\(\s*"([a-z_]+\.[a-z_]+)"', path.read_text(encoding="utf-8"))
            )
    assert written - set(sentences.ACTS) == set()


def test_what_somebody_did_on_their_own_page_is_not_the_computers(client, partner, guardian):
    enquiry = EnquiryFactory(partner=partner)
    record("personal_words.read", by=None, about=enquiry)
    record("withdrawal.swept", by=None, about=enquiry)
    read, swept = (
        f"<span>{sentences.act(act)}</span>" for act in ("personal_words.read", "withdrawal.swept")
    )
    for who, sees_read, sees_swept in (("themselves", True, False), ("computer", False, True)):
        page = shown(client, who=who)
        assert (read in page, swept in page) == (sees_read, sees_swept), who
