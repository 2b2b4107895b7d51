"""Files of surveys: wellbeing in its two lengths, and assets. Columns are item ids; no wording is read."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Partner, User
from coaching import assets, scales
from coaching.actions.surveys import too_soon_sentence
from coaching.errors import FileRefused
from coaching.importing import cells as read
from coaching.importing.cells import CellRefused
from coaching.importing.kinds import BATCH, Importer
from coaching.importing.report import Outcome
from coaching.models import AssetDefinition, AssetSurvey, ImportBatch, RecordMode, WellbeingResponse
from coaching.pairing import APART


class WellbeingImporter(Importer):
    """One row per completion. An empty cell is an item left out; the completion is then kept unscored."""

    def __init__(self, partner: Partner, by: User, batch: ImportBatch | None, instrument: str) -> None:
        super().__init__(partner, by, batch)
        self.instrument = instrument
        self.columns = ("person_ref", "completed_on", "record_mode", *scales.ITEMS[instrument])
        self.new: list[WellbeingResponse] = []
        self.kept: dict[str, dict[date, WellbeingResponse]] = defaultdict(dict)
        rows = WellbeingResponse.objects.filter(partner=partner).select_related("person")
        for row in rows:
            self.kept[row.person.ref][row.completed_on] = row

    def knows(self, column: str) -> bool:
        return column == "called" or super().knows(column)

    def take(self, cells: Mapping[str, str]) -> tuple[Outcome, str]:
        person = self.person(cells)
        completed_on = read.a_day(cells, "completed_on")
        mode = read.choice(cells, "record_mode", RecordMode.values)
        answers = scales.check_answers(
            self.instrument,
            {
                item: read.whole(cells, item, least=scales.LOWEST, most=scales.HIGHEST)
                for item in scales.ITEMS[self.instrument]
            },
        )
        about = _("%(ref)s, %(day)s") % {"ref": person.ref, "day": date_format(completed_on, "j F Y")}
        near = self.kept[person.ref]
        same_day = near.get(completed_on)
        if same_day is not None and (same_day.instrument, same_day.answers) == (self.instrument, answers):
            return Outcome.UNCHANGED, _("%(about)s: kept already.") % {"about": about}
        if same_day is not None:
            raise CellRefused(_("%(about)s: kept with other answers. Correct it by hand.") % {"about": about})
        if any(abs(completed_on - other) < APART for other in near):
            raise CellRefused(too_soon_sentence())
        found = scales.score(self.instrument, answers)
        near[completed_on] = WellbeingResponse(
            partner=self.partner,
            person=person,
            instrument=self.instrument,
            completed_on=completed_on,
            record_mode=mode,
            answers=answers,
            is_complete=found.is_complete,
            raw=found.raw,
            metric=found.metric,
            batch=self.batch,
            recorded_by=self.by,
        )
        self.new.append(near[completed_on])
        if not found.is_complete:
            return Outcome.ADDED, _("%(about)s: answers are missing, so it is kept without a score.") % {
                "about": about
            }
        return Outcome.ADDED, _("%(about)s: complete.") % {"about": about}

    def keep(self) -> None:
        WellbeingResponse.objects.bulk_create(self.new, BATCH)


class AssetImporter(Importer):
    """One row per completion, against the partner's newest survey; the starter set where there is none."""

    def __init__(self, partner: Partner, by: User, batch: ImportBatch | None) -> None:
        super().__init__(partner, by, batch)
        newest = AssetDefinition.objects.filter(partner=partner).order_by("-made_at", "-pk").first()
        self.definition = newest or AssetDefinition(
            partner=partner,
            slug=assets.STARTER_SLUG,
            name=assets.STARTER_NAME,
            items=assets.starter_items(),
        )
        self.items = tuple(item["id"] for item in self.definition.items)
        self.columns = ("person_ref", "completed_on", *self.items)
        self.new: list[AssetSurvey] = []
        self.kept: dict[tuple[str, date], AssetSurvey] = {}
        if newest is not None:
            for row in AssetSurvey.objects.filter(definition=newest).select_related("person"):
                self.kept[(row.person.ref, row.completed_on)] = row

    def knows(self, column: str) -> bool:
        # An item the survey does not have would be an answer lost, so it is not left aside quietly.
        if column[:1] == "a" and column[1:].isdigit() and column not in self.items:
            raise FileRefused(
                _(
                    "This file has an item “%(item)s” that %(survey)s does not have. "
                    "Check which survey it was."
                )
                % {"item": column, "survey": self.definition}
            )
        return column == "called" or super().knows(column)

    def take(self, cells: Mapping[str, str]) -> tuple[Outcome, str]:
        person = self.person(cells)
        completed_on = read.a_day(cells, "completed_on")
        low, high = self.definition.minimum, self.definition.maximum
        answers = assets.check_answers(
            self.definition, {item: read.whole(cells, item, least=low, most=high) for item in self.items}
        )
        if not answers:
            raise CellRefused(_("No item is answered in this row."))
        about = _("%(ref)s, %(day)s") % {"ref": person.ref, "day": date_format(completed_on, "j F Y")}
        key = (person.ref, completed_on)
        if key in self.kept:
            if self.kept[key].answers == answers:
                return Outcome.UNCHANGED, _("%(about)s: kept already.") % {"about": about}
            raise CellRefused(_("%(about)s: kept with other answers. Correct it by hand.") % {"about": about})
        found = assets.score(self.definition, answers)
        self.kept[key] = AssetSurvey(
            partner=self.partner,
            person=person,
            definition=self.definition,
            completed_on=completed_on,
            answers=answers,
            internal=found.internal,
            external=found.external,
            total=found.total,
            batch=self.batch,
            recorded_by=self.by,
        )
        self.new.append(self.kept[key])
        if found.total is None:
            return Outcome.ADDED, _("%(about)s: too few answers for a total.") % {"about": about}
        return Outcome.ADDED, _("%(about)s: complete.") % {"about": about}

    def keep(self) -> None:
        if self.new and self.definition.pk is None:
            self.definition.save()
        AssetSurvey.objects.bulk_create(self.new, BATCH)
