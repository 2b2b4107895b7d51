"""Where somebody's words are used, what came of it, and how their surveys went."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.yours import selectors
from portal.yours.progress import progress as progress_of
from portal.yours.visits import YoursRequest, own_page


@own_page()
@require_safe
def used(request: YoursRequest) -> HttpResponse:
    """Pages that show their words now, and what each says was done."""
    visit = request.visit
    return render(request, "yours/used.html", {"visit": visit, "places": selectors.places(visit.contributor)})


@own_page()
@require_safe
def progress(request: YoursRequest) -> HttpResponse:
    """Their surveys over time. Nobody else's stand beside them."""
    visit = request.visit
    return render(
        request, "yours/progress.html", {"visit": visit, "progress": progress_of(visit.contributor)}
    )
