"""Reading one conversation: tags, offers, memo, quotes put forward, and saying that one has finished."""

import json
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts import policy
from enquiries.models import Conversation
from enquiries.selectors import get_conversation
from themes import actions
from themes.errors import StretchUnknown
from themes.models import Code, Suggestion, TagDecision
from themes.passages import Stretch, from_browser, passages_of
from themes.selectors.codebook import code_numbers, codebook_of, codes_by_kind
from themes.selectors.reading import ReadingView, passages_near, reading_view, strip_of
from themes.selectors.tags import stray_tags
from themes.views.shell import REFUSALS, ReaderRequest, crumbs, kept, refuse, whole
from transcripts.models import Segment


@policy.needs("passage.read")
def reading(request: ReaderRequest, conversation_id: int) -> HttpResponse:
    """The reading page of one conversation."""
    conversation = get_conversation(request.user, conversation_id, "passage.read")
    enquiry = conversation.enquiry
    context = {
        "enquiry": enquiry,
        "conversation": conversation,
        "view": reading_view(conversation, reader=request.user),
        "codebook": codebook_of(enquiry),
        "kinds": codes_by_kind(enquiry),
        "numbers": code_numbers(enquiry),
        "strip": strip_of(conversation),
        "strays": stray_tags(conversation, reader=request.user),
        "steps": crumbs(
            enquiry,
            (
                _("Conversation %(n)d") % {"n": conversation.number},
                reverse("workspace:conversation", args=[conversation.pk]),
            ),
            (_("Reading"), ""),
        ),
    }
    return render(request, "themes/reading.html", context)


@policy.needs("passage.tag")
@require_POST
def keep(request: ReaderRequest, conversation_id: int) -> HttpResponse:
    """Tag, or put forward as a quote, the words that were selected and the passages that were ticked."""
    conversation = get_conversation(request.user, conversation_id, "passage.tag")
    changed: list[int] = []
    try:
        chosen = _chosen(request, conversation)
        if request.POST.get("do") == "quote":
            for segment, where in chosen:
                actions.select_quote(segment=segment, start=where.start, end=where.end, by=request.user)
                changed.append(segment.pk)
            said = ngettext(
                "Put forward as a quote. Next it is heard against the sound.",
                "%(n)d quotes put forward. Next they are heard against the sound.",
                len(changed),
            ) % {"n": len(changed)}
        else:
            code = _code(request, conversation)
            for segment, where in chosen:
                actions.tag(
                    segment=segment,
                    code=code,
                    start=where.start,
                    end=where.end,
                    by=request.user,
                    reason=request.POST.get("note", ""),
                )
                changed.append(segment.pk)
            said = ngettext("Tagged “%(code)s”.", "%(n)d passages tagged “%(code)s”.", len(changed)) % {
                "code": code.name,
                "n": len(changed),
            }
    except REFUSALS as error:
        return _answer(request, conversation, changed, str(error), is_problem=True)
    return _answer(request, conversation, changed, said)


def _chosen(request: ReaderRequest, conversation: Conversation) -> list[tuple[Segment, Stretch]]:
    """Selected words (UTF-16 offsets, as browsers count) and ticked passages, in the order of the text."""
    ticked = {int(pk) for pk in request.POST.getlist("segment") if pk.isdigit()}
    selected = whole(request.POST.get("selected"))
    found = []
    for segment in passages_of(conversation).select_related("version", "conversation__enquiry"):
        if segment.pk == selected:
            start, end = whole(request.POST.get("start")), whole(request.POST.get("end"))
            found.append((segment, from_browser(segment, start, end)))
        elif segment.pk in ticked:
            found.append((segment, from_browser(segment, None, None)))
    if not found:
        raise StretchUnknown(_("Nothing is chosen. Select words, or tick a passage, and try again."))
    return found


def _code(request: ReaderRequest, conversation: Conversation) -> Code:
    found = Code.objects.filter(
        codebook__enquiry=conversation.enquiry, pk=whole(request.POST.get("code")) or 0
    ).first()
    if found is None:
        raise StretchUnknown(_("No code is chosen. Choose one from the list and try again."))
    return found


@policy.needs("passage.tag")
@require_POST
def untag(request: ReaderRequest, decision_id: int) -> HttpResponse:
    """Take off one's own tag."""
    found = get_object_or_404(
        TagDecision.objects.select_related("segment__conversation", "code"), pk=decision_id
    )
    conversation = get_conversation(request.user, found.segment.conversation_id, "passage.tag")
    try:
        actions.untag(decision=found, by=request.user)
    except REFUSALS as error:
        return _answer(request, conversation, [found.segment_id], str(error), is_problem=True)
    said = _("“%(code)s” is taken off.") % {"code": found.code.name}
    return _answer(request, conversation, [found.segment_id], said)


@policy.needs("passage.tag")
@require_POST
def let_go(request: ReaderRequest, decision_id: int) -> HttpResponse:
    """Let go of one's own tag that could not be carried over to a newer text."""
    found = get_object_or_404(
        TagDecision.objects.select_related("segment__conversation", "code"), pk=decision_id
    )
    conversation = get_conversation(request.user, found.segment.conversation_id, "passage.tag")
    back = reverse("themes:reading", args=[conversation.pk])
    try:
        actions.let_go(decision=found, by=request.user)
    except REFUSALS as error:
        return refuse(request, error, back)
    kept(request, _("“%(code)s” is let go.") % {"code": found.code.name})
    return redirect(back)


