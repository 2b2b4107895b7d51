"""The table of who may do what: whole, used, and asked in the right place."""

import re
from pathlib import Path

import pytest
import rules
from django.contrib.auth.models import AnonymousUser

from accounts import matrix, permissions
from accounts.errors import NotYours
from accounts.models import Membership, Role
from coaching.permissions import is_author
from tests.factories.accounts import MembershipFactory, PartnerFactory, UserFactory, colleague
from tests.factories.coaching import NoteFactory, RelationshipFactory
from tests.factories.enquiries import EnquiryFactory

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    "accounts",
    "audit",
    "enquiries",
    "transcripts",
    "themes",
    "coaching",
    "publishing",
    "portal",
    "wisdoms",
)
# What is narrowed not by a predicate on the row, but by the action itself, which knows more.
NARROWED_BY_ACTIONS = {"page.sign", "break_glass.agree"}
# How code names an action: as an argument of one of these, or in a tuple of several.
ASKED = re.compile(
    r"(?:\bneeds|\bcan|\bcheck|partners_where|roles_with|_for|get_\w+|_signers_page|_own_partners|_text|narrow|Policy)"
    r"\((?P<inside>[^()]*(?:\([^()]*\)[^()]*)*)\)",
    re.DOTALL,
)
NAME = re.compile(r"\"([a-z_]+\.[a-z_]+)\"")


def sources() -> dict[str, str]:
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts and path.name != "matrix.py"
    }


def test_every_role_stands_in_the_table_once() -> None:
    assert sorted(role for _letter, role in matrix.ORDER) == sorted(Role)


def test_names_are_noun_and_verb_and_said_once_in_plain_words() -> None:
    named = [action.name for noun in matrix.MATRIX for action in noun.actions]
    assert len(named) == len(set(named))
    for action in matrix.actions():
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", action.name)
        assert str(action.says).endswith(".")
        assert action.roles, f"{action.name} may be done by nobody"


def test_every_role_but_the_safeguarding_lead_may_do_something() -> None:
    # Concern records are not kept yet. When they are, this test asks for their lines in the table.
    assert {role for role in Role if not matrix.actions_of([role])} <= {Role.SAFEGUARDING_LEAD}


def test_every_action_is_asked_for_somewhere_in_the_code() -> None:
    asked = {name for text in sources().values() for name in NAME.findall(text)}
    assert set(matrix.ACTIONS) - asked == set()


def test_every_action_that_code_asks_for_stands_in_the_table() -> None:
    unknown = {
        f"{place}: {name}"
        for place, text in sources().items()
        for found in ASKED.finditer(text)
        for name in NAME.findall(found["inside"])
        if name not in matrix.ACTIONS and name != "noun.verb"
    }
    assert unknown == set()


def test_every_line_that_says_only_is_narrowed_or_checked_where_it_is_done() -> None:
    only = {action.name for action in matrix.actions() if action.only}
    narrowed = {name for name, predicate in rules.permissions.permissions.items() if ":" in str(predicate)}
    assert {"relationship.keep", "note.give"} <= narrowed <= only
    assert only - narrowed <= NARROWED_BY_ACTIONS


NOBODY_BUT = {
    # domain.md §2, line by line.
    "link_table.see": {Role.DATA_GUARDIAN},
    "record.read": {Role.DATA_GUARDIAN},
    "transcript.read": {Role.RESEARCHER, Role.REVIEWER},
    "recording.hear": {Role.RESEARCHER, Role.REVIEWER},
    "enquiry.frame": {Role.RESEARCHER},
    "relationship.keep": {Role.COACH},
    "page.write": {Role.EDITOR},
}


@pytest.mark.parametrize(("action", "roles"), NOBODY_BUT.items())
def test_what_domain_binds_is_so(action: str, roles: set[Role]) -> None:
    assert matrix.ACTIONS[action].roles == roles


SHOWS_WHO_TOOK_PART = [
    name
    for name in matrix.ACTIONS
    if name.split(".")[0]
    in {
        *(
            "enquiry",
            "wave",
            "contributor",
            "consent",
            "link_table",
            "conversation",
            "recording",
            "transcript",
        ),
        *("name", "passage", "code", "pattern", "theme", "quote", "work", "enquiry_figure", "joint_display"),
    }
]


@pytest.mark.parametrize("role", [Role.COACH, Role.PARTNER_LEAD, Role.SAFEGUARDING_LEAD])
def test_coaches_and_leads_hold_nothing_that_shows_who_took_part(role: str) -> None:
    assert not matrix.actions_of([role]) & set(SHOWS_WHO_TOOK_PART)


def test_an_editor_holds_nothing_that_shows_a_transcript() -> None:
    held = matrix.actions_of([Role.EDITOR])
    assert not {name for name in held if name.split(".")[0] in ("transcript", "recording", "passage", "name")}


def test_a_row_with_a_wrong_mark_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="marks"):
        matrix._row("thing.do", "· ·", "Do it.")
    with pytest.raises(ValueError, match="column"):
        matrix._row("thing.do", "R · · · · · ·", "Do it.")


