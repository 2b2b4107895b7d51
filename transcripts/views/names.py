"""Taking names out, reading the text without them, signing it off."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import policy
from accounts.requests import SignedInRequest
from enquiries import consent
from enquiries.models import Conversation, Scope, Work
from enquiries.selectors import get_conversation
from nlp.text import utf16_to_codepoint
from transcripts import names_page as page
from transcripts.actions import checking, names, pseudonymising
from transcripts.errors import ReplacementRefused
from transcripts.forms import MissedNameForm, NameDecisionForm
from transcripts.models import PseudonymisedVersion, Transcript, TranscriptState
from transcripts.models.raw import RawVersion, Turn
from transcripts.selectors import latest_raw_version, transcript_sentence
from transcripts.versions import latest
from transcripts.views.refusals import answered, back
from transcripts.voices import check_draft


@policy.needs("name.decide")
@require_safe
@answered("checking")
def names_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """Offers to decide, what was decided, and the way to the text without names."""
    conversation, transcript, version = _text(request, pk, "name.decide")
    if transcript is None or version is None or transcript.state in checking.OPEN_TO_CHANGE:
        return render(request, "transcripts/names_empty.html", _about(conversation, transcript))
    checking.note_read(transcript=transcript, version=version, by=request.user, why="names")
    return _page(request, conversation, transcript, version)


@policy.needs("name.decide")
@require_POST
@answered("names")
def look_for_names(request: SignedInRequest, pk: int) -> HttpResponse:
    transcript = get_object_or_404(Transcript, conversation=get_conversation(request.user, pk, "name.decide"))
    names.request_names(transcript=transcript, by=request.user)
    return back(request, reverse("transcripts:names", args=[pk]))


@policy.needs("name.decide")
@require_POST
@answered("names")
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Accept, change or refuse one offer, or think again about one."""
    conversation = get_conversation(request.user, pk, "name.decide")
    transcript = get_object_or_404(Transcript, conversation=conversation)
    form = NameDecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This could not be read. Open the page again and decide once more."))
        return back(request, reverse("transcripts:names", args=[pk]))
    data = form.cleaned_data
    version = get_object_or_404(RawVersion, transcript=transcript, number=data["version"])
    try:
        decided = names.decide_name(
            version=version,
            start=data["start"],
            end=data["end"],
            decision=data["decision"],
            replacement=data["replacement"],
            everywhere=data["everywhere"],
            by=request.user,
        )
    except ReplacementRefused as refused:
        problem = {"start": data["start"], "sentence": str(refused), "sent": data["replacement"]}
        return _page(request, conversation, transcript, latest(transcript), problem=problem, status=422)
    if len(decided) > 1:
        sentence = ngettext("Decided in %(count)d place.", "Decided in %(count)d places.", len(decided)) % {
            "count": len(decided)
        }
        messages.success(request, sentence)
    return back_to_list(request, pk)


@policy.needs("name.decide")
@require_POST
@answered("names")
def add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take out words that the computer missed: selected in the text, or written and then found."""
    # A form with a mistake in it is answered with the text, so the gate is asked before it is looked at.
    conversation, transcript, version = _text(request, pk, "name.decide")
    if transcript is None or version is None:
        raise Http404
    form = MissedNameForm(request.POST)
    if not form.is_valid():
        return _page(request, conversation, transcript, version, missed=form, status=422)
    data = form.cleaned_data
    read = get_object_or_404(RawVersion, transcript=transcript, number=data["version"])
    spans = _spans_meant(read, data)
    if not spans:
        form.add_error("words", _("These words are not in the text. Write them as they stand there."))
        return _page(request, conversation, transcript, version, missed=form, status=422)
    if len(spans) > 1 and not data["everywhere"]:
        form.add_error("place", _("These words stand in several places. Choose one, or all of them."))
        choices = page.in_sentences(read, spans)
        return _page(request, conversation, transcript, version, missed=form, places=choices, status=422)
    try:
        names.add_name(
            version=read,
            start=spans[0][0],
            end=spans[0][1],
            replacement=data["replacement"],
            everywhere=data["everywhere"],
            by=request.user,
        )
    except ReplacementRefused as refused:
        form.add_error("replacement", str(refused))
        return _page(request, conversation, transcript, version, missed=form, status=422)
    messages.success(request, _("Taken out. Think again below if it should stay."))
    return back(request, f"{reverse('transcripts:names', args=[pk])}#decided")


@policy.needs("name.decide")
@require_POST
@answered("names")
def make(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make the text without names from the decisions."""
    transcript = get_object_or_404(Transcript, conversation=get_conversation(request.user, pk, "name.decide"))
    pseudonymising.make_pseudonymised(transcript=transcript, by=request.user)
    messages.success(
        request, _("The text without names is made. A second person reads it now and signs it off.")
    )
    return back(request, reverse("transcripts:text", args=[pk]))


