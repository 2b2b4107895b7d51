"""Where somebody's words are used, and what came of it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.yours import selectors
from portal.yours.visits import YoursRequest, own_page


@own_page()
@require_safe
def used(request: YoursRequest) -> HttpResponse:
    """Pages that show their words now, and what each says was done."""
    visit = request.visit
    return render(request, "yours/used.html", {"visit": visit, "places": selectors.places(visit.contributor)})
