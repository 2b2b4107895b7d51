"""A recording is written anew with stretches silenced: what one of a group takes back, or strikes out.

The old file is not changed. A new one is made under a new key, held by those who remain; the row is turned
to it in one transaction; then the old key is destroyed and the old files go. A kill before the transaction
leaves the old recording as it was, one after it is made good by the next call or by the hourly sweep.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from accounts.models import User
from audit.actions import record
from enquiries import keyring, work
from nlp.audio import (
    REWRITTEN_CODEC,
    REWRITTEN_CONTAINER,
    Envelope,
    encode_playback,
    find_pauses,
    is_silent,
    measure,
    rewrite,
    waveform_peaks,
)
from transcripts import store
from transcripts.actions.receiving import LISTEN_THROUGH, problem_of
from transcripts.errors import SoundGone
from transcripts.models.raw import Piece, Recording, RecordingState
from transcripts.waveform import STROKES

_BLOCK = 1024 * 1024


def silence(
    *,
    recording: Recording,
    spans: Iterable[tuple[int, int]],
    holders: Iterable[UUID] | None = None,
    by: User | None = None,
) -> bool:
    """Silence stretches of a recording and of its copy for browsers, for good, under a new key.

    Safe to call again with the same: what is silent already, for the same holders, is not written again. What
    a machine heard in the old sound goes too, so that work going on begins anew with the new one.

    Args:
        spans: `[start_ms, end_ms)`; parts before the start or past the end are passed over. Stretches that
            were silenced before stay so.
        holders: handles of those who still speak in it. None: those of the present key.
        by: who asked for it; None where a withdrawal did.

    Returns:
        Whether it was written anew.

    Raises:
        SoundGone: the recording is there no more, cannot be opened any more, or was replaced meanwhile.
        SoundUnreadable: it cannot be decoded, so no part of it can be taken out: remove it whole.
        StoreFull: nothing was changed.
        ValueError: nobody remains to hold the key: remove the recording whole.
    """
    end_replaced(recording.pk)
    row = Recording.objects.filter(pk=recording.pk).first()
    if row is None:
        raise SoundGone
    held_by = keyring.holders_of(row.stored_as)
    remaining = held_by if holders is None else list(holders)
    if not remaining:
        raise ValueError("Sound that nobody speaks in any more is removed, not silenced.")
    silenced = merged([*row.silenced, *spans], row.duration_ms)
    if silenced == merged(row.silenced, row.duration_ms) and set(remaining) == set(held_by):
        return False
    made = _write_anew(row, silenced, remaining)
    try:
        _turn_to(row, made, silenced, by)
    except BaseException:
        made.remove()
        raise
    end_replaced(row.pk)
    recording.refresh_from_db()
    return True


def remove_whole(recording: Recording) -> int:
    """Take a recording out with everything made of it: first from the store, then from the table.

    For sound of which no part can be kept. Gives back how many files went; a kill in between is made good by
    the next call.
    """
    work.forget(kind=LISTEN_THROUGH, about=[recording.pk])
    keys = [key for key in (recording.stored_as, recording.playback_as, *recording.ending) if key]
    for key in keys:
        store.remove(key)
    recording.delete()
    return len(keys)


def end_replaced(recording_id: int) -> None:
    """Destroy the keys and files that a recording's present ones took the place of, if there are any."""
    ending = Recording.objects.filter(pk=recording_id).values_list("ending", flat=True).first()
    if not ending:
        return
    for key in ending:
        store.remove(key)
    # Only what was removed: another may have been replaced since.
    with transaction.atomic():
        row = Recording.objects.select_for_update().filter(pk=recording_id).first()
        if row is not None:
            row.ending = [key for key in row.ending if key not in ending]
            row.save(update_fields=["ending"])


def merged(spans: Iterable[Sequence[int]], duration_ms: int) -> list[tuple[int, int]]:
    """Stretches in order, none touching another, within `[0, duration_ms)`; empty ones are left out."""
    found: list[tuple[int, int]] = []
    for start, end in sorted((max(0, span[0]), min(span[1], duration_ms)) for span in spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


@dataclass
class _Made:
    """The new files and what there is to say of them."""

    key: str
    playback: str = ""
    sample_rate: int = 0
    sha256: str = ""
    size: int = 0
    envelope: Envelope | None = None

    def remove(self) -> None:
        for key in filter(None, (self.playback, self.key)):
            store.remove(key)


def _write_anew(row: Recording, silenced: list[tuple[int, int]], holders: list[UUID]) -> _Made:
    with store.source(row.stored_as) as old, store.new_file(holders=holders) as new:
        rate = rewrite(old, new.file, silenced=silenced, sample_rate=row.sample_rate)
        made = _Made(new.keep(), sample_rate=rate)
    try:
        with store.source(made.key) as anew:
            made.envelope = measure(anew)
            with store.new_file(under=made.key) as copy:
                encode_playback(anew, copy.file)
                made.playback = copy.keep()
            digest = sha256()
            anew.seek(0)
            for block in iter(partial(anew.read, _BLOCK), b""):
                digest.update(block)
            made.size, made.sha256 = anew.tell(), digest.hexdigest()
    except BaseException:
        made.remove()
        raise
    return made


@transaction.atomic
def _turn_to(row: Recording, made: _Made, silenced: list[tuple[int, int]], by: User | None) -> None:
    kept = Recording.objects.select_for_update().filter(pk=row.pk, stored_as=row.stored_as).first()
    if kept is None:
        raise SoundGone
    envelope = made.envelope
    assert envelope is not None
    kept.ending = [*kept.ending, *filter(None, (kept.stored_as, kept.playback_as))]
    kept.stored_as, kept.playback_as = made.key, made.playback
    kept.sha256, kept.size_bytes = made.sha256, made.size
    kept.container, kept.codec = REWRITTEN_CONTAINER, REWRITTEN_CODEC
    kept.sample_rate, kept.channels, kept.has_video = made.sample_rate, 1, False
    kept.duration_ms = envelope.duration_ms
    kept.silenced = [list(span) for span in silenced]
    kept.is_silent = is_silent(envelope)
    kept.problem = problem_of(is_silent=kept.is_silent, ends_early=kept.ends_early)
    kept.peaks = waveform_peaks(envelope, STROKES)
    kept.pauses = [list(pause) for pause in find_pauses(envelope)]
    kept.state = RecordingState.READABLE
    kept.save()
    Piece.objects.filter(run__recording=kept).delete()
    seconds = sum(end - start for start, end in silenced) // 1000
    record("recording.silenced", by=by, about=kept, stretches=len(silenced), seconds=seconds)
