"""Where each role starts, and the places in the workspace's head line."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.matrix import actions_of
from accounts.models import Membership, Role


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the head line."""

    label: str
    address: str
    is_here: bool
    is_exact: bool


def first_page(membership: Membership | None) -> str:
    """Address of the page on which a role begins its work."""
    if membership is None:
        return reverse("workspace:home")
    if membership.role == Role.COACH:
        return reverse("portal:today")
    if membership.role == Role.EDITOR:
        return reverse("wagtailadmin_home")
    return reverse("workspace:home")


def places(memberships: Iterable[Membership], path: str) -> list[Place]:
    """Places somebody may go to from here, by all the roles they hold."""
    may = actions_of(m.role for m in memberships)
    home = _("Enquiries") if "enquiry.see" in may else _("Start")
    found = [(home, reverse("workspace:home"), "/workspace/enquiries")]
    if "work.see" in may:
        found.append((_("Computer’s work"), reverse("workspace:works"), "/workspace/work"))
    if "passage.read" in may:
        found.append((_("Search"), reverse("workspace:search"), "/workspace/search"))
    if "relationship.keep" in may:
        found.append((_("Coaching"), reverse("portal:today"), "/coach"))
    if "page.write" in may:
        found.append((_("Reports"), reverse("wagtailadmin_home"), "/cms"))
    if "link_table.see" in may:
        found.append((_("People"), reverse("care:people"), "/workspace/care/people"))
    if "personal_question.answer" in may:
        found.append((_("Questions"), reverse("care:questions"), "/workspace/care/questions"))
    if "export.tell" in may:
        found.append((_("Handed over"), reverse("care:exports"), "/workspace/care/exports"))
    if "keeping.see" in may:
        found.append((_("Keeping"), reverse("care:keeping"), "/workspace/care/keeping"))
    if "withdrawal.see" in may:
        found.append((_("Taken back"), reverse("care:withdrawals"), "/workspace/care/withdrawals"))
    if "record.read" in may:
        found.append((_("Record"), reverse("care:record"), "/workspace/care/record"))
    if "colleague.invite" in may:
        found.append((_("Colleagues"), reverse("accounts:people"), "/workspace/partner"))
    found.append((_("Public site"), "/", ""))
    return [
        Place(label, address, path == address or (bool(below) and path.startswith(below)), path == address)
        for label, address, below in found
    ]
