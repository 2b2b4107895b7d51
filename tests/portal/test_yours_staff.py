"""Colleagues give people the way to their own page, and answer what they ask; they see nothing by it."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from accounts.models import Role
from enquiries.models import Scope
from portal.actions import links, questions
from portal.errors import AnswerRefused, PortalError
from portal.models import PersonalLink, Question
from portal.yours import tokens
from portal.yours.qr import QUIET, square
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.enquiries import ContributorFactory, LinkFactory, PersonFactory
from tests.factories.portal import a_card
from tests.sweeping import withdraw_and_sweep

pytestmark = pytest.mark.django_db


@pytest.fixture
def wren():
    return ContributorFactory(agreed=True, pseudonym="Wren")


@pytest.fixture
def researcher(client, wren):
    user = colleague(wren.partner, Role.RESEARCHER)
    client.force_login(user)
    return user


@pytest.fixture
def guardian(client, wren):
    user = colleague(wren.partner, Role.DATA_GUARDIAN)
    client.force_login(user)
    return user


def _make(client, wren, **fields):
    sent = {"word": "blackbird", "how": "printed", "language": "en"} | fields
    return client.post(reverse("personal_links:links", args=[wren.pk]), sent)


def test_a_card_is_shown_once_and_only_a_digest_is_kept(client, researcher, wren):
    answer = _make(client, wren)
    page = answer.content.decode()
    code = re.search(r'class="code">([^<]+)<', page).group(1)
    assert tokens.typed_code(code)
    assert "qr" in page
    assert "Wren" not in page.split('class="card"')[1].split("</article>")[0]
    link = PersonalLink.objects.get()
    kept = " ".join(str(getattr(link, field.attname)) for field in PersonalLink._meta.concrete_fields)
    assert tokens.typed_code(code) not in kept
    assert "blackbird" not in kept
    again = client.get(reverse("personal_links:links", args=[wren.pk])).content.decode()
    assert code not in again
    assert "Works until" in again


def test_the_card_is_in_welsh_where_that_is_asked(client, researcher, wren):
    assert "/cy/yours/" in _make(client, wren, language="cy").content.decode()


def test_a_link_is_sent_without_the_colleague_seeing_where(
    client, researcher, wren, django_capture_on_commit_callbacks
):
    LinkFactory(contributor=wren, person=PersonFactory(partner=wren.partner, email="wren@example.org"))
    with django_capture_on_commit_callbacks(execute=True):
        answer = _make(client, wren, how="sent")
    assert answer.status_code == 302
    assert mail.outbox[0].to == ["wren@example.org"]
    assert "/yours/" in mail.outbox[0].body
    assert "Wren" not in mail.outbox[0].subject + mail.outbox[0].body
    page = client.get(answer["Location"]).content.decode()
    assert "example.org" not in page


def test_without_an_address_nothing_is_made(client, researcher, wren):
    answer = _make(client, wren, how="sent")
    assert answer.status_code == 422
    assert "no e-mail address" in answer.content.decode()
    assert not PersonalLink.objects.exists()


@pytest.mark.parametrize("word", ["owl", "wren"])
def test_a_word_that_anybody_would_guess_is_refused(client, researcher, wren, word):
    assert _make(client, wren, word=word).status_code == 422
    assert not PersonalLink.objects.exists()


def test_a_link_is_ended_at_once(client, researcher, wren):
    card = a_card(wren, by=researcher)
    client.post(reverse("personal_links:end", args=[card.link.pk]))
    assert links.find(card.token) is None


def test_six_numbers_are_read_out(client, researcher, wren):
    card = a_card(wren, by=researcher, word="")
    page = client.post(reverse("personal_links:numbers", args=[card.link.pk])).content.decode()
    numbers = re.search(r'numbers code">([\d ]+)<', page).group(1)
    assert links.confirm(link=card.link, answer=numbers, with_helper=False)


@pytest.mark.parametrize("role", [Role.COACH, Role.EDITOR, Role.PARTNER_LEAD, Role.SAFEGUARDING_LEAD])
def test_others_find_no_such_page(client, wren, role):
    client.force_login(colleague(wren.partner, role))
    assert client.get(reverse("personal_links:links", args=[wren.pk])).status_code == 404
    assert client.get(reverse("care:questions")).status_code == 404


def test_another_partners_links_are_not_there(client, wren):
    card = a_card(wren)
    client.force_login(colleague(PartnerFactory(), Role.RESEARCHER))
    assert client.get(reverse("personal_links:links", args=[wren.pk])).status_code == 404
    assert client.post(reverse("personal_links:end", args=[card.link.pk])).status_code == 404
    assert links.find(card.token) is not None


def test_the_guardian_finds_a_voice_by_the_code_read_out_on_the_phone(client, guardian, wren):
    card = a_card(wren)
    page = client.get(reverse("care:people"), {"q": tokens.in_groups(card.code)}).content.decode()
    assert "Wren" in page
    assert "Wren" not in client.get(reverse("care:people"), {"q": "K4PN 7RTX 2MWQ"}).content.decode()


def test_a_complaint_is_read_and_answered(client, guardian, wren):
    row = questions.ask(contributor=wren, kind="complaint", said="Nobody rang back.")
    assert "Due by" in client.get(reverse("care:questions")).content.decode()
    way = reverse("care:question", args=[row.pk])
    assert "Nobody rang back." in client.get(way).content.decode()
    client.post(way, {"acknowledge": "1"})
    row.refresh_from_db()
    assert row.acknowledged_by == guardian
    client.post(way, {"words": "We are sorry, and ring on Monday."})
    row.refresh_from_db()
    assert (row.answer, row.answered_by) == ("We are sorry, and ring on Monday.", guardian)
    assert client.post(way, {"words": "Another answer."}).status_code == 422


def test_an_answer_stays_as_it_was_read(wren):
    row = questions.ask(contributor=wren, kind="question", said="Where is my recording?")
    by = colleague(wren.partner, Role.DATA_GUARDIAN)
    questions.answer(question=row, words="In a locked store.", by=by)
    with pytest.raises(PortalError):
        questions.answer(question=row, words="Elsewhere.", by=by)


def test_what_was_asked_and_went_can_neither_be_answered_nor_asked_anew(wren, card):
    by = colleague(wren.partner, Role.DATA_GUARDIAN)
    row = questions.ask(contributor=wren, kind="question", said="Where is my recording?")
    withdraw_and_sweep(contributor=wren, scope=["take_part", "contact_again"])
    # A form that was open before.
    with pytest.raises(AnswerRefused, match="took everything back"):
        questions.answer(question=row, words="In a locked store.", by=by)
    with pytest.raises(AnswerRefused, match="call us"):
        questions.ask(contributor=wren, kind="question", said="Is it gone now?")
    row.refresh_from_db()
    assert (row.said, row.answer) == ("", "")
    assert Question.objects.get() not in Question.objects.all().waiting()


def test_links_and_words_of_questions_go_with_everything_else(wren):
    card = a_card(wren)
    questions.ask(contributor=wren, kind="question", said="Where is my recording?")
    withdraw_and_sweep(contributor=wren, scope=[Scope.TAKE_PART, Scope.CONTACT_AGAIN])
    assert links.find(card.token) is None
    assert not PersonalLink.objects.exists()
    assert Question.objects.get().said == ""


def test_a_square_draws_every_dark_module_inside_its_quiet_edge():
    found = square("https://wisdoms.example/yours/k4pn7rtx2mwq-1-1-0123456789abcdef/")
    starts = [(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)", found.path)]
    assert min(x for x, _y in starts) == QUIET == min(y for _x, y in starts)
    assert all(QUIET <= x < found.side - QUIET and QUIET <= y < found.side - QUIET for x, y in starts)
