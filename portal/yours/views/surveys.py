"""Somebody's surveys over time, and filling one in again."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coaching.errors import CoachingError
from portal.yours.forms import SurveyForm
from portal.yours.progress import progress as progress_of
from portal.yours.surveys import dues, fill_in
from portal.yours.visits import YoursRequest, own_page


@own_page()
@require_safe
def progress(request: YoursRequest) -> HttpResponse:
    """Their surveys over time. Nobody else's stand beside them."""
    visit = request.visit
    context = {
        "visit": visit,
        "progress": progress_of(visit.contributor),
        "dues": dues(visit),
        "was_kept": request.GET.get("kept") == "1",
    }
    return render(request, "yours/progress.html", context)


@own_page()
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: YoursRequest, kind: str) -> HttpResponse:
    """One survey, where it can be filled in now. Any question can be left out."""
    visit = request.visit
    due = next((each for each in dues(visit) if each.kind == kind and each.is_open), None)
    if due is None:
        # Kept already, by the first of two presses, or not yet again.
        return redirect(visit.way("progress"))
    form = SurveyForm(request.POST if request.method == "POST" else None, sheet=due.sheet)
    if request.method == "POST" and form.is_valid():
        try:
            fill_in(visit, due, form.answers)
        except CoachingError:
            form.add_error(None, _("This could not be kept now. Talk with your coach about it."))
        else:
            return redirect(visit.way("progress") + "?kept=1")
    context = {"visit": visit, "due": due, "form": form}
    return render(request, "yours/survey.html", context, status=422 if form.errors else 200)
