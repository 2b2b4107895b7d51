"""Pages of the data guardian."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.models import Partner
from accounts.permissions import partners_where
from accounts.requests import SignedInRequest
from audit.actions import record_look
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
