"""Asking us something, or complaining, and reading our answers."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import limits
from portal.actions import questions
from portal.errors import PortalError
from portal.models import Question
from portal.yours.forms import QuestionForm
from portal.yours.visits import YoursRequest, own_page


@own_page(carries=("kind", "said"))
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: YoursRequest) -> HttpResponse:
    """What was asked so far with our answers, and a form for more."""
    visit = request.visit
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            with visit.acting():
                limits.check("portal_question", request, person=f"link {visit.link.pk}")
                questions.ask(
                    contributor=visit.contributor,
                    kind=form.cleaned_data["kind"],
                    said=form.cleaned_data["said"],
                    by_helper=visit.with_helper,
                )
        except PortalError as error:
            form.add_error("said", str(error))
        else:
            return redirect(visit.way("ask") + "?sent=1")
    return _page(request, form, was_sent=request.GET.get("sent") == "1")


def written_before(request: YoursRequest, written: dict[str, str]) -> HttpResponse:
    """The same page for whoever wrote for longer than a visit lasts, with what they wrote in its form."""
    return _page(request, QuestionForm(initial=written), is_unsent=True)


def _page(request: YoursRequest, form: QuestionForm, **said: bool) -> HttpResponse:
    visit = request.visit
    context = {
        "visit": visit,
        "form": form,
        "questions": Question.objects.filter(contributor=visit.contributor).exclude(said=""),
        **said,
    }
    return render(request, "yours/ask.html", context, status=422 if form.errors else 200)
