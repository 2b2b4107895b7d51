from typing import Any

from django.core.management.base import BaseCommand

from accounts import wall
from accounts.models import Membership, Partner, Role
from wisdoms.demo import own_page
from wisdoms.demo.world import PASSWORD


class Command(BaseCommand):
    help = "Prints one sign-in for each role of the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        with wall.acting_for(partners=Partner.objects.values_list("pk", flat=True)):
            rows = list(Membership.objects.current().select_related("user", "partner").order_by("pk"))
        self.stdout.write("Sign in with one press at /accounts/login/, or by e-mail and password:")
        shown: set[int] = set()
        for role in Role:
            holders = [each for each in rows if each.role == role]
            # Somebody new for each role where there is one: a second reader is not the first.
            row = next((each for each in holders if each.user_id not in shown), next(iter(holders), None))
            if row is not None:
                shown.add(row.user_id)
                self.stdout.write(f"  {role.label:<18} {row.user.name:<14} {row.user.email}")
        self.stdout.write(f"  The password of each is {PASSWORD}")
        address = own_page.address()
        if address is not None:
            self.stdout.write(f"{own_page.WHO}, who was listened to, comes in without an account:")
            self.stdout.write(f"  {address}")
            self.stdout.write(f"  The word is {own_page.WORD}")
