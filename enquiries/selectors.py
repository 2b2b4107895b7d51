"""What a user may see of enquiries. Lists are scoped here; what is not theirs does not exist for them."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404

from accounts.models import User
from accounts.permissions import partners_where
from enquiries.models import Contributor, Conversation, Enquiry, Link, Work

M = TypeVar("M", bound=Model)


def enquiries_for(user: User, action: str = "enquiry.see") -> QuerySet[Enquiry]:
    """Enquiries of the partners at which the user may do `action`."""
    return Enquiry.objects.filter(partner_id__in=partners_where(user, action)).select_related("partner")


def get_enquiry(user: User, pk: int, action: str = "enquiry.see") -> Enquiry:
    """The enquiry, for somebody who may do `action` to it, or Http404: missing and forbidden answer alike."""
    return _get(enquiries_for(user, action), pk)


def conversations_for(user: User, action: str = "enquiry.see") -> QuerySet[Conversation]:
    """Conversations of the partners at which the user may do `action`."""
    return Conversation.objects.filter(partner_id__in=partners_where(user, action)).select_related(
        "enquiry", "wave", "listener"
    )


def get_conversation(user: User, pk: int, action: str = "enquiry.see") -> Conversation:
    """The conversation, for somebody who may do `action` to it, or Http404; see `get_enquiry`."""
    return _get(conversations_for(user, action), pk)


def get_contributor(user: User, pk: int, action: str = "contributor.see") -> Contributor:
    """The contributor, for somebody who may do `action` to it, or Http404; see `get_enquiry`."""
    return _get(
        Contributor.objects.filter(partner_id__in=partners_where(user, action)).select_related("enquiry"), pk
    )


def works_for(user: User) -> QuerySet[Work]:
    """Long work at the partners where the user reads or writes reports."""
    return Work.objects.filter(partner_id__in=partners_where(user, "work.see")).select_related(
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
