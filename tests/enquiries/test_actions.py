from datetime import date

import pytest

from accounts.errors import NotYours
from accounts.models import Role
from audit.models import Event
from enquiries import actions, consent, withdrawal
from enquiries.dates import months_after, second_wave_due
from enquiries.errors import AlreadyAsked, ConsentMissing, NotPossibleNow
from enquiries.models import ConsentEvent, Link, Person, Scope, Withdrawal, WithdrawalState
from enquiries.sweep import sweep
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.enquiries import (
    ContributorFactory,
    EnquiryFactory,
    LinkFactory,
    grant,
    latest_wave,
)
from tests.sweeping import withdraw_and_sweep

pytestmark = pytest.mark.django_db

FRAME = {
    "title": "Eastmere",
    "question": "What has it been like?",
    "place": "Eastmere",
    "cut_off_on": date(2026, 11, 30),
    "opened_on": date(2025, 4, 14),
}


def test_frame_enquiry_opens_the_first_wave_with_a_form():
    partner = PartnerFactory()
    enquiry = actions.frame_enquiry(partner=partner, by=colleague(partner), **FRAME)

    assert [wave.number for wave in enquiry.waves.all()] == [1]
    kinds = enquiry.consent_forms.values_list("format", "language", "version")
    assert set(kinds) == {("standard", "en", 1), ("easy_read", "en", 1), ("other_language", "cy", 1)}
    assert Event.objects.filter(action="enquiry.framed", object_id=str(enquiry.pk)).count() == 1


@pytest.mark.parametrize("role", [Role.COACH, Role.EDITOR, Role.PARTNER_LEAD, Role.DATA_GUARDIAN])
def test_frame_enquiry_refuses_other_roles(role):
    partner = PartnerFactory()

    with pytest.raises(NotYours):
        actions.frame_enquiry(partner=partner, by=colleague(partner, role), **FRAME)


def test_frame_enquiry_refuses_a_researcher_of_another_partner():
    with pytest.raises(NotYours):
        actions.frame_enquiry(partner=PartnerFactory(), by=colleague(PartnerFactory()), **FRAME)


def test_frame_enquiry_refuses_a_cut_off_before_the_start():
    partner = PartnerFactory()

    with pytest.raises(NotPossibleNow):
        actions.frame_enquiry(
            partner=partner, by=colleague(partner), **FRAME | {"cut_off_on": date(2025, 1, 1)}
        )


def test_the_question_stays_once_somebody_was_listened_to():
    enquiry = EnquiryFactory()
    by = colleague(enquiry.partner)
    who = ContributorFactory(enquiry=enquiry, agreed=True)
    actions.add_conversation(
        enquiry=enquiry, wave=latest_wave(who), contributors=[who], held_on=date(2025, 5, 1), by=by
    )

    with pytest.raises(NotPossibleNow):
        actions.change_frame(enquiry=enquiry, by=by, question="Another question?")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2022, 11, 30), 3, date(2023, 2, 28)),
        (date(2025, 4, 14), 12, date(2026, 4, 14)),
        (date(2025, 12, 31), 6, date(2026, 6, 30)),
    ],
)
def test_months_after_clamps_month_ends(day, months, expected):
    assert months_after(day, months) == expected


def test_the_second_wave_opens_on_both_ends_of_its_window_and_not_outside():
    for day, is_allowed in [
        (date(2026, 4, 13), False),
        (date(2026, 4, 14), True),
        (date(2026, 10, 14), True),
        (date(2026, 10, 15), False),
    ]:
        enquiry = EnquiryFactory()
        enquiry.waves.update(opened_on=date(2025, 4, 14))
        by = colleague(enquiry.partner)
        if is_allowed:
            assert actions.open_next_wave(enquiry=enquiry, opened_on=day, by=by).number == 2
        else:
            with pytest.raises(NotPossibleNow):
                actions.open_next_wave(enquiry=enquiry, opened_on=day, by=by)
    assert second_wave_due(date(2025, 4, 14)) == (date(2026, 4, 14), date(2026, 10, 14))


