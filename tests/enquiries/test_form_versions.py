"""Writing the next version of a form, putting it into use, and the pages that do it."""

import datetime

import pytest
from django.urls import reverse

from accounts.errors import NotYours
from accounts.models import Role
from enquiries import actions, form_versions
from enquiries.errors import NotPossibleNow
from enquiries.models import ConsentEvent, ConsentForm, Scope
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.enquiries import ContributorFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def enquiry():
    partner = PartnerFactory()
    return actions.frame_enquiry(
        partner=partner,
        by=colleague(partner),
        title="Eastmere",
        question="What has it been like?",
        place="Eastmere",
        cut_off_on=datetime.date(2027, 3, 31),
        opened_on=datetime.date(2026, 1, 5),
    )


@pytest.fixture
def asha(enquiry):
    return colleague(enquiry.partner)


def begun(enquiry, by, form_format="standard", language="en"):
    return form_versions.begin_version(enquiry=enquiry, form_format=form_format, language=language, by=by)


def test_the_next_version_begins_with_what_is_in_use(enquiry, asha):
    current = form_versions.form_in_use(enquiry, "standard")
    draft = begun(enquiry, asha)

    assert (draft.version, draft.is_draft, draft.text) == (2, True, current.text)
    assert list(draft.asks) == Scope.values
    assert form_versions.form_in_use(enquiry, "standard") == current


def test_there_is_one_draft_of_a_kind(enquiry, asha):
    assert begun(enquiry, asha) == begun(enquiry, colleague(enquiry.partner))
    assert begun(enquiry, asha) != begun(enquiry, asha, "easy_read")


def test_in_use_it_is_shown_and_stays_as_it_is(enquiry, asha):
    draft = begun(enquiry, asha)
    form_versions.change_draft(form=draft, by=asha, title="Talking with us")
    form_versions.put_in_use(form=draft, by=asha)

    current = form_versions.form_in_use(enquiry, "standard")
    assert (current.title, current.version) == ("Talking with us", 2)
    for change in (
        lambda: form_versions.change_draft(form=current, by=asha, title="Another"),
        lambda: form_versions.put_in_use(form=current, by=asha),
        lambda: form_versions.throw_draft_away(form=current, by=asha),
    ):
        with pytest.raises(NotPossibleNow, match="stays as it is"):
            change()


def test_answers_keep_the_version_they_were_given_to(enquiry, asha):
    before = form_versions.form_in_use(enquiry, "standard")
    who = ContributorFactory(enquiry=enquiry)
    wave = enquiry.waves.get()
    actions.record_consent(contributor=who, wave=wave, decisions={"take_part": "granted"}, by=asha)
    form_versions.put_in_use(form=begun(enquiry, asha), by=asha)
    actions.record_consent(contributor=who, wave=wave, decisions={"analyse": "granted"}, by=asha)

    versions = dict(ConsentEvent.objects.values_list("scope", "form__version"))
    assert versions == {"take_part": before.version, "analyse": 2}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"title": " "}, "title"),
        ({"text": ""}, "reads first"),
        ({"asks": {}}, "Taking part"),
        ({"cannot_recall": ""}, "cannot be taken back"),
        ({"printed_copies": ""}, "paper"),
        ({"cut_off_on": datetime.date(2028, 1, 1)}, "that of the enquiry"),
    ],
)
def test_nothing_half_said_goes_into_use(enquiry, asha, words, sentence):
    draft = begun(enquiry, asha)
    form_versions.change_draft(form=draft, by=asha, **words)

    with pytest.raises(NotPossibleNow, match=sentence):
        form_versions.put_in_use(form=draft, by=asha)


def test_a_new_last_day_asks_for_the_next_version(enquiry, asha):
    assert not any(each.out_of_date for each in form_versions.series_of(enquiry))
    actions.change_frame(enquiry=enquiry, by=asha, cut_off_on=datetime.date(2027, 6, 30))

    assert all("Write the next version" in each.out_of_date for each in form_versions.series_of(enquiry))
    assert begun(enquiry, asha).cut_off_on == datetime.date(2027, 6, 30)


def test_a_draft_can_be_thrown_away(enquiry, asha):
    form_versions.throw_draft_away(form=begun(enquiry, asha), by=asha)
    assert not ConsentForm.objects.filter(in_use_from=None).exists()


def test_a_format_without_a_form_is_refused_and_not_replaced(enquiry):
    with pytest.raises(NotPossibleNow, match="Write one first"):
        form_versions.form_in_use(enquiry, "other_language", "pl")


def test_another_language_begins_with_our_words(enquiry, asha):
    draft = begun(enquiry, asha, "other_language", "pl")
    assert (draft.version, draft.kind, draft.direction) == (1, "Polish", "ltr")
    assert begun(enquiry, asha, "other_language", "ar").direction == "rtl"
    assert "What has it been like?" in draft.text


