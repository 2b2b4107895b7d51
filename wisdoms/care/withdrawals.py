"""The data guardian's pages of what people took back: how far it is, and what they are handed."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import policy
from accounts.permissions import partners_where
from accounts.requests import SignedInRequest
from enquiries import actions, wishes
from enquiries.errors import NotPossibleNow
from enquiries.models import Contributor, Conversation, Withdrawal, WithdrawalState
from enquiries.receipts import notes_for_guardian, receipt_lines, step_lines

PER_PAGE = 30
# Copies are gone within a day; a sweep takes seconds, so one that takes an hour is looked at.
SLOW_AFTER = timedelta(hours=1)


def _mine(request: SignedInRequest) -> list[int]:
    return partners_where(request.user, "withdrawal.see")


def _one(request: SignedInRequest, pk: int) -> Withdrawal:
    rows = Withdrawal.objects.filter(partner_id__in=_mine(request))
    return get_object_or_404(rows.select_related("contributor__enquiry__partner", "by", "told_by"), pk=pk)


@require_safe
@policy.needs("withdrawal.see")
def withdrawals(request: SignedInRequest) -> HttpResponse:
    """Every withdrawal, those that are not at their end first; found by receipt."""
    rows = Withdrawal.objects.filter(partner_id__in=_mine(request)).select_related("contributor__enquiry")
    wanted = request.GET.get("receipt", "").replace("\x00", "").strip().upper()
    if wanted:
        plain = "".join(sign for sign in wanted if sign.isalnum())[:8]
        rows = rows.filter(receipt=f"{plain[:4]}-{plain[4:]}")
    done_last = Case(When(state=WithdrawalState.DONE, then=1), default=0)
    listed = rows.order_by(done_last, "-asked_at", "-pk")
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "care/withdrawals.html",
        {
            "page": page,
            "wanted": wanted,
            "n_open": rows.exclude(state=WithdrawalState.DONE).count(),
            "not_found": _not_found(request),
        },
    )


@dataclass(frozen=True, slots=True)
class NotFound:
    """Parts somebody had closed that a copy which was put back does not hold: the number of each conversation
    of theirs that it holds, and how many parts there are in all."""

    contributor: Contributor
    numbers: tuple[int, ...]
    n: int


def _not_found(request: SignedInRequest) -> list[NotFound]:
    waiting = wishes.unplaced(_mine(request))
    if not waiting:
        return []
    counted = Counter(UUID(each.handle) for each in waiting)
    ids = {each.number("conversation") or 0 for each in waiting}
    numbers = dict(Conversation.objects.filter(pk__in=ids).values_list("pk", "number"))
    held: dict[UUID, set[int]] = {}
    for each in waiting:
        number = numbers.get(each.number("conversation") or 0)
        held.setdefault(UUID(each.handle), set()).update({number} if number is not None else ())
    voices = Contributor.objects.filter(handle__in=counted).select_related("enquiry").order_by("pk")
    return [NotFound(who, tuple(sorted(held[who.handle])), counted[who.handle]) for who in voices]


@require_POST
@policy.needs("withdrawal.see")
def looked_after(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that what was not found of one voice has been looked after."""
    voice = get_object_or_404(Contributor, partner_id__in=_mine(request), pk=pk)
    if wishes.look_after(contributor=voice, by=request.user):
        messages.success(request, _("Kept: you have looked after it."))
    return redirect("care:withdrawals")


@require_safe
@policy.needs("withdrawal.see")
def withdrawal(request: SignedInRequest, pk: int) -> HttpResponse:
    """One withdrawal: what fell, each step, what is left to do, and the confirmation for the person."""
    row = _one(request, pk)
    lines = step_lines(row)
    context = {
        "row": row,
        "is_slow": not row.is_done and row.asked_at < timezone.now() - SLOW_AFTER,
        "steps": lines,
        "n_left": 0 if row.is_done else sum(not each.is_done for each in lines),
        "notes": notes_for_guardian(row),
        "receipt": receipt_lines(row),
    }
    return render(request, "care/withdrawal.html", context)


@require_safe
@policy.needs("withdrawal.see")
def confirmation(request: SignedInRequest, pk: int) -> HttpResponse:
    """The confirmation on paper: what was taken back and what went, without anybody's name."""
    row = _one(request, pk)
    return render(request, "care/confirmation.html", {"row": row, "receipt": receipt_lines(row)})


@require_POST
@policy.needs("withdrawal.see")
def retry(request: SignedInRequest, pk: int) -> HttpResponse:
    """Try the removing again now, without waiting for the clock."""
    row = _one(request, pk)
    try:
        actions.sweep_again(withdrawal=row, by=request.user)
    except NotPossibleNow as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("It is being tried again now. Look again in a minute."))
    return redirect("care:withdrawal", row.pk)


@require_POST
@policy.needs("withdrawal.see")
def told(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that the person has been given their confirmation."""
    row = _one(request, pk)
    try:
        actions.note_told(withdrawal=row, by=request.user)
    except NotPossibleNow as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Kept: they have been told."))
    return redirect("care:withdrawal", row.pk)
