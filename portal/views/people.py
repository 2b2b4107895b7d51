"""The people a coach walks alongside: how it stands with each, and the days so far."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import policy
from coaching import actions, selectors, states
from coaching.fields import posted
from coaching.models import RelationshipState
from portal.answers import PROBLEMS, CoachRequest, coach_page, note_people, note_person
from portal.forms import EndingForm, MeetingForm, NewPersonForm

# More open relationships than this is said quietly, to the coach alone.
MANY = 40


@policy.needs("relationship.keep")
@coach_page
def people(request: CoachRequest) -> HttpResponse:
    """Own people; those with whom it has ended stand apart, with the door open."""
    now = list(selectors.open_relationships(request.user))
    ended = list(
        selectors.relationships_for(request.user)
        .filter(state=RelationshipState.ENDED)
        .order_by("-ended_on", "-pk")
    )
    note_people(request, [*now, *ended])
    today = timezone.localdate()
    load = sum(selectors.caseload(request.user, partner, today) for partner in request.coached)
    context = {
        "now": now,
        "ended": ended,
        "load": load if load > MANY else 0,
        "tab": "people",
    }
    return render(request, "portal/people.html", context)


@policy.needs("relationship.start")
@coach_page
def new_person(request: CoachRequest) -> HttpResponse:
    """Starting to walk alongside somebody new."""
    form = NewPersonForm(posted(request), partners=request.coached)
    if request.method == "POST" and form.is_valid():
        try:
            relationship = actions.start_relationship(
                partner=form.chosen_partner,
                by=request.user,
                called=form.cleaned_data["called"],
                started_on=form.cleaned_data["started_on"],
                state=form.cleaned_data["state"],
            )
        except PROBLEMS as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("Kept. %(name)s is among your people now.") % {"name": relationship.person.called}
            )
            return redirect("portal:person", relationship.pk)
    context = {"form": form, "tab": "people"}
    return render(request, "portal/new_person.html", context, status=422 if form.errors else 200)


@policy.needs("relationship.keep")
@coach_page
def person(request: CoachRequest, pk: int) -> HttpResponse:
    """One person: how it stands, and the days so far."""
    relationship = selectors.get_relationship(request.user, pk)
    note_person(request, relationship)
    steps = states.RELATIONSHIP[relationship.state]
    context = {
        "relationship": relationship,
        "sessions": relationship.sessions.all(),
        "may_begin": RelationshipState.ACTIVE in steps and relationship.state == RelationshipState.TRYING_OUT,
        "may_pick_up": RelationshipState.ACTIVE in steps and relationship.state == RelationshipState.PAUSED,
        "may_pause": RelationshipState.PAUSED in steps,
        "may_end": RelationshipState.ENDED in steps,
        "tab": "people",
    }
    return render(request, "portal/person.html", context)


@policy.needs("relationship.keep")
@require_POST
@coach_page
def move(request: CoachRequest, pk: int) -> HttpResponse:
    """Begin properly, pause, or pick up again."""
    relationship = selectors.get_relationship(request.user, pk)
    try:
        moved = actions.move_relationship(
            relationship=relationship, to=request.POST.get("to", ""), by=request.user
        )
    except PROBLEMS as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Kept: “%(state)s”.") % {"state": RelationshipState(moved.state).label})
    return redirect("portal:person", pk)


@policy.needs("relationship.keep")
@coach_page
def ending(request: CoachRequest, pk: int) -> HttpResponse:
    """How it came to an end."""
    relationship = selectors.get_relationship(request.user, pk)
    note_person(request, relationship)
    form = EndingForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_relationship(
                relationship=relationship,
                kind=form.cleaned_data["kind"],
                ended_on=form.cleaned_data["ended_on"],
                by=request.user,
                talk_held=form.answer("talk_held"),
                door_left_open=form.answer("door_left_open"),
            )
        except PROBLEMS as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                _("Kept. If %(name)s comes back, you start anew.") % {"name": relationship.person.called},
            )
            return redirect("portal:person", pk)
    context = {"form": form, "relationship": relationship, "tab": "people"}
    return render(request, "portal/ending.html", context, status=422 if form.errors else 200)


@policy.needs("relationship.keep")
@coach_page
def meeting(request: CoachRequest, pk: int) -> HttpResponse:
    """Putting right, or taking away, one meeting."""
    session = selectors.get_session(request.user, pk)
    note_person(request, session.relationship)
    form = MeetingForm(
        posted(request),
        initial={"held_on": session.held_on, "where": session.place_kind, "minutes": session.minutes},
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_session(
                session=session,
                by=request.user,
                held_on=form.cleaned_data["held_on"],
                place_kind=form.cleaned_data["where"],
                minutes=form.cleaned_data["minutes"],
            )
        except PROBLEMS as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Changed."))
            return redirect("portal:person", session.relationship_id)
    context = {"form": form, "session": session, "tab": "people"}
    return render(request, "portal/meeting.html", context, status=422 if form.errors else 200)


@policy.needs("relationship.keep")
@require_POST
@coach_page
def remove_meeting(request: CoachRequest, pk: int) -> HttpResponse:
    session = selectors.get_session(request.user, pk)
    relationship_id = session.relationship_id
    actions.remove_session(session=session, by=request.user)
    messages.success(request, _("Taken away."))
    return redirect("portal:person", relationship_id)
