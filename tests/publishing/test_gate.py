"""The gate: each rule refused and allowed, the second person, and every way a page can go live."""

import datetime

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotYours
from accounts.models import Role
from audit.models import Event
from enquiries.models import ReviewChoice
from publishing import actions, gate, live
from publishing.errors import GateClosed, NotAnotherPerson, NotReadyToSign
from publishing.models import GateCheck, QuoteOnPage, ReportToMend, WisdomPage, WisdomsReportPage
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.enquiries import EnquiryFactory, take_back
from tests.factories.publishing import World, full_wisdom
from themes.models import QuoteState, TagDecision
from themes.states import move

pytestmark = pytest.mark.django_db


def rules(page) -> set[str]:
    return {finding.rule for finding in gate.examine(actions.newest(page)) if finding.closes}


@pytest.fixture
def report(site: World) -> WisdomsReportPage:
    return site.report()


def test_full_wisdom_has_nothing_in_its_way(site: World, report):
    assert rules(full_wisdom(site, report)) == set()


@pytest.mark.parametrize("state", [QuoteState.OFFERED, QuoteState.REFUSED])
def test_quote_without_a_yes_closes_the_gate(site: World, report, state):
    page = site.wisdom(report, opening_quote=site.quote(state=state).pk)
    assert rules(page) == {"quotes_allowed"}


def test_quote_whose_speaker_took_it_back_closes_the_gate(site: World, report):
    contributor = site.contributor()
    page = site.wisdom(report, opening_quote=site.quote(contributor=contributor).pk)
    assert rules(page) == set()
    take_back(contributor, "quote_words")
    assert rules(page) == {"quotes_allowed"}


def test_quote_emptied_by_withdrawal_closes_the_gate(site: World, report):
    quote = site.quote()
    page = site.wisdom(report, opening_quote=quote.pk)
    move(quote, QuoteState.WITHDRAWN, by=None)
    assert rules(page) == {"quotes_allowed"}


def test_quote_that_is_no_longer_there_closes_the_gate(site: World, report):
    assert rules(site.wisdom(report, opening_quote=999)) == {"quotes_allowed"}


def test_quote_from_a_text_not_signed_off_closes_the_gate(site: World, report):
    quote = site.quote()
    version = quote.segment.version
    version.signed_off_by = None
    version.signed_off_at = None
    version.save()
    assert rules(site.wisdom(report, opening_quote=quote.pk)) == {"quotes_allowed"}


def test_quote_of_another_enquiry_closes_the_gate(site: World, report):
    other = site.report(title="Another", enquiry=EnquiryFactory(partner=site.partner), slug="another")
    assert rules(site.wisdom(other, opening_quote=site.quote().pk)) == {"quotes_of_enquiry"}


def test_quote_never_offered_closes_the_gate_unless_its_speaker_asked_not_to_see_it(site: World, report):
    asked = site.quote()
    asked.steps.filter(to_state=QuoteState.OFFERED).delete()
    assert rules(site.wisdom(report, opening_quote=asked.pk)) == {"quotes_offered"}
    unasked = site.quote(contributor=site.contributor(review_choice=ReviewChoice.NONE))
    assert rules(site.wisdom(report, title="Two", opening_quote=unasked.pk)) == set()


def test_figure_not_frozen_or_of_others_closes_the_gate(site: World, report):
    empty = site.figure(safe={})
    foreign = site.figure(enquiry=EnquiryFactory())
    for figure in (empty, foreign):
        page = site.wisdom(report, title=f"F{figure.pk}", counted=[("figure", {"figure": figure.pk})])
        assert rules(page) == {"figures_frozen"}
    fine = site.wisdom(report, title="Fine", counted=[("figure", {"figure": site.figure().pk})])
    assert rules(fine) == set()


def test_word_of_the_lint_closes_the_gate_until_a_reason_is_given(site: World, report):
    page = site.wisdom(report, heard=[("prose", "<p>We met a client at the hostel.</p>")])
    assert rules(page) == {"language"}
    actions.keep_word(page=page, word="client", reason="It is the name of a rule.", by=site.editor)
    assert rules(page) == set()


def test_words_people_said_are_not_linted(site: World, report):
    assert (
        rules(site.wisdom(report, opening_quote=site.quote("They called me a client, a case.").pk)) == set()
    )


def test_words_somebody_said_cannot_be_typed(site: World, report):
    said = "I had a key and a kettle and I sat on the floor with the light off."
    site.quote(said)
    typed = "<p>One said: I HAD a key, and a kettle – and I sat there.</p>"
    page = site.wisdom(report, heard=[("prose", typed)])
    found = [each for each in gate.examine(actions.newest(page)) if each.closes]
    assert [each.rule for each in found] == ["typed_words"]
    assert "What we heard" in found[0].sentence
    assert "kettle" not in found[0].sentence
    own = "<p>One had only a key and a kettle.</p>"
    assert rules(site.wisdom(report, title="Two", heard=[("prose", own)])) == set()


