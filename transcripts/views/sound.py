"""The sound itself, to those who may hear it, from any moment on."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.models import User
from accounts.recent import recently_proved
from audit.actions import record_look
from enquiries.errors import ConsentMissing
from transcripts.errors import SoundGone
from transcripts.recordings import get_recording
from transcripts.streaming import ONE_HEARING, answer_with_sound, plain
from transcripts.voices import check_sound


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
        check_sound(recording)
    except ConsentMissing as error:
        return plain(str(error), status=403)
    user = request.user
    try:
        return answer_with_sound(
            request,
            recording,
            note=lambda: record_look(
                "recording.heard", by=user, about=recording, why="listening", once_in=ONE_HEARING
            ),
        )
    except SoundGone as error:
        return plain(str(error), status=404)
