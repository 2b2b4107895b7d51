"""Where each role starts."""

from django.urls import reverse

from accounts.models import Membership, Role


def first_page(membership: Membership | None) -> str:
    """Address of the page on which a role begins its work."""
    if membership is None:
        return reverse("workspace:home")
    if membership.role == Role.COACH:
        return reverse("portal:today")
    if membership.role == Role.EDITOR:
        return reverse("wagtailadmin_home")
    return reverse("workspace:home")
