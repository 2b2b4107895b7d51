"""Figures beside words: what is frozen for an enquiry, and what it is set beside."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import policy
from accounts.errors import AccountsError
from accounts.models import Partner
from accounts.permissions import partners_where
from accounts.requests import SignedInRequest
from coaching import actions, selectors
from coaching.errors import CoachingError
from coaching.fields import posted
from coaching.forms import FreezeForm, JointDisplayForm
from enquiries.errors import EnquiryError
from enquiries.models import Enquiry
from enquiries.selectors import get_enquiry
from themes.models import Quote
from themes.selectors import approved_quotes, shown_quotes

PROBLEMS = (CoachingError, EnquiryError, AccountsError)


@policy.needs("joint_display.see")
def beside(request: SignedInRequest, pk: int) -> HttpResponse:
    """Joint displays as readers will see them, and the frozen figures they may use."""
    enquiry = get_enquiry(request.user, pk, "joint_display.see")
    rows = list(enquiry.joint_displays.select_related("theme", "figure", "made_by"))
    shown = selectors.joint_displays_for_pages([row.pk for row in rows])
    quotes = shown_quotes(pk for each in shown.values() for pk in each.quote_ids)
    displays = [
        {
            "row": row,
            "shown": shown.get(row.pk),
            "quotes": [quotes[pk] for pk in shown[row.pk].quote_ids if pk in quotes]
            if row.pk in shown
            else [],
        }
        for row in rows
    ]
    figures = [
        {"row": row, "safe": selectors.safe_figure(row)} for row in selectors.figures_of_enquiry(enquiry)
    ]
    context = {"enquiry": enquiry, "displays": displays, "figures": figures}
    return render(request, "coaching/beside.html", context)


@policy.needs("enquiry_figure.freeze")
def freeze(request: SignedInRequest, pk: int) -> HttpResponse:
    """Freeze a figure for this enquiry."""
    enquiry = get_enquiry(request.user, pk, "enquiry_figure.freeze")
    form = FreezeForm(posted(request), partners=_partners(request, enquiry), enquiry=enquiry)
    if request.method == "POST" and form.is_valid():
        try:
            figure = actions.freeze_figure(
                metric=form.cleaned_data["metric"],
                enquiry=enquiry,
                partner=form.chosen_partner,
                by=request.user,
                title=form.cleaned_data["title"],
                period_start=form.cleaned_data["period_start"],
                period_end=form.cleaned_data["period_end"],
                only_linked=form.only_linked,
            )
        except PROBLEMS as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("Frozen: %(title)s. It stays as it is now.") % {"title": figure.title}
            )
            return redirect("coaching:beside", pk)
    context = {"enquiry": enquiry, "form": form}
    return render(request, "coaching/freeze.html", context, status=422 if form.errors else 200)


def _partners(request: SignedInRequest, enquiry: Enquiry) -> list[Partner]:
    """Partners of the enquiry whose figures the user may freeze, the leading one first."""
    allowed = partners_where(request.user, "figure.freeze")
    others = [each for each in enquiry.with_partners.all() if each.pk in allowed]
    found = [enquiry.partner, *others] if enquiry.partner_id in allowed else others
    if not found:
        raise Http404
    return found


@policy.needs("joint_display.make")
def set_beside(request: SignedInRequest, pk: int) -> HttpResponse:
    """Set a theme beside a figure."""
    enquiry = get_enquiry(request.user, pk, "joint_display.make")
    agreed = approved_quotes(enquiry)
    form = JointDisplayForm(
        posted(request),
        themes=enquiry.themes.all(),
        quotes=Quote.objects.filter(pk__in=[quote.id for quote in agreed]).order_by("pk"),
        figures=selectors.figures_of_enquiry(enquiry),
        initial={"figure": request.GET.get("figure"), "theme": request.GET.get("theme")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.make_joint_display(enquiry=enquiry, by=request.user, **form.cleaned_data)
        except PROBLEMS as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Kept. An editor can now place it in a report."))
            return redirect("coaching:beside", pk)
    context = {
        "enquiry": enquiry,
        "form": form,
        "has_themes": enquiry.themes.exists(),
        "has_quotes": bool(agreed),
    }
    return render(request, "coaching/set_beside.html", context, status=422 if form.errors else 200)


@policy.needs("joint_display.make")
@require_POST
def remove(request: SignedInRequest, pk: int, row_id: int) -> HttpResponse:
    """Take a joint display away."""
    enquiry = get_enquiry(request.user, pk, "joint_display.make")
    row = enquiry.joint_displays.filter(pk=row_id).first()
    if row is None:
        raise Http404
    try:
        actions.remove_joint_display(row=row, by=request.user)
    except PROBLEMS as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Taken away. The figure and the quotes stay."))
    return redirect("coaching:beside", pk)
