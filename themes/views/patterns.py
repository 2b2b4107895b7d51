"""Patterns the computer offers: asking for a run, judging its groups, reading what fits nowhere."""

import json
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts import policy
from enquiries.models import Enquiry, WorkState
from enquiries.selectors import get_enquiry
from nlp.topics import MIN_PASSAGES
from themes import actions
from themes.actions.proposals import REASON_MISSING
from themes.models import Code, CodeKind, ProposalAction, TopicAssignment, TopicProposal, TopicRun
from themes.passages import open_passages
from themes.selectors.codebook import codes_by_kind
from themes.selectors.patterns import RunView, latest_run, run_view
from themes.views.shell import REFUSALS, ReaderRequest, Step, crumbs, kept, refuse, whole

NEW_CODE = "new"


@policy.needs("pattern.see")
def patterns(request: ReaderRequest, enquiry_id: int) -> HttpResponse:
    """The newest run of an enquiry, or how to get the first one."""
    enquiry = get_enquiry(request.user, enquiry_id, "pattern.see")
    run = latest_run(enquiry)
    if run is not None:
        return redirect("themes:run", run.pk)
    n = open_passages(enquiry).count()
    context = {
        "enquiry": enquiry,
        "n": n,
        "least": MIN_PASSAGES,
        "work": _work_going_on(enquiry),
        "steps": crumbs(enquiry, (_("Patterns"), "")),
    }
    return render(request, "themes/patterns_empty.html", context)


@policy.needs("pattern.ask")
@require_POST
def request_run(request: ReaderRequest, enquiry_id: int) -> HttpResponse:
    """Ask for a new run."""
    enquiry = get_enquiry(request.user, enquiry_id, "pattern.ask")
    back = reverse("themes:patterns", args=[enquiry.pk])
    try:
        run = actions.request_topic_run(enquiry=enquiry, by=request.user)
    except REFUSALS as error:
        return refuse(request, error, back)
    said = _("The computer is looking for patterns: run %(n)d. You can leave this page.")
    kept(request, said % {"n": run.number})
    return redirect(back)


@policy.needs("pattern.ask")
@require_POST
def request_offers(request: ReaderRequest, enquiry_id: int) -> HttpResponse:
    """Ask the computer to offer codes."""
    enquiry = get_enquiry(request.user, enquiry_id, "pattern.ask")
    back = reverse("themes:codebook", args=[enquiry.pk])
    try:
        actions.request_suggestions(enquiry=enquiry, by=request.user)
    except REFUSALS as error:
        return refuse(request, error, back)
    kept(request, _("The computer is looking for codes to offer. You find them beside the passages."))
    return redirect(back)


@policy.needs("pattern.see")
def run(request: ReaderRequest, run_id: int) -> HttpResponse:
    """One run. `?group=3&as=split` opens the form of one decision, for those without JavaScript."""
    found = _run(request, run_id)
    view = run_view(found, reader=request.user)
    number, chosen = whole(request.GET.get("group")), request.GET.get("as", "")
    opened = next((group for group in view.groups if group.number == number), None)
    forms = {opened.proposal.pk: _form(view, opened.proposal.pk, chosen)} if opened else {}
    return render(request, "themes/run.html", _context(request, view, forms))


@policy.needs("pattern.see")
def proposal(request: ReaderRequest, proposal_id: int) -> HttpResponse:
    """One group. GET opens the form of a decision (`?as=split`) or closes it; POST keeps a decision."""
    found = get_object_or_404(TopicProposal.objects.select_related("run__enquiry__partner"), pk=proposal_id)
    enquiry = get_enquiry(request.user, found.run.enquiry_id, "pattern.see")
    if request.method == "POST":
        return _decide(request, found, enquiry)
    view = run_view(found.run, reader=request.user)
    forms = {found.pk: _form(view, found.pk, request.GET.get("as", ""))}
    if not request.htmx:
        return render(request, "themes/run.html", _context(request, view, forms))
    context = _context(request, view, forms) | {"group": view.group(found.pk)}
    return render(request, "themes/_proposal.html", context)


def _decide(request: ReaderRequest, found: TopicProposal, enquiry: Enquiry) -> HttpResponse:
    action = request.POST.get("action", "")
    try:
        with transaction.atomic():
            decision = actions.decide_proposal(
                proposal=found,
                action=action,
                reason=request.POST.get("reason", ""),
                by=request.user,
                **_details(request, found, enquiry),
            )
    except REFUSALS as error:
        view = run_view(found.run, reader=request.user)
        forms = {found.pk: _form(view, found.pk, action) | _sent(request) | {"problem": str(error)}}
        context = _context(request, view, forms) | {"group": view.group(found.pk)}
        template = "themes/_proposal.html" if request.htmx else "themes/run.html"
        return render(request, template, context, status=422)
    view = run_view(found.run, reader=request.user)
    following = view.undecided_after(found.number)
    if not request.htmx:
        kept(
            request,
            _("Group %(n)d: %(what)s.") % {"n": found.number, "what": decision.get_action_display().lower()},
        )
        anchor = f"#group-{following or found.pk}"
        return redirect(reverse("themes:run", args=[found.run_id]) + anchor)
    context = _context(request, view, {}) | {"group": view.group(found.pk), "is_kept": True}
    response = render(request, "themes/_proposal_kept.html", context)
    # The controller moves the focus to the next group that waits, or to what was just kept.
    response["HX-Trigger-After-Settle"] = json.dumps(
        {"topics:kept": {"next": f"group-{following or found.pk}"}}
    )
    return response


