"""Today: we met, we did not meet, something got in the way."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import policy
from coaching import actions, selectors
from coaching.fields import posted
from coaching.models import CoachingRelationship
from enquiries.models import PlaceKind
from portal.answers import PROBLEMS, CoachRequest, coach_page, note_people
from portal.forms import MissedForm, SightingForm, WeMetForm
from portal.templatetags.pocket import day_within

# As many as a thumb reaches without scrolling; the rest are one press away.
FIRST = 5


@policy.needs("relationship.keep")
@coach_page
def today(request: CoachRequest) -> HttpResponse:
    """Who, where, keep."""
    relationships = selectors.open_relationships(request.user)
    form = WeMetForm(posted(request), relationships=relationships, initial={"who": request.GET.get("with")})
    if request.method == "POST" and form.is_valid():
        who: CoachingRelationship = form.cleaned_data["who"]
        try:
            session = actions.record_session(
                relationship=who,
                by=request.user,
                held_on=form.cleaned_data["held_on"],
                place_kind=form.cleaned_data["where"],
                minutes=form.cleaned_data["minutes"],
            )
        except PROBLEMS as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                _("Kept: met %(name)s, %(where)s, %(day)s.")
                % {
                    "name": who.person.called,
                    "where": str(PlaceKind(session.place_kind).label).lower(),
                    "day": day_within(session.held_on),
                },
            )
            return redirect(f"{reverse('portal:today')}?with={who.pk}")
    people = list(relationships)
    note_people(request, people)
    chosen = str(form["who"].value() or "")
    first, rest = _near_at_hand(people, chosen)
    context = {
        "form": form,
        "first": first,
        "rest": rest,
        "chosen": chosen,
        "so_far": next((each for each in people if str(each.pk) == request.GET.get("with")), None),
        "sighting_form": SightingForm(partners=request.coached),
        "tab": "today",
    }
    return render(request, "portal/today.html", context, status=422 if form.errors else 200)


def _near_at_hand(
    people: list[CoachingRelationship], chosen: str
) -> tuple[list[CoachingRelationship], list[CoachingRelationship]]:
    """The few met last, and whoever is chosen; then the others by name."""
    first = [each for n, each in enumerate(people) if n < FIRST or str(each.pk) == chosen]
    rest = [each for each in people if each not in first]
    return first, sorted(rest, key=lambda each: each.person.called.casefold())


@policy.needs("relationship.keep")
@coach_page
def missed(request: CoachRequest) -> HttpResponse:
    """A meeting that was planned and did not happen."""
    relationships = selectors.open_relationships(request.user)
    form = MissedForm(posted(request), relationships=relationships, initial={"who": request.GET.get("with")})
    if request.method == "POST" and form.is_valid():
        who: CoachingRelationship = form.cleaned_data["who"]
        try:
            actions.record_missed_session(
                relationship=who,
                by=request.user,
                held_on=form.cleaned_data["held_on"],
                changed_by=form.cleaned_data["changed_by"],
            )
        except PROBLEMS as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Kept: did not meet %(name)s.") % {"name": who.person.called})
            return redirect(f"{reverse('portal:today')}?with={who.pk}")
    people = list(relationships)
    note_people(request, people)
    first, rest = _near_at_hand(people, str(form["who"].value() or ""))
    context = {
        "form": form,
        "first": first,
        "rest": rest,
        "chosen": str(form["who"].value() or ""),
        "tab": "today",
    }
    return render(request, "portal/missed.html", context, status=422 if form.errors else 200)