@policy.needs("passage.read")
@require_safe
@answered("names")
def text_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """The newest text without names, with the changes marked, and signing off."""
    conversation, transcript, _version = _text(request, pk, "passage.read")
    version = pseudonymising.latest_pseudonymised(transcript) if transcript is not None else None
    context = _about(conversation, transcript)
    if transcript is None or version is None:
        return render(request, "transcripts/text_empty.html", context)
    context |= {
        "version": version,
        "turns": page.text_shown(version),
        "is_mine": version.made_by_id == request.user.pk,
        "can_sign_off": version.signed_off_at is None and transcript.state == TranscriptState.VERIFIED,
        "passages": page.passages_of(version) if version.signed_off_at is not None else None,
        "works": _going_on(pseudonymising.EMBED_SEGMENTS, version.pk),
    }
    return render(request, "transcripts/text.html", context)


@policy.needs("transcript.sign_off")
@require_POST
@answered("text")
def sign_off(request: SignedInRequest, pk: int) -> HttpResponse:
    """A second person signs off the version they were shown."""
    version = _shown_version(request, pk)
    cut = pseudonymising.sign_off(version=version, by=request.user)
    sentence = ngettext(
        "Signed off. The text is cut into %(count)d passage, ready to be read.",
        "Signed off. The text is cut into %(count)d passages, ready to be read.",
        len(cut),
    ) % {"count": len(cut)}
    messages.success(request, sentence if cut else _("Signed off. Nobody here allows passages to be read."))
    return back(request, reverse("transcripts:text", args=[pk]))


@policy.needs("transcript.sign_off")
@require_POST
@answered("text")
def cut(request: SignedInRequest, pk: int) -> HttpResponse:
    """Cut passages for somebody who agreed after the text was signed off."""
    pseudonymising.cut_segments(version=_shown_version(request, pk), by=request.user)
    messages.success(request, _("Their words are cut into passages now."))
    return back(request, reverse("transcripts:text", args=[pk]))


def back_to_list(request: SignedInRequest, pk: int) -> HttpResponse:
    """The list of offers as it is now. htmx follows the way back and takes the list out of the page."""
    response = HttpResponse(status=303)
    response["Location"] = f"{reverse('transcripts:names', args=[pk])}#offers"
    return response


def _text(
    request: SignedInRequest, pk: int, action: str
) -> tuple[Conversation, Transcript | None, RawVersion | None]:
    conversation = get_conversation(request.user, pk, action)
    consent.check_conversation(conversation, Scope.TAKE_PART)
    transcript = Transcript.objects.filter(conversation=conversation).first()
    if transcript is not None:
        check_draft(transcript)
    return conversation, transcript, latest_raw_version(transcript) if transcript is not None else None


def _about(conversation: Conversation, transcript: Transcript | None) -> dict[str, Any]:
    return {
        "conversation": conversation,
        "enquiry": conversation.enquiry,
        "transcript": transcript,
        "sentence": transcript_sentence(transcript) if transcript is not None else "",
    }


def _page(
    request: SignedInRequest,
    conversation: Conversation,
    transcript: Transcript,
    version: RawVersion,
    *,
    problem: dict[str, Any] | None = None,
    missed: MissedNameForm | None = None,
    places: list[tuple[str, page.InSentence]] | None = None,
    status: int = 200,
) -> HttpResponse:
    made = pseudonymising.latest_pseudonymised(transcript)
    context = _about(conversation, transcript) | {
        "names": page.names_shown(version),
        "works": _going_on(names.FIND_NAMES, version.pk),
        "were_sought": names.names_looked_for(version),
        "is_open": transcript.state == TranscriptState.VERIFIED,
        "made": made,
        "problem": problem,
        "missed": missed or MissedNameForm(initial={"version": version.number}),
        "places": places,
    }
    return render(request, "transcripts/names.html", context, status=status)


def _going_on(kind: str, about_id: int) -> list[Work]:
    """The newest work of a kind about a version, while it is not done."""
    newest = Work.objects.filter(kind=kind, about_id=about_id).order_by("-pk").first()
    return [newest] if newest is not None and newest.state != "finished" else []


def _spans_meant(version: RawVersion, data: dict[str, Any]) -> list[tuple[int, int]]:
    """Where the words that were sent stand: where they were selected or chosen, else everywhere."""
    if data["place"]:
        start, end = (int(part) for part in data["place"].split("-"))
        return [(start, end)]
    if data["turn"] is not None and data["first"] is not None and data["last"] is not None:
        # The browser counts in UTF-16 units of the turn; we count in code points of the text.
        turn = list(Turn.objects.filter(version=version).order_by("start"))[data["turn"] :][:1]
        if turn:
            said = version.text[turn[0].start : turn[0].end]
            most = len(said.encode("utf-16-le")) // 2
            first, last = min(data["first"], most), min(data["last"], most)
            span = (utf16_to_codepoint(said, first), utf16_to_codepoint(said, last))
            if said[slice(*span)].split() == data["words"].split():
                return [(turn[0].start + span[0], turn[0].start + span[1])]
    return page.places_of(version, data["words"])


def _shown_version(request: SignedInRequest, pk: int) -> PseudonymisedVersion:
    conversation = get_conversation(request.user, pk, "transcript.sign_off")
    number = request.POST.get("version", "")
    return get_object_or_404(
        PseudonymisedVersion.objects.select_related("transcript__conversation__enquiry"),
        transcript__conversation=conversation,
        number=int(number) if number.isdecimal() and len(number) < 9 else 0,
    )
