"""The sound itself, to those who may hear it, from any moment on."""

import re
from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.models import User
from accounts.recent import recently_proved
from audit.actions import record_look
from enquiries import consent
from enquiries.errors import ConsentMissing
from enquiries.models import Scope
from transcripts import store
from transcripts.errors import SoundGone
from transcripts.models.raw import Recording
from transcripts.recordings import get_recording, sound_file

# A browser asks for one recording in many parts, and again for each jump: within this time, one hearing.
ONE_HEARING = timedelta(minutes=15)
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


class _NotSatisfiable(Exception):
    pass


@policy.needs("recording.hear")
@recently_proved(is_sound=True)
@require_safe
def sound(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The recording's bytes, whole or one range of them (RFC 9110 §14). The gate is asked each time.

    Hearing is written down before the first byte, wherever in the sound it begins; the many parts that a
    browser asks for, and jumps, are one hearing for a quarter of an hour.
    """
    assert isinstance(request.user, User)
    recording = get_recording(request.user, pk, "recording.hear")
    try:
        consent.check_conversation(recording.conversation, Scope.AUDIO_RECORD)
    except ConsentMissing as error:
        return _plain(str(error), status=403)
    try:
        return _answer(request, request.user, recording)
    except SoundGone as error:
        return _plain(str(error), status=404)


def _answer(request: HttpRequest, user: User, recording: Recording) -> HttpResponseBase:
    file = sound_file(recording)
    if file is None:
        return _plain(
            _("This sound cannot be played yet. The computer is still listening through it."), status=404
        )
    size = store.size(file.key)
    tag = f'"{file.key}"'
    wanted = request.headers.get("Range", "")
    if wanted and request.headers.get("If-Range", tag) != tag:
        wanted = ""  # part of another file: answer with the whole of this one
    try:
        span = _span(wanted, size)
    except _NotSatisfiable:
        response = _plain(_("There is no sound at that place."), status=416)
        response["Content-Range"] = f"bytes */{size}"
        return response
    start, end = span or (0, size)
    answer: HttpResponseBase
    if request.method == "HEAD":
        answer = HttpResponse(content_type=file.content_type)
    else:
        record_look("recording.heard", by=user, about=recording, why="listening", once_in=ONE_HEARING)
        answer = StreamingHttpResponse(store.open_range(file.key, start, end), content_type=file.content_type)
    if span is not None:
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    answer["Content-Length"] = str(end - start)
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = tag
    answer["Content-Disposition"] = "inline"
    return _private(answer)


def _span(header: str, size: int) -> tuple[int, int] | None:
    """`[start, end)` that a Range header asks for; None for the whole, also where it is not understood.

    Several ranges at once are allowed to be answered with the whole, and are.
    """
    found = _RANGE.match(header.strip())
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        length = int(last)
        if length == 0 or size == 0:
            raise _NotSatisfiable
        return max(0, size - length), size
    start = int(first)
    end = min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return None
    if start >= size:
        raise _NotSatisfiable
    return start, end


def _plain(sentence: str, *, status: int) -> HttpResponse:
    response = HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    _private(response)
    return response


def _private(response: HttpResponseBase) -> HttpResponseBase:
    """Nobody between here and the listener keeps a copy, and the browser keeps none either."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
