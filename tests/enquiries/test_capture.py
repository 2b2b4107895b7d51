"""Keeping one asking: whole or not at all, once however often it is sent, by a clock one can trust."""

import datetime
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.errors import NotYours
from accounts.models import Role
from audit.models import Event
from enquiries import consent
from enquiries.capture import Answers, by_our_clock, capture, capture_in_field, must_say_adult
from enquiries.errors import AlreadyAsked, NotPossibleNow
from enquiries.form_versions import form_in_use
from enquiries.models import ConsentCapture, ConsentEvent, Contributor, Outcome, Scope
from tests.factories.accounts import colleague
from tests.factories.enquiries import (
    ConsentFormFactory,
    ContributorFactory,
    EnquiryFactory,
    LinkFactory,
    PersonFactory,
    WaveFactory,
    grant,
    latest_wave,
)
from tests.sweeping import withdraw_and_sweep

pytestmark = pytest.mark.django_db

YES = {"take_part": "granted", "audio_record": "granted"}


@pytest.fixture
def who():
    return ContributorFactory()


def kept(contributor, answers=None, **changes):
    enquiry = contributor.enquiry
    given = {
        "contributor": contributor,
        "wave": latest_wave(contributor),
        "form": enquiry.consent_forms.exclude(in_use_from=None).first(),
        "answers": answers or Answers(decisions=YES, was_adult=True),
        "by": colleague(enquiry.partner),
    }
    return capture(**given | changes)


def test_an_asking_names_its_form_and_all_its_lines(who):
    made = kept(who, Answers(decisions=YES, was_adult=True, company="helper", copy_given=True)).capture

    lines = ConsentEvent.objects.filter(capture=made)
    assert dict(lines.values_list("scope", "decision")) == YES
    assert {line.form for line in lines} == {made.form}
    assert {line.copy_given for line in lines} == {True}
    assert (made.company, made.outcome) == ("helper", Outcome.ANSWERED)


def test_sent_twice_is_kept_once(who):
    key = uuid4()
    first, second = kept(who, key=key), kept(who, key=key)

    assert (first.was_known, second.was_known) == (False, True)
    assert first.capture == second.capture
    assert ConsentEvent.objects.count() == len(YES)
    assert ConsentCapture.objects.count() == 1


def test_other_answers_under_the_same_key_are_refused(who):
    key = uuid4()
    kept(who, key=key)

    with pytest.raises(AlreadyAsked, match="Ask once more"):
        kept(who, Answers(decisions={"take_part": "declined"}, was_adult=True), key=key)

    assert ConsentEvent.objects.filter(decision="declined").count() == 0


def test_nothing_is_kept_where_one_answer_cannot_stand(who):
    with pytest.raises(NotPossibleNow, match="Ask about that first"):
        kept(who, Answers(decisions={"take_part": "granted", "audio_clip": "granted"}, was_adult=True))

    assert not ConsentEvent.objects.exists()


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        (Answers(), "at least one question"),
        (Answers(decisions=YES), "18 and over"),
        (Answers(decisions=YES, was_adult=True, method="told"), "how they answered"),
        (Answers(decisions=YES, was_adult=True, method="telepathy"), "how they answered"),
        (Answers(decisions=YES, was_adult=True, company="crowd"), "none that the form offers"),
        (Answers(decisions=YES, was_adult=True, review_choice="perhaps"), "none that the form offers"),
        (Answers(decisions=YES, was_adult=True, not_today=True), "today is not the day"),
    ],
)
def test_what_no_form_offers_is_refused_with_a_sentence(who, answers, sentence):
    with pytest.raises(NotPossibleNow, match=sentence):
        kept(who, answers)


def test_not_today_keeps_no_answer(who):
    made = kept(who, Answers(not_today=True)).capture

    assert made.outcome == Outcome.NOT_TODAY
    assert not ConsentEvent.objects.exists()
    assert consent.states(who)["take_part"] == "not_asked"
    assert Event.objects.filter(action="consent.put_off", object_id=str(who.pk)).count() == 1


def test_whether_they_see_words_first_is_a_preference_of_its_own(who):
    kept(who, Answers(review_choice="transcript"))

    who.refresh_from_db()
    assert who.review_choice == "transcript"
    assert not ConsentEvent.objects.exists()


