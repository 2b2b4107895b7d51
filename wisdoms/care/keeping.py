"""Pages on what is kept for how long: the clocks of each enquiry, and the holds that pause them."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import policy
from accounts.permissions import partners_where
from accounts.requests import SignedInRequest
from audit.models import Event
from coaching.fields import CalmForm, posted
from enquiries import keeping, retention
from enquiries.errors import NotPossibleNow
from enquiries.models import Contributor, Enquiry, LegalHold
from enquiries.selectors import enquiries_for, get_enquiry

LATELY = 20
WHOLE = "enquiry"


class HoldForm(CalmForm):
    """What a hold stands on, and why."""

    on = forms.ChoiceField(label=_lazy("What must not be erased"))
    reason = forms.CharField(
        label=_lazy("Why"),
        help_text=_lazy("Such as the letter that asks for it, and its date. No names of people who spoke."),
        max_length=retention.LONGEST_REASON,
    )

    def __init__(self, *args: Any, enquiry: Enquiry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.voices = {str(who.pk): who for who in enquiry.contributors.order_by("pseudonym")}
        self.fields["on"].choices = [  # type: ignore[attr-defined]
            (WHOLE, _("Everything in this enquiry")),
            *((pk, who.pseudonym) for pk, who in self.voices.items()),
        ]

    def chosen(self, enquiry: Enquiry) -> Enquiry | Contributor:
        return self.voices.get(self.cleaned_data["on"], enquiry)


@dataclass(frozen=True, slots=True)
class Line:
    """One enquiry in the list: what falls now, and what is held."""

    enquiry: Enquiry
    due: int
    held: int
    holds: int


@require_safe
@policy.needs("keeping.see")
def overview(request: SignedInRequest) -> HttpResponse:
    """Every enquiry of the guardian's partners: what its clocks erase next, and what is paused."""
    lines = []
    for enquiry in enquiries_for(request.user, "keeping.see").order_by("title", "pk"):
        found = retention.standings(enquiry)
        lines.append(
            Line(
                enquiry,
                sum(each.due for each in found),
                sum(each.held for each in found),
                holds_of(enquiry).filter(ended_at=None).count(),
            )
        )
    context = {"lines": lines, "lately": _lately(partners_where(request.user, "keeping.see"))}
    return render(request, "care/keeping.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@policy.needs("keeping.see")
def enquiry_keeping(request: SignedInRequest, pk: int) -> HttpResponse:
    """The clocks of one enquiry as they stand, and placing a hold."""
    enquiry = get_enquiry(request.user, pk, "keeping.see")
    form = HoldForm(posted(request), enquiry=enquiry)
    if request.method == "POST" and form.is_valid():
        try:
            retention.place_hold(on=form.chosen(enquiry), reason=form.cleaned_data["reason"], by=request.user)
        except NotPossibleNow as error:
            form.add_error("on", str(error))
        else:
            messages.success(request, _("Nothing of it is erased by the clock until you end this hold."))
            return redirect("care:enquiry_keeping", enquiry.pk)
    context = {
        "enquiry": enquiry,
        "standings": retention.standings(enquiry),
        "kept": keeping.KEPT,
        "holds": holds_of(enquiry).select_related("contributor", "placed_by", "ended_by"),
        "form": form,
    }
    return render(request, "care/enquiry_keeping.html", context, status=422 if form.errors else 200)


@require_POST
@policy.needs("hold.place")
def end_hold(request: SignedInRequest, pk: int) -> HttpResponse:
    """End one hold; the clocks run on."""
    found = (
        LegalHold.objects.filter(pk=pk, partner_id__in=partners_where(request.user, "hold.place"))
        .select_related("enquiry", "contributor")
        .first()
    )
    if found is None:
        raise Http404
    try:
        retention.end_hold(hold=found, by=request.user)
    except NotPossibleNow as error:
        # A second press, or a colleague who was quicker: nothing has gone wrong.
        messages.info(request, str(error))
    else:
        messages.success(request, _("The hold has ended. What fell due meanwhile goes within the hour."))
    enquiry_id = found.enquiry_id or (found.contributor.enquiry_id if found.contributor else None)
    return redirect("care:enquiry_keeping", enquiry_id)


def holds_of(enquiry: Enquiry) -> Any:
    """Holds on the enquiry or on a voice in it, newest first."""
    return LegalHold.objects.filter(enquiry=enquiry) | LegalHold.objects.filter(contributor__enquiry=enquiry)


def _lately(partner_ids: list[int]) -> list[dict[str, Any]]:
    """What the clocks removed last: what kind, when, why."""
    labels = {clock.name: str(clock.label) for clock in retention.clocks()}
    events = Event.objects.filter(action="retention.removed", partner_id__in=partner_ids).order_by("-at")
    return [
        {
            "at": event.at,
            "what": labels.get(str(event.detail.get("kind")), str(event.detail.get("kind"))),
            "why": WHY.get(str(event.detail.get("why")), ""),
            "about": event.object_id,
            "is_voice": event.object_type.endswith("contributor"),
        }
        for event in events[:LATELY]
    ]


WHY = {
    "after_verified": _lazy("its text was verified long enough ago"),
    "after_cut_off": _lazy("the last day to take words back was over"),
    "after_second_wave": _lazy("the second round of listening was over"),
}
