from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.middleware import Roles
from accounts.models import User


class SignedInRequest(HttpRequest):
    """A request as views for those who are signed in get it; for annotations only."""

    user: User
    roles: Roles
    htmx: HtmxDetails
