"""Pages of the data guardian."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import limits, policy
from accounts.models import Partner
from accounts.permissions import partners_where
from accounts.recent import recently_proved
from accounts.requests import SignedInRequest
from audit.actions import record_look
from enquiries import actions, ledger
from enquiries.models import Link, Scope
from enquiries.selectors import get_contributor
from wisdoms.care.people import NameSearch, TakeBackForm, find_voices, granted_ever
from wisdoms.care.record import RecordFilter, RecordPage, read_record

# Turning pages and changing filters is one look at the record.
ONE_LOOK = timedelta(minutes=15)


@require_safe
@policy.needs("record.read")
def record_page(request: SignedInRequest) -> HttpResponse:
    """Who did and who looked at what, when and why, at the partners whose data the reader looks after."""
    partner_ids = partners_where(request.user, "record.read")
    for partner in Partner.objects.filter(pk__in=partner_ids):
        record_look(
            "record.read", by=request.user, about=partner, partner_id=partner.pk, why="care", once_in=ONE_LOOK
        )
    form = RecordFilter(request.GET, partner_ids=partner_ids)
    if form.is_valid():
        page = read_record(partner_ids, form.chosen(), before=_number(request.GET.get("before", "")))
    else:
        page = RecordPage([], None)
    query = request.GET.copy()
    query.pop("before", None)
    context = {
        "form": form,
        "page": page,
        "is_narrowed": not form.is_valid() or form.narrows,
        "is_first": not request.GET.get("before"),
        "kept_query": query.urlencode(),
    }
    return render(request, "care/record.html", context, status=200 if form.is_valid() else 422)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


@require_safe
@policy.needs("link_table.see")
@recently_proved
def people(request: SignedInRequest) -> HttpResponse:
    """Voices by their chosen names, found also by the real one. A look for a name is written down."""
    form = NameSearch(request.GET or None)
    text = form.cleaned_data["q"] if form.is_bound and form.is_valid() else ""
    if text:
        limits.check("search", request)
    found = find_voices(request.user, text)
    for partner in Partner.objects.filter(pk__in=found.partner_ids):
        record_look(
            "link_table.read",
            by=request.user,
            about=partner,
            partner_id=partner.pk,
            why="care",
            once_in=ONE_LOOK,
        )
    return render(request, "care/people.html", {"form": form, "found": found, "is_narrowed": bool(text)})


@require_http_methods(["GET", "HEAD", "POST"])
@policy.needs("link_table.see")
@recently_proved
def person(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who stands behind one chosen name, what they agreed to, and taking it back for them."""
    contributor = get_contributor(request.user, pk, "link_table.see")
    granted = granted_ever(contributor)
    form = TakeBackForm(request.POST or None, granted=granted)
    # Also somebody who never said yes may ask us to forget who they are.
    is_anything_here = bool(granted) or not ledger.is_forgotten(contributor)
    if request.method == "POST" and is_anything_here and form.is_valid():
        done = actions.withdraw(
            contributor=contributor, scope=form.scopes, by=request.user, method=form.cleaned_data["method"]
        )
        messages.success(
            request,
            _("Taken back. It is closed everywhere from this moment. Their receipt is %(receipt)s.")
            % {"receipt": done.receipt},
        )
        return redirect("care:person", contributor.pk)
    record_look("link_table.read", by=request.user, about=contributor, why="care")
    link = Link.objects.filter(contributor=contributor).select_related("person", "user").first()
    context = {
        "contributor": contributor,
        "enquiry": contributor.enquiry,
        "link": link,
        "form": form,
        "is_anything_here": is_anything_here,
        "granted": [Scope(scope).label for scope in granted],
    }
    return render(request, "care/person.html", context, status=422 if form.errors else 200)
