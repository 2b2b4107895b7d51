from django import template
from django.conf import settings

from accounts import wall
from accounts.models import Membership, Partner

register = template.Library()


@register.simple_tag
def demo_people() -> list[dict[str, str]]:
    """The made-up people one may sign in as with one press; empty outside the demo."""
    if not (settings.DEBUG and settings.IS_DEMO):
        return []
    people: dict[str, dict[str, str]] = {}
    # Nobody is signed in yet, and the list spans the demo's partners.
    with wall.acting_for(partners=Partner.objects.values_list("pk", flat=True)):
        memberships = list(
            Membership.objects.current()
            .filter(user__is_active=True)
            .select_related("user", "partner")
            .order_by("user__pk", "pk")
        )
    for membership in memberships:
        user = membership.user
        entry = people.setdefault(
            user.email,
            {"name": user.name, "first_name": user.get_short_name(), "email": user.email, "roles": ""},
        )
        role = f"{membership.get_role_display()}, {membership.partner}"
        entry["roles"] = f"{entry['roles']}; {role}" if entry["roles"] else role
    return list(people.values())
