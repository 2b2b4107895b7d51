"""Requests that nobody in good faith makes, and what two of them leave behind for each other."""

from typing import Any

import pytest
from django.conf import settings
from django.db import close_old_connections, connection
from django.test import Client

from accounts.models import Membership, Role, User
from enquiries.models import Enquiry, Participation
from tests.factories.accounts import MembershipFactory, PartnerFactory, colleague
from tests.factories.enquiries import ContributorFactory, EnquiryFactory
from tests.walls.probe import Visitor
from tests.walls.world import World

DOOR = "select coalesce(current_setting(name, true), '') from unnest(%s::text[]) name"
SETTINGS = ["app.partners", "app.user", "app.door"]


def _settings_now() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(DOOR, [SETTINGS])
        return {row[0] for row in cursor.fetchall()}


def _two_teams() -> tuple[tuple[User, Enquiry], tuple[User, Enquiry]]:
    made = []
    for _n in range(2):
        partner = PartnerFactory()
        made.append((colleague(partner, Role.RESEARCHER), EnquiryFactory(partner=partner)))
    return made[0], made[1]


def _signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.mark.django_db(transaction=True)
def test_a_connection_used_by_one_user_carries_nothing_to_the_next() -> None:
    (first, own), (second, theirs) = _two_teams()
    one, two = _signed_in(first), _signed_in(second)
    process = connection.connection.info.backend_pid
    for _n in range(3):
        assert one.get(f"/workspace/enquiries/{own.pk}/").status_code == 200
        assert two.get(f"/workspace/enquiries/{own.pk}/").status_code == 404
        assert two.get(f"/workspace/enquiries/{theirs.pk}/").status_code == 200
        assert Client().get(f"/workspace/enquiries/{theirs.pk}/").status_code == 302
    assert connection.connection.info.backend_pid == process


@pytest.mark.django_db(transaction=True)
def test_a_view_that_breaks_leaves_no_door_open_and_nothing_half_done(
    wall_shut: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from accounts import wall
    from accounts.models import Partner
    from wisdoms.workspace import views

    with wall.acting_for(partners=()) as door:
        partners = [PartnerFactory(), PartnerFactory()]
        door.partners = frozenset(each.pk for each in partners)
        user = colleague(partners[0], Role.RESEARCHER)
        enquiry = EnquiryFactory(partner=partners[0])
    client = _signed_in(user)
    client.get("/workspace/")

    def breaks(request: Any, *args: Any, **kwargs: Any) -> None:
        Enquiry.objects.filter(pk=enquiry.pk).update(title="half done")
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(views, "render", breaks)
        assert client.get(f"/workspace/enquiries/{enquiry.pk}/").status_code == 500
    assert _settings_now() == {""}
    assert Enquiry.objects.count() == 0
    assert client.get(f"/workspace/enquiries/{enquiry.pk}/").status_code == 200
    with wall.acting_for(partners=list(Partner.objects.values_list("pk", flat=True))):
        assert Enquiry.objects.get().title != "half done"


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_in_the_middle_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from wisdoms.workspace import views

    (user, own), _others = _two_teams()
    client = _signed_in(user)

    def goes_away(request: Any, *args: Any, **kwargs: Any) -> None:
        Enquiry.objects.filter(pk=own.pk).update(title="half done")
        with connection.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patched:
        patched.setattr(views, "render", goes_away)
        answer = client.get(f"/workspace/enquiries/{own.pk}/")
    assert answer.status_code == 500
    assert b"half done" not in answer.content
    # What a server does before the next request.
    close_old_connections()
    assert client.get(f"/workspace/enquiries/{own.pk}/").status_code == 200
    own.refresh_from_db()
    assert own.title != "half done"


@pytest.mark.django_db
def test_somebody_in_two_partners_sees_both_and_mixes_nothing() -> None:
    (user, own), (_other, theirs) = _two_teams()
    MembershipFactory(user=user, partner=theirs.partner, role=Role.RESEARCHER)
    stranger = ContributorFactory(enquiry=theirs, agreed=True)
    client = _signed_in(user)
    for enquiry in (own, theirs):
        assert client.get(f"/workspace/enquiries/{enquiry.pk}/").status_code == 200
    answer = client.post(
        f"/workspace/enquiries/{own.pk}/conversations/new/",
        {"kind": "individual", "held_on": "2025-01-06", "language": "en", "contributors": [stranger.pk]},
    )
    assert answer.status_code == 422
    assert not Participation.objects.exists()


@pytest.mark.django_db
def test_a_role_that_ends_counts_no_more_from_the_next_request_on() -> None:
    (user, own), _others = _two_teams()
    client = _signed_in(user)
    assert client.get(f"/workspace/enquiries/{own.pk}/").status_code == 200
    held = Membership.objects.get(user=user)
    Membership.objects.filter(pk=held.pk).update(ended_at=held.started_at)
    assert client.get(f"/workspace/enquiries/{own.pk}/").status_code == 404
    assert client.post(f"/workspace/enquiries/{own.pk}/about/", {"title": "x"}).status_code == 404


@pytest.mark.django_db
def test_a_closed_account_is_signed_out_at_the_next_request() -> None:
    (user, own), _others = _two_teams()
    client = _signed_in(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    answer = client.get(f"/workspace/enquiries/{own.pk}/")
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


@pytest.mark.django_db
def test_more_fields_than_any_form_has_are_refused_before_anything_is_read() -> None:
    (user, own), _others = _two_teams()
    client = _signed_in(user)
    most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    assert most is not None
    fields = {f"field{n}": "1" for n in range(max(most, 10_000) + 1)}
    for address in (f"/workspace/enquiries/{own.pk}/about/", "/accounts/login/"):
        assert client.post(address, fields).status_code in (400, 413)
    assert client.get(f"/workspace/enquiries/{own.pk}/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["elsewhere.example", "testserver.elsewhere.example", "testserver:80@x", ""])
def test_a_header_that_claims_another_host_is_refused(host: str) -> None:
    (user, own), _others = _two_teams()
    client = _signed_in(user)
    answer = client.get(f"/workspace/enquiries/{own.pk}/", headers={"host": host})
    assert answer.status_code == 400
    assert b"elsewhere" not in answer.content


@pytest.mark.slow
def test_keys_that_are_no_keys_are_refused_like_missing_ones(world: World) -> None:
    """Too large for the column, negative, padded, in other digits: never an error, never an answer."""
    visitor = Visitor(world.users[Role.RESEARCHER])
    for key in ("99999999999999999999999", "-1", "0", "00", "١", "1e3", "0x1", "1;--", "%00"):
        for start in ("enquiries", "conversations", "recordings", "themes", "quotes", "codes", "work"):
            for end in ("", "sound", "about/"):
                answer = visitor.ask("GET", f"/workspace/{start}/{key}/{end}")
                # Without its last stroke an address is sent on; sound asks first whether it is still you.
                assert answer.status in (301, 403, 404), (start, key, end)
                assert not answer.marks - world.may_read[Role.RESEARCHER], (start, key, end)
