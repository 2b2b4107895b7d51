"""The wall between partners: what the database shows through which door, and what never stays open."""

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import wall
from accounts.models import Membership, Partner, User
from enquiries import work as works
from enquiries.models import Enquiry, Work
from enquiries.tasks import rescue_stalled
from tests.factories.accounts import PartnerFactory, UserFactory
from tests.factories.enquiries import ContributorFactory, EnquiryFactory

pytestmark = pytest.mark.django_db


def settings_now() -> tuple[str, str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(current_setting('app.partners', true), ''), "
            "coalesce(current_setting('app.user', true), ''), coalesce(current_setting('app.door', true), '')"
        )
        return cursor.fetchone()


@pytest.fixture
def two(db: None) -> tuple[Enquiry, Enquiry]:
    return EnquiryFactory(), EnquiryFactory()


@pytest.fixture
def shut(two: tuple[Enquiry, Enquiry]) -> Iterator[None]:
    """A door that names nobody, over the test's own."""
    with wall.acting_for(partners=()):
        yield


def test_nothing_is_seen_where_no_partner_is_named(two, shut):
    assert Enquiry.objects.count() == 0
    assert not Enquiry.objects.filter(pk=two[0].pk).exists()
    assert Enquiry.objects.update(title="changed") == 0
    assert Enquiry.objects.all().delete()[0] == 0


def test_a_door_shows_its_partner_alone(two):
    first, second = two
    with wall.acting_for(partners=[first.partner_id]):
        assert list(Enquiry.objects.all()) == [first]
        with wall.acting_for(partners=[second.partner_id]):
            assert list(Enquiry.objects.all()) == [second]
        assert list(Enquiry.objects.all()) == [first]


def test_a_row_of_another_partner_cannot_be_written(two):
    first, second = two
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
        wall.acting_for(partners=[first.partner_id]),
    ):
        Work.objects.create(kind="x", task="x", about_id=1, partner_id=second.partner_id)


def test_a_row_cannot_lean_on_another_partners_row(two):
    first, second = two
    contributor = ContributorFactory(enquiry=first, partner=first.partner)
    with pytest.raises(DatabaseError, match="same_partner"), transaction.atomic():
        type(contributor).objects.filter(pk=contributor.pk).update(enquiry=second)
        connection.check_constraints()


def test_a_row_cannot_move_to_another_partner_alone(two):
    first, second = two
    ContributorFactory(enquiry=first, partner=first.partner)
    with pytest.raises(DatabaseError, match="same_partner"), transaction.atomic():
        Enquiry.objects.filter(pk=first.pk).update(partner=second.partner)
        connection.check_constraints()


def test_a_rollback_to_a_savepoint_does_not_leave_the_door_shut(two):
    first, _second = two
    with wall.acting_for(partners=[first.partner_id]):
        with pytest.raises(DatabaseError), transaction.atomic():
            # The door is made known inside this savepoint, and goes with it.
            assert Enquiry.objects.count() == 1
            with connection.cursor() as cursor:
                cursor.execute("select 1 / 0")
        assert Enquiry.objects.count() == 1


def test_an_exception_inside_shuts_the_door(two):
    first, second = two
    with wall.acting_for(partners=[second.partner_id]):
        with pytest.raises(RuntimeError), wall.acting_for(partners=[first.partner_id]):
            assert Enquiry.objects.count() == 1
            raise RuntimeError
        assert list(Enquiry.objects.all()) == [second]


def test_an_error_of_the_database_inside_shuts_the_door(two):
    first, second = two
    with wall.acting_for(partners=[second.partner_id]):
        with pytest.raises(DatabaseError), transaction.atomic(), wall.acting_for(partners=[first.partner_id]):
            assert Enquiry.objects.count() == 1
            with connection.cursor() as cursor:
                cursor.execute("select 1 / 0")
        assert list(Enquiry.objects.all()) == [second]


@pytest.mark.django_db(transaction=True)
def test_nothing_stays_on_a_connection_that_is_used_again(wall_shut):
    partner = PartnerFactory()
    with wall.acting_for(partners=[partner.pk], user_id=7), transaction.atomic():
        works.start(kind="x", task="enquiries.tasks.rescue", about_id=1, partner_id=partner.pk)
        assert settings_now() == (str(partner.pk), "7", "job")
    assert settings_now() == ("", "", "")
    assert Work.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_door_closed_in_the_middle_of_a_transaction_shuts_the_rest_of_it(wall_shut):
    partner = PartnerFactory()
    with transaction.atomic():
        with wall.acting_for(partners=[partner.pk], user_id=7):
            works.start(kind="x", task="enquiries.tasks.rescue", about_id=1, partner_id=partner.pk)
            assert Work.objects.count() == 1
        assert settings_now() == ("", "", "")
        assert Work.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_every_transaction_of_a_long_door_is_told(wall_shut):
    partner = PartnerFactory()

    @transaction.atomic
    def count() -> int:
        return Work.objects.count()

    with wall.acting_for(partners=[partner.pk]):
        Work.objects.create(kind="x", task="x", about_id=1, partner_id=partner.pk)
        # The same decorated function twice: Django gives both transactions the same outermost block.
        assert [count(), count()] == [1, 1]
        assert Work.objects.count() == 1
        assert [each.pk for each in Work.objects.iterator(chunk_size=1)]
    assert count() == 0