def test_missing_content_note_closes_the_gate_unless_none_is_needed(site: World, report):
    assert rules(site.wisdom(report, is_note_needless=False)) == {"content_note"}
    assert rules(site.wisdom(report, title="Two", content_note="Loss is spoken of.")) == set()


def test_picture_without_words_closes_the_gate(site: World, report):
    from wagtail.images.models import Image
    from wagtail.images.tests.utils import get_test_image_file

    picture = Image.objects.create(title="Allotment", file=get_test_image_file())
    page = site.wisdom(report, image=picture)
    assert rules(page) == {"pictures"}
    page.image_alt = "An allotment in rain."
    page.save_revision(user=site.editor)
    assert rules(page) == set()


def test_long_sentences_are_said_but_close_nothing(site: World, report):
    page = site.wisdom(report, heard=[("prose", f"<p>{'word ' * 40}.</p>")])
    found = gate.examine(actions.newest(page))
    assert [each.rule for each in found if each.rule == "length"] == ["length"]
    assert rules(page) == set()


# --- The second person --------------------------------------------------------------------------------


def test_author_cannot_sign(site: World, report):
    actions.run_gate(page=report, by=site.second)
    with pytest.raises(NotAnotherPerson):
        actions.sign_gate(page=report, by=site.editor, could_be_known=False)


def test_who_asked_for_the_check_cannot_sign(site: World, report):
    actions.run_gate(page=report, by=site.second)
    with pytest.raises(NotAnotherPerson):
        actions.sign_gate(page=report, by=site.second, could_be_known=False)


def test_stranger_can_neither_check_nor_sign(site: World, report):
    stranger = colleague(PartnerFactory(), Role.EDITOR, Role.REVIEWER)
    with pytest.raises(NotYours):
        actions.run_gate(page=report, by=stranger)
    actions.run_gate(page=report, by=site.editor)
    with pytest.raises(NotYours):
        actions.sign_gate(page=report, by=stranger, could_be_known=False)


def test_signing_is_refused_where_somebody_could_be_known(site: World, report):
    actions.run_gate(page=report, by=site.editor)
    with pytest.raises(NotReadyToSign):
        actions.sign_gate(page=report, by=site.second, could_be_known=True)
    assert not GateCheck.objects.filter(signed_by__isnull=False).exists()


def test_signing_is_refused_when_the_check_found_something(site: World, report):
    page = site.wisdom(report, is_note_needless=False)
    check = actions.run_gate(page=page, by=site.editor)
    assert not check.passed
    with pytest.raises(NotReadyToSign):
        actions.sign_gate(page=page, by=site.second, could_be_known=False)


def test_signing_is_refused_when_the_page_changed_since_the_check(site: World, report):
    actions.run_gate(page=report, by=site.editor)
    report.in_short = "Another sentence."
    report.save_revision(user=site.editor)
    with pytest.raises(NotReadyToSign):
        actions.sign_gate(page=report, by=site.second, could_be_known=False)


def test_unchanged_page_saved_again_keeps_its_signature(site: World, report):
    page = full_wisdom(site, report)
    site.pass_gate(page)
    again = actions.newest(page)
    again.save_revision(user=site.editor)
    assert actions.publish(page=page, by=site.editor).live


# --- Ways of going live -------------------------------------------------------------------------------


def test_publish_without_signature_is_refused_with_sentences(site: World, report):
    with pytest.raises(GateClosed) as closed:
        actions.publish(page=report, by=site.editor)
    assert "second person" in closed.value.sentences[0]
    report.refresh_from_db()
    assert not report.live


def test_wagtails_own_publish_is_refused(site: World, report):
    with pytest.raises(GateClosed):
        report.get_latest_revision().publish(user=site.editor)
    assert not WisdomsReportPage.objects.get(pk=report.pk).live


def test_page_added_live_from_code_is_refused(site: World, report):
    with pytest.raises(GateClosed):
        report.add_child(instance=WisdomPage(title="Straight in", is_note_needless=True))


def test_live_page_changed_by_save_is_refused(site: World, report):
    live = site.go_live(report)
    live.in_short = "Slipped in."
    with pytest.raises(GateClosed):
        live.save()
    assert WisdomsReportPage.objects.get(pk=report.pk).in_short == ""


def test_going_live_places_quotes_and_leaves_a_record(site: World, report):
    quote = site.quote()
    page = site.go_live(site.wisdom(report, opening_quote=quote.pk))
    quote.refresh_from_db()
    assert quote.state == QuoteState.PLACED
    assert QuoteOnPage.objects.filter(page_id=page.pk, quote=quote).exists()
    assert Event.objects.filter(action="page.went_live", object_id=str(page.pk)).exists()