def _details(request: ReaderRequest, found: TopicProposal, enquiry: Enquiry) -> dict[str, Any]:
    """What a decision needs besides its reason, as it was sent."""
    action, post = request.POST.get("action", ""), request.POST
    details: dict[str, Any] = {"name": post.get("name", "")}
    if action == ProposalAction.MERGED:
        details["merged_into"] = TopicProposal.objects.filter(
            run=found.run, pk=whole(post.get("merged_into")) or 0
        ).first()
    if action == ProposalAction.SPLIT:
        ticked = {int(pk) for pk in post.getlist("segment") if pk.isdigit()}
        members = list(found.assignments.values_list("segment_id", flat=True))
        details["parts"] = [
            {"name": post.get("first", ""), "segment_ids": [pk for pk in members if pk in ticked]},
            {"name": post.get("second", ""), "segment_ids": [pk for pk in members if pk not in ticked]},
        ]
    if action in (ProposalAction.ACCEPTED, ProposalAction.RENAMED):
        code = post.get("code", "")
        if code == NEW_CODE:
            details["new_code"] = actions.NewCode(
                name=post.get("name", ""), kind=post.get("kind", ""), definition=post.get("definition", "")
            )
        elif code:
            details["code"] = Code.objects.filter(codebook__enquiry=enquiry, pk=whole(code) or 0).first()
    return details


@policy.needs("pattern.decide")
@require_POST
def read_passage(request: ReaderRequest, assignment_id: int) -> HttpResponse:
    """Say that one has read a passage that fits nowhere."""
    found = get_object_or_404(
        TopicAssignment.objects.select_related("run__enquiry", "segment"), pk=assignment_id
    )
    get_enquiry(request.user, found.run.enquiry_id, "pattern.decide")
    back = reverse("themes:run", args=[found.run_id]) + "#outside"
    try:
        actions.mark_passage_read(assignment=found, by=request.user)
    except REFUSALS as error:
        return refuse(request, error, back)
    if not request.htmx:
        return redirect(back)
    view = run_view(found.run, reader=request.user)
    following = next((one for one in view.outside if not one.is_read), None)
    one = next(one for one in view.outside if one.assignment.pk == found.pk)
    response = render(request, "themes/_outside_read.html", {"one": one, "view": view})
    anchor = f"outside-{following.assignment.pk}" if following else "outside"
    response["HX-Trigger-After-Settle"] = json.dumps({"topics:kept": {"next": anchor}})
    return response


def _run(request: ReaderRequest, run_id: int) -> TopicRun:
    found = get_object_or_404(TopicRun.objects.select_related("enquiry__partner"), pk=run_id)
    get_enquiry(request.user, found.enquiry_id)
    if found.finished_at is None:
        raise Http404
    return found


def _form(view: RunView, proposal_id: int, chosen: str) -> dict[str, Any]:
    """What the form of one decision needs; empty when none is chosen."""
    if chosen not in ProposalAction.values:
        return {"chosen": ""}
    group = view.group(proposal_id)
    return {
        "chosen": chosen,
        "hint_reason": str(REASON_MISSING[ProposalAction(chosen)]),
        "others": [one for one in view.groups if one.proposal.pk != proposal_id],
        "name": group.name if group else "",
        "ticked": set(),
    }


def _sent(request: ReaderRequest) -> dict[str, Any]:
    """What was sent, so that nothing is cleared on a refusal."""
    post = request.POST
    return {
        "reason": post.get("reason", ""),
        "name": post.get("name", ""),
        "first": post.get("first", ""),
        "second": post.get("second", ""),
        "ticked": {int(pk) for pk in post.getlist("segment") if pk.isdigit()},
        "merged_into": whole(post.get("merged_into")),
        "code": post.get("code", ""),
        "kind": post.get("kind", ""),
        "definition": post.get("definition", ""),
    }


def _context(request: ReaderRequest, view: RunView, forms: dict[int, dict[str, Any]]) -> dict[str, Any]:
    enquiry = view.run.enquiry
    runs = list(enquiry.topic_runs.filter(finished_at__isnull=False).order_by("-number"))
    steps: list[Step] = [
        (_("Patterns"), reverse("themes:patterns", args=[enquiry.pk])),
        (_("Run %(n)d") % {"n": view.run.number}, ""),
    ]
    return {
        "enquiry": enquiry,
        "view": view,
        "run": view.run,
        "runs": runs,
        "next_number": (runs[0].number if runs else 0) + 1,
        "work": _work_going_on(enquiry),
        "forms": forms,
        "actions": ACTIONS,
        "kinds": codes_by_kind(enquiry),
        "code_kinds": CodeKind.choices,
        "steps": crumbs(enquiry, *steps),
    }


# Value, label, icon. The order is that of the page.
ACTIONS = (
    (ProposalAction.ACCEPTED.value, gettext_lazy("Accept"), ""),
    (ProposalAction.RENAMED.value, gettext_lazy("Rename"), ""),
    (ProposalAction.MERGED.value, gettext_lazy("Merge"), "M4 4c0 5 6 3 6 8v4M16 4c0 5-6 3-6 8"),
    (ProposalAction.SPLIT.value, gettext_lazy("Split"), "M10 4v4c0 5-6 3-6 8M10 8c0 5 6 3 6 8"),
    (ProposalAction.REJECTED.value, gettext_lazy("Reject"), ""),
    (ProposalAction.PARKED.value, gettext_lazy("Park"), ""),
)


def _work_going_on(enquiry: Enquiry) -> Any:
    """The newest work on patterns, while it has not ended well; None otherwise."""
    newest = enquiry.works.filter(kind="topics").order_by("-pk").first()
    return newest if newest is not None and newest.state != WorkState.FINISHED else None
