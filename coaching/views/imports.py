"""Bringing coaching records in: choose a file, see what would come of each row, take it in or leave it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import policy
from accounts.errors import AccountsError
from accounts.requests import SignedInRequest
from audit.actions import record_look
from coaching import assets, scales, selectors
from coaching.actions import imports as actions
from coaching.errors import CoachingError
from coaching.fields import posted
from coaching.forms import ImportForm
from coaching.importing import Outcome, Report
from coaching.models import ImportBatch, ImportKind, ImportState, Instrument

PROBLEMS = (CoachingError, AccountsError)
# Rows listed on the page; a file of thousands would make a page nobody reads.
MOST_REFUSED = 500
MOST_OTHERS = 50

COLUMNS: dict[str, tuple[str, ...]] = {
    ImportKind.RELATIONSHIPS: (
        *("person_ref", "called", "coach_email", "started_on", "state"),
        *("ended_on", "ending_kind", "housing_tied"),
    ),
    ImportKind.SESSIONS: ("person_ref", "coach_email", "held_on", "minutes", "place_kind", "was_met"),
    ImportKind.SWEMWBS: ("person_ref", "completed_on", "record_mode", *scales.SWEMWBS_ITEMS),
    ImportKind.WEMWBS: ("person_ref", "completed_on", "record_mode", *scales.WEMWBS_ITEMS),
    ImportKind.ASSETS: ("person_ref", "completed_on", *(item["id"] for item in assets.starter_items())),
}


@policy.needs("coaching_file.import")
def bring_in(request: SignedInRequest) -> HttpResponse:
    """Choose a file; it is tried out at once, and held until somebody decides."""
    partners = selectors.kept_partners(request.user)
    if not partners:
        raise Http404
    form = ImportForm(posted(request), request.FILES or None, partners=partners)
    if request.method == "POST" and form.is_valid():
        try:
            batch, _report = actions.offer_file(
                partner=form.chosen_partner,
                kind=form.cleaned_data["kind"],
                content=form.cleaned_data["file"].read(),
                by=request.user,
            )
        except PROBLEMS as error:
            form.add_error("file", str(error))
        else:
            return redirect("coaching:import_batch", batch.pk)
    today = timezone.localdate()
    context = {
        "form": form,
        "columns": [(ImportKind(kind).label, ", ".join(names)) for kind, names in COLUMNS.items()],
        "licences": [(each, selectors.current_licence(each, today)) for each in partners],
        "copyright": [scales.COPYRIGHT[each] for each in Instrument],
        "earlier": ImportBatch.objects.filter(partner__in=partners).select_related("offered_by")[:10],
    }
    return render(request, "coaching/bring_in.html", context, status=422 if form.errors else 200)


@policy.needs("coaching_file.import")
def batch(request: SignedInRequest, pk: int) -> HttpResponse:
    """What would come of each row, as things stand now."""
    found = selectors.get_batch(request.user, pk)
    if found.state != ImportState.OFFERED:
        return render(request, "coaching/import_batch.html", {"batch": found})
    try:
        report = actions.read_again(found, request.user)
    except PROBLEMS as error:
        messages.error(request, str(error))
        return redirect("coaching:import")
    record_look("import.read", by=request.user, about=found, why="import", rows=len(report.rows))
    return render(request, "coaching/import_batch.html", _report_context(found, report))


@policy.needs("coaching_file.import")
@require_POST
def take_in(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take the file in, and say what came of it."""
    found = selectors.get_batch(request.user, pk)
    try:
        report = actions.take_in(batch=found, by=request.user)
    except PROBLEMS as error:
        messages.error(request, str(error))
        return redirect("coaching:import_batch", pk)
    found.refresh_from_db()
    return render(request, "coaching/import_batch.html", _report_context(found, report))


@policy.needs("coaching_file.import")
@require_POST
def leave(request: SignedInRequest, pk: int) -> HttpResponse:
    """Leave the file; it is erased."""
    found = selectors.get_batch(request.user, pk)
    actions.drop_file(batch=found, by=request.user)
    messages.success(request, _("Left out. The file is erased, and nothing was kept."))
    return redirect("coaching:import")


def _report_context(found: ImportBatch, report: Report) -> dict[str, object]:
    refused = report.of(Outcome.REFUSED)
    others = [row for row in report.rows if row.outcome != Outcome.REFUSED]
    lines = {
        ImportKind.WEMWBS.value: scales.COPYRIGHT[Instrument.WEMWBS],
        ImportKind.SWEMWBS.value: scales.COPYRIGHT[Instrument.SWEMWBS],
    }
    return {
        "batch": found,
        "report": report,
        "refused": refused[:MOST_REFUSED],
        "more_refused": max(0, len(refused) - MOST_REFUSED),
        "others": others[:MOST_OTHERS],
        "more_others": max(0, len(others) - MOST_OTHERS),
        "copyright": lines.get(found.kind, ""),
    }