def test_add_contributor_keeps_the_person_in_the_link_table_only():
    enquiry = EnquiryFactory()
    contributor = actions.add_voice(
        enquiry=enquiry,
        by=colleague(enquiry.partner),
        identity={"called": "Sharon", "is_adult": True, "other_names": ["Kev"]},
        pseudonym="Wren",
    )

    assert Link.objects.get(contributor=contributor).person.called == "Sharon"
    assert "Sharon" not in repr(Event.objects.values_list("detail", flat=True))


def test_add_contributor_refuses_a_name_taken_and_somebody_under_18():
    enquiry = EnquiryFactory()
    by = colleague(enquiry.partner)
    actions.add_contributor(enquiry=enquiry, pseudonym="Wren", by=by)

    with pytest.raises(AlreadyAsked):
        actions.add_contributor(enquiry=enquiry, pseudonym="Wren", by=by)
    with pytest.raises(NotPossibleNow):
        actions.add_voice(enquiry=enquiry, by=by, identity={"called": "Sam"}, pseudonym="Heron")
    assert Person.objects.count() == 0


def test_record_consent_refuses_a_yes_that_cannot_stand_and_keeps_nothing():
    contributor = ContributorFactory()
    wave = latest_wave(contributor)

    with pytest.raises(NotPossibleNow, match="together with"):
        actions.record_consent(
            contributor=contributor,
            wave=wave,
            decisions={Scope.TAKE_PART: "granted", Scope.AUDIO_CLIP: "granted"},
            by=None,
        )

    assert not ConsentEvent.objects.exists()


def test_record_consent_keeps_a_no_without_touching_other_scopes():
    contributor = ContributorFactory(agreed=True)
    wave = latest_wave(contributor)
    actions.record_consent(
        contributor=contributor, wave=wave, decisions={Scope.CONTACT_AGAIN: "declined"}, by=None
    )

    assert consent.allows(contributor, Scope.AUDIO_CLIP)
    assert not consent.allows(contributor, Scope.CONTACT_AGAIN)


@pytest.mark.parametrize(
    "decisions", [{"everything": "granted"}, {"take_part": "withdrawn"}, {"take_part": "yes"}]
)
def test_record_consent_refuses_unknown_answers(decisions):
    contributor = ContributorFactory()

    with pytest.raises(NotPossibleNow):
        actions.record_consent(
            contributor=contributor, wave=latest_wave(contributor), decisions=decisions, by=None
        )


def test_withdraw_takes_back_what_rests_on_a_scope_and_calls_at_once_what_must_be_so(monkeypatch):
    called = []
    monkeypatch.setattr(withdrawal, "_registered", {})

    def handler(name):
        def handle(_contributor, _scopes):
            called.append(name)
            return {"rows": 1, "none": 0}

        return handle

    for label in ("enquiries", "publishing", "transcripts"):
        withdrawal.register(label, at_once=handler(label), steps={"later": handler(f"{label}.later")})
    contributor = ContributorFactory(agreed=True)

    asked = actions.withdraw(contributor=contributor, scope=Scope.ANALYSE, by=None)

    assert set(asked.scopes) == {Scope.ANALYSE, Scope.QUOTE_WORDS, Scope.AUDIO_CLIP, Scope.ARCHIVE_DEPOSIT}
    assert called == ["publishing", "transcripts", "enquiries"]
    assert asked.state == WithdrawalState.ASKED
    assert consent.allows(contributor, Scope.AUDIO_RECORD)

    done = sweep(asked.pk)

    assert called[3:] == ["publishing.later", "transcripts.later", "enquiries.later"]
    assert done.counts() == {f"{name}.rows": 1 for name in called[3:]}
    assert done.state == WithdrawalState.DONE


