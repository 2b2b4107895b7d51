"""Asking on the page: by which form, with whom, not today, twice at once; the copy, and a whole group."""

from uuid import uuid4

import pytest
from django.urls import reverse

from enquiries.actions import withdraw
from enquiries.models import ConsentCapture, ConsentEvent, Scope
from enquiries.wording import default_wording
from tests.factories.accounts import colleague
from tests.factories.enquiries import (
    ConsentFormFactory,
    ContributorFactory,
    ConversationFactory,
    EnquiryFactory,
    WaveFactory,
    grant,
    latest_wave,
)

pytestmark = pytest.mark.django_db

ASKED = {"method": "written", "company": "alone", "was_adult": "on"}


@pytest.fixture
def enquiry():
    return EnquiryFactory()


@pytest.fixture
def who(enquiry):
    return ContributorFactory(enquiry=enquiry, pseudonym="Wren")


@pytest.fixture
def asha(client, enquiry):
    user = colleague(enquiry.partner)
    client.force_login(user)
    return user


def page_of(who):
    return reverse("enquiries:consent", args=[who.pk])


def test_every_scope_is_asked_in_the_words_of_the_form_that_is_named(client, asha, enquiry, who):
    easy = ConsentFormFactory(
        enquiry=enquiry, format="easy_read", **default_wording(enquiry, "easy_read", "en").fields()
    )
    standard = client.get(page_of(who)).text
    assert "May we record the sound?" in standard
    page = client.get(page_of(who), {"form": easy.pk}).text
    assert "Can we record your voice?" in page
    assert all(f'name="{scope}"' in page for scope in Scope.values)
    assert "checked" not in page

    client.post(page_of(who), {"take_part": "granted", "form": easy.pk, **ASKED})
    assert ConsentEvent.objects.get().form == easy


def test_a_form_followed_by_a_newer_one_meanwhile_stays_the_one_they_read(client, asha, enquiry, who):
    read = enquiry.consent_forms.get()
    ConsentFormFactory(enquiry=enquiry)
    client.post(page_of(who), {"take_part": "granted", "form": read.pk, **ASKED})

    assert ConsentEvent.objects.get().form == read


def test_a_draft_or_another_enquirys_form_is_never_shown(client, asha, enquiry, who):
    in_use = enquiry.consent_forms.get()
    draft = ConsentFormFactory(enquiry=enquiry, in_use_from=None)
    for other in (draft.pk, ConsentFormFactory().pk, 10**30, "x"):
        client.post(page_of(who), {"contact_again": "granted", "form": other, **ASKED})
    assert {line.form for line in ConsentEvent.objects.all()} == {in_use}


def test_pressed_twice_is_kept_once(client, asha, who):
    sent = {"take_part": "granted", "key": str(uuid4()), **ASKED}
    for _press in range(2):
        assert client.post(page_of(who), sent).status_code == 302

    assert ConsentEvent.objects.count() == 1


def test_not_today_keeps_nothing_that_was_chosen(client, asha, who):
    client.post(page_of(who), {"take_part": "granted", "not_today": "1"})

    assert not ConsentEvent.objects.exists()
    assert ConsentCapture.objects.get().outcome == "not_today"
    assert "Not today." in client.get(page_of(who)).text


def test_who_was_with_them_and_how_they_answered_must_be_said(client, asha, who):
    answer = client.post(page_of(who), {"take_part": "granted", "was_adult": "on"})

    assert answer.status_code == 422
    assert "Say how they answered" in answer.text
    assert "Say who was with them" in answer.text
    assert not ConsentEvent.objects.exists()


def test_a_yes_that_cannot_stand_is_told_beside_its_own_question(client, asha, who):
    answer = client.post(page_of(who), {"take_part": "declined", "audio_record": "granted", **ASKED})

    assert answer.status_code == 422
    problem = answer.text.split('id="id_audio_record"')[1].split("</fieldset>")[0]
    assert "Ask about that first" in problem


def test_a_no_to_one_never_holds_up_another(client, asha, who):
    sent = dict.fromkeys(Scope.values, "granted") | {
        "quote_words": "declined",
        "audio_clip": "declined",
    }
    assert client.post(page_of(who), {**sent, **ASKED}).status_code == 302
    assert ConsentEvent.objects.filter(decision="granted").count() == 11