@policy.needs("passage.tag")
@require_POST
def answer(request: ReaderRequest, suggestion_id: int) -> HttpResponse:
    """Accept or refuse an offer; focus goes on to the next one."""
    found = get_object_or_404(
        Suggestion.objects.select_related(
            "segment__conversation__enquiry", "segment__contributor", "segment__version", "code"
        ),
        pk=suggestion_id,
    )
    conversation = get_conversation(request.user, found.segment.conversation_id, "passage.tag")
    given = request.POST.get("answer")
    if given not in ("accept", "refuse"):
        raise Http404
    try:
        actions.answer_suggestion(
            suggestion=found,
            accept=given == "accept",
            by=request.user,
            reason=request.POST.get("reason", ""),
        )
    except REFUSALS as error:
        return _answer(request, conversation, [found.segment_id], str(error), is_problem=True)
    said = (
        _("Tagged “%(code)s”, as the computer offered.")
        if given == "accept"
        else _("“%(code)s” is refused for this passage.")
    ) % {"code": found.code.name}
    return _answer(request, conversation, [found.segment_id], said, after=found)


@policy.needs("passage.tag")
@require_POST
def memo(request: ReaderRequest, conversation_id: int) -> HttpResponse:
    """Keep one's memo; with JavaScript this happens by itself while writing."""
    conversation = get_conversation(request.user, conversation_id, "passage.tag")
    back = reverse("themes:reading", args=[conversation.pk]) + "#memo"
    try:
        found = actions.keep_memo(
            conversation=conversation, text=request.POST.get("memo", ""), by=request.user
        )
    except REFUSALS as error:
        if request.htmx:
            return render(request, "themes/_memo_kept.html", {"problem": str(error)}, status=422)
        return refuse(request, error, back)
    if request.htmx:
        return render(request, "themes/_memo_kept.html", {"memo": found})
    kept(request, _("Your memo is kept.") if found else _("Your memo is gone."))
    return redirect(back)


@policy.needs("passage.tag")
@require_POST
def finish(request: ReaderRequest, conversation_id: int) -> HttpResponse:
    """Say that one has finished reading."""
    conversation = get_conversation(request.user, conversation_id, "passage.tag")
    back = reverse("themes:reading", args=[conversation.pk])
    try:
        actions.finish_reading(conversation=conversation, by=request.user)
    except REFUSALS as error:
        return refuse(request, error, back)
    kept(request, _("You have finished reading this conversation. You can still change your tags."))
    return redirect(back)


@policy.needs("passage.read")
def near(request: ReaderRequest, suggestion_id: int) -> HttpResponse:
    """The passages an offer is close to, as far as this reader may see them."""
    found = get_object_or_404(
        Suggestion.objects.select_related("segment__conversation__enquiry__partner", "code"), pk=suggestion_id
    )
    conversation = get_conversation(request.user, found.segment.conversation_id, "passage.read")
    context = {
        "enquiry": conversation.enquiry,
        "suggestion": found,
        "passages": passages_near(found, reader=request.user),
        "steps": crumbs(
            conversation.enquiry,
            (
                _("Conversation %(n)d") % {"n": conversation.number},
                reverse("workspace:conversation", args=[conversation.pk]),
            ),
            (_("Reading"), reverse("themes:reading", args=[conversation.pk])),
            (_("Why this is offered"), ""),
        ),
    }
    return render(request, "themes/near.html", context)


def _answer(
    request: ReaderRequest,
    conversation: Conversation,
    changed: list[int],
    said: str,
    *,
    is_problem: bool = False,
    after: Suggestion | None = None,
) -> HttpResponse:
    """With htmx the changed passages and what was said; else the page again, at the passage."""
    if not request.htmx:
        back = reverse("themes:reading", args=[conversation.pk])
        back += f"#passage-{changed[0]}" if changed else "#finder"
        if is_problem:
            return refuse(request, StretchUnknown(said), back)
        kept(request, said)
        return redirect(back)
    view = reading_view(conversation, reader=request.user)
    context: dict[str, Any] = {
        "conversation": conversation,
        "enquiry": conversation.enquiry,
        "view": view,
        "passages": [one for one in view.passages if one.segment.pk in set(changed)],
        "said": said,
        "is_problem": is_problem,
    }
    response = render(
        request, "themes/_reading_answer.html", context, status=422 if is_problem and not changed else 200
    )
    following = _next_offer(view, after) if after is not None else None
    focus = following or (f"passage-{changed[0]}" if changed else "")
    if not is_problem:
        response["HX-Trigger-After-Settle"] = json.dumps({"reading:kept": {"next": focus}})
    return response


def _next_offer(view: ReadingView, after: Suggestion) -> str | None:
    """Id of the next offer on the page: in the same passage, or further down, or else the first."""
    waiting = [(one.segment.number, offer.pk) for one in view.passages for offer in one.offers]
    here = after.segment.number
    later = [pk for number, pk in waiting if number >= here] or [pk for _number, pk in waiting]
    return f"offer-{later[0]}" if later else None
