"""Quotes on their way: each with a sentence that says where it is, and the one next step."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import policy
from enquiries.selectors import get_enquiry
from themes import actions
from themes.models import Attribution, Quote, QuoteState, Theme
from themes.selectors.quotes_on_their_way import QuoteView, quotes_of
from themes.views.shell import REFUSALS, ReaderRequest, crumbs, kept, refuse, whole


@dataclass(slots=True)
class _Group:
    """Quotes that wait for the same thing."""

    key: str
    title: str
    quotes: list[QuoteView] = field(default_factory=list)


_GROUPS: tuple[tuple[str, Callable[[], str], frozenset[str]], ...] = (
    ("hear", lambda: _("To be heard"), frozenset({QuoteState.SELECTED})),
    ("names", lambda: _("To be checked for names"), frozenset({QuoteState.HEARD})),
    ("offer", lambda: _("To be offered"), frozenset({QuoteState.PSEUDONYMISED})),
    ("wait", lambda: _("Waiting for the speaker"), frozenset({QuoteState.OFFERED})),
    (
        "agreed",
        lambda: _("Agreed"),
        frozenset({QuoteState.APPROVED, QuoteState.CHANGED, QuoteState.PLACED}),
    ),
    ("refused", lambda: _("Not to be used"), frozenset({QuoteState.REFUSED})),
)


@policy.needs("quote.see")
def quotes(request: ReaderRequest, enquiry_id: int) -> HttpResponse:
    """Every quote of an enquiry, under what it waits for."""
    enquiry = get_enquiry(request.user, enquiry_id, "quote.see")
    views = quotes_of(enquiry, reader=request.user)
    groups = [
        _Group(key, title(), [view for view in views if view.quote.state in states])
        for key, title, states in _GROUPS
    ]
    context = {
        "enquiry": enquiry,
        "groups": [group for group in groups if group.quotes],
        "themes": list(enquiry.themes.order_by("title")),
        "attributions": [
            (value, label) for value, label in Attribution.choices if value != Attribution.REAL_NAME
        ],
        "steps": crumbs(enquiry, (_("Quotes"), "")),
    }
    return render(request, "themes/quotes.html", context)


@policy.needs("quote.see")
def quote(request: ReaderRequest, quote_id: int) -> HttpResponse:
    """One step of one quote (POST); GET goes to its place in the list."""
    # The step itself reads the words, once it has asked the gate.
    rows = Quote.objects.select_related("enquiry__partner").defer("text", "shown")
    found = get_object_or_404(rows, pk=quote_id)
    enquiry = get_enquiry(request.user, found.enquiry_id, "quote.see")
    back = reverse("themes:quotes", args=[enquiry.pk]) + f"#quote-{found.pk}"
    if request.method != "POST":
        return redirect(back)
    step = STEPS.get(request.POST.get("step", ""))
    if step is None:
        raise Http404
    try:
        said = step(request, found)
    except REFUSALS as error:
        return refuse(request, error, back)
    kept(request, said)
    return redirect(back)


def _heard(request: ReaderRequest, found: Quote) -> str:
    actions.mark_heard(quote=found, by=request.user)
    return _("Kept with your name. Next, another reader checks it for names.")


def _names(request: ReaderRequest, found: Quote) -> str:
    actions.mark_pseudonymised(quote=found, by=request.user, shown=request.POST.get("shown"))
    return _("Checked for names. Next, it is offered to the speaker.")


def _offer(request: ReaderRequest, found: Quote) -> str:
    moved = actions.offer(quote=found, by=request.user)
    if moved.state == QuoteState.APPROVED:
        return _("Agreed. This speaker asked not to see quotes first.")
    return _("Offered. It waits until the speaker answers; silence is not a yes.")


def _answer(request: ReaderRequest, found: Quote) -> str:
    post = request.POST
    actions.record_answer(
        quote=found,
        answer=post.get("answer", ""),
        by=request.user,
        shown=post.get("shown", ""),
        note=post.get("note", ""),
    )
    return _("The speaker’s answer is kept.")


def _attribute(request: ReaderRequest, found: Quote) -> str:
    actions.set_attribution(quote=found, attribution=request.POST.get("attribution", ""), by=request.user)
    return _("Kept.")


def _to_theme(request: ReaderRequest, found: Quote) -> str:
    theme = get_object_or_404(Theme, enquiry=found.enquiry, pk=whole(request.POST.get("theme")))
    actions.put_quote_to_theme(theme=theme, quote=found, by=request.user)
    return _("This quote now speaks for “%(theme)s”.") % {"theme": theme.title}


def _from_theme(request: ReaderRequest, found: Quote) -> str:
    theme = get_object_or_404(Theme, enquiry=found.enquiry, pk=whole(request.POST.get("theme")))
    actions.take_quote_from_theme(theme=theme, quote=found, by=request.user)
    return _("This quote no longer speaks for “%(theme)s”.") % {"theme": theme.title}


def _drop(request: ReaderRequest, found: Quote) -> str:
    actions.drop_quote(quote=found, by=request.user)
    return _("Let go. The words stay in the conversation.")


STEPS: dict[str, Callable[[ReaderRequest, Quote], str]] = {
    "heard": _heard,
    "names": _names,
    "offer": _offer,
    "answer": _answer,
    "attribute": _attribute,
    "to_theme": _to_theme,
    "from_theme": _from_theme,
    "drop": _drop,
}