def test_withdrawing_twice_changes_nothing_the_second_time():
    contributor = ContributorFactory(agreed=True)
    first = actions.withdraw(contributor=contributor, scope=Scope.QUOTE_WORDS, by=None)
    lines = ConsentEvent.objects.count()

    assert actions.withdraw(contributor=contributor, scope=Scope.QUOTE_WORDS, by=None) == first
    assert ConsentEvent.objects.count() == lines


def test_withdrawing_what_was_never_given_says_so_and_removes_nothing():
    contributor = ContributorFactory()
    first = actions.withdraw(contributor=contributor, scope=Scope.ANALYSE, by=None)

    assert (first.scopes, first.state) == ([], WithdrawalState.DONE)
    assert actions.withdraw(contributor=contributor, scope=Scope.ANALYSE, by=None) == first
    assert not ConsentEvent.objects.exists()


def test_several_scopes_are_taken_back_under_one_receipt():
    contributor = ContributorFactory(agreed=True)
    done = actions.withdraw(contributor=contributor, scope=[Scope.TAKE_PART, Scope.CONTACT_AGAIN], by=None)

    assert set(done.scopes) == set(Scope.values)
    assert Withdrawal.objects.count() == 1


def test_nothing_new_is_agreed_to_while_the_old_is_being_removed():
    contributor = ContributorFactory(agreed=True)
    asked = actions.withdraw(contributor=contributor, scope=Scope.ANALYSE, by=None)
    again = {
        "contributor": contributor,
        "wave": latest_wave(contributor),
        "decisions": {Scope.ANALYSE: "granted"},
        "by": None,
    }

    with pytest.raises(NotPossibleNow, match="still being removed"):
        actions.record_consent(**again)
    sweep(asked.pk)
    actions.record_consent(**again)

    assert consent.allows(contributor, Scope.ANALYSE)


def test_withdrawing_take_part_removes_the_link_and_the_person_nobody_else_needs():
    link = LinkFactory(contributor__agreed=True)
    withdraw_and_sweep(contributor=link.contributor, scope=Scope.TAKE_PART)

    assert not Link.objects.exists()
    assert not Person.objects.exists()
    assert not consent.allows(link.contributor, Scope.TAKE_PART)


def test_add_conversation_is_refused_before_everyone_said_yes():
    enquiry = EnquiryFactory()
    yes, unasked = ContributorFactory(enquiry=enquiry, agreed=True), ContributorFactory(enquiry=enquiry)
    arguments = {
        "enquiry": enquiry,
        "wave": latest_wave(yes),
        "held_on": date(2025, 5, 1),
        "by": colleague(enquiry.partner),
    }

    with pytest.raises(ConsentMissing):
        actions.add_conversation(contributors=[yes, unasked], **arguments)
    with pytest.raises(NotPossibleNow):
        actions.add_conversation(contributors=[], **arguments)
    assert not enquiry.conversations.exists()


def test_add_conversation_numbers_on_and_refuses_another_enquiry():
    enquiry = EnquiryFactory()
    who = ContributorFactory(enquiry=enquiry, agreed=True)
    stranger = ContributorFactory(agreed=True)
    arguments = {
        "enquiry": enquiry,
        "wave": latest_wave(who),
        "held_on": date(2025, 5, 1),
        "by": colleague(enquiry.partner),
    }

    first = actions.add_conversation(contributors=[who], **arguments)
    second = actions.add_conversation(contributors=[who], **arguments)

    assert (first.number, second.number) == (1, 2)
    with pytest.raises(NotPossibleNow):
        actions.add_conversation(contributors=[stranger], **arguments)


def test_granting_a_scope_again_after_taking_it_back_opens_the_gate_for_that_wave():
    contributor = ContributorFactory(agreed=True)
    wave = latest_wave(contributor)
    actions.withdraw(contributor=contributor, scope=Scope.ANALYSE, by=None)
    grant(contributor, Scope.ANALYSE, wave=wave)

    assert consent.allows(contributor, Scope.ANALYSE, wave=wave)
    assert not consent.allows(contributor, Scope.QUOTE_WORDS, wave=wave)
