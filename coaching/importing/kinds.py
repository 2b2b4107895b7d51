"""What every kind of file has in common."""

from collections.abc import Mapping
from typing import ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Partner, User
from coaching.importing.cells import CellRefused, required
from coaching.importing.report import Outcome
from coaching.models import ImportBatch
from enquiries.models import Person

BATCH = 1000


class Importer:
    """Takes rows one by one into memory, knowing what is kept already; `keep` then writes them in bulk."""

    # Must be in the heading; and may be.
    columns: tuple[str, ...] = ()
    optional: ClassVar[tuple[str, ...]] = ()

    def __init__(self, partner: Partner, by: User, batch: ImportBatch | None) -> None:
        self.partner, self.by, self.batch = partner, by, batch
        self.people: dict[str, Person] = {
            person.ref: person for person in self.known_people().exclude(ref="").distinct()
        }

    def known_people(self) -> QuerySet[Person]:
        """People whom a row may be about: those somebody walks or walked alongside.

        Never those known here only because they took part in an enquiry: whoever brings files in would
        learn it from a row that is taken where another is refused.
        """
        return Person.objects.filter(partner=self.partner, coaching_relationships__isnull=False)

    def knows(self, column: str) -> bool:
        """Whether a column of the file is read; others are left aside and named in the report."""
        return column in self.columns or column in self.optional

    def take(self, cells: Mapping[str, str]) -> tuple[Outcome, str]:
        """Take one row; raises CellRefused or CoachingError with the sentence for the report."""
        raise NotImplementedError

    def keep(self) -> None:
        """Write everything taken."""
        raise NotImplementedError

    def person(self, cells: Mapping[str, str]) -> Person:
        """The person a row is about, who must be known here."""
        ref = required(cells, "person_ref")
        if ref not in self.people:
            raise CellRefused(
                _("Nobody here has the reference “%(ref)s”. Bring in the coaching relationships first.")
                % {"ref": ref[:40]}
            )
        return self.people[ref]
