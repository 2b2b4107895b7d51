from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs themselves up: colleagues are added by a partner lead."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
