"""A recording is written down by a machine: asked for here, done piece by piece, ended by a draft.

Each piece is stored in its own transaction as it ends, so that a worker killed anywhere repeats one piece at
most. The gate is asked before every piece and again before its words are stored.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import work
from enquiries.errors import ConsentMissing
from enquiries.models import Scope, Work, WorkState
from nlp.audio import Piece as Stretch
from nlp.audio import cut_at_pauses, measure
from nlp.errors import NlpError
from nlp.transcription import (
    EngineNotInstalled,
    EngineProcess,
    Transcription,
    WeightsMissing,
    WeightsUnreadable,
)
from transcripts import engines, store
from transcripts.actions.drafting import check_may_be_drafted, store_draft
from transcripts.actions.heartbeat import Heartbeat
from transcripts.errors import NothingHeard, NotToBeReplaced, SoundGone, TakenOver
from transcripts.models.raw import Piece, Recording, RecordingState, TranscriptionRun
from transcripts.voices import check_sound

logger = logging.getLogger(__name__)

TRANSCRIBE = "transcribe"
QUEUE = "transcription"
# Loading weights may include fetching them.
_START_TIMEOUT_S = 3600.0


@transaction.atomic
def request_transcription(
    *,
    recording: Recording,
    by: User,
    engine: str | None = None,
    model: str | None = None,
    language: str | None = None,
) -> Work:
    """Queue a machine's transcription of a recording, or give back the one that is going on.

    A run that failed or waits for weights is taken up again where it stopped when it is asked for with the
    same engine, model and language; otherwise a new run starts. A new run's draft becomes the next version
    of a text that no person has worked on yet.

    Args:
        engine, model: as `nlp.transcription` names them; the settings' own when None.
        language: two- or three-letter code; None lets the engine find it in the first piece.

    Raises:
        NotYours, ConsentMissing: nothing was queued.
        NotToBeReplaced: a person has worked on the words already.
        SoundGone: the recording cannot be read.
    """
    check(by, "recording.transcribe", recording)
    recording = Recording.objects.select_for_update(of=("self",)).get(pk=recording.pk)
    check_sound(recording, Scope.MACHINE_TRANSCRIBE)
    if recording.state == RecordingState.UNREADABLE:
        raise SoundGone
    chosen = engines.choose(engine, model)
    kept_name = chosen.label if chosen == engines.configured() else chosen.model
    latest = latest_run(recording)
    if latest is not None and latest.work is not None:
        if latest.work.is_going_on:
            return latest.work
        same = (latest.engine, latest.model_name, latest.language) == (chosen.name, kept_name, language or "")
        if same and latest.work.can_be_retried:
            check_may_be_drafted(recording)
            work.retry(work=latest.work, by=by)
            return latest.work
    check_may_be_drafted(recording)
    run = TranscriptionRun.objects.create(
        partner_id=recording.partner_id,
        recording=recording,
        engine=chosen.name,
        model_name=kept_name,
        language=language or "",
        asked_by=by,
    )
    run.work = work.start(
        kind=TRANSCRIBE,
        task="transcripts.tasks.transcribe",
        about_id=run.pk,
        partner_id=run.partner_id,
        enquiry=recording.conversation.enquiry,
        by=by,
        queue=QUEUE,
        unit="ms",
        total=recording.duration_ms,
    )
    run.save(update_fields=["work"])
    record("transcription.asked", by=by, about=run, recording=recording.pk, engine=run.engine)
    return run.work


def latest_run(recording: Recording) -> TranscriptionRun | None:
    """The last run asked for, with its work."""
    return TranscriptionRun.objects.filter(recording=recording).select_related("work").order_by("-pk").first()


def run_transcription(work_id: int) -> None:
    """Do the work of one `transcribe` row; safe to run twice and to be killed anywhere."""
    claimed = work.claim(work_id)
    if claimed is None:
        return
    run = (
        TranscriptionRun.objects.filter(pk=claimed.about_id)
        .select_related("recording__conversation__enquiry")
        .first()
    )
    if run is None:
        work.fail(claimed, str(SoundGone()))
        return
    try:
        _Transcribing(run, claimed).run()
    except TakenOver:
        # Whoever took it over reports; a word from here would end their work.
        logger.info("Transcription run %s was taken over", run.pk)
    except ConsentMissing as error:
        dropped = drop_pieces(run)
        record("transcription.stopped", by=None, about=run, scope=error.scope, pieces_dropped=dropped)
        work.fail(claimed, str(error))
    except (WeightsMissing, WeightsUnreadable, EngineNotInstalled) as error:
        work.fail(claimed, str(error), waiting=True)
    except (NlpError, SoundGone, NothingHeard, NotToBeReplaced) as error:
        work.fail(claimed, str(error))
    except Exception:
        # Ids only: what an engine says about a fault may quote what it heard.
        logger.exception("Transcription run %s failed", run.pk)
        work.fail(
            claimed, _("The computer could not write this down, for a reason we did not foresee. Try again.")
        )


def drop_pieces(run: TranscriptionRun) -> int:
    """Remove what a run has heard so far; gives back the number of pieces with words."""
    heard = Piece.objects.filter(run=run, result__isnull=False).count()
    Piece.objects.filter(run=run).delete()
    return heard


@dataclass
class _Transcribing:
    run_row: TranscriptionRun
    claimed: Work

    def run(self) -> None:
        recording = self.run_row.recording
        self._check_gate()
        with store.source(recording.stored_as) as sound, Heartbeat(self.claimed) as beat:
            pieces = self._prepared(sound, beat)
            missing = [piece for piece in pieces if piece.result is None]
            if missing:
                done = sum(piece.end_ms - piece.start_ms for piece in pieces if piece.result is not None)
                chosen = engines.kept(self.run_row.engine, self.run_row.model_name)
                beat.tell(done, recording.duration_ms)
                with EngineProcess(
                    engine=chosen.name,
                    model=chosen.model,
                    allow_download=settings.WHISPER_MAY_DOWNLOAD,
                    start_timeout_s=_START_TIMEOUT_S,
                ) as engine:
                    for piece in missing:
                        self._check_gate()
                        result = engine.transcribe(
                            sound,
                            Stretch(piece.start_ms, piece.end_ms),
                            language=self.run_row.language or self.run_row.heard_language or None,
                            on_progress=_told_on(beat, done, recording.duration_ms),
                        )
                        self._store(piece, result)
                        done += piece.end_ms - piece.start_ms
                        beat.tell(done, recording.duration_ms, now=True)
        self._finish()

    def _check_gate(self) -> None:
        check_sound(self.run_row.recording, Scope.MACHINE_TRANSCRIBE)

    def _prepared(self, sound: BinaryIO, beat: Heartbeat) -> list[Piece]:
        """The pieces, cut once and then kept, so that a restart finds the same ones."""
        pieces = list(Piece.objects.filter(run=self.run_row).order_by("number"))
        if pieces:
            return pieces
        beat.tell(0, self.run_row.recording.duration_ms)
        envelope = measure(sound, progress=lambda _done, _total: beat.check())
        cuts = cut_at_pauses(envelope)
        with transaction.atomic():
            self._hold()
            Recording.objects.filter(pk=self.run_row.recording_id).update(duration_ms=envelope.duration_ms)
            self.run_row.recording.duration_ms = envelope.duration_ms
            self.run_row.code_version = engines.code_version(self.run_row.engine)
            self.run_row.save(update_fields=["code_version"])
            return Piece.objects.bulk_create(
                Piece(
                    partner_id=self.run_row.partner_id,
                    run=self.run_row,
                    number=number,
                    start_ms=cut.start_ms,
                    end_ms=cut.end_ms,
                )
                for number, cut in enumerate(cuts, start=1)
            )

    def _hold(self) -> None:
        """Inside a transaction: nobody else may take the work over until it ends.

        Raises:
            TakenOver: somebody did already, or the work or its recording is gone.
            SoundGone: the recording was written anew with something silenced; begin again with that.
        """
        mine = (
            Work.objects.select_for_update(of=("self",))
            .filter(pk=self.claimed.pk, state=WorkState.RUNNING, attempts=self.claimed.attempts)
            .exists()
        )
        sound = Recording.objects.filter(pk=self.run_row.recording_id).values_list("stored_as", flat=True)
        if not mine or not sound:
            raise TakenOver
        if sound[0] != self.run_row.recording.stored_as:
            raise SoundGone(
                _("Part of this recording was taken back while it was written down. Ask for it again.")
            )

    def _store(self, piece: Piece, result: Transcription) -> None:
        with transaction.atomic():
            self._hold()
            self._check_gate()
            Piece.objects.filter(pk=piece.pk).update(result=result.as_dict(), finished_at=timezone.now())
            if not self.run_row.heard_language and result.segments:
                self.run_row.heard_language = result.language[:8]
                self.run_row.save(update_fields=["heard_language"])

    def _finish(self) -> None:
        with transaction.atomic():
            self._hold()
            self._check_gate()
            pieces = Piece.objects.filter(run=self.run_row).order_by("number")
            store_draft(
                self.run_row,
                [Transcription.from_dict(piece.result) for piece in pieces if piece.result is not None],
            )
            self.run_row.finished_at = timezone.now()
            self.run_row.save(update_fields=["finished_at"])
            work.finish(self.claimed)


def _told_on(beat: Heartbeat, done_before: int, total: int) -> Callable[[int, int], None]:
    return lambda done, _total: beat.tell(done_before + done, total)
