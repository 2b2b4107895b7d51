"""Framing an enquiry, its voices, and each act of listening. What they agree to: `consent_views`."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import policy
from accounts.permissions import can
from accounts.recent import recently_proved
from accounts.requests import SignedInRequest
from audit.actions import record_look
from enquiries import actions, consent, selectors
from enquiries.dates import second_wave_due
from enquiries.errors import EnquiryError
from enquiries.forms import ContributorForm, ConversationForm, EnquiryForm, NextWaveForm
from enquiries.models import ConsentEvent, Scope

# More names than fit on a screen can be searched.
LONG_LIST = 15


@policy.needs("enquiry.frame")
def frame(request: SignedInRequest) -> HttpResponse:
    form = EnquiryForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            enquiry = actions.frame_enquiry(by=request.user, **form.cleaned_data)
        except EnquiryError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The enquiry is framed. Next: the people you listen to."))
            return redirect("workspace:enquiry", enquiry.pk)
    return render(request, "enquiries/frame.html", {"form": form}, status=422 if form.errors else 200)


@policy.needs("enquiry.change")
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    enquiry = selectors.get_enquiry(request.user, pk, "enquiry.change")
    form = EnquiryForm(request.POST or None, instance=enquiry, user=request.user)
    if request.method == "POST" and form.is_valid():
        # The form has already written onto its own copy; the action compares with what is stored.
        stored = selectors.get_enquiry(request.user, pk, "enquiry.change")
        try:
            actions.change_frame(enquiry=stored, by=request.user, **form.cleaned_data)
        except EnquiryError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Changed."))
            return redirect("workspace:enquiry", enquiry.pk)
    return render(
        request,
        "enquiries/frame.html",
        {"form": form, "enquiry": enquiry},
        status=422 if form.errors else 200,
    )


@policy.needs("wave.open")
def next_wave(request: SignedInRequest, pk: int) -> HttpResponse:
    enquiry = selectors.get_enquiry(request.user, pk, "wave.open")
    first = enquiry.waves.first()
    due = second_wave_due(first.opened_on) if first else None
    form = NextWaveForm(request.POST or None, initial={"opened_on": due[0] if due else None})
    if request.method == "POST" and form.is_valid():
        try:
            wave = actions.open_next_wave(enquiry=enquiry, by=request.user, **form.cleaned_data)
        except EnquiryError as error:
            form.add_error("opened_on", str(error))
        else:
            messages.success(
                request,
                _("Round %(number)s is open. Everyone is asked for their agreement anew.")
                % {"number": wave.number},
            )
            return redirect("workspace:enquiry", enquiry.pk)
    context = {"form": form, "enquiry": enquiry, "due": due}
    return render(request, "enquiries/next_wave.html", context, status=422 if form.errors else 200)


@policy.needs("contributor.see")
def contributors(request: SignedInRequest, pk: int) -> HttpResponse:
    enquiry = selectors.get_enquiry(request.user, pk, "contributor.see")
    everyone = enquiry.contributors.all()
    wanted = request.GET.get("name", "").replace("\x00", "").strip()
    people = list(everyone.filter(pseudonym__icontains=wanted) if wanted else everyone)
    is_long = bool(wanted) or len(people) > LONG_LIST
    record_look("contributors.listed", by=request.user, about=enquiry, why="consent", count=len(people))
    taking_part = consent.allowing([who.pk for who in people], Scope.TAKE_PART)
    asked = set(
        ConsentEvent.objects.filter(contributor__enquiry=enquiry).values_list("contributor_id", flat=True)
    )
    rows = [{"who": who, "takes_part": who.pk in taking_part, "was_asked": who.pk in asked} for who in people]
    return render(
        request,
        "enquiries/contributors.html",
        {
            "enquiry": enquiry,
            "rows": rows,
            "wanted": wanted,
            "is_long": is_long,
            "may_add": can(request.user, "contributor.add", enquiry),
        },
    )


@policy.needs("contributor.add")
@recently_proved(only_reading=True)
def add_contributor(request: SignedInRequest, pk: int) -> HttpResponse:
    enquiry = selectors.get_enquiry(request.user, pk, "contributor.add")
    form = ContributorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            contributor = actions.add_voice(
                enquiry=enquiry,
                by=request.user,
                identity={name: data[name] for name in ("called", "full_name", "other_names", "is_adult")},
                **{name: data[name] for name in ("pseudonym", "voice", "review_choice", "helper")},
            )
        except EnquiryError as error:
            form.add_error("pseudonym", str(error))
        else:
            messages.success(request, _("Added. Now ask what they agree to."))
            return redirect("enquiries:consent", contributor.pk)
    context = {"enquiry": enquiry, "form": form}
    return render(request, "enquiries/add_contributor.html", context, status=422 if form.errors else 200)


@policy.needs("conversation.add")
def add_conversation(request: SignedInRequest, pk: int) -> HttpResponse:
    enquiry = selectors.get_enquiry(request.user, pk, "conversation.add")
    form = ConversationForm(request.POST or None, enquiry=enquiry)
    if request.method == "POST" and form.is_valid():
        try:
            conversation = actions.add_conversation(enquiry=enquiry, by=request.user, **form.cleaned_data)
        except EnquiryError as error:
            form.add_error("contributors", str(error))
        else:
            messages.success(
                request, _("Conversation %(number)s is set down.") % {"number": conversation.number}
            )
            return redirect("workspace:conversation", conversation.pk)
    context = {"enquiry": enquiry, "form": form}
    return render(request, "enquiries/add_conversation.html", context, status=422 if form.errors else 200)
