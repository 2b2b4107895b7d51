"""The ledger, the askings and the forms in use can be added to; the database refuses all else, to anybody."""

import datetime

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from enquiries.models import ConsentCapture, ConsentEvent, ConsentForm, ConsentMethod, ConsentState, Scope
from tests.factories.enquiries import CaptureFactory, ConsentFormFactory, ContributorFactory
from wisdoms import embedded

pytestmark = pytest.mark.django_db

LEDGER = ("enquiries_consentevent", "enquiries_consentcapture", "enquiries_consentform")
CHANGES = (
    "UPDATE {table} SET partner_id = partner_id",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "TRUNCATE {table} RESTART IDENTITY CASCADE",
)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", LEDGER)
def test_the_applications_role_changes_nothing(table, change):
    CaptureFactory(contributor=ContributorFactory(agreed=True))

    with (
        pytest.raises(DatabaseError, match="append-only|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format(table=table))

    assert ConsentEvent.objects.exists()
    assert ConsentCapture.objects.exists()
    assert ConsentForm.objects.exists()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", LEDGER)
@pytest.mark.django_db(transaction=True)
def test_not_even_the_tables_owner_changes_anything(table, change):
    CaptureFactory(contributor=ContributorFactory(agreed=True))
    owner = connections.create_connection("default")
    owner.settings_dict = {**connection.settings_dict, "USER": embedded.OWNER_ROLE}
    try:
        with pytest.raises(DatabaseError, match="append-only"), owner.cursor() as cursor:
            cursor.execute("SET row_security = off")
            cursor.execute(change.format(table=table))
    finally:
        owner.close()

    assert ConsentEvent.objects.exists()


def test_a_draft_is_changed_until_it_is_in_use():
    form = ConsentFormFactory(in_use_from=None)

    ConsentForm.objects.filter(pk=form.pk).update(title="What you agree to")
    ConsentForm.objects.filter(pk=form.pk).update(in_use_from=timezone.now())

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ConsentForm.objects.filter(pk=form.pk).update(title="Another title")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ConsentForm.objects.filter(pk=form.pk).update(in_use_from=None)


@pytest.mark.parametrize(
    "seconds",
    [
        {"start_ms": 100},
        {"start_ms": 100, "end_ms": 200},
        {"spoken_conversation": 1, "spoken_recording": 1, "start_ms": 200, "end_ms": 200},
        {"spoken_conversation": 1, "spoken_recording": 1, "start_ms": 200, "end_ms": 100},
        {
            "spoken_conversation": 1,
            "spoken_recording": 1,
            "start_ms": 1,
            "end_ms": 2,
            "method": ConsentMethod.WRITTEN,
        },
    ],
)
def test_seconds_stand_whole_and_in_order_or_not_at_all(seconds):
    contributor = ContributorFactory()

    with pytest.raises(DatabaseError, match="consent_spoken_with_its_seconds"), transaction.atomic():
        ConsentEvent.objects.create(
            **{
                "partner": contributor.partner,
                "contributor": contributor,
                "scope": Scope.TAKE_PART,
                "decision": ConsentState.GRANTED,
                "method": ConsentMethod.SPOKEN,
                "form": contributor.enquiry.consent_forms.get(),
                **seconds,
            }
        )


def test_a_key_is_kept_once():
    capture = CaptureFactory()

    with pytest.raises(DatabaseError, match="key"), transaction.atomic():
        CaptureFactory(key=capture.key)


def test_where_it_was_said_is_told_as_people_read_it():
    line = ConsentEvent(start_ms=12_400, end_ms=3_723_000)

    assert line.seconds == "0:12 to 1:02:03"
    assert ConsentEvent().seconds == ""


def test_a_line_knows_its_moment_and_when_it_was_written():
    contributor = ContributorFactory(agreed=True)
    line = ConsentEvent.objects.filter(contributor=contributor).latest("pk")

    assert line.recorded_at - line.decided_at < datetime.timedelta(minutes=5)
