"""Every address of the site says to whom it answers; the pages of roles and states say what the code says."""

from io import StringIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.http import Http404, HttpRequest, HttpResponse

from accounts.models import Role
from accounts.policy import Policy
from tests.factories.accounts import PartnerFactory, UserFactory, colleague
from wisdoms import reference
from wisdoms.policies import PolicyMiddleware, PolicyMissing, name_of, policy_of, views

OURS = (
    "accounts.",
    "enquiries.",
    "transcripts.",
    "themes.",
    "coaching.",
    "publishing.",
    "portal.",
    "wisdoms.",
)
# Answered to anybody without a sign-in, of our own: everything else asks who is there.
PUBLIC = {
    "accounts.joining_views.join",
    "accounts.views.demo_sign_in",
    "publishing.views.public_page",
    "wisdoms.media.picture",
    "wisdoms.components.components",
}


def test_every_address_has_a_policy() -> None:
    found = {pattern: policy_of(view) for pattern, view in views()}
    assert len(found) > 200
    assert all(isinstance(policy, Policy) for policy in found.values())


def test_every_view_of_ours_carries_and_enforces_its_own() -> None:
    without = {
        name_of(view)
        for _pattern, view in views()
        if name_of(view).startswith(OURS)
        and not name_of(view).startswith("publishing.choosers.")
        and not isinstance(getattr(view, "policy", None), Policy)
    }
    assert without == set()


def test_no_view_of_ours_is_public_by_accident() -> None:
    public = {
        name_of(view) for _p, view in views() if name_of(view).startswith(OURS) and policy_of(view).is_public
    }
    # A person's own pages open to whoever has their link and confirms: tests/portal/test_yours_coming_in.py.
    assert {name for name in public if not name.startswith("portal.yours.views.")} <= PUBLIC


def test_an_address_under_the_workspace_needs_at_least_a_sign_in() -> None:
    for pattern, view in views():
        if pattern.startswith(("workspace/", "coach/", "cms/")) and pattern != "cms/login/":
            assert not policy_of(view).is_public, pattern


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.COACH, Role.RESEARCHER, Role.DATA_GUARDIAN, Role.PARTNER_LEAD])
def test_pages_of_wagtail_do_not_exist_for_those_who_write_none(client, role: str) -> None:
    client.force_login(colleague(PartnerFactory(), role))
    for address in (
        "/cms/",
        "/cms/users/",
        "/cms/images/",
        "/cms/pages/",
        "/cms/choose/quotes/",
        "/cms/to-sign/",
    ):
        assert client.get(address).status_code == 404, address


@pytest.mark.django_db
def test_a_view_of_another_package_is_refused_before_it_is_called(rf) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        raise AssertionError("It was called.")

    view.__module__ = "wagtail.somewhere"
    held = PolicyMiddleware(view)
    request = rf.get("/cms/somewhere/")
    request.user = AnonymousUser()
    answer = held.process_view(request, view, (), {})
    assert answer is not None
    assert answer["Location"] == "/accounts/login/?next=/cms/somewhere/"
    request.user = colleague(PartnerFactory(), Role.RESEARCHER)
    with pytest.raises(Http404):
        held.process_view(request, view, (), {})
    request.user = colleague(PartnerFactory(), Role.EDITOR)
    assert held.process_view(request, view, (), {}) is None
    view.__module__ = "somebody.elses"
    with pytest.raises(PolicyMissing, match=r"somebody\.elses"):
        held.process_view(request, view, (), {})


@pytest.mark.django_db
def test_pages_of_wagtail_send_a_stranger_to_the_one_way_to_sign_in(client) -> None:
    answer = client.get("/cms/images/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/cms/images/")


@pytest.mark.django_db
def test_whoever_installs_the_site_may_set_the_editors_pages_up_and_read_nothing(client) -> None:
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    assert client.get("/cms/users/").status_code == 200
    for address in (
        "/workspace/enquiries/new/",
        "/coach/",
        "/workspace/partner/figures/",
        "/workspace/work/",
    ):
        assert client.get(address).status_code == 404, address


def test_the_pages_made_from_the_code_are_not_stale() -> None:
    assert reference.stale_pages() == []


def test_write_reference_checks_and_writes(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(reference, "FOLDER", tmp_path / "reference")
    with pytest.raises(CommandError, match=r"permissions\.md, states\.md"):
        call_command("write_reference", "--check")
    said = StringIO()
    call_command("write_reference", stdout=said)
    call_command("write_reference", "--check", stdout=said)
    call_command("write_reference", stdout=said)
    assert said.getvalue().splitlines() == [
        "2 of 2 pages written.",
        "2 pages say what the code says.",
        "0 of 2 pages written.",
    ]
    assert "| Frame an enquiry around one question. | | yes |" in (
        tmp_path / "reference" / "permissions.md"
    ).read_text(encoding="utf-8")
