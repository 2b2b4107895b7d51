"""Somebody's own words and their recording, and keeping a part private."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.actions import happened_lately, record
from enquiries.models import Conversation
from nlp.audio import SoundUnreadable
from portal.yours import selectors
from portal.yours.visits import Visit, YoursRequest, own_page
from transcripts import own
from transcripts.actions import striking
from transcripts.errors import SoundGone, TranscriptError
from transcripts.models import StruckOut, Transcript
from transcripts.streaming import ONE_HEARING, answer_with_clip, answer_with_sound, plain


@own_page()
@require_safe
def words(request: YoursRequest) -> HttpResponse:
    """Every conversation with their own turns; what others said in a group is not theirs to read."""
    visit = request.visit
    who = visit.contributor
    turns = own.own_turns(who)
    with visit.acting():
        sounds = own.own_sounds(who)
        record("personal_words.read", by=None, about=who, turns=len(turns), with_helper=visit.with_helper)
    talks = [
        {
            "talk": talk,
            "turns": [turn for turn in turns if turn.conversation_id == talk.pk],
            "sounds": [sound for sound in sounds if sound.conversation_id == talk.pk],
            "has_clips": [each.is_alone for each in sounds if each.conversation_id == talk.pk] == [False],
        }
        for talk in selectors.conversations(who)
    ]
    context = {
        "visit": visit,
        "talks": talks,
        "struck": request.GET.get("struck"),
        "problem": request.GET.get("problem"),
    }
    return render(request, "yours/words.html", context)


@own_page()
@require_http_methods(["GET", "HEAD", "POST"])
def keep_private(request: YoursRequest, pk: int) -> HttpResponse:
    """One turn, sentence by sentence: those that are chosen are shared with nobody from now on."""
    visit = request.visit
    turn = next((each for each in own.own_turns(visit.contributor) if each.pk == pk), None)
    if turn is None:
        raise Http404
    problem = ""
    if request.method != "POST":
        with visit.acting():
            record(
                "personal_words.read",
                by=None,
                about=visit.contributor,
                turns=1,
                with_helper=visit.with_helper,
            )
    else:
        chosen = set(request.POST.getlist("part"))
        picked = [each for each in turn.sentences if str(each.start) in chosen]
        problem = _strike(request, turn, picked) if picked else _("Choose at least one part.")
        if not problem:
            return redirect(f"{visit.way('words')}?struck=1#turn-{turn.pk}")
    has_more = any(not each.struck for each in turn.sentences)
    context = {
        "visit": visit,
        "turn": turn,
        "language": Conversation.objects.get(pk=turn.conversation_id).language,
        "problem": problem,
        "has_more": has_more,
    }
    return render(request, "yours/keep_private.html", context, status=422 if problem else 200)


def _strike(request: YoursRequest, turn: own.OwnTurn, picked: list[own.Sentence]) -> str:
    """Strike the picked sentences out; gives back a sentence where that could not be done."""
    visit = request.visit
    try:
        with visit.acting():
            transcript = Transcript.objects.get(pk=turn.transcript_id)
            for each in picked:
                striking.strike_out(
                    contributor=visit.contributor,
                    transcript=transcript,
                    version_number=turn.version_number,
                    span=(each.start, each.end),
                    span_ms=(each.start_ms, each.end_ms),
                    by_helper=visit.with_helper,
                )
    except TranscriptError as error:
        return str(error)
    return ""


@own_page()
@require_POST
def share_again(request: YoursRequest, pk: int) -> HttpResponse:
    """Think again about a part, while nothing is gone."""
    visit = request.visit
    struck = StruckOut.objects.filter(contributor=visit.contributor, pk=pk).first()
    if struck is None:
        # Pressed twice: the first press did it.
        return redirect(visit.way("words"))
    try:
        with visit.acting():
            striking.share_again(struck=struck)
    except TranscriptError:
        return redirect(f"{visit.way('words')}?problem=gone")
    return redirect(visit.way("words") + "?struck=0")


@own_page()
@require_safe
def sound(request: YoursRequest, pk: int) -> HttpResponseBase:
    """Their own recording, whole or a range of it, where nobody else speaks in it."""
    visit = request.visit
    with visit.acting():
        recording = own.own_recording(visit.contributor, pk)
    if recording is None:
        raise Http404

    def note() -> None:
        with visit.acting():
            _note_heard(visit, recording=pk)

    try:
        answer = answer_with_sound(request, recording, note=note)
    except SoundGone as error:
        return plain(str(error), status=404)
    return answer


@own_page()
@require_safe
def clip(request: YoursRequest, pk: int) -> HttpResponse:
    """The sound of one turn of theirs, for a conversation in which others speak too."""
    visit = request.visit
    turn = next((each for each in own.own_turns(visit.contributor) if each.pk == pk), None)
    if turn is None:
        raise Http404
    try:
        with visit.acting():
            sound = own.own_clip(visit.contributor, turn)
            if sound is not None and request.method != "HEAD":
                _note_heard(visit, turn=pk)
    except (SoundGone, SoundUnreadable) as error:
        return plain(str(error), status=404)
    if sound is None:
        raise Http404
    return answer_with_clip(request, sound, "audio/wav")


def _note_heard(visit: Visit, **what: int) -> None:
    """Write down that they hear this, wherever in it they begin; a browser asks for sound in many parts."""
    if not happened_lately("personal_sound.heard", about=visit.contributor, within=ONE_HEARING, **what):
        record("personal_sound.heard", by=None, about=visit.contributor, **what)
