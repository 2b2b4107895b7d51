"""Goes through a file row by row, and keeps what may be kept unless it is only tried out."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Partner, User
from coaching.errors import CoachingError, FileRefused
from coaching.importing.asked import AssetImporter, WellbeingImporter
from coaching.importing.cells import CellRefused
from coaching.importing.files import Sheet, read_sheet
from coaching.importing.kinds import Importer
from coaching.importing.report import Outcome, Report, RowReport
from coaching.importing.walking import RelationshipImporter, SessionImporter
from coaching.models import ImportBatch, ImportKind, Instrument


def importer_for(kind: str, partner: Partner, by: User, batch: ImportBatch | None) -> Importer:
    """The importer of one kind of file.

    Raises:
        FileRefused: no such kind.
    """
    if kind == ImportKind.RELATIONSHIPS:
        return RelationshipImporter(partner, by, batch)
    if kind == ImportKind.SESSIONS:
        return SessionImporter(partner, by, batch)
    if kind == ImportKind.WEMWBS:
        return WellbeingImporter(partner, by, batch, Instrument.WEMWBS)
    if kind == ImportKind.SWEMWBS:
        return WellbeingImporter(partner, by, batch, Instrument.SWEMWBS)
    if kind == ImportKind.ASSETS:
        return AssetImporter(partner, by, batch)
    raise FileRefused(_("We do not know this kind of file. Choose one of those offered."))


@transaction.atomic
def run_import(
    *, kind: str, partner: Partner, content: bytes, by: User, batch: ImportBatch | None, dry_run: bool
) -> Report:
    """Read a file and report on every row; keep the good rows unless `dry_run`.

    Permission is checked by the action that calls this.

    Raises:
        FileRefused: the file as a whole cannot be read, or lacks a column; nothing was kept.
    """
    sheet = read_sheet(content)
    # Two files at once could both add the same row; the partner's row makes them wait.
    Partner.objects.select_for_update().get(pk=partner.pk)
    importer = importer_for(kind, partner, by, batch)
    _check_columns(sheet, importer)
    report = Report(
        kind=kind,
        dry_run=dry_run,
        left_aside=tuple(name for name in sheet.columns if not importer.knows(name)),
    )
    for row in sheet.rows:
        try:
            if row.cells is None:
                raise CellRefused(
                    _("This row has %(found)s cells; the heading has %(wanted)s.")
                    % {"found": row.n_cells, "wanted": len(sheet.columns)}
                )
            outcome, sentence = importer.take(row.cells)
        except (CellRefused, CoachingError) as error:
            outcome, sentence = Outcome.REFUSED, str(error)
        report.rows.append(RowReport(row.line, outcome, sentence))
    if not dry_run:
        try:
            with transaction.atomic():
                importer.keep()
        except IntegrityError as error:
            raise FileRefused(
                _("Something was changed while this file was read. Nothing was kept. Try it again.")
            ) from error
    return report


def _check_columns(sheet: Sheet, importer: Importer) -> None:
    missing = [name for name in importer.columns if name not in sheet.columns]
    if missing:
        raise FileRefused(
            _("This file lacks the column “%(missing)s”. Its first line must name: %(columns)s.")
            % {"missing": missing[0], "columns": ", ".join(importer.columns)}
        )
