"""What a coach writes: reflections, and lines on what got in the way."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import policy
from coaching import actions, selectors
from coaching.fields import posted
from coaching.models import NoteTemplate, NoteVisibility, ReflectiveNote
from coaching.reflection import STEPS
from portal.answers import PROBLEMS, CoachRequest, coach_page
from portal.forms import NoteForm, SightingForm

PER_PAGE = 30


@policy.needs("note.write")
@coach_page
def notes(request: CoachRequest) -> HttpResponse:
    """One's own notes, newest first, and those other coaches share."""
    context = {
        "notes": Paginator(selectors.own_notes(request.user), PER_PAGE).get_page(request.GET.get("page")),
        "shared": selectors.notes_shared_with(request.user)[:PER_PAGE],
        "tab": "notes",
    }
    return render(request, "portal/notes.html", context)


@policy.needs("note.write")
@coach_page
def new_note(request: CoachRequest) -> HttpResponse:
    """Writing a note, in one of four ways."""
    template = request.POST.get("template") or request.GET.get("steps") or NoteTemplate.FREE
    form = NoteForm(posted(request), template=template, partners=request.coached)
    if request.method == "POST" and form.is_valid():
        try:
            note = actions.write_note(
                partner=form.chosen_partner,
                by=request.user,
                template=form.template,
                parts=form.parts,
                written_on=form.day,
            )
        except PROBLEMS as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Kept. Only you can read it."))
            return redirect("portal:note", note.pk)
    context = {"form": form, "ways": NoteTemplate, "tab": "notes"}
    return render(request, "portal/new_note.html", context, status=422 if form.errors else 200)


@policy.needs("note.write")
@coach_page
def note(request: CoachRequest, pk: int) -> HttpResponse:
    """One note: one's own, or one that another coach shares."""
    found = selectors.get_readable_note(request.user, pk)
    context = {
        "note": found,
        "parts": _asked_and_written(found),
        "is_own": found.author_id == request.user.pk,
        "is_private": found.visibility == NoteVisibility.PRIVATE,
        "is_shared": found.visibility == NoteVisibility.SHARED,
        "is_given": found.visibility == NoteVisibility.CONTRIBUTED,
        "tab": "notes",
    }
    return render(request, "portal/note.html", context)


def _asked_and_written(note: ReflectiveNote) -> list[tuple[str, str]]:
    asks = {step.key: str(step.asks) for step in STEPS[note.template]}
    is_free = note.template == NoteTemplate.FREE
    return [("" if is_free else asks.get(key, ""), text) for key, text in note.parts.items()]


@policy.needs("note.write")
@coach_page
def change_note(request: CoachRequest, pk: int) -> HttpResponse:
    found = selectors.get_own_note(request.user, pk)
    form = NoteForm(
        posted(request),
        template=found.template,
        partners=[found.partner],
        initial={**found.parts, "written_on": found.written_on},
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.rewrite_note(note=found, by=request.user, parts=form.parts, written_on=form.day)
        except PROBLEMS as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Changed."))
            return redirect("portal:note", pk)
    context = {"form": form, "note": found, "tab": "notes"}
    return render(request, "portal/change_note.html", context, status=422 if form.errors else 200)


@policy.needs("note.write")
@require_POST
@coach_page
def change_visibility(request: CoachRequest, pk: int) -> HttpResponse:
    """Share a note with the other coaches, or close it again."""
    found = selectors.get_own_note(request.user, pk)
    wanted = request.POST.get("to")
    if wanted not in (NoteVisibility.PRIVATE, NoteVisibility.SHARED):
        raise Http404
    act = actions.share_note if wanted == NoteVisibility.SHARED else actions.keep_note_private
    try:
        changed = act(note=found, by=request.user)
    except PROBLEMS as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{changed.get_visibility_display()}.")
    return redirect("portal:note", pk)


@policy.needs("note.write")
@coach_page
def throw_away(request: CoachRequest, pk: int) -> HttpResponse:
    """One gentle check, then it is gone."""
    found = selectors.get_own_note(request.user, pk)
    if request.method == "POST":
        try:
            actions.remove_note(note=found, by=request.user)
        except PROBLEMS as error:
            messages.error(request, str(error))
            return redirect("portal:note", pk)
        messages.success(request, _("Thrown away."))
        return redirect("portal:notes")
    return render(request, "portal/throw_away.html", {"note": found, "tab": "notes"})


@policy.needs("sighting.record")
@coach_page
def sightings(request: CoachRequest) -> HttpResponse:
    """Keep a line on what got in the way; and the lines so far."""
    form = SightingForm(posted(request), partners=request.coached)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_sighting(
                partner=form.chosen_partner, by=request.user, text=form.cleaned_data["text"]
            )
        except PROBLEMS as error:
            form.add_error("text", str(error))
        else:
            messages.success(request, _("Kept."))
            return redirect(f"{reverse('portal:sightings')}")
    context = {
        "form": form,
        "sightings": Paginator(selectors.own_sightings(request.user), PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "tab": "today",
    }
    return render(request, "portal/sightings.html", context, status=422 if form.errors else 200)


@policy.needs("sighting.record")
@require_POST
@coach_page
def remove_sighting(request: CoachRequest, pk: int) -> HttpResponse:
    found = selectors.get_own_sighting(request.user, pk)
    actions.remove_sighting(sighting=found, by=request.user)
    messages.success(request, _("Taken away."))
    return redirect("portal:sightings")
