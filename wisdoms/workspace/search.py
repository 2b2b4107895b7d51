"""The pages on which those who listen and read look for words people said."""

from collections import Counter
from collections.abc import Iterable

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import limits, policy
from accounts.plain_fields import TellsRefusedChoices
from accounts.requests import SignedInRequest
from audit.actions import record
from enquiries import selectors
from enquiries.models import Enquiry
from transcripts.search import LEAST_LETTERS, MOST_FOUND, MOST_LETTERS, Hit, hits, search

PER_PAGE = 20


class SearchForm(TellsRefusedChoices, forms.Form):
    """What is asked for. Put into the address, so that going back shows it again; kept nowhere by us."""

    q = forms.CharField(
        label=_("Words to look for"),
        help_text=_(
            "All of them must be said, in any form. In “quotation marks” they are found exactly so. Put a "
            "minus before a word to leave it out, or an “or” between two."
        ),
        min_length=LEAST_LETTERS,
        max_length=MOST_LETTERS,
        error_messages={
            "required": _("Write a word to look for."),
            "min_length": _("Write at least %(limit_value)d letters."),
            "max_length": _(
                "Write at most %(limit_value)d letters. A few words are enough to find a passage."
            ),
            "null_characters_not_allowed": _("There is a sign in it that no text has. Write the words anew."),
        },
        widget=forms.TextInput(attrs={"type": "search", "class": "input", "autocomplete": "off"}),
    )


@require_safe
@policy.needs("passage.read")
def everywhere(request: SignedInRequest) -> HttpResponse:
    """Search in all enquiries of the user's partners."""
    return _answer(request, None)


@require_safe
@policy.needs("passage.read")
def in_enquiry(request: SignedInRequest, pk: int) -> HttpResponse:
    """Search in one enquiry; 404 where it is not the user's."""
    return _answer(request, selectors.get_enquiry(request.user, pk))


def _answer(request: SignedInRequest, enquiry: Enquiry | None) -> HttpResponse:
    form = SearchForm(request.GET if "q" in request.GET else None)
    context: dict[str, object] = {"form": form, "enquiry": enquiry, "most_found": MOST_FOUND}
    if form.is_valid():
        limits.check("search", request)
        query = form.cleaned_data["q"]
        matches = search(request.user, query, enquiry=enquiry)
        page = Paginator(matches.ids, PER_PAGE).get_page(request.GET.get("page"))
        shown = hits(list(page.object_list), query)
        _record(request, shown)
        context |= {"page": page, "hits": shown, "matches": matches}
    return render(request, "workspace/search.html", context)


def _record(request: SignedInRequest, shown: Iterable[Hit]) -> None:
    """Write down how many passages somebody was shown, at each partner; never what they asked for."""
    for partner_id, count in sorted(Counter(hit.segment.partner_id for hit in shown).items()):
        record("passages.found", by=request.user, partner_id=partner_id, count=count)