def test_a_form_that_is_being_written_or_of_another_enquiry_is_refused(who):
    for form in (ConsentFormFactory(enquiry=who.enquiry, in_use_from=None), ConsentFormFactory()):
        with pytest.raises(NotPossibleNow):
            kept(who, form=form)


def test_a_wave_of_another_enquiry_is_refused(who):
    with pytest.raises(NotPossibleNow):
        kept(who, wave=WaveFactory())


def test_those_who_ask_nobody_are_refused(who):
    for role in (Role.COACH, Role.REVIEWER, Role.EDITOR, Role.DATA_GUARDIAN, Role.PARTNER_LEAD):
        with pytest.raises(NotYours):
            kept(who, by=colleague(who.enquiry.partner, role))


def test_being_an_adult_is_said_once(who):
    assert must_say_adult(who)
    kept(who)
    assert not must_say_adult(who)
    kept(who, Answers(decisions={"analyse": "declined"}))


def test_being_an_adult_is_known_of_a_person_behind_the_voice(who):
    LinkFactory(contributor=who, person=PersonFactory(partner=who.partner, is_adult=True))
    assert not must_say_adult(who)


# --- A phone that was without a network ---------------------------------------------------------------


def in_field(enquiry, **changes):
    given = {
        "enquiry": enquiry,
        "wave": enquiry.waves.first(),
        "form": form_in_use(enquiry, "standard"),
        "answers": Answers(decisions=YES, was_adult=True),
        "by": colleague(enquiry.partner),
        "key": uuid4(),
        "pseudonym": "Wren",
        "is_known": False,
    }
    return capture_in_field(**given | changes)


def test_somebody_new_is_added_once_however_often_the_phone_sends():
    enquiry, key = EnquiryFactory(), uuid4()
    for _time in range(3):
        in_field(enquiry, key=key)

    assert Contributor.objects.get().pseudonym == "Wren"
    assert ConsentEvent.objects.count() == len(YES)
    assert ConsentCapture.objects.get().came_from_field


def test_a_name_that_is_taken_is_no_second_person():
    enquiry = EnquiryFactory()
    ContributorFactory(enquiry=enquiry, pseudonym="Wren")

    with pytest.raises(AlreadyAsked, match="already goes by"):
        in_field(enquiry)

    assert not ConsentEvent.objects.exists()


def test_somebody_known_is_found_by_name_and_nobody_is_made_up():
    enquiry = EnquiryFactory()
    wren = ContributorFactory(enquiry=enquiry, pseudonym="Wren")
    in_field(enquiry, pseudonym=" wren ", is_known=True)

    assert {line.contributor for line in ConsentEvent.objects.all()} == {wren}
    with pytest.raises(NotPossibleNow, match="Nobody here goes by"):
        in_field(enquiry, pseudonym="Heron", is_known=True)


def test_nothing_is_kept_of_somebody_new_who_waits():
    with pytest.raises(NotPossibleNow):
        in_field(EnquiryFactory(), answers=Answers(not_today=True))

    assert not Contributor.objects.exists()


def test_a_yes_from_the_morning_does_not_bring_back_what_was_taken_back_at_noon(who):
    """The phone was without a network all day; the person rang the office meanwhile."""
    grant(who, Scope.TAKE_PART, Scope.ANALYSE)
    morning = timezone.now() + datetime.timedelta(milliseconds=1)
    withdraw_and_sweep(contributor=who, scope=Scope.ANALYSE, by=None)
    in_field(
        who.enquiry,
        pseudonym=who.pseudonym,
        is_known=True,
        answers=Answers(decisions={"analyse": "granted"}, was_adult=True, answered_at=morning),
    )

    assert not consent.allows(who, Scope.ANALYSE)


def test_a_clock_that_runs_ahead_dates_nothing_into_the_future():
    two_hours = datetime.timedelta(hours=2)

    assert abs(timezone.now() - two_hours - by_our_clock(two_hours)) < datetime.timedelta(minutes=5)
    assert by_our_clock(-two_hours) <= timezone.now()


@pytest.mark.parametrize("wrong", [datetime.timedelta(days=400), datetime.timedelta(hours=-3)])
def test_a_moment_nobody_can_believe_is_now(who, wrong):
    answers = Answers(decisions=YES, was_adult=True, answered_at=timezone.now() - wrong)
    made = kept(who, answers).capture

    assert timezone.now() - made.answered_at < datetime.timedelta(minutes=5)
