"""Sound comes in: kept privately, read at once as far as an answer can be given at once, and listened through
by a job for the rest."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent, work
from enquiries.models import Conversation, Scope, Work
from nlp.audio import SoundFacts, SoundUnreadable, iter_blocks, probe
from nlp.audio.loudness import SILENCE_PEAK
from transcripts import store
from transcripts.errors import AlreadyReceived, UploadRefused
from transcripts.models.raw import Recording
from transcripts.uploads import StoredUpload, Stream, as_stream

LISTEN_THROUGH = "listen_through"
# How far the form's answer listens for a first sound; a job hears the rest.
_HEARD_AT_ONCE_MS = 600_000


def check_may_receive(*, conversation: Conversation, by: User) -> None:
    """Raise NotYours or ConsentMissing unless sound of this conversation may be taken in by this user now."""
    check(by, "recording.receive", conversation)
    consent.check_conversation(conversation, Scope.AUDIO_RECORD)


def receive_recording(
    *, conversation: Conversation, upload: StoredUpload | File | Iterable[bytes], by: User
) -> Recording:
    """Keep one sound or video file of a conversation, and queue a job that listens through it.

    The file is written while it is hashed, then looked at: what cannot be decoded is refused and removed;
    what breaks off or is silent is kept, with a sentence in `problem`. The name and type that the sender
    claims are not looked at.

    Args:
        upload: an uploaded or opened file, or its bytes in blocks. Memory stays bounded whatever its length.

    Raises:
        NotYours, ConsentMissing: nothing was written.
        UploadRefused: nothing was kept; `str()` says why and what to do. AlreadyReceived names the
            recording that holds the same bytes; StoreFull and UploadTooLarge speak for themselves.
    """
    check_may_receive(conversation=conversation, by=by)
    stream = as_stream(upload, conversation)
    try:
        if stream.size == 0:
            raise UploadRefused(_("The file is empty: choose the recording again and send the whole file."))
        _refuse_a_second_copy(conversation, stream.sha256)
        key = stream.file.keep()
    except BaseException:
        stream.discard()
        raise
    try:
        look = _first_look(key)
        return _write_down(conversation, stream, key, look, by)
    except BaseException:
        store.remove(key)
        raise


def _refuse_a_second_copy(conversation: Conversation, sha256: str) -> None:
    earlier = Recording.objects.filter(conversation=conversation, sha256=sha256).first()
    if earlier is not None:
        raise AlreadyReceived(earlier.pk)


@dataclass(frozen=True)
class _Look:
    facts: SoundFacts
    is_silent: bool


def _first_look(key: str) -> _Look:
    with store.source(key) as sound:
        try:
            facts = probe(sound)
            heard = any(
                bool(abs(block).max(initial=0.0) >= SILENCE_PEAK)
                for block in iter_blocks(sound, end_ms=min(facts.duration_ms, _HEARD_AT_ONCE_MS))
            )
        except SoundUnreadable as error:
            raise UploadRefused(str(error)) from error
    return _Look(facts, is_silent=not heard and facts.duration_ms <= _HEARD_AT_ONCE_MS)


@transaction.atomic
def _write_down(conversation: Conversation, stream: Stream, key: str, look: _Look, by: User) -> Recording:
    facts = look.facts
    # Everything may have changed while a long file came in; from here on nothing can.
    consent.hold_conversation(conversation)
    check_may_receive(conversation=conversation, by=by)
    try:
        with transaction.atomic():
            recording = Recording.objects.create(
                partner_id=conversation.partner_id,
                conversation=conversation,
                stored_as=key,
                sha256=stream.sha256,
                size_bytes=stream.file.size,
                container=facts.container[:40],
                codec=facts.codec[:40],
                sample_rate=facts.sample_rate,
                channels=facts.channels,
                duration_ms=facts.duration_ms,
                has_video=facts.has_video,
                is_silent=look.is_silent,
                ends_early=facts.is_truncated,
                problem=problem_of(is_silent=look.is_silent, ends_early=facts.is_truncated),
                received_by=by,
            )
    except IntegrityError:
        # Somebody sent the same file in the same moment.
        _refuse_a_second_copy(conversation, stream.sha256)
        raise
    record(
        "recording.received",
        by=by,
        about=recording,
        conversation=conversation.pk,
        size_bytes=recording.size_bytes,
        duration_ms=recording.duration_ms,
        ends_early=recording.ends_early,
        is_silent=recording.is_silent,
    )
    listen_through(recording=recording, by=by)
    return recording


def listen_through(*, recording: Recording, by: User) -> Work:
    """Queue the job that finds pauses, draws the wave and makes a copy that browsers can seek in."""
    return work.start(
        kind=LISTEN_THROUGH,
        task="transcripts.tasks.listen_through",
        about_id=recording.pk,
        partner_id=recording.partner_id,
        enquiry=recording.conversation.enquiry,
        by=by,
        unit="ms",
        total=recording.duration_ms,
    )


def problem_of(*, is_silent: bool, ends_early: bool) -> str:
    """What to tell people about a recording that could be read but is not as it should be; empty if it is."""
    said = []
    if ends_early:
        said.append(
            _(
                "The file ends early: it says it is longer than what is there. What is there is kept. "
                "If you have the whole file, send that too."
            )
        )
    if is_silent:
        said.append(
            _(
                "Nothing can be heard in this recording from beginning to end. "
                "Check the microphone, and send another file if there is one."
            )
        )
    return " ".join(said)
