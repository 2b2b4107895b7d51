"""What somebody agreed to, saying yes or no, and taking one thing or everything back."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.actions import record
from enquiries import actions, consent, sweep
from enquiries.errors import EnquiryError
from enquiries.models import ConsentMethod, ConsentState, Scope, Withdrawal
from portal.actions.preferences import choose_first
from portal.yours import receipts, selectors
from portal.yours.forms import AnswerForm, FirstForm
from portal.yours.scopes import SAID, SEEING_FIRST
from portal.yours.visits import YoursRequest, own_page

EVERYTHING = (Scope.TAKE_PART, Scope.CONTACT_AGAIN)


@own_page()
@require_safe
def agreed(request: YoursRequest) -> HttpResponse:
    """Every thing that was asked, in each round, with the answer and the day."""
    visit = request.visit
    who = visit.contributor
    context = {
        "visit": visit,
        "rounds": selectors.rounds(who),
        "seeing_first": SEEING_FIRST[who.review_choice],
        "takes_part": selectors.still_takes_part(who),
        "kept": request.GET.get("kept"),
    }
    return render(request, "yours/agreed.html", context)


@own_page()
@require_http_methods(["GET", "HEAD", "POST"])
def first(request: YoursRequest) -> HttpResponse:
    """Whether they see their words before we use them: a preference that opens and shuts nothing."""
    visit = request.visit
    who = visit.contributor
    if not selectors.still_takes_part(who):
        return redirect(visit.way("agreed"))
    form = FirstForm(
        request.POST if request.method == "POST" else None, initial={"review_choice": who.review_choice}
    )
    if request.method == "POST" and form.is_valid():
        with visit.acting():
            n_waiting = choose_first(
                contributor=who, choice=form.cleaned_data["review_choice"], by_helper=visit.with_helper
            )
        # Where pieces wait for an answer because of it, there; else back to where they came from.
        return redirect(visit.way("quotes" if n_waiting else "agreed") + "?kept=first")
    return render(
        request, "yours/first.html", {"visit": visit, "form": form}, status=422 if form.errors else 200
    )


@own_page()
@require_safe
def taken(request: YoursRequest, pk: int) -> HttpResponse:
    """The receipt of something they took back, on their own page."""
    found = Withdrawal.objects.filter(contributor=request.visit.contributor, pk=pk).first()
    if found is None:
        raise Http404
    context = {"visit": request.visit, "receipt": receipts.Receipt(found)}
    return render(request, "yours/receipt.html", context)


@own_page()
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: YoursRequest, scope: str) -> HttpResponse:
    """One thing: take it back where there is a yes; else say yes or no.

    Each form says which of the two it is: a button that is pressed twice must not take back with its second
    press what the first has just allowed.
    """
    if scope not in Scope.values:
        raise Http404
    if request.method == "POST" and "take_back" in request.POST:
        return _taken_back(request, [scope])
    if not selectors.stands(request.visit.contributor, scope):
        return _answer(request, scope)
    if request.method == "POST" and request.POST.get("decision") == ConsentState.GRANTED:
        return redirect(request.visit.way("agreed") + "?kept=answer")
    return _take_back(request, scope)


def _take_back(request: YoursRequest, scope: str) -> HttpResponse:
    visit = request.visit
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
        "press": receipts.seal_press(visit.contributor),
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
    if Scope.TAKE_PART in scopes:
        # Their page is closed; the receipt's own address outlives it.
        return redirect(reverse("yours:receipt", args=[token]))
    return redirect(visit.way("taken", done.pk))


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
        is_yes = form.cleaned_data["decision"] == ConsentState.GRANTED
        if is_yes and needed:
            form.add_error("decision", _("Say yes first to what stands above. Then say yes to this."))
        elif is_yes and sweep.is_going_on(who):
            form.add_error(
                "decision", _("What you took back is still being taken away. Try again in a few minutes.")
            )
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
            return redirect(visit.way("agreed") + "?kept=answer")
    context = {
        "visit": visit,
        "scope": scope,
        "said": SAID[scope],
        "form": form,
        "needed": [(other, SAID[other].title) for other in needed],
    }
    return render(request, "yours/answer.html", context, status=422 if form.errors else 200)


@own_page()
@require_http_methods(["GET", "HEAD", "POST"])
def everything(request: YoursRequest) -> HttpResponse:
    """Take everything back: asked once, so that a slip of the thumb does nothing."""
    visit = request.visit
    if request.method == "POST":
        return _taken_back(request, list(EVERYTHING))
    context = {
        "visit": visit,
        "is_anything_here": selectors.is_anything_here(visit.contributor),
        "press": receipts.seal_press(visit.contributor),
    }
    return render(request, "yours/everything.html", context)
