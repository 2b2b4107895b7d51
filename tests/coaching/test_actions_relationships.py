import datetime

import pytest
import time_machine
from django.http import Http404

from accounts.errors import NotYours
from accounts.models import Role
from audit.models import Event
from coaching import actions, selectors
from coaching.errors import AnswersRefused, NotPossibleNow, TooSoon
from coaching.models import (
    CoachingRelationship,
    CoachingSession,
    EndingKind,
    Instrument,
    RecordMode,
    RelationshipState,
)
from coaching.states import RELATIONSHIP
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.coaching import RelationshipFactory, SessionFactory, WellbeingFactory, coach_at
from tests.factories.enquiries import PersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_spring")]

TODAY = datetime.date(2026, 4, 1)


@pytest.fixture
def _spring():
    with time_machine.travel(datetime.datetime(2026, 4, 1, 12, tzinfo=datetime.UTC), tick=False):
        yield


@pytest.fixture
def relationship():
    return RelationshipFactory()


def relationship_at(state):
    return RelationshipFactory(**({} if state == "active" else {str(state): True}))


@pytest.mark.parametrize("state", RelationshipState.values)
@pytest.mark.parametrize("to", RelationshipState.values)
def test_every_step_is_allowed_or_refused_as_the_table_says(state, to):
    row = relationship_at(state)
    if to == RelationshipState.ENDED:
        act = {"kind": EndingKind.PLANNED, "ended_on": TODAY, "by": row.coach}
        if to in RELATIONSHIP[state]:
            actions.end_relationship(relationship=row, **act)
        else:
            with pytest.raises(NotPossibleNow):
                actions.end_relationship(relationship=row, **act)
    elif to in RELATIONSHIP[state]:
        actions.move_relationship(relationship=row, to=to, by=row.coach)
    else:
        with pytest.raises(NotPossibleNow):
            actions.move_relationship(relationship=row, to=to, by=row.coach)
        to = state
    row.refresh_from_db()
    assert row.state == to
    assert (row.ended_on is not None) == (to == RelationshipState.ENDED)


def test_ending_must_say_how(relationship):
    with pytest.raises(NotPossibleNow, match="how it came to an end"):
        actions.move_relationship(relationship=relationship, to="ended", by=relationship.coach)
    with pytest.raises(NotPossibleNow):
        actions.end_relationship(
            relationship=relationship, kind="discharged", ended_on=TODAY, by=relationship.coach
        )


@pytest.mark.parametrize("day", [datetime.date(2025, 1, 5), TODAY + datetime.timedelta(days=1)])
def test_ending_refuses_an_impossible_day(relationship, day):
    with pytest.raises(NotPossibleNow):
        actions.end_relationship(
            relationship=relationship, kind=EndingKind.PLANNED, ended_on=day, by=relationship.coach
        )


def test_coming_back_starts_a_new_relationship():
    before = RelationshipFactory(ended=True)
    again = actions.start_relationship(
        partner=before.partner, by=before.coach, started_on=TODAY, person=before.person
    )
    assert again.pk != before.pk
    assert CoachingRelationship.objects.filter(person=before.person).count() == 2
    with pytest.raises(NotPossibleNow, match="already"):
        actions.start_relationship(
            partner=before.partner, by=before.coach, started_on=TODAY, person=before.person
        )


def test_start_needs_a_name_a_past_day_and_a_person_of_the_partner(relationship):
    coach, partner = relationship.coach, relationship.partner
    for wrong in (
        {"called": " "},
        {"called": "Robin", "started_on": TODAY + datetime.timedelta(days=1)},
        {"person": PersonFactory()},
        {"called": "Robin", "state": RelationshipState.PAUSED},
    ):
        with pytest.raises(NotPossibleNow):
            actions.start_relationship(partner=partner, by=coach, **{"started_on": TODAY, **wrong})


def test_meeting_is_kept_with_where_and_how_long(relationship):
    session = actions.record_session(
        relationship=relationship, by=relationship.coach, held_on=TODAY, place_kind="outdoors", minutes=45
    )
    assert (session.was_met, session.minutes, session.place_kind) == (True, 45, "outdoors")
    assert Event.objects.filter(action="session.recorded", object_id=str(session.pk)).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"held_on": TODAY + datetime.timedelta(days=1)},
        {"held_on": datetime.date(2025, 1, 5)},
        {"place_kind": "prison"},
        {"minutes": 0},
        {"minutes": 1441},
    ],
)
def test_meeting_refuses_what_cannot_be(relationship, wrong):
    right = {"held_on": TODAY, "place_kind": "cafe", "minutes": 60}
    with pytest.raises(NotPossibleNow):
        actions.record_session(relationship=relationship, by=relationship.coach, **{**right, **wrong})
    assert not CoachingSession.objects.exists()


def test_no_meeting_after_the_end():
    row = RelationshipFactory(ended=True)
    with pytest.raises(NotPossibleNow, match="after this came to an end"):
        actions.record_session(relationship=row, by=row.coach, held_on=TODAY, place_kind="cafe")


def test_a_meeting_that_did_not_happen_asks_for_no_reason(relationship):
    session = actions.record_missed_session(relationship=relationship, by=relationship.coach, held_on=TODAY)
    assert (session.was_met, session.minutes, session.changed_by) == (False, None, "")
    with pytest.raises(NotPossibleNow):
        actions.change_session(
            session=session, by=relationship.coach, held_on=TODAY, place_kind="cafe", minutes=60
        )


def test_a_meeting_can_be_put_right_and_taken_away():
    session = SessionFactory()
    coach = session.relationship.coach
    actions.change_session(session=session, by=coach, held_on=TODAY, place_kind="home", minutes=30)
    session.refresh_from_db()
    assert (session.held_on, session.place_kind, session.minutes) == (TODAY, "home", 30)
    actions.remove_session(session=session, by=coach)
    assert not CoachingSession.objects.exists()


