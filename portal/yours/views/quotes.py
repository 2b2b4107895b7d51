"""Words of somebody's that we would like to show: yes, a change, or no. Silence is not yes."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enquiries.errors import EnquiryError
from enquiries.models import Scope
from portal.yours import selectors
from portal.yours.forms import OwnWordsForm
from portal.yours.visits import YoursRequest, own_page
from themes.actions.quotes import record_answer
from themes.errors import ThemesError
from themes.models import Quote, QuoteState


@own_page()
@require_safe
def quotes(request: YoursRequest) -> HttpResponse:
    """All of them, those that wait for an answer first."""
    return render(request, "yours/quotes.html", _shown(request) | {"kept": request.GET.get("kept")})


def _shown(request: YoursRequest) -> dict[str, Any]:
    who = request.visit.contributor
    return {
        "visit": request.visit,
        "quotes": selectors.quotes(who),
        "may_quote": selectors.stands(who, Scope.QUOTE_WORDS),
    }


def _own(request: YoursRequest, pk: int) -> Quote:
    found = next((row for row in selectors.quotes(request.visit.contributor) if row.pk == pk), None)
    if found is None:
        raise Http404
    return found


@own_page()
@require_POST
def answer(request: YoursRequest, pk: int) -> HttpResponse:
    """Yes or no to one quote."""
    quote = _own(request, pk)
    decision = request.POST.get("answer", "")
    if decision not in (QuoteState.APPROVED, QuoteState.REFUSED):
        raise Http404
    return _kept(request, quote, decision)


@own_page()
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: YoursRequest, pk: int) -> HttpResponse:
    """The words as their speaker wants them."""
    visit = request.visit
    quote = _own(request, pk)
    form = OwnWordsForm(request.POST if request.method == "POST" else None, initial={"shown": quote.shown})
    if request.method == "POST" and form.is_valid():
        return _kept(request, quote, QuoteState.CHANGED, form.cleaned_data["shown"])
    context = {"visit": visit, "quote": quote, "form": form}
    return render(request, "yours/change_quote.html", context, status=422 if form.errors else 200)


def _kept(request: YoursRequest, quote: Quote, decision: str, shown: str = "") -> HttpResponse:
    visit = request.visit
    note = _("With a helper.") if visit.with_helper else ""
    try:
        with visit.acting():
            record_answer(quote=quote, answer=decision, by=None, shown=shown, note=note)
    except (ThemesError, EnquiryError):
        # Their own words for it are written for colleagues, and name who spoke.
        problem = _("Something changed while you were reading. Look at your words once more.")
        context = _shown(request) | {"problem": problem}
        return render(request, "yours/quotes.html", context, status=422)
    return redirect(f"{visit.way('quotes')}?kept={decision}#quote-{quote.pk}")
