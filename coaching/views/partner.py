"""A partner's own figures, after disclosure control."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import policy
from accounts.errors import AccountsError
from accounts.models import Partner
from accounts.permissions import partners_where
from accounts.requests import SignedInRequest
from coaching import actions, selectors
from coaching.errors import CoachingError
from coaching.fields import posted
from coaching.forms import FreezeForm

PER_PAGE = 20


def _own_partners(request: SignedInRequest, action: str) -> list[Partner]:
    found = list(Partner.objects.filter(pk__in=partners_where(request.user, action)))
    if not found:
        raise Http404
    return found


@policy.needs("figure.see")
def figures(request: SignedInRequest) -> HttpResponse:
    """Every frozen figure of one's own partner, newest first."""
    partners = _own_partners(request, "figure.see")
    page = Paginator(selectors.figures_for(request.user), PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"row": row, "safe": selectors.safe_figure(row)} for row in page]
    context = {"page": page, "figures": rows, "partners": partners}
    return render(request, "coaching/figures.html", context)


@policy.needs("figure.freeze")
def freeze(request: SignedInRequest) -> HttpResponse:
    """Freeze a figure of the partner, for no enquiry."""
    form = FreezeForm(posted(request), partners=_own_partners(request, "figure.freeze"), enquiry=None)
    if request.method == "POST" and form.is_valid():
        try:
            figure = actions.freeze_figure(
                metric=form.cleaned_data["metric"],
                enquiry=None,
                partner=form.chosen_partner,
                by=request.user,
                title=form.cleaned_data["title"],
                period_start=form.cleaned_data["period_start"],
                period_end=form.cleaned_data["period_end"],
            )
        except (CoachingError, AccountsError) as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("Frozen: %(title)s. It stays as it is now.") % {"title": figure.title}
            )
            return redirect("coaching:figures")
    return render(request, "coaching/freeze.html", {"form": form}, status=422 if form.errors else 200)
