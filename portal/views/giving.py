"""Giving a note to an enquiry, and taking it back. Shows what an enquiry says of itself, not who is in it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import policy
from coaching import actions, selectors
from coaching.fields import posted
from enquiries import consent
from enquiries.models import ConsentState, ReviewChoice
from portal.answers import PROBLEMS, CoachRequest, coach_page
from portal.forms import NOTE_SCOPES, GivingForm


@policy.needs("note.give")
@coach_page
def choose(request: CoachRequest, pk: int) -> HttpResponse:
    """Which enquiry the note is for."""
    note = selectors.get_own_note(request.user, pk)
    enquiries = selectors.enquiries_open_to(request.user).filter(partner=note.partner_id)
    return render(request, "portal/give.html", {"note": note, "enquiries": enquiries, "tab": "notes"})


@policy.needs("note.give")
@coach_page
def give(request: CoachRequest, pk: int, enquiry_id: int) -> HttpResponse:
    """What the coach agrees to, scope by scope; then the copy goes."""
    note = selectors.get_own_note(request.user, pk)
    enquiry = selectors.enquiries_open_to(request.user).filter(pk=enquiry_id, partner=note.partner_id).first()
    if enquiry is None:
        raise Http404
    voice = selectors.own_contributor(request.user, enquiry)
    wave = enquiry.waves.order_by("-number").first()
    found = consent.states(voice, wave=wave) if voice else {}
    settled = {
        scope: ConsentState(found[scope])
        for scope in NOTE_SCOPES
        if found.get(scope) in (ConsentState.GRANTED, ConsentState.DECLINED)
    }
    form = GivingForm(
        posted(request),
        asked=[scope for scope in NOTE_SCOPES if settled.get(scope) != ConsentState.GRANTED],
        is_new_voice=voice is None,
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.contribute_note(
                note=note,
                enquiry=enquiry,
                by=request.user,
                decisions=form.decisions,
                pseudonym=form.cleaned_data.get("pseudonym", ""),
                review_choice=form.cleaned_data.get("review_choice") or ReviewChoice.QUOTES,
            )
        except PROBLEMS as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                _("Given. Someone checks the copy and takes names out before it is read with others."),
            )
            return redirect("portal:note", pk)
    context = {
        "note": note,
        "enquiry": enquiry,
        "form": form,
        "already": [NOTE_SCOPES[s] for s, state in settled.items() if state == ConsentState.GRANTED],
        "tab": "notes",
    }
    return render(request, "portal/give_to.html", context, status=422 if form.errors else 200)


@policy.needs("note.give")
@coach_page
def take_back(request: CoachRequest, pk: int) -> HttpResponse:
    """One gentle check, no reason asked; then the words go from wherever they went."""
    note = selectors.get_own_note(request.user, pk)
    if note.conversation is None:
        return redirect("portal:note", pk)
    enquiry = note.conversation.enquiry
    if request.method == "POST":
        try:
            actions.take_note_back(note=note, by=request.user)
        except PROBLEMS as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Taken back. Only you can read it again."))
        return redirect("portal:note", pk)
    together = selectors.own_notes(request.user).filter(conversation__enquiry=enquiry).exclude(pk=pk).count()
    context = {"note": note, "enquiry": enquiry, "together": together, "tab": "notes"}
    return render(request, "portal/take_back.html", context)
