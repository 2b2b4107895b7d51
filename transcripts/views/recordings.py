"""The page of a conversation's sound: send it, hear it, have it written down."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.errors import NotYours
from accounts.models import User
from enquiries import consent
from enquiries.errors import ConsentMissing, EnquiryError
from enquiries.models import Conversation, Scope
from enquiries.selectors import get_conversation
from transcripts import store
from transcripts.actions import listen_again, receive_recording, request_transcription
from transcripts.actions.drafting import check_may_be_drafted
from transcripts.actions.receiving import check_may_receive
from transcripts.errors import NotToBeReplaced, StoreFull, TranscriptError, UploadBrokeOff, UploadRefused
from transcripts.models import Transcript
from transcripts.models.raw import Recording, RecordingState
from transcripts.recordings import get_recording, open_recordings, standing
from transcripts.uploads import FIELD, StoreUploadHandler, holders_of
from transcripts.voices import allows_sound, refusal_of_sound


# The upload handler has to be in place before anything reads the body, and the check against forged
# requests reads it: so the check runs inside `post`, after the handler is set.
@policy.needs("recording.hear")
@method_decorator(csrf_exempt, name="dispatch")
class RecordingPage(View):
    """A conversation's recordings, and the form that receives another one."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        assert isinstance(request.user, User)
        return _page(request, get_conversation(request.user, pk, "recording.hear"))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        assert isinstance(request.user, User)
        conversation = get_conversation(request.user, pk, "recording.hear")
        try:
            check_may_receive(conversation=conversation, by=request.user)
        except ConsentMissing as error:
            return _page(request, conversation, problem=str(error), status=403)
        if int(request.headers.get("Content-Length") or 0) and not store.has_room_for(
            int(request.headers["Content-Length"])
        ):
            return _page(request, conversation, problem=str(StoreFull()), status=507)
        handler = StoreUploadHandler(request, holders=holders_of(conversation))
        request.upload_handlers = [handler]
        try:
            return self._receive(request, conversation, handler)
        finally:
            handler.discard()

    @method_decorator(csrf_protect)
    def _receive(
        self, request: HttpRequest, conversation: Conversation, handler: StoreUploadHandler
    ) -> HttpResponse:
        assert isinstance(request.user, User)
        try:
            if handler.refusal is not None:
                raise handler.refusal
            upload = request.FILES.get(FIELD)
            if upload is None:
                raise UploadRefused(_("Choose a sound or video file first."))
            # The last field of the form: without it, the body ended before the file did.
            if request.POST.get("whole") != "1":
                raise UploadBrokeOff
            recording = receive_recording(conversation=conversation, upload=upload, by=request.user)
        except (UploadRefused, ConsentMissing) as error:
            return _page(request, conversation, problem=str(error), status=422)
        said = _("The recording is here. The computer listens through it now; you can leave this page.")
        if recording.problem:
            messages.warning(request, recording.problem)
        messages.success(request, said)
        address = reverse("transcripts:recording", args=[conversation.pk])
        if _is_script(request):
            # The page that sent it goes there itself, so that the message is shown once.
            return HttpResponse(status=201, headers={"Location": address})
        return redirect(address)


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Upload") == "script"


def _page(
    request: HttpRequest, conversation: Conversation, *, problem: str = "", status: int = 200
) -> HttpResponse:
    # In a group, sound without somebody who took theirs back stays open to the others.
    recordings = open_recordings(conversation)
    context = {
        "conversation": conversation,
        "enquiry": conversation.enquiry,
        "closed": str(consent.refusal_of_conversation(conversation, Scope.AUDIO_RECORD) or ""),
        "recordings": [_shown(each) for each in recordings],
        "languages": languages(),
        "has_text": Transcript.objects.filter(conversation=conversation).exists(),
        "problem": problem,
    }
    template = "transcripts/_upload.html" if _is_script(request) else "transcripts/recording.html"
    return render(request, template, context, status=status)


def _shown(recording: Recording) -> dict[str, object]:
    """What one recording's part of the page needs."""
    conversation = recording.conversation
    return {
        "standing": standing(recording),
        "recording": recording,
        "conversation": conversation,
        "no_writing": _why_not_written(recording),
        "languages": languages(),
        "has_text": Transcript.objects.filter(conversation=conversation).exists(),
    }


def languages() -> list[tuple[str, object]]:
    """What a recording may be said to be spoken in; the engine finds any other by itself."""
    return [*settings.LANGUAGES, ("", _("Another, or mixed: let the computer find it"))]


def _why_not_written(recording: Recording) -> str:
    """Why no machine may write it down now; empty where one may."""
    if recording.state == RecordingState.UNREADABLE:
        return recording.problem
    closed = refusal_of_sound(recording, Scope.MACHINE_TRANSCRIBE)
    if closed is not None:
        return str(closed)
    try:
        check_may_be_drafted(recording)
    except NotToBeReplaced as error:
        return str(error)
    return ""


@policy.needs("recording.receive")
@require_http_methods(["GET", "HEAD", "POST"])
def listening(request: HttpRequest, pk: int) -> HttpResponse:
    """The strip of one recording, as a fragment while the computer listens through it; POST tries again."""
    assert isinstance(request.user, User)
    recording = get_recording(request.user, pk, "recording.receive")
    if request.method == "POST":
        try:
            listen_again(recording=recording, by=request.user)
        except (TranscriptError, EnquiryError, NotYours) as error:
            messages.error(request, str(error))
    return _fragment(request, recording, "transcripts/_listening.html")


@policy.needs("recording.transcribe")
@require_http_methods(["GET", "HEAD", "POST"])
def writing(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the writing down of one recording is, as a fragment; POST asks for it."""
    assert isinstance(request.user, User)
    recording = get_recording(request.user, pk, "recording.transcribe")
    if request.method == "POST":
        language = request.POST.get("language", "")
        try:
            request_transcription(
                recording=recording, by=request.user, language=language if language.isalpha() else None
            )
        except (TranscriptError, EnquiryError, NotYours) as error:
            messages.error(request, str(error))
            return redirect("transcripts:recording", recording.conversation_id)
    return _fragment(request, recording, "transcripts/_writing.html")


def _fragment(request: HttpRequest, recording: Recording, template: str) -> HttpResponse:
    if not request.headers.get("HX-Request") or not allows_sound(recording):
        answer = redirect("transcripts:recording", recording.conversation_id)
        if request.headers.get("HX-Request"):
            # The gate has closed meanwhile: the whole page says so.
            return HttpResponse(status=204, headers={"HX-Redirect": answer["Location"]})
        return answer
    response = render(request, template, _shown(recording))
    response["Cache-Control"] = "private, no-store"
    return response
