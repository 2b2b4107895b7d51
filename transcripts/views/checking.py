"""Hearing and putting right. Each act answers with the turn it changed to htmx, with the page to the rest."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import policy
from accounts.requests import SignedInRequest
from enquiries import consent
from enquiries.models import Conversation, Scope
from enquiries.selectors import get_conversation
from transcripts import checking_page as page
from transcripts import drafts
from transcripts.actions import checking
from transcripts.actions.checking import Corrected
from transcripts.errors import StaleVersion
from transcripts.forms import BaseForm, DoubtForm, RemainingSpeakersForm, TurnForm, VerifyForm
from transcripts.models import Transcript
from transcripts.models.raw import RawVersion
from transcripts.recordings import recording_of, strip
from transcripts.selectors import consent_sentence, latest_raw_version, transcript_sentence
from transcripts.versions import latest, turns_of, words_said
from transcripts.views.refusals import answered, back
from transcripts.voices import allows_sound, check_draft


@policy.needs("transcript.read")
@require_safe
@answered("checking")
def checking_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """The turns of the version in force; `?turn=N` opens the page that holds turn N, from 1."""
    conversation = get_conversation(request.user, pk, "transcript.read")
    consent.check_conversation(conversation, Scope.TAKE_PART)
    transcript = Transcript.objects.filter(conversation=conversation).first()
    if transcript is not None:
        check_draft(transcript)
    version = latest_raw_version(transcript) if transcript is not None else None
    if transcript is None or version is None:
        return render(request, "transcripts/checking_empty.html", _about(conversation))
    checking.note_read(transcript=transcript, version=version, by=request.user, why="checking")
    return _page(request, conversation, transcript, version)


@policy.needs("transcript.check")
@require_POST
@answered("checking")
def turn(request: SignedInRequest, pk: int, index: int) -> HttpResponse:
    """One act on one turn: `act` is right, keep, speaker, join or out."""
    conversation, transcript = _text(request, pk)
    form = TurnForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
        return back(request, _place(pk, index))
    data = form.cleaned_data
    common: dict[str, Any] = {
        "transcript": transcript,
        "base_number": data["base"],
        "index": index,
        "by": request.user,
    }
    act = request.POST.get("act", "keep")
    try:
        if act == "join":
            corrected = checking.join_turns(**common)
        elif act == "out":
            corrected = checking.take_out_turn(**common)
        elif act == "speaker":
            corrected = checking.set_speaker(speaker=data["speaker"], **common)
        else:
            corrected = checking.correct_turn(
                text=data["text"], speaker=data["speaker"], is_right=act == "right", **common
            )
    except StaleVersion as stale:
        return _stale(request, conversation, transcript, data["base"], index, data["text"], str(stale))
    if act in ("join", "out"):
        return back(request, _place(pk, max(0, corrected.indexes.start)))
    return _changed(request, conversation, transcript, corrected, goes_on=act == "right")


@policy.needs("transcript.check")
@require_POST
@answered("checking")
def doubt(request: SignedInRequest, pk: int, index: int, number: int) -> HttpResponse:
    """Answer a doubt of the computer: it was said, or it comes out."""
    conversation, transcript = _text(request, pk)
    form = DoubtForm(request.POST)
    if not form.is_valid():
        return back(request, _place(pk, index))
    data = form.cleaned_data
    try:
        corrected = checking.answer_doubt(
            transcript=transcript,
            base_number=data["base"],
            index=index,
            doubt=number,
            was_said=data["answer"] == "said",
            by=request.user,
        )
    except StaleVersion as stale:
        return _stale(request, conversation, transcript, data["base"], index, "", str(stale))
    if not corrected.indexes:
        return back(request, _place(pk, corrected.indexes.start))
    return _changed(request, conversation, transcript, corrected, goes_on=False)


@policy.needs("transcript.check")
@require_POST
@answered("checking")
def remaining_speakers(request: SignedInRequest, pk: int) -> HttpResponse:
    _conversation, transcript = _text(request, pk)
    form = RemainingSpeakersForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        checking.set_remaining_speakers(
            transcript=transcript, base_number=data["base"], speaker=data["speaker"], by=request.user
        )
        messages.success(request, _("Every turn has a speaker now. Change those that are not right."))
    return back(request, reverse("transcripts:checking", args=[pk]))


@policy.needs("transcript.check")
@require_POST
@answered("checking")
def restore(request: SignedInRequest, pk: int) -> HttpResponse:
    """Go back to the version in `base`, as a new version."""
    _conversation, transcript = _text(request, pk)
    form = BaseForm(request.POST)
    if form.is_valid():
        number = form.cleaned_data["base"]
        checking.restore_version(transcript=transcript, number=number, by=request.user)
        sentence = _("The words stand again as in version %(n)d. What came between is kept in the log.")
        messages.success(request, sentence % {"n": number})
    return back(request, reverse("transcripts:checking", args=[pk]))


@policy.needs("transcript.check")
@require_POST
@answered("checking")
def mark_checked(request: SignedInRequest, pk: int) -> HttpResponse:
    _conversation, transcript = _text(request, pk)
    checking.mark_checked(transcript=transcript, by=request.user)
    messages.success(request, _("The text is checked. Someone can verify it now."))
    return back(request, reverse("transcripts:checking", args=[pk]))


@policy.needs("transcript.check")
@require_POST
@answered("checking")
def verify(request: SignedInRequest, pk: int) -> HttpResponse:
    _conversation, transcript = _text(request, pk)
    form = VerifyForm(request.POST)
    has_heard = form.is_valid() and form.cleaned_data["has_heard"]
    checking.verify(transcript=transcript, has_heard=has_heard, by=request.user)
    messages.success(request, _("The text is verified. The computer looks for names now."))
    return back(request, reverse("transcripts:names", args=[pk]))


@policy.needs("transcript.check")
@require_POST
@answered("checking")
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    _conversation, transcript = _text(request, pk)
    checking.reopen(transcript=transcript, by=request.user)
    messages.success(request, _("The text is open again. Put it right, then verify it anew."))
    return back(request, reverse("transcripts:checking", args=[pk]))


def _text(request: SignedInRequest, pk: int) -> tuple[Conversation, Transcript]:
    conversation = get_conversation(request.user, pk, "transcript.check")
    return conversation, get_object_or_404(Transcript, conversation=conversation)


def _place(pk: int, index: int) -> str:
    return f"{reverse('transcripts:checking', args=[pk])}?turn={index + 1}#turn-{index + 1}"


def _about(conversation: Conversation) -> dict[str, Any]:
    return {"conversation": conversation, "enquiry": conversation.enquiry}


def _page(
    request: SignedInRequest, conversation: Conversation, transcript: Transcript, version: RawVersion
) -> HttpResponse:
    turns = turns_of(version)
    asked = request.GET.get("turn", "")
    wanted = int(asked) - 1 if asked.isdecimal() and len(asked) < 9 else page.first_to_do(turns)
    shown = page.page_of(wanted, len(turns))
    recording = recording_of(transcript)
    if recording is not None and not allows_sound(recording):
        recording = None
    context = _state(request, conversation, transcript, version, turns) | {
        "turns": page.turns_shown(version, turns, shown, conversation=conversation, reader=request.user),
        "wanted": min(wanted, len(turns) - 1),
        "unchecked_from": page.checked_up_to(turns),
        "before": shown.start or None,
        "after": shown.stop + 1 if shown.stop < len(turns) else None,
        "strip": strip(recording, page.marks(turns)) if recording is not None else None,
        "agreed": [
            {"who": who, "sentence": consent_sentence(who, conversation.wave_id)}
            for who in conversation.contributors.all()
        ],
    }
    return render(request, "transcripts/checking.html", context)


def _state(
    request: SignedInRequest,
    conversation: Conversation,
    transcript: Transcript,
    version: RawVersion,
    turns: list[drafts.TurnDraft],
) -> dict[str, Any]:
    """What changes with each act: counts, the log, what can be done next."""
    return _about(conversation) | {
        "transcript": transcript,
        "version": version,
        "counts": page.counts_of(turns),
        "sentence": transcript_sentence(transcript),
        "changes": page.changes(transcript, reader=request.user),
        "speakers": page.speaker_choices(conversation),
        "is_open": transcript.state in checking.OPEN_TO_CHANGE,
    }


def _changed(
    request: SignedInRequest,
    conversation: Conversation,
    transcript: Transcript,
    corrected: Corrected,
    *,
    goes_on: bool,
) -> HttpResponse:
    """After an act on a turn: the turn in its new shape, or the page at the turn to go on with."""
    if not request.htmx:
        at = corrected.indexes.stop if goes_on else corrected.indexes.start
        return back(request, _place(conversation.pk, at))
    turns = turns_of(corrected.version)
    context = _state(request, conversation, transcript, corrected.version, turns) | {
        "turns": page.turns_shown(
            corrected.version, turns, corrected.indexes, conversation=conversation, reader=request.user
        ),
    }
    return render(request, "transcripts/checking_changed.html", context)


def _stale(
    request: SignedInRequest,
    conversation: Conversation,
    transcript: Transcript,
    base: int,
    index: int,
    yours: str,
    sentence: str,
) -> HttpResponse:
    """Show what stands there now beside what was sent; nothing is lost."""
    read = RawVersion.objects.filter(transcript=transcript, number=base).first()
    if read is None:
        raise Http404
    current = latest(transcript)
    now = turns_of(current)
    _found, where = drafts.where_now(words_said(read), now, index)
    context = _state(request, conversation, transcript, current, now) | {
        "problem": sentence,
        "theirs": page.turns_shown(current, now, where, conversation=conversation, reader=request.user),
        "yours": drafts.tidy(yours),
        "index": index,
        "place": _place(conversation.pk, where.start),
    }
    template = "transcripts/checking_stale_turn.html" if request.htmx else "transcripts/checking_stale.html"
    # htmx puts an answer of 422 in place of the turn; 409 says the same to everyone else.
    return render(request, template, context, status=422 if request.htmx else 409)
