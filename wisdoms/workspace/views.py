from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import policy
from accounts.matrix import roles_with
from accounts.permissions import can
from accounts.requests import SignedInRequest
from enquiries import consent, retention, selectors
from enquiries import work as long_work
from enquiries.errors import EnquiryError
from enquiries.models import Conversation, Enquiry, Scope, Work, WorkState
from publishing.models import WisdomPage, WisdomsReportPage
from themes.models import QuoteState, TopicProposal
from transcripts.recordings import open_recordings
from wisdoms.workspace.lately import lately
from wisdoms.workspace.rooms import rooms
from wisdoms.workspace.steps import Step, steps_of

PER_PAGE = 30


@policy.signed_in
def home(request: SignedInRequest) -> HttpResponse:
    """The enquiries somebody works on, and what waits for them in each."""
    enquiries = list(selectors.enquiries_for(request.user).prefetch_related("waves"))
    conversations = _with_voices(selectors.conversations_for(request.user))
    steps = steps_of(conversations, request.user)
    waiting = _waiting(_rows(conversations, steps))
    context = {
        "enquiries": enquiries,
        "waiting": waiting[:12],
        "more_waiting": max(0, len(waiting) - 12),
        "may_frame": can(request.user, "enquiry.frame"),
        "may_see": can(request.user, "enquiry.see"),
        "other_rooms": list(rooms(request.user)),
    }
    return render(request, "workspace/home.html", context)


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation in a list, with what it waits for."""

    conversation: Conversation
    step: Step


def _rows(conversations: Iterable[Conversation], steps: Mapping[int, Step]) -> list[Row]:
    return [Row(each, steps[each.pk]) for each in conversations]


def _waiting(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.step.waits and row.step.is_for_reader]


def _with_voices(rows: QuerySet[Conversation]) -> list[Conversation]:
    return list(rows.prefetch_related("contributors"))


@policy.needs("enquiry.see")
def enquiry(request: SignedInRequest, pk: int) -> HttpResponse:
    """One enquiry: the question, what waits for someone, what goes on, every conversation, the Wisdoms."""
    found = selectors.get_enquiry(request.user, pk)
    conversations = _with_voices(selectors.conversations_for(request.user).filter(enquiry=found))
    steps = steps_of(conversations, request.user)
    rows = _rows(conversations, steps)
    undecided = TopicProposal.objects.filter(run__enquiry=found, decisions=None).count()
    quotes = found.quotes.exclude(
        state__in=[
            QuoteState.APPROVED,
            QuoteState.CHANGED,
            QuoteState.PLACED,
            QuoteState.REFUSED,
            QuoteState.WITHDRAWN,
        ]
    ).count()
    context = {
        "enquiry": found,
        "waves": found.waves.all(),
        "waiting": _waiting(rows),
        "undecided_groups": undecided,
        "open_quotes": quotes,
        "works": _open_works(found.works.all()),
        "conversations": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "wisdoms": _live_wisdoms(found),
        "lately": lately(found),
        "team": _team(found),
        "may_add_voices": can(request.user, "contributor.add", found),
        "may_add_conversations": can(request.user, "conversation.add", found),
        "may_change": can(request.user, "enquiry.change", found),
        "may_open_wave": can(request.user, "wave.open", found),
        "may_hand_over": can(request.user, "export.make", found),
        "clocks": [(clock.label, clock.says(found)) for clock in retention.clocks()],
    }
    return render(request, "workspace/enquiry.html", context)


def _live_wisdoms(found: Enquiry) -> list[WisdomPage]:
    reports = WisdomsReportPage.objects.live().filter(enquiry=found, alias_of=None)
    return [
        page for report in reports for page in WisdomPage.objects.live().child_of(report).order_by("path")
    ]


def _team(found: Enquiry) -> list[tuple[str, str]]:
    """Who works on it, each named once with every role they hold there."""
    rows = (
        found.partner.memberships.current()
        .filter(role__in=roles_with("enquiry.see", "link_table.see"))
        .select_related("user")
    )
    held: dict[str, list[str]] = {}
    for row in rows.order_by("user__name", "role"):
        held.setdefault(str(row.user), []).append(row.get_role_display().lower())
    return [(name, ", ".join(roles)) for name, roles in held.items()]


def _open_works(works: QuerySet[Work]) -> QuerySet[Work]:
    return works.exclude(state=WorkState.FINISHED)[:12]


@policy.needs("enquiry.see")
def conversation(request: SignedInRequest, pk: int) -> HttpResponse:
    """One act of listening: who spoke, what they agreed to, and where their words are now."""
    found = selectors.get_conversation(request.user, pk)
    row = _with_voices(selectors.conversations_for(request.user).filter(pk=found.pk))[0]
    step = steps_of([row], request.user)[row.pk]
    voices = []
    for who in row.contributors.all():
        states = consent.states(who, wave=row.wave_id)
        voices.append(
            {
                "who": who,
                "yes": [Scope(s).label for s, state in states.items() if state == "granted"],
                "no": [Scope(s).label for s, state in states.items() if state in ("declined", "withdrawn")],
                "states": states,
            }
        )
    context = {
        "conversation": row,
        "enquiry": row.enquiry,
        "step": step,
        "voices": voices,
        "may_record": consent.allows_conversation(row, Scope.AUDIO_RECORD) or bool(open_recordings(row)),
        "has_text": hasattr(row, "transcript"),
        "works": _open_works(row.enquiry.works.filter(about_id__in=_about(row))),
    }
    return render(request, "workspace/conversation.html", context)


def _about(row: Conversation) -> list[int]:
    return [row.transcript.pk] if hasattr(row, "transcript") else []


@policy.needs("work.see")
def works(request: SignedInRequest) -> HttpResponse:
    """Long work a machine does: going on, waiting, failed and done, newest first."""
    rows = Paginator(selectors.works_for(request.user), PER_PAGE).get_page(request.GET.get("page"))
    # Who looks after data or writes reports sees the work, and not what it is done on.
    readable = set(selectors.enquiries_for(request.user).values_list("pk", flat=True))
    context = {"works": rows, "readable": readable, "only_see": _only_sees(request)}
    return render(request, "workspace/works.html", context)


def _only_sees(request: SignedInRequest) -> bool:
    """Whether the user may look at the computer's work, and not ask for it again anywhere."""
    return not can(request.user, "work.retry")


@policy.needs("work.see")
def work(request: SignedInRequest, pk: int) -> HttpResponse:
    """The fragment that shows one piece of work; pages ask for it again while it goes on."""
    found = selectors.works_for(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    response = render(request, "workspace/_work.html", {"work": found, "only_see": _only_sees(request)})
    if not found.is_going_on and request.headers.get("HX-Request"):
        response["HX-Refresh"] = "true"
    return response


@policy.needs("work.retry")
@require_POST
def retry(request: SignedInRequest, pk: int) -> HttpResponse:
    found = selectors.works_for(request.user).filter(pk=pk).first()
    if found is None or not can(request.user, "work.retry", found):
        raise Http404
    try:
        long_work.retry(work=found, by=request.user)
    except EnquiryError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Queued again. You can leave this page."))
    return redirect("workspace:works")