def test_each_partner_is_gone_through_behind_its_own_door(two):
    seen = {
        partner_id: list(Enquiry.objects.values_list("pk", flat=True)) for partner_id in wall.each_partner()
    }
    assert seen[two[0].partner_id] == [two[0].pk]
    assert seen[two[1].partner_id] == [two[1].pk]


def test_own_roles_are_read_before_any_partner_is_known(db):
    held = Membership.objects.create(user=UserFactory(), partner=PartnerFactory(), role="coach")
    Membership.objects.create(user=UserFactory(), partner=PartnerFactory(), role="coach")
    with wall.acting_for(partners=(), user_id=held.user_id, kind=wall.DoorKind.STAFF):
        assert list(Membership.objects.all()) == [held]
        assert Membership.objects.update(role="editor") == 0
        assert Membership.objects.all().delete()[0] == 0


def test_a_request_sees_the_partners_of_its_user_alone(client, two):
    first, second = two
    user = UserFactory()
    Membership.objects.create(user=user, partner=first.partner, role="researcher")
    client.force_login(user)
    assert client.get(f"/workspace/enquiries/{first.pk}/").status_code == 200
    assert client.get(f"/workspace/enquiries/{second.pk}/").status_code == 404


def test_a_membership_that_ends_is_refused_at_the_next_request(client, two):
    first, _second = two
    held = Membership.objects.create(user=UserFactory(), partner=first.partner, role="researcher")
    client.force_login(held.user)
    assert client.get(f"/workspace/enquiries/{first.pk}/").status_code == 200
    Membership.objects.filter(pk=held.pk).update(ended_at=held.started_at)
    assert client.get(f"/workspace/enquiries/{first.pk}/").status_code == 404


def test_a_job_whose_row_went_to_another_partner_is_refused_and_written_down(two, run_jobs):
    from audit.models import Event

    first, second = two
    work = works.start(
        kind="x", task="transcripts.text_tasks.embed_segments", about_id=1, partner_id=first.partner_id
    )
    Work.objects.filter(pk=work.pk).update(partner=second.partner)
    run_jobs()
    work.refresh_from_db()
    assert work.state == "queued"
    assert work.attempts == 0
    refused = Event.objects.get(action="work.refused")
    assert (refused.partner_id, refused.detail) == (first.partner_id, {"work": work.pk})


def test_the_rescue_goes_partner_by_partner(two):
    with wall.acting_for(partners=()):
        assert rescue_stalled() == {"retried": 0, "queued": 0}


def test_the_public_sees_nothing_that_is_not_published(two):
    every = Partner.objects.values_list("pk", flat=True)
    with wall.acting_for(partners=every, kind=wall.DoorKind.PUBLIC):
        assert Enquiry.objects.count() == 0
        assert User.objects.exists()


# --- The catalogue ------------------------------------------------------------------------------------

# Tables that name a partner and are seen by other rules: Wagtail's pages and their parts hold nothing that
# anybody said, and other partners of an enquiry are named in a column of their own.
SEEN_OTHERWISE = {"publishing_suitepage", "publishing_reportpartner"}


def tables(sql: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {row[0] for row in cursor.fetchall()}


def test_every_table_that_names_a_partner_is_behind_the_wall():
    named = tables(
        "select table_name from information_schema.columns "
        "where table_schema = 'public' and column_name = 'partner_id'"
    )
    forced = tables(
        "select relname from pg_class join pg_policies on tablename = relname "
        "where relrowsecurity and relforcerowsecurity"
    )
    assert named - SEEN_OTHERWISE <= forced
    assert len(named) > 50


def test_every_table_that_leans_on_a_walled_one_names_its_partner():
    leaning = tables(
        "select distinct child.relname from pg_constraint c join pg_class child on child.oid = c.conrelid "
        "join pg_class parent on parent.oid = c.confrelid where c.contype = 'f' "
        "and parent.relforcerowsecurity and not child.relforcerowsecurity"
    )
    # Pages name the enquiry and the theme they were written from, by id.
    assert leaning <= {"publishing_wisdomsreportpage", "publishing_wisdompage"}


def test_the_application_owns_nothing_and_passes_nothing_by():
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper, rolbypassrls from pg_roles where rolname = current_user")
        assert cursor.fetchone() == (False, False)
    assert not tables("select relname from pg_class where relowner = current_user::regrole")
