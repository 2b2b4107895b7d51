"""A file is first tried out and shown; then a person takes it in, or leaves it."""

import hashlib
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Partner, User
from accounts.permissions import check
from audit.actions import record
from coaching.errors import NotPossibleNow
from coaching.importing import Report, run_import
from coaching.models import ImportBatch, ImportState

FORGOTTEN_AFTER = timedelta(days=1)


@transaction.atomic
def offer_file(*, partner: Partner, kind: str, content: bytes, by: User) -> tuple[ImportBatch, Report]:
    """Try a file out: report on every row, keep none, and hold the file until the user decides.

    A file the same user offered before and did not decide on is dropped.

    Raises:
        NotYours: the user keeps no records for the partner.
        FileRefused: the file as a whole cannot be read; it is not held.
    """
    check(by, "coaching_file.import", partner)
    report = run_import(kind=kind, partner=partner, content=content, by=by, batch=None, dry_run=True)
    for undecided in ImportBatch.objects.filter(offered_by=by, partner=partner, state=ImportState.OFFERED):
        drop_file(batch=undecided, by=by)
    batch = ImportBatch.objects.create(
        partner=partner,
        kind=kind,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        offered_by=by,
        **_counts(report),
    )
    record("import.offered", by=by, about=batch, kind=kind, **_counts(report))
    return batch, report


@transaction.atomic
def take_in(*, batch: ImportBatch, by: User) -> Report:
    """Take in a file that was tried out, and erase it. Every row is judged anew, as things stand now.

    Raises:
        NotYours: the user keeps no records for the partner.
        NotPossibleNow: it was taken in, or left, already.
        FileRefused: see `run_import`; nothing was kept and the file can be tried again.
    """
    check(by, "coaching_file.import", batch)
    locked = ImportBatch.objects.select_for_update().select_related("partner").get(pk=batch.pk)
    if locked.state != ImportState.OFFERED or locked.content is None:
        raise NotPossibleNow(_("This file was taken in or left already. Nothing was done twice."))
    report = run_import(
        kind=locked.kind,
        partner=locked.partner,
        content=bytes(locked.content),
        by=by,
        batch=locked,
        dry_run=False,
    )
    _decide(locked, ImportState.IMPORTED, _counts(report))
    record("import.taken_in", by=by, about=locked, kind=locked.kind, **_counts(report))
    return report


@transaction.atomic
def drop_file(*, batch: ImportBatch, by: User) -> None:
    """Leave a file that was tried out, and erase it. Leaving twice changes nothing."""
    check(by, "coaching_file.import", batch)
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.state == ImportState.OFFERED:
        _decide(locked, ImportState.DROPPED, {})
        record("import.left", by=by, about=locked, kind=locked.kind)


@transaction.atomic
def drop_forgotten_files() -> int:
    """Erase files that nobody decided on within a day; gives their number. They name people."""
    long_ago = timezone.now() - FORGOTTEN_AFTER
    forgotten = ImportBatch.objects.select_for_update().filter(
        state=ImportState.OFFERED, offered_at__lt=long_ago
    )
    count = 0
    for batch in forgotten:
        _decide(batch, ImportState.DROPPED, {})
        record("import.forgotten", by=None, about=batch, kind=batch.kind)
        count += 1
    return count


@transaction.atomic
def import_file(*, partner: Partner, kind: str, content: bytes, by: User, dry_run: bool = False) -> Report:
    """Try out, or take in, a file in one go; what the command does. Raises as `offer_file` does."""
    if dry_run:
        check(by, "coaching_file.import", partner)
        return run_import(kind=kind, partner=partner, content=content, by=by, batch=None, dry_run=True)
    batch, _report = offer_file(partner=partner, kind=kind, content=content, by=by)
    return take_in(batch=batch, by=by)


def read_again(batch: ImportBatch, by: User) -> Report:
    """The report on a file that waits for a decision, as things stand now; keeps nothing.

    Raises:
        NotPossibleNow: it was decided on already.
        FileRefused: see `run_import`.
    """
    check(by, "coaching_file.import", batch)
    if batch.content is None:
        raise NotPossibleNow(_("This file was taken in or left already."))
    return run_import(
        kind=batch.kind,
        partner=batch.partner,
        content=bytes(batch.content),
        by=by,
        batch=None,
        dry_run=True,
    )


def _decide(batch: ImportBatch, state: str, counts: dict[str, int]) -> None:
    batch.state, batch.content, batch.decided_at = state, None, timezone.now()
    for name, count in counts.items():
        setattr(batch, name, count)
    batch.save(update_fields=["state", "content", "decided_at", *counts])


def _counts(report: Report) -> dict[str, int]:
    return {
        "n_rows": len(report.rows),
        "n_added": report.added,
        "n_changed": report.changed,
        "n_unchanged": report.unchanged,
        "n_refused": report.refused,
    }
