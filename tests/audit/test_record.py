import pytest
from django.db import DatabaseError, transaction

from audit.actions import record
from audit.models import Event
from tests.factories.accounts import UserFactory
from tests.factories.enquiries import EnquiryFactory

pytestmark = pytest.mark.django_db


def test_record_keeps_who_what_and_whose_by_id():
    enquiry, user = EnquiryFactory(), UserFactory()
    event = record("enquiry.changed", by=user, about=enquiry, fields=["why"])

    assert (event.actor_id, event.partner_id, event.object_type, event.object_id) == (
        user.pk,
        enquiry.partner_id,
        "enquiries.enquiry",
        str(enquiry.pk),
    )
    assert event.detail == {"fields": ["why"]}


def test_the_record_refuses_change_and_deletion():
    record("enquiry.changed", by=None)

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Event.objects.update(action="nothing")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Event.objects.all().delete()

    assert Event.objects.get().action == "enquiry.changed"
