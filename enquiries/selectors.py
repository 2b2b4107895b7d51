"""What a user may see of enquiries. Lists are scoped here; what is not theirs does not exist for them."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404

from accounts.models import Role, User
from accounts.permissions import LISTENERS, partners_where
from enquiries.models import Contributor, Conversation, Enquiry, Link, Work

M = TypeVar("M", bound=Model)

# Roles that see an enquiry and its conversations. Coaches, partner leads and editors do not: who took
# part, declined or withdrew is not theirs to learn.
TEAM = frozenset({*LISTENERS, Role.DATA_GUARDIAN})


def enquiries_for(user: User, roles: frozenset[str] = LISTENERS) -> QuerySet[Enquiry]:
    return Enquiry.objects.filter(partner_id__in=partners_where(user, roles)).select_related("partner")


def get_enquiry(user: User, pk: int, roles: frozenset[str] = LISTENERS) -> Enquiry:
    """The enquiry, or Http404: missing and forbidden answer alike."""
    return _get(enquiries_for(user, roles), pk)


def conversations_for(user: User, roles: frozenset[str] = LISTENERS) -> QuerySet[Conversation]:
    return Conversation.objects.filter(partner_id__in=partners_where(user, roles)).select_related(
        "enquiry", "wave", "listener"
    )


def get_conversation(user: User, pk: int, roles: frozenset[str] = LISTENERS) -> Conversation:
    """The conversation, or Http404: missing and forbidden answer alike."""
    return _get(conversations_for(user, roles), pk)


def get_contributor(user: User, pk: int, roles: frozenset[str] = LISTENERS) -> Contributor:
    """The contributor, or Http404: missing and forbidden answer alike."""
    return _get(
        Contributor.objects.filter(partner_id__in=partners_where(user, roles)).select_related("enquiry"), pk
    )


def works_for(user: User) -> QuerySet[Work]:
    """Long work at the partners where the user reads or writes reports."""
    roles = frozenset({*LISTENERS, Role.EDITOR, Role.DATA_GUARDIAN})
    return Work.objects.filter(partner_id__in=partners_where(user, roles)).select_related(
        "enquiry", "asked_by"
    )


def names_behind(contributor: Contributor) -> list[str]:
    """Names from the consent record of the person behind a contributor, for finding them in text.

    Only the name finder may ask; the names are used and forgotten, never shown as a list.
    """
    link = Link.objects.filter(contributor=contributor).select_related("person", "user").first()
    if link is None:
        return []
    if link.user is not None:
        return [link.user.name]
    person = link.person
    return [name for name in (person.called, person.full_name, *person.other_names) if name] if person else []


def _get(rows: QuerySet[M], pk: int) -> M:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
