"""Colleagues and organisations; all names are invented."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import Membership, Partner, Role, User


class UserFactory(DjangoModelFactory[User]):
    """A colleague without a role. `roles={partner: [Role.RESEARCHER, …]}` gives some."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"colleague{n}@example.org")
    name = factory.Sequence(lambda n: f"Colleague {n}")
    # Hashing costs a tenth of a second each time; tests sign in by `client.force_login`.
    password = "!"

    @factory.post_generation
    def roles(self, create: bool, extracted: Any, **_kwargs: Any) -> None:
        for partner, held in (extracted or {}).items():
            for role in held:
                MembershipFactory(user=self, partner=partner, role=role)


class PartnerFactory(DjangoModelFactory[Partner]):
    class Meta:
        model = Partner

    name = factory.Sequence(lambda n: f"Partner {n}")
    slug = factory.Sequence(lambda n: f"partner-{n}")
    place = "Eastmere"


class MembershipFactory(DjangoModelFactory[Membership]):
    """A role held now; `role` is researcher unless said."""

    class Meta:
        model = Membership

    partner = factory.SubFactory(PartnerFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.RESEARCHER


def colleague(partner: Partner, *roles: str) -> User:
    """A user holding `roles` (researcher when none is named) at `partner`."""
    user: User = UserFactory()
    for role in roles or (Role.RESEARCHER,):
        MembershipFactory(user=user, partner=partner, role=role)
    return user
