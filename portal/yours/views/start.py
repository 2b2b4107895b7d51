"""The first page: hello, what waits, and the ways to everything else."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.yours import selectors
from portal.yours.days import days
from portal.yours.visits import YoursRequest, own_page


@own_page()
@require_safe
def start(request: YoursRequest) -> HttpResponse:
    """Where somebody comes in, and finds their way."""
    visit = request.visit
    who = visit.contributor
    context = {
        "visit": visit,
        "who": who,
        "enquiry": who.enquiry,
        "takes_part": selectors.still_takes_part(who),
        "waiting": selectors.waiting(who),
        "days": days(who),
        "has_coaching": selectors.is_coached(who),
    }
    return render(request, "yours/start.html", context)
