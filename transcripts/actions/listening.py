"""The job that hears a recording once from end to end: its wave, its pauses, and a copy for browsers."""

import logging
import time

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import work
from enquiries.errors import ConsentMissing
from enquiries.models import Work
from nlp.audio import (
    EncodingFailed,
    SoundFacts,
    SoundUnreadable,
    encode_playback,
    find_pauses,
    is_silent,
    measure,
    needs_playback_copy,
    waveform_peaks,
)
from transcripts import store
from transcripts.actions.receiving import LISTEN_THROUGH, listen_through, problem_of
from transcripts.errors import SoundGone, StoreFull
from transcripts.models.raw import Recording, RecordingState
from transcripts.voices import check_sound
from transcripts.waveform import STROKES

logger = logging.getLogger(__name__)

_TOLD_EVERY_S = 2.0


def run_listen_through(work_id: int) -> None:
    """Do the work of one `listen_through` row; safe to run twice and to be killed anywhere."""
    claimed = work.claim(work_id)
    if claimed is None:
        return
    recording = Recording.objects.filter(pk=claimed.about_id).select_related("conversation").first()
    if recording is None:
        work.fail(claimed, str(SoundGone()))
        return
    try:
        _listen(recording, claimed)
    except (ConsentMissing, StoreFull, SoundGone, EncodingFailed) as error:
        work.fail(claimed, str(error))
    except SoundUnreadable as error:
        Recording.objects.filter(pk=recording.pk).update(state=RecordingState.UNREADABLE, problem=str(error))
        work.fail(claimed, str(error))
    except Exception:
        # Ids only: what a decoder says about a file may quote from it.
        logger.exception("Listening through recording %s failed", recording.pk)
        work.fail(claimed, _("The computer could not listen through this recording. Try again."))


def _listen(recording: Recording, claimed: Work) -> None:
    check_sound(recording)
    # Both passes go over the whole sound; the bar runs once through both, half for each.
    tell = _Teller(claimed, max(1, recording.duration_ms))
    with store.source(recording.stored_as) as sound:
        envelope = measure(sound, progress=lambda done, _total: tell(done // 2))
        silent = is_silent(envelope)
        playback_as = ""
        if _needs_copy(recording):
            with store.new_file(under=recording.stored_as) as copy:
                encode_playback(
                    sound, copy.file, progress=lambda done, _total: tell((recording.duration_ms + done) // 2)
                )
                check_sound(recording)
                playback_as = copy.keep()
    try:
        with transaction.atomic():
            kept = Recording.objects.select_for_update().filter(pk=recording.pk).first()
            # Gone, or written anew meanwhile with something silenced: what was heard is not to be kept.
            if kept is None or kept.stored_as != recording.stored_as:
                raise SoundGone
            before = kept.playback_as
            kept.playback_as = playback_as
            kept.duration_ms = envelope.duration_ms
            kept.is_silent = silent
            kept.problem = problem_of(is_silent=silent, ends_early=kept.ends_early)
            kept.peaks = waveform_peaks(envelope, STROKES)
            kept.pauses = [list(pause) for pause in find_pauses(envelope)]
            kept.state = RecordingState.READABLE
            kept.save()
            record("recording.listened_through", by=None, about=kept, pauses=len(kept.pauses))
            work.finish(claimed)
    except BaseException:
        store.remove(playback_as)
        raise
    if before and before != playback_as:
        store.remove(before)


def _needs_copy(recording: Recording) -> bool:
    return needs_playback_copy(
        SoundFacts(
            duration_ms=recording.duration_ms,
            sample_rate=recording.sample_rate,
            channels=recording.channels,
            codec=recording.codec,
            container=recording.container,
            has_video=recording.has_video,
        )
    )


class _Teller:
    """Reports how far the work is, at most every two seconds: each report is a write."""

    def __init__(self, claimed: Work, total: int) -> None:
        self._work, self._total, self._last = claimed, total, 0.0

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._last >= _TOLD_EVERY_S:
            self._last = now
            work.progress(self._work, done=min(done, self._total), total=self._total)


@transaction.atomic
def listen_again(*, recording: Recording, by: User) -> Work:
    """Queue the job anew after it failed; gives back the one that is going on, where there is one.

    Raises:
        NotYours, ConsentMissing: as for receiving.
    """
    check(by, "recording.receive", recording)
    check_sound(recording)
    Recording.objects.select_for_update().get(pk=recording.pk)
    latest = Work.objects.filter(kind=LISTEN_THROUGH, about_id=recording.pk).first()
    if latest is None:
        return listen_through(recording=recording, by=by)
    if latest.state in ("failed", "waiting"):
        work.retry(work=latest, by=by)
    return latest
