"""What people ask or complain about on their own page, for the data guardian to answer."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.permissions import partners_where
from accounts.requests import SignedInRequest
from audit.actions import record_look
from coaching.fields import CalmForm
from portal.actions import questions as asked
from portal.errors import PortalError
from portal.models import Question

ACTION = "personal_question.answer"
MOST_ANSWERED = 50


class ReplyForm(CalmForm):
    """Our answer, as the person reads it."""

    words = forms.CharField(
        label=_lazy("Your answer"),
        help_text=_lazy(
            "They read it on their own page, and nowhere else. Write plainly, and say what happens next."
        ),
        max_length=5_000,
        widget=forms.Textarea,
    )


@policy.needs(ACTION)
@require_safe
def questions(request: SignedInRequest) -> HttpResponse:
    """Those that wait, the one due first in front; then those that were answered."""
    rows = Question.objects.filter(partner_id__in=partners_where(request.user, ACTION)).select_related(
        "contributor__enquiry"
    )
    context = {
        "waiting": rows.waiting(),
        "answered": rows.exclude(answered_at=None).order_by("-answered_at")[:MOST_ANSWERED],
        "today": timezone.localdate(),
    }
    return render(request, "care/questions.html", context)


@policy.needs(ACTION)
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: SignedInRequest, pk: int) -> HttpResponse:
    """One of them: say that it was read, and answer."""
    rows = Question.objects.filter(partner_id__in=partners_where(request.user, ACTION))
    row: Question = get_object_or_404(rows.select_related("contributor__enquiry"), pk=pk)
    form = ReplyForm(request.POST if "words" in request.POST else None)
    if request.method == "POST" and "acknowledge" in request.POST:
        asked.acknowledge(question=row, by=request.user)
        messages.success(request, _("Kept. They see on their page that somebody has read it."))
        return redirect("care:question", row.pk)
    if request.method == "POST" and form.is_valid():
        try:
            asked.answer(question=row, words=form.cleaned_data["words"], by=request.user)
        except PortalError as error:
            form.add_error("words", str(error))
        else:
            messages.success(request, _("Answered. They read it on their own page."))
            return redirect("care:questions")
    if request.method != "POST":
        record_look("contributor.read", by=request.user, about=row.contributor, why="care")
    context = {"row": row, "form": form, "today": timezone.localdate()}
    return render(request, "care/question.html", context, status=422 if form.errors else 200)