def test_each_round_is_asked_anew(client, asha, who):
    grant(who)
    second = WaveFactory(enquiry=who.enquiry)

    page = client.get(page_of(who), {"round": second.number}).text
    assert page.count("scope-question") == 13
    assert "checked" not in page


def test_the_copy_shows_what_they_said_and_nothing_of_staff(client, asha, enquiry, who):
    grant(who, Scope.TAKE_PART)
    client.post(page_of(who), {"audio_record": "declined", **ASKED})
    page = client.get(reverse("enquiries:copy", args=[who.pk])).text

    article = page.split("<article")[1].split("</article>")[0]
    assert "Wren" in article
    assert str(asha) not in article
    assert article.count("<dd>") == 13


def test_there_is_no_copy_of_what_was_never_asked(client, asha, enquiry, who):
    page = client.get(reverse("enquiries:copy", args=[who.pk])).text
    assert "Nothing was answered in this round yet" in page
    assert "<dd>" not in page


def test_whoever_took_everything_back_is_offered_for_no_group(client, asha, enquiry, who):
    grant(who, Scope.TAKE_PART)
    grant(ContributorFactory(enquiry=enquiry, pseudonym="Heron"), Scope.TAKE_PART)
    group = reverse("enquiries:group", args=[enquiry.pk])
    assert client.get(group).text.count('name="who"') == 2
    withdraw(contributor=who, scope=Scope.TAKE_PART, by=None)
    page = client.get(group).text
    assert page.count('name="who"') == 1
    assert "Heron" in page


def test_a_group_shows_each_of_them_and_what_all_of_them_allow(client, asha, enquiry, who):
    grant(who)
    heron = ContributorFactory(enquiry=enquiry, pseudonym="Heron")
    grant(heron, Scope.TAKE_PART)
    page = client.get(
        reverse("enquiries:group", args=[enquiry.pk]), {"who": [who.pk, heron.pk, "x", 10**30]}
    ).text

    assert "Everybody said yes to taking part" in page
    assert "The sound cannot be taken in: Heron did not" in page
    assert "Ask Heron" in page


def test_a_group_of_a_conversation_is_asked_for_its_own_round(client, asha, enquiry, who):
    grant(who)
    heron = ContributorFactory(enquiry=enquiry, pseudonym="Heron", agreed=True)
    talk = ConversationFactory(enquiry=enquiry, contributors=[who, heron])
    WaveFactory(enquiry=enquiry)
    page = client.get(reverse("enquiries:group", args=[enquiry.pk]), {"conversation": talk.pk}).text

    assert "Round 1." in page
    assert "Everybody said yes to the sound" in page
    assert latest_wave(who).number == 2


def test_after_asking_one_of_a_group_one_is_back_with_the_group(client, asha, enquiry, who):
    group = reverse("enquiries:group", args=[enquiry.pk]) + f"?who={who.pk}"
    answer = client.post(f"{page_of(who)}?back={group}", {"take_part": "granted", **ASKED})
    assert answer["Location"] == group

    for elsewhere in ("https://example.org/", "//example.org/workspace/", "/workspace/\\example.org"):
        other = client.post(
            f"{page_of(who)}?ask=all",
            {"take_part": "granted", **ASKED},
            QUERY_STRING=f"ask=all&back={elsewhere}",
        )
        assert "example.org" not in other["Location"] or other["Location"].startswith("/workspace/")


def test_in_a_long_list_a_name_is_looked_for(client, asha, enquiry, who):
    page = reverse("enquiries:contributors", args=[enquiry.pk])
    assert "A chosen name" not in client.get(page).content.decode()
    for n in range(15):
        ContributorFactory(enquiry=enquiry, pseudonym=f"Heron {n}")
    assert "A chosen name" in client.get(page).content.decode()
    found = client.get(page, {"name": "wre"}).content.decode()
    assert "Wren" in found
    assert "Heron 3" not in found
    assert "Nobody here has chosen such a name." in client.get(page, {"name": "zz"}).content.decode()