def test_scheduled_page_is_gated_again_when_its_hour_comes(site: World, report):
    contributor = site.contributor()
    kept = site.wisdom(report, title="Kept", opening_quote=site.quote().pk)
    lost = site.wisdom(report, title="Lost", opening_quote=site.quote(contributor=contributor).pk)
    for page in (lost, kept):
        site.pass_gate(page)
        draft = actions.newest(page)
        draft.go_live_at = timezone.now() + datetime.timedelta(hours=1)
        draft.save_revision(user=site.editor)
        assert not actions.publish(page=page, by=site.editor).live
    take_back(contributor, "quote_words")
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=2)):
        call_command("publish_scheduled")
    assert WisdomPage.objects.get(pk=kept.pk).live
    assert not WisdomPage.objects.get(pk=lost.pk).live
    row = ReportToMend.objects.get(page_id=lost.pk)
    assert row.reason == "not_live_as_planned"
    assert WisdomPage.objects.get(pk=lost.pk).scheduled_revision is None


def test_scheduling_is_refused_without_a_signature(site: World, report):
    report.go_live_at = timezone.now() + datetime.timedelta(hours=1)
    report.save_revision(user=site.editor)
    with pytest.raises(GateClosed):
        actions.publish(page=report, by=site.editor)


def test_wisdom_moves_only_within_its_enquiry(site: World, report):
    page = site.wisdom(report)
    sister = site.report(title="Sister", slug="sister")
    foreign = site.report(title="Foreign", slug="foreign", enquiry=EnquiryFactory(partner=site.partner))
    assert page.can_move_to(sister)
    assert not page.can_move_to(foreign)


def test_page_taken_down_sets_its_quotes_free(site: World, report):
    quote = site.quote()
    first = site.go_live(site.wisdom(report, title="One", opening_quote=quote.pk))
    second = site.go_live(site.wisdom(report, title="Two", opening_quote=quote.pk))
    first.unpublish()
    quote.refresh_from_db()
    assert quote.state == QuoteState.PLACED
    assert [page.pk for page in live.pages_showing([quote.pk])] == [second.pk]
    second.unpublish()
    quote.refresh_from_db()
    assert quote.state == QuoteState.APPROVED
    assert list(live.pages_showing([quote.pk])) == []


def test_quote_refused_after_it_was_placed_is_listed_once(site: World, report):
    quote = site.quote()
    page = site.go_live(site.wisdom(report, opening_quote=quote.pk))
    assert actions.list_pages_to_mend() == 0
    quote.refresh_from_db()
    move(quote, QuoteState.REFUSED, by=None)
    assert actions.list_pages_to_mend() == 1
    assert actions.list_pages_to_mend() == 0
    row = ReportToMend.objects.get(page_id=page.pk)
    assert row.reason == "quote_changed"
    actions.set_right(row=row, by=site.editor)
    assert actions.list_pages_to_mend() == 0


def test_quote_its_speaker_changed_is_hidden_until_somebody_signs_the_new_words(client, site: World, report):
    quote = site.quote("The first way of saying it.")
    page = site.go_live(site.wisdom(report, opening_quote=quote.pk))
    assert "The first way" in client.get(page.url).content.decode()
    quote.refresh_from_db()
    move(quote, QuoteState.CHANGED, by=None, shown="Another way of saying it.")
    text = client.get(page.url).content.decode()
    assert "The first way" not in text
    assert "Another way" not in text
    with pytest.raises(GateClosed):
        actions.publish(page=page, by=site.editor)
    assert actions.list_pages_to_mend() == 1
    client.force_login(site.second)
    assert "Another way" in client.get(reverse("publishing_gate_read", args=[page.pk])).content.decode()
    site.go_live(page)
    assert "Another way" in client.get(page.url).content.decode()


def test_words_beside_a_figure_are_linted_too(site: World, report):
    display = site.display()
    type(display).objects.filter(pk=display.pk).update(reading="The clients left.")
    page = site.wisdom(report, counted=[("display", {"display": display.pk})])
    assert rules(page) == {"language"}


def test_figures_and_shares_are_frozen_when_a_page_goes_live(site: World, report):
    from publishing.models import FrozenShare

    theme = site.theme()
    page = site.wisdom(report, theme=theme)
    assert rules(page) == {"share"}
    code = site.code()
    theme.codes.add(code, through_defaults={"partner": theme.partner})
    segment = site.quote().segment
    TagDecision.objects.create(
        partner=site.partner,
        segment=segment,
        code=code,
        start=0,
        end=3,
        text=segment.text[:3],
        choice="applied",
        decided_by=site.second,
    )
    assert rules(page) == set()
    live = site.go_live(page)
    assert FrozenShare.objects.get(page_id=live.pk).band == "almost_all"
