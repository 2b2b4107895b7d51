"""What somebody agreed to, saying yes or no, and taking one thing or everything back."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from audit.actions import record
from enquiries import actions, consent
from enquiries.errors import EnquiryError
from enquiries.models import ConsentMethod, ConsentState, Scope
from portal.yours import receipts, selectors
from portal.yours.forms import AnswerForm
from portal.yours.scopes import SAID
from portal.yours.visits import YoursRequest, own_page

EVERYTHING = (Scope.TAKE_PART, Scope.CONTACT_AGAIN)


@own_page()
@require_safe
def agreed(request: YoursRequest) -> HttpResponse:
    """Every thing that was asked, in each round, with the answer and the day."""
    visit = request.visit
    context = {"visit": visit, "rounds": selectors.rounds(visit.contributor)}
    return render(request, "yours/agreed.html", context)


@own_page()
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: YoursRequest, scope: str) -> HttpResponse:
    """One thing: take it back where there is a yes; else say yes or no."""
    if scope not in Scope.values:
        raise Http404
    who = request.visit.contributor
    return _take_back(request, scope) if selectors.stands(who, scope) else _answer(request, scope)


def _take_back(request: YoursRequest, scope: str) -> HttpResponse:
    visit = request.visit
    if request.method == "POST":
        return _taken_back(request, [scope])
    found = selectors.rounds(visit.contributor)
    rests = {
        title: None for each in found for row in each.agreed if row.scope == scope for title in row.rests
    }
    context = {
        "visit": visit,
        "scope": scope,
        "said": SAID[scope],
        "rests": list(rests),
        "is_everything": scope == Scope.TAKE_PART,
    }
    return render(request, "yours/take_back.html", context)


def _taken_back(request: YoursRequest, scopes: list[str]) -> HttpResponse:
    visit = request.visit
    with visit.acting():
        done = actions.withdraw(
            contributor=visit.contributor, scope=scopes, by=None, method=ConsentMethod.ONLINE
        )
        if visit.with_helper:
            record("personal_page.helped", by=None, about=visit.contributor, withdrawal=done.pk)
        token = receipts.seal(done)
    return redirect(reverse("yours:receipt", args=[token]))


def _answer(request: YoursRequest, scope: str) -> HttpResponse:
    visit = request.visit
    who = visit.contributor
    form = AnswerForm(request.POST if request.method == "POST" else None)
    found = selectors.rounds(who)
    states = {row.scope: row for row in found[0].agreed} if found else {}
    needed = [
        other
        for other in Scope.values
        if other in consent.needed_for(scope)
        and other != scope
        and (other not in states or states[other].state != ConsentState.GRANTED)
    ]
    if request.method == "POST" and form.is_valid():
        try:
            with visit.acting():
                actions.record_consent(
                    contributor=who,
                    wave=found[0].wave,
                    decisions={scope: form.cleaned_data["decision"]},
                    by=None,
                    method=ConsentMethod.ONLINE,
                )
                if visit.with_helper:
                    record("personal_page.helped", by=None, about=who, scope=scope)
        except EnquiryError as error:
            form.add_error(None, str(error))
        else:
            return redirect(visit.way("agreed"))
    context = {
        "visit": visit,
        "scope": scope,
        "said": SAID[scope],
        "form": form,
        "needed": [SAID[other].title for other in needed],
    }
    return render(request, "yours/answer.html", context, status=422 if form.errors else 200)


@own_page()
@require_http_methods(["GET", "HEAD", "POST"])
def everything(request: YoursRequest) -> HttpResponse:
    """Take everything back: asked once, so that a slip of the thumb does nothing."""
    visit = request.visit
    if request.method == "POST":
        return _taken_back(request, list(EVERYTHING))
    context = {"visit": visit, "takes_part": selectors.still_takes_part(visit.contributor)}
    return render(request, "yours/everything.html", context)
