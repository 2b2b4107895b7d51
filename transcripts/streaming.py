"""Sound as an answer: whole, or one range of it (RFC 9110 §14), read on the fly and kept by nobody.

Who may hear it, and that the gate is open, is asked before.
"""

import re
from collections.abc import Callable
from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _

from transcripts import store
from transcripts.models.raw import Recording
from transcripts.recordings import sound_file

_RANGE = re.compile(r"bytes=(\d*)-(\d*)$", re.ASCII)
_MOST_DIGITS = 18
# A browser asks for one recording in many parts, and again for each jump: within this time, one hearing.
ONE_HEARING = timedelta(minutes=15)


class _NotSatisfiable(Exception):
    pass


def answer_with_sound(
    request: HttpRequest, recording: Recording, *, note: Callable[[], object]
) -> HttpResponseBase:
    """The bytes a browser asks for, or a sentence where there are none.

    Args:
        note: writes down that it is heard; called before the first byte, and not for a HEAD.

    Raises:
        SoundGone: the sound is there no more, or its key is destroyed.
    """
    file = sound_file(recording)
    if file is None:
        return plain(
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
        response = plain(_("There is no sound at that place."), status=416)
        response["Content-Range"] = f"bytes */{size}"
        return response
    start, end = span or (0, size)
    answer: HttpResponseBase
    if request.method == "HEAD":
        answer = HttpResponse(content_type=file.content_type)
    else:
        note()
        answer = StreamingHttpResponse(store.open_range(file.key, start, end), content_type=file.content_type)
    if span is not None:
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    answer["Content-Length"] = str(end - start)
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = tag
    answer["Content-Disposition"] = "inline"
    return _private(answer)


def answer_with_clip(request: HttpRequest, clip: bytes, content_type: str) -> HttpResponse:
    """A short piece of sound that was made for this answer, whole or the one range that is asked for."""
    try:
        span = _span(request.headers.get("Range", ""), len(clip))
    except _NotSatisfiable:
        response = plain(_("There is no sound at that place."), status=416)
        response["Content-Range"] = f"bytes */{len(clip)}"
        return response
    start, end = span or (0, len(clip))
    answer = HttpResponse(clip[start:end], content_type=content_type, status=206 if span else 200)
    if span:
        answer["Content-Range"] = f"bytes {start}-{end - 1}/{len(clip)}"
    answer["Accept-Ranges"] = "bytes"
    _private(answer)
    return answer


def _span(header: str, size: int) -> tuple[int, int] | None:
    """`[start, end)` that a Range header asks for; None for the whole, also where it is not understood.

    Several ranges at once are allowed to be answered with the whole, and are.
    """
    found = _RANGE.match(header.strip())
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        length = _number(last)
        if length == 0 or size == 0:
            raise _NotSatisfiable
        return max(0, size - length), size
    start = _number(first)
    end = min(_number(last) + 1, size) if last else size
    if last and _number(last) < start:
        return None
    if start >= size:
        raise _NotSatisfiable
    return start, end


def _number(digits: str) -> int:
    """No sound is so long that more than its first digits would matter, and Python refuses to read thousands
    of them."""
    return int(digits.lstrip("0")[:_MOST_DIGITS] or "0")


def plain(sentence: str, *, status: int) -> HttpResponse:
    """A sentence in the place of sound."""
    response = HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    _private(response)
    return response


def _private(response: HttpResponseBase) -> HttpResponseBase:
    """Nobody between here and the listener keeps a copy, and the browser keeps none either."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