def test_another_coach_can_neither_see_nor_change(relationship):
    session = SessionFactory(relationship=relationship)
    other = coach_at(relationship.partner)
    lead = colleague(relationship.partner, Role.PARTNER_LEAD, Role.RESEARCHER, Role.DATA_GUARDIAN)
    for stranger in (other, lead):
        with pytest.raises(Http404):
            selectors.get_relationship(stranger, relationship.pk)
        with pytest.raises(Http404):
            selectors.get_session(stranger, session.pk)
        with pytest.raises(NotYours):
            actions.move_relationship(relationship=relationship, to="paused", by=stranger)
        with pytest.raises(NotYours):
            actions.record_session(
                relationship=relationship, by=stranger, held_on=TODAY, place_kind="cafe", minutes=60
            )
        with pytest.raises(NotYours):
            actions.remove_session(session=session, by=stranger)


def test_a_coach_who_left_sees_nothing_any_more(relationship):
    relationship.coach.memberships.update(ended_at=datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC))
    assert not selectors.relationships_for(relationship.coach).exists()
    with pytest.raises(NotYours):
        actions.move_relationship(relationship=relationship, to="paused", by=relationship.coach)


def test_caseload_counts_what_is_open_on_the_day(relationship):
    coach, partner = relationship.coach, relationship.partner
    RelationshipFactory(partner=partner, coach=coach, ended=True)
    RelationshipFactory(partner=partner, coach=coach, paused=True)
    assert selectors.caseload(coach, partner, TODAY) == 1
    assert selectors.caseload(coach, partner, datetime.date(2025, 6, 1)) == 2
    assert selectors.caseload(coach, partner, datetime.date(2025, 1, 5)) == 0


# --- Surveys ------------------------------------------------------------------------------------------
def keep_wellbeing(person, day, by, **more):
    asked = {"instrument": Instrument.SWEMWBS, "record_mode": RecordMode.ALONE}
    answers = dict.fromkeys(["q01", "q02", "q03", "q06", "q07", "q09", "q11"], 3)
    return actions.record_wellbeing(
        person=person, completed_on=day, by=by, **{**asked, "answers": answers, **more}
    )


@pytest.fixture
def keeper(relationship):
    return colleague(relationship.partner, Role.DATA_GUARDIAN)


def test_wellbeing_is_scored_as_it_is_kept(relationship, keeper):
    response = keep_wellbeing(relationship.person, TODAY, keeper)
    assert (response.is_complete, str(response.raw), str(response.metric)) == (True, "21", "19.25")


@pytest.mark.parametrize(("days", "refused"), [(0, True), (13, True), (14, False)])
def test_wellbeing_is_never_less_than_fourteen_days_apart_on_either_scale(
    relationship, keeper, days, refused
):
    WellbeingFactory(
        person=relationship.person,
        instrument=Instrument.WEMWBS,
        completed_on=TODAY - datetime.timedelta(days=days),
    )
    if refused:
        with pytest.raises(TooSoon, match="two weeks"):
            keep_wellbeing(relationship.person, TODAY, keeper)
    else:
        keep_wellbeing(relationship.person, TODAY, keeper)


def test_wellbeing_refuses_what_is_out_of_range(relationship, keeper):
    with pytest.raises(AnswersRefused):
        keep_wellbeing(relationship.person, TODAY, keeper, answers={"q01": 6})
    with pytest.raises(NotPossibleNow):
        keep_wellbeing(relationship.person, TODAY + datetime.timedelta(days=1), keeper)
    with pytest.raises(NotPossibleNow):
        keep_wellbeing(relationship.person, TODAY, keeper, record_mode="guessed")
    with pytest.raises(NotYours):
        keep_wellbeing(relationship.person, TODAY, relationship.coach)
    assert not relationship.person.wellbeing_responses.exists()


def test_asset_survey_is_defined_kept_and_versioned(relationship, keeper):
    partner = relationship.partner
    first = actions.define_asset_survey(partner=partner, by=keeper)
    second = actions.define_asset_survey(partner=partner, by=keeper)
    assert (first.version, second.version) == (1, 2)
    survey = actions.record_asset_survey(
        person=relationship.person,
        definition=second,
        completed_on=TODAY,
        answers={item["id"]: 5 for item in second.items},
        by=keeper,
    )
    assert str(survey.total) == "60.00"
    with pytest.raises(NotPossibleNow):
        actions.record_asset_survey(
            person=relationship.person, definition=second, completed_on=TODAY, answers={"a01": 1}, by=keeper
        )
    with pytest.raises(NotPossibleNow):
        actions.record_asset_survey(
            person=relationship.person,
            definition=actions.define_asset_survey(
                partner=(other := PartnerFactory()), by=colleague(other, Role.DATA_GUARDIAN)
            ),
            completed_on=TODAY,
            answers={"a01": 1},
            by=keeper,
        )


@pytest.mark.parametrize(
    "items",
    [
        [{"id": "a01", "domain": "internal", "area": "x"}],
        [
            {"id": "a01", "domain": "internal", "area": "x"},
            {"id": "a01", "domain": "external", "area": "x"},
        ],
        [{"id": "", "domain": "internal", "area": "x"}, {"id": "a02", "domain": "external", "area": "x"}],
    ],
)
def test_asset_survey_that_cannot_be_scored_is_refused(relationship, keeper, items):
    with pytest.raises(AnswersRefused):
        actions.define_asset_survey(partner=relationship.partner, by=keeper, items=items)
