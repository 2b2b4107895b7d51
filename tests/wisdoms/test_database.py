"""The application's role: ordinary, and walled off from changing tables."""

import pytest
from django.db import ProgrammingError, connection, transaction

pytestmark = pytest.mark.django_db


def test_application_connects_as_ordinary_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select rolname, rolsuper, rolbypassrls, rolcreatedb from pg_roles where rolname = current_user"
        )
        assert cursor.fetchone() == ("wisdoms_app", False, False, False)


def test_application_cannot_change_tables() -> None:
    for statement in (
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "DROP TABLE audit_event",
        "TRUNCATE audit_event",
        "CREATE TABLE mine (id int)",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_rows_left_by_migrations_are_there_after_a_test_with_real_transactions() -> None:
    from wagtail.models import Page

    assert Page.objects.exists()
    Page.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_rows_left_by_migrations_are_there_in_the_next_such_test() -> None:
    from wagtail.models import Page

    assert Page.objects.exists()
