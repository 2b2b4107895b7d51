"""What `@policy.…` does to a view, and that it stays in sight under other decorators."""

from functools import wraps

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.http import require_POST

from accounts import policy
from accounts.models import Role, User
from tests.factories.accounts import MembershipFactory, PartnerFactory, UserFactory, colleague
from wisdoms.policies import PolicyMissing, policy_of


@policy.needs("enquiry.frame")
def frame(request: HttpRequest) -> HttpResponse:
    return HttpResponse("framed")


def asked_by(user: User | AnonymousUser, **headers: str) -> HttpRequest:
    request = RequestFactory(headers=headers).get("/workspace/enquiries/new/?a=1")
    request.user = user
    return request


def test_needs_sends_somebody_who_is_not_signed_in_to_sign_in_and_back() -> None:
    answer = frame(asked_by(AnonymousUser()))
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/workspace/enquiries/new/%3Fa%3D1"


def test_needs_answers_a_part_asked_by_htmx_with_the_way_to_sign_in() -> None:
    answer = frame(asked_by(AnonymousUser(), HX_Request="true"))
    assert (answer.status_code, answer["HX-Redirect"][:17]) == (204, "/accounts/login/?")


@pytest.mark.django_db
def test_needs_opens_to_a_role_that_has_the_action_somewhere() -> None:
    assert frame(asked_by(colleague(PartnerFactory(), Role.RESEARCHER))).content == b"framed"


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.COACH, Role.EDITOR, Role.SAFEGUARDING_LEAD, Role.PARTNER_LEAD])
def test_needs_is_a_dead_end_for_every_other_role(role: str) -> None:
    with pytest.raises(Http404):
        frame(asked_by(colleague(PartnerFactory(), role)))


@pytest.mark.django_db
def test_needs_is_a_dead_end_once_the_role_has_ended_or_the_account_is_closed() -> None:
    held = MembershipFactory(role=Role.RESEARCHER)
    frame(asked_by(held.user))
    held.user.is_active = False
    with pytest.raises(Http404):
        frame(asked_by(held.user))
    held.user.is_active = True
    held.ended_at = held.started_at
    held.save()
    with pytest.raises(Http404):
        frame(asked_by(held.user))


@pytest.mark.django_db
def test_a_superuser_holds_no_action() -> None:
    with pytest.raises(Http404):
        frame(asked_by(UserFactory(is_superuser=True, is_staff=True)))


@pytest.mark.django_db
def test_signed_in_asks_for_no_role() -> None:
    @policy.signed_in
    def home(request: HttpRequest) -> HttpResponse:
        return HttpResponse("home")

    assert home(asked_by(UserFactory())).content == b"home"
    assert home(asked_by(AnonymousUser())).status_code == 302


def test_public_asks_for_nothing() -> None:
    assert policy.public(lambda request: HttpResponse("all"))(asked_by(AnonymousUser())).content == b"all"


def test_the_policy_stays_in_sight_under_other_decorators() -> None:
    @wraps(frame)
    def outer(request: HttpRequest) -> HttpResponse:
        return frame(request)

    for view in (frame, require_POST(frame), outer):
        assert policy_of(view) == policy.Policy("needs", ("enquiry.frame",))
        assert view.policy == policy_of(view)


@pytest.mark.django_db
def test_class_based_views_take_it_on_the_class_or_on_dispatch() -> None:
    @policy.needs("recording.receive")
    class OnClass(View):
        def get(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse("in")

    @method_decorator(policy.needs("recording.receive"), name="dispatch")
    class OnDispatch(View):
        def get(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse("in")

    for made in (OnClass, OnDispatch):
        view = made.as_view()
        assert view.policy == policy_of(view) == policy.Policy("needs", ("recording.receive",))
        assert view(asked_by(colleague(PartnerFactory()))).content == b"in"
        assert view(asked_by(AnonymousUser())).status_code == 302
        with pytest.raises(Http404):
            view(asked_by(colleague(PartnerFactory(), Role.COACH)))


def test_a_view_without_a_policy_is_named() -> None:
    def nobodys(request: HttpRequest) -> HttpResponse:
        raise AssertionError

    with pytest.raises(PolicyMissing, match="nobodys does not say"):
        policy_of(nobodys)


def test_an_action_that_is_not_in_the_table_is_refused_at_once() -> None:
    with pytest.raises(KeyError):
        policy.needs("enquiry.invent")
    with pytest.raises(ValueError, match="at least one"):
        policy.needs()
