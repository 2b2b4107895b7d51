"""Where in a recording somebody agreed aloud: setting the place while listening, and hearing it again."""

import re
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.errors import NotYours
from accounts.models import User
from accounts.permissions import can, partners_where
from audit.actions import record_look
from enquiries.errors import ConsentMissing, EnquiryError
from enquiries.models import ConsentEvent, ConsentState, Contributor, Scope
from enquiries.wording import questions_of
from transcripts.actions.spoken import check_seconds, tie_spoken_consent
from transcripts.models.raw import Recording
from transcripts.recordings import Strip, get_recording, strip
from transcripts.voices import check_sound

_PLACE = re.compile(r"(?:(\d{1,2}):)?(?:(\d{1,3}):)?(\d{1,6})(?:[.,](\d{1,3}))?$")
SAID = [
    (ConsentState.GRANTED.value, gettext_lazy("Said yes")),
    (ConsentState.DECLINED.value, gettext_lazy("Said no")),
    ("", gettext_lazy("Not in this stretch")),
]


def milliseconds(text: str) -> int | None:
    """A place as people write it, "0:12", "1:02:03" or "12.5", in milliseconds; None for anything else."""
    found = _PLACE.match(text.strip())
    if found is None:
        return None
    first, second, seconds, part = found.groups()
    # With one colon the first group holds the minutes.
    hours, minutes = (first, second) if second is not None else (None, first)
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds)
    return whole * 1000 + int((part or "").ljust(3, "0") or 0)


class SpokenForm(forms.Form):
    """Who spoke, from where to where, and what they answered there. Nothing is chosen beforehand."""

    begins = forms.CharField(label=gettext_lazy("It begins at"), max_length=12)
    ends = forms.CharField(label=gettext_lazy("It ends at"), max_length=12)

    def __init__(self, *args: Any, recording: Recording, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.recording = recording
        speakers = recording.conversation.contributors.order_by("participations__order")
        self.fields["who"] = forms.ModelChoiceField(
            speakers, label=_("Who speaks"), widget=forms.RadioSelect, empty_label=None
        )
        if len(speakers) == 1:
            self.fields["who"].initial = speakers[0]
        for name in ("begins", "ends"):
            self.fields[name].widget.attrs |= {
                "class": "input",
                "inputmode": "decimal",
                "autocomplete": "off",
            }
            self.fields[name].widget.attrs["data-spoken-target"] = name
        for scope, question in questions_of().items():
            self.fields[scope] = forms.ChoiceField(
                label=question, choices=SAID, widget=forms.RadioSelect, required=False
            )

    @property
    def questions(self) -> list[forms.BoundField]:
        return [self[scope] for scope in Scope.values]

    @property
    def decisions(self) -> dict[str, str]:
        return {scope: self.cleaned_data[scope] for scope in Scope.values if self.cleaned_data.get(scope)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("begins", "ends"):
            if name in cleaned:
                cleaned[f"{name}_ms"] = milliseconds(cleaned[name])
                if cleaned[f"{name}_ms"] is None:
                    self.add_error(name, _("Write it as minutes and seconds, such as 0:12."))
        if not self.errors:
            try:
                check_seconds(self.recording, cleaned["begins_ms"], cleaned["ends_ms"])
            except EnquiryError as error:
                self.add_error("ends", str(error))
        return cleaned


@dataclass(frozen=True)
class Heard:
    """A stretch that is set already: whose, where, what was answered, and the line to hear it by."""

    who: Contributor
    seconds: str
    said: tuple[str, ...]
    line_id: int


@policy.needs("recording.hear")
@require_http_methods(["GET", "HEAD", "POST"])
def spoken_consent(request: HttpRequest, pk: int) -> HttpResponse:
    """Set where in this recording somebody gave their answers; and where it was set before."""
    assert isinstance(request.user, User)
    recording = get_recording(request.user, pk, "recording.hear")
    conversation = recording.conversation
    may_set = can(request.user, "consent.record", recording)
    if request.method == "POST" and not may_set:
        raise Http404
    closed = _why_closed(recording)
    form = SpokenForm(request.POST or None, recording=recording)
    if request.method == "POST" and not closed and form.is_valid():
        data = form.cleaned_data
        try:
            tie_spoken_consent(
                recording=recording,
                contributor=data["who"],
                decisions=form.decisions,
                start_ms=data["begins_ms"],
                end_ms=data["ends_ms"],
                by=request.user,
            )
        except (EnquiryError, NotYours) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Kept in the ledger, with the place where it can be heard."))
            return redirect("transcripts:spoken_consent", recording.pk)
    context = {
        "recording": recording,
        "conversation": conversation,
        "enquiry": conversation.enquiry,
        "closed": closed,
        "strip": None if closed else strip(recording),
        "form": form,
        "may_set": may_set,
        "heard": [] if closed else _heard(recording),
    }
    status = 403 if closed and request.method == "POST" else 422 if form.errors else 200
    return render(request, "transcripts/spoken_consent.html", context, status=status)


@policy.needs("recording.hear")
@require_safe
def spoken(request: HttpRequest, pk: int) -> HttpResponse:
    """One line of the ledger that was spoken aloud, with its stretch of the sound to hear."""
    assert isinstance(request.user, User)
    line = (
        ConsentEvent.objects.filter(
            pk=pk,
            partner_id__in=partners_where(request.user, "recording.hear"),
            spoken_recording__isnull=False,
        )
        .select_related("contributor__enquiry", "wave", "form", "recorded_by")
        .first()
    )
    if line is None or line.start_ms is None or line.end_ms is None:
        raise Http404
    record_look("contributor.read", by=request.user, about=line.contributor, why="consent")
    recording = (
        Recording.objects.filter(pk=line.spoken_recording or 0).select_related("conversation__wave").first()
    )
    closed = _("The sound is no longer here. The line of the ledger stays.")
    shown: Strip | None = None
    if recording is not None:
        closed = _why_closed(recording)
        whole = None if closed else strip(recording)
        if whole is not None:
            # The browser begins and stops there by itself (Media Fragments, W3C 2012).
            stretch = f"#t={line.start_ms / 1000:.3f},{line.end_ms / 1000:.3f}"
            shown = replace(whole, address=whole.address + stretch)
    same = ConsentEvent.objects.filter(
        contributor=line.contributor,
        spoken_recording=line.spoken_recording,
        start_ms=line.start_ms,
        end_ms=line.end_ms,
    )
    context = {
        "line": line,
        "lines": same,
        "contributor": line.contributor,
        "enquiry": line.contributor.enquiry,
        "closed": closed,
        "strip": shown,
        "back": reverse("enquiries:consent", args=[line.contributor_id]),
    }
    return render(request, "transcripts/spoken.html", context)


def _why_closed(recording: Recording) -> str:
    try:
        check_sound(recording)
    except ConsentMissing as error:
        return str(error)
    return ""


def _heard(recording: Recording) -> list[Heard]:
    lines = (
        ConsentEvent.objects.filter(
            spoken_recording=recording.pk,
            contributor__in=recording.conversation.contributors.all(),
        )
        .select_related("contributor")
        .order_by("start_ms", "contributor", "pk")
    )
    found: dict[tuple[int, int | None, int | None], list[ConsentEvent]] = {}
    for line in lines:
        found.setdefault((line.contributor_id, line.start_ms, line.end_ms), []).append(line)
    return [
        Heard(
            who=group[0].contributor,
            seconds=group[0].seconds,
            said=tuple(f"{each.get_decision_display()}: {each.get_scope_display()}" for each in group),
            line_id=group[0].pk,
        )
        for group in found.values()
    ]