@pytest.mark.parametrize(("form_format", "language"), [("song", "en"), ("standard", "e/n"), ("standard", "")])
def test_a_kind_that_does_not_exist_is_refused(enquiry, asha, form_format, language):
    with pytest.raises(NotPossibleNow):
        begun(enquiry, asha, form_format, language)


def test_only_those_who_frame_enquiries_write_forms(enquiry):
    for role in (Role.REVIEWER, Role.COACH, Role.DATA_GUARDIAN, Role.EDITOR):
        with pytest.raises(NotYours):
            begun(enquiry, colleague(enquiry.partner, role))


def test_easy_read_says_which_sentences_are_too_long(enquiry, asha):
    draft = begun(enquiry, asha, "easy_read")
    assert form_versions.too_long(draft) == []
    long = "We ask you a great many things at once and we hope that you will read them all."
    draft = form_versions.change_draft(form=draft, by=asha, text=f"We are here.\n{long}")
    assert form_versions.too_long(draft) == [long]


def test_from_the_list_to_a_version_in_use(client, enquiry, asha):
    client.force_login(asha)
    began = client.post(reverse("enquiries:forms", args=[enquiry.pk]), {"kind": "easy_read-en"})
    draft = ConsentForm.objects.get(in_use_from=None)
    assert began["Location"] == reverse("enquiries:write_form", args=[draft.pk])
    page = client.get(began["Location"]).text
    assert "Can we record your voice?" in page

    sent = {
        "title": "Talking with us",
        "text": "Hello.\n\nWe ask.",
        "cannot_recall": draft.cannot_recall,
        "printed_copies": draft.printed_copies,
        "cut_off_on": "2027-03-31",
        **{f"ask_{scope}": draft.asks[scope]["ask"] for scope in Scope.values},
        "ask_audio_record": "Can we keep your voice?",
    }
    kept = client.post(began["Location"], sent)
    assert kept["Location"] == reverse("enquiries:form", args=[draft.pk])
    assert "Can we keep your voice?" in client.get(kept["Location"]).text
    used = client.post(began["Location"], {**sent, "put_in_use": "1"})
    assert used["Location"] == reverse("enquiries:forms", args=[enquiry.pk])
    assert form_versions.form_in_use(enquiry, "easy_read").version == 2


def test_another_language_is_begun_from_the_list(client, enquiry, asha):
    client.force_login(asha)
    address = reverse("enquiries:forms", args=[enquiry.pk])
    page = client.get(address).text
    assert '<option value="pl">' in page
    assert '<option value="cy">' not in page
    client.post(address, {"kind": "other_language", "language": "pl"})
    assert ConsentForm.objects.get(in_use_from=None).language == "pl"


def test_a_version_in_use_leads_from_writing_to_reading(client, enquiry, asha):
    client.force_login(asha)
    form = form_versions.form_in_use(enquiry, "standard")
    answer = client.post(reverse("enquiries:write_form", args=[form.pk]), {"title": "x"})
    assert answer["Location"] == reverse("enquiries:form", args=[form.pk])
    form.refresh_from_db()
    assert form.title != "x"


def test_what_is_missing_is_said_and_what_was_written_stays(client, enquiry, asha):
    client.force_login(asha)
    draft = begun(enquiry, asha)
    address = reverse("enquiries:write_form", args=[draft.pk])
    answer = client.post(address, {"text": "Only this ŵ.", "cut_off_on": "2027-03-31", "put_in_use": "1"})
    assert answer.status_code == 422
    assert "Only this ŵ." in answer.text
    draft.refresh_from_db()
    assert draft.is_draft


def test_every_form_can_be_read_and_printed(client, enquiry, asha):
    client.force_login(asha)
    for form in form_versions.forms_in_use(enquiry):
        page = client.get(reverse("enquiries:form", args=[form.pk])).text
        assert form.title in page
        assert f'lang="{form.language}"' in page


def test_easy_read_has_a_drawing_beside_each_thing_it_says(client, enquiry, asha):
    who = ContributorFactory(enquiry=enquiry)
    client.force_login(asha)
    drawings = 'class="picture"'
    for form_format, asked, on_paper in (("easy_read", len(Scope), len(Scope) + 3), ("standard", 0, 0)):
        version = form_versions.put_in_use(form=begun(enquiry, asha, form_format), by=asha)
        pages = {
            reverse("enquiries:form", args=[version.pk]): on_paper,
            f"{reverse('enquiries:consent', args=[who.pk])}?form={version.pk}": asked,
        }
        for address, expected in pages.items():
            assert client.get(address).content.decode().count(drawings) == expected, address