# --- Asking -------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_do_what_the_table_says_and_nothing_else(role: str) -> None:
    partner, other = PartnerFactory(), PartnerFactory()
    user = colleague(partner, role)
    with permissions.memberships_read_once():
        for action in matrix.actions():
            allowed = role in action.roles
            assert permissions.can(user, action.name, partner) is allowed
            assert permissions.can(user, action.name) is allowed
            assert permissions.partners_where(user, action.name) == ([partner.pk] if allowed else [])
            assert not permissions.can(user, action.name, other)
            with pytest.raises(NotYours):
                permissions.check(user, action.name, other.pk)


@pytest.mark.django_db
def test_roles_at_two_partners_are_never_mixed() -> None:
    """A researcher at one partner who coaches at another listens here and coaches there."""
    user = UserFactory()
    here = MembershipFactory(user=user, role=Role.RESEARCHER).partner
    there = MembershipFactory(user=user, role=Role.COACH).partner
    asked_here, asked_there = EnquiryFactory(partner=here), EnquiryFactory(partner=there)
    assert permissions.can(user, "enquiry.see", asked_here)
    assert not permissions.can(user, "enquiry.see", asked_there)
    assert permissions.can(user, "relationship.start", there)
    assert not permissions.can(user, "relationship.start", here)
    assert permissions.partners_where(user, "enquiry.see", "relationship.start") == sorted(
        [here.pk, there.pk]
    )


@pytest.mark.django_db
def test_a_coach_keeps_their_own_relationships_alone_and_gives_their_own_notes_alone() -> None:
    relationship = RelationshipFactory()
    note = NoteFactory(partner=relationship.partner)
    other = colleague(relationship.partner, Role.COACH)
    assert permissions.can(relationship.coach, "relationship.keep", relationship)
    assert not permissions.can(other, "relationship.keep", relationship)
    assert permissions.can(note.author, "note.give", note)
    assert not permissions.can(other, "note.give", note)
    assert permissions.can(other, "note.give", note.partner_id)
    assert not is_author(other, EnquiryFactory())


@pytest.mark.django_db
def test_nobody_who_is_signed_out_closed_or_only_superuser_may_do_anything() -> None:
    partner = PartnerFactory()
    closed = colleague(partner)
    closed.is_active = False
    for user in (AnonymousUser(), closed, UserFactory(is_superuser=True, is_staff=True)):
        assert not any(permissions.can(user, action.name, partner) for action in matrix.actions())
        assert not any(permissions.can(user, action.name) for action in matrix.actions())


@pytest.mark.django_db
def test_a_slip_of_the_pen_opens_nothing() -> None:
    user, partner = colleague(PartnerFactory()), PartnerFactory()
    with pytest.raises(KeyError):
        permissions.can(user, "enquiry.sea", partner)
    with pytest.raises(KeyError):
        permissions.partners_where(user, "enquiry.sea")
    with pytest.raises(TypeError):
        permissions.check(user, "enquiry.see", None)
    with pytest.raises(TypeError):
        permissions.can(user, "enquiry.see", "Eastmere")
    with pytest.raises(ValueError, match="narrowed"):
        permissions.narrow("enquiry.see", lambda user, thing: True)


# --- Read once, and no longer -------------------------------------------------------------------------


@pytest.mark.django_db
def test_memberships_are_read_once_in_a_request_and_anew_in_the_next(django_assert_num_queries) -> None:
    partner = PartnerFactory()
    user = colleague(partner)
    with permissions.memberships_read_once():
        with django_assert_num_queries(1):
            assert permissions.can(user, "enquiry.see", partner)
            assert permissions.can(user, "enquiry.frame", partner)
            assert permissions.partners_where(user, "recording.hear") == [partner.pk]
        Membership.objects.filter(user=user).update(ended_at="2026-01-01T00:00Z")
        # Ended by a query that tells nobody: what this request has begun it may finish.
        assert permissions.can(user, "enquiry.see", partner)
        permissions.forget_memberships(user.pk)
        assert not permissions.can(user, "enquiry.see", partner)
    assert not permissions.can(user, "enquiry.see", partner)


@pytest.mark.django_db
def test_a_membership_saved_inside_a_request_counts_at_once() -> None:
    user = UserFactory()
    with permissions.memberships_read_once():
        assert not permissions.can(user, "enquiry.see")
        held = MembershipFactory(user=user)
        assert permissions.can(user, "enquiry.see", held.partner)
        held.ended_at = held.started_at
        held.save()
        assert not permissions.can(user, "enquiry.see", held.partner)


@pytest.mark.django_db
def test_a_membership_that_ended_is_refused_at_the_next_request(client) -> None:
    enquiry = EnquiryFactory()
    user = colleague(enquiry.partner)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/workspace/enquiries/{enquiry.pk}/"
    assert client.get(address).status_code == 200
    Membership.objects.filter(user=user).update(ended_at="2026-01-01T00:00Z")
    assert client.get(address).status_code == 404
