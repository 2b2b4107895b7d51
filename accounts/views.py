from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.landing import first_page
from accounts.models import User
from accounts.requests import SignedInRequest


@require_POST
@login_required
def work_as(request: SignedInRequest, membership_id: int) -> HttpResponse:
    """Change to another of one's own roles, and go to where that role works."""
    membership = request.roles.choose(membership_id)
    if membership is None:
        raise Http404
    messages.success(
        request,
        _("You are now working as %(role)s at %(partner)s.")
        % {"role": membership.get_role_display().lower(), "partner": membership.partner},
    )
    return redirect(first_page(membership))


@require_POST
def demo_sign_in(request: SignedInRequest) -> HttpResponse:
    """Sign in as one of the made-up people, with one press. Exists only in the demo on one's own machine."""
    if not (settings.DEBUG and settings.IS_DEMO):
        raise Http404
    user = get_object_or_404(User, email=request.POST.get("email", ""), is_active=True)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect(first_page(request.roles.current))
