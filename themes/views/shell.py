"""What every page of ours shares: where it stands, and how a refusal is answered."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.errors import AccountsError
from accounts.models import User
from enquiries.errors import EnquiryError
from enquiries.models import Enquiry
from themes.errors import ThemesError

# What an action may refuse with; each carries a sentence to show.
REFUSALS = (ThemesError, EnquiryError, AccountsError)

Step = tuple[str | Promise, str]


class ReaderRequest(HttpRequest):
    """A request of somebody who is signed in and may use htmx."""

    user: User  # type: ignore[assignment]
    htmx: object


def crumbs(enquiry: Enquiry, *steps: Step) -> list[Step]:
    """Where a page stands; the last step has no address."""
    return [(enquiry.title, reverse("workspace:enquiry", args=[enquiry.pk])), *steps]


def refuse(request: HttpRequest, error: Exception, back: str) -> HttpResponse:
    """Say why nothing was changed, on the page that the form came from."""
    messages.error(request, str(error))
    return redirect(back)


def whole(value: str | None) -> int | None:
    """A whole number from a form, or None; nothing a browser sends by itself is anything else."""
    try:
        return int(value) if value not in (None, "") else None
    except (TypeError, ValueError):
        return None


def kept(request: HttpRequest, sentence: str | None = None) -> None:
    """Say what was done."""
    messages.success(request, sentence or _("Kept."))
