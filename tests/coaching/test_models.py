import datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from accounts.privacy import OUR_APPS
from coaching.models import RelationshipState, WellbeingResponse
from tests.factories.coaching import (
    NoteFactory,
    RelationshipFactory,
    SessionFactory,
    WellbeingFactory,
)

# Never collected, under any spelling.
FORBIDDEN = (
    "diagnos",
    "risk",
    "needs_score",
    "need_score",
    "offence",
    "offend",
    "convict",
    "substance",
    "drug",
    "alcohol",
    "support_category",
    "complex_needs",
    "complexity",
    "vulnerab",
)


def test_no_field_collects_what_is_never_collected():
    found = [
        f"{model._meta.label}.{field.name}"
        for label in OUR_APPS
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.get_fields()
        if any(word in field.name.lower() for word in FORBIDDEN)
    ]
    assert found == []


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "refused"), [(13, True), (14, False), (-13, True), (-14, False)])
def test_database_keeps_wellbeing_scales_fourteen_days_apart(days, refused):
    first = WellbeingFactory()
    again = {"person": first.person, "completed_on": first.completed_on + datetime.timedelta(days=days)}
    if refused:
        with pytest.raises(IntegrityError, match="14 days apart"), transaction.atomic():
            WellbeingFactory(**again)
    else:
        WellbeingFactory(**again)
        assert WellbeingResponse.objects.filter(person=first.person).count() == 2


@pytest.mark.django_db
def test_database_refuses_a_score_that_is_half_there():
    with pytest.raises(IntegrityError, match="wellbeing_scored_when_complete"), transaction.atomic():
        WellbeingFactory(raw=None)


@pytest.mark.django_db
def test_database_refuses_a_second_open_relationship_with_the_same_coach():
    first = RelationshipFactory()
    with pytest.raises(IntegrityError, match="relationship_one_open"), transaction.atomic():
        RelationshipFactory(
            partner=first.partner,
            person=first.person,
            coach=first.coach,
            started_on=datetime.date(2025, 6, 1),
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"state": RelationshipState.ENDED, "ending": None},
        {"ended_on": datetime.date(2025, 6, 1)},
        {"state": "graduated"},
    ],
)
def test_database_keeps_state_and_last_day_together(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        RelationshipFactory(**wrong)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [{"minutes": None}, {"minutes": 0}, {"place_kind": ""}, {"changed_by": "person"}, {"place_kind": "pub"}],
)
def test_database_wants_to_know_where_and_how_long_we_met(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        SessionFactory(**wrong)


@pytest.mark.django_db
def test_database_refuses_a_contributed_note_that_went_nowhere():
    with pytest.raises(IntegrityError, match="note_contributed"), transaction.atomic():
        NoteFactory(visibility="contributed")
