"""Files of relationships and of meetings."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.matrix import roles_with
from accounts.models import Partner, User
from audit.actions import record
from coaching.actions.relationships import LONGEST_MINUTES
from coaching.importing import cells as read
from coaching.importing.cells import CellRefused
from coaching.importing.kinds import BATCH, Importer
from coaching.importing.report import Outcome
from coaching.models import (
    CoachingRelationship,
    CoachingSession,
    Ending,
    EndingKind,
    ImportBatch,
    RelationshipState,
    WhoChanged,
)
from coaching.states import check_relationship_step
from enquiries.models import Person, PlaceKind

# Person by reference and coach by id: rows added a moment ago have no ids of their own yet.
Key = tuple[str, int]


class _WalkingImporter(Importer):
    """Knows the partner's coaches, past ones too, and every relationship by person and coach."""

    def __init__(self, partner: Partner, by: User, batch: ImportBatch | None) -> None:
        super().__init__(partner, by, batch)
        coaches = User.objects.filter(
            memberships__partner=partner, memberships__role__in=roles_with("relationship.start")
        )
        self.coaches: dict[str, User] = {user.email.casefold(): user for user in coaches}
        self.known: dict[Key, list[CoachingRelationship]] = {}
        rows = CoachingRelationship.objects.filter(partner=partner).select_related("person", "ending")
        for row in rows:
            self.known.setdefault((row.person.ref, row.coach_id), []).append(row)

    def coach(self, cells: Mapping[str, str]) -> User:
        """The coach a row names, who has or had that role here."""
        email = read.required(cells, "coach_email")
        if email.casefold() not in self.coaches:
            raise CellRefused(
                _("Nobody with the e-mail “%(email)s” coaches here. Give them the role first.")
                % {"email": email[:80]}
            )
        return self.coaches[email.casefold()]


class RelationshipImporter(_WalkingImporter):
    """One row per relationship. A row kept already may move on: pause, pick up, or end."""

    columns = (
        "person_ref",
        "coach_email",
        "started_on",
        "state",
        "ended_on",
        "ending_kind",
        "housing_tied",
    )
    optional = ("called", "talk_held", "door_left_open")

    def __init__(self, partner: Partner, by: User, batch: ImportBatch | None) -> None:
        super().__init__(partner, by, batch)
        self.new_people: list[Person] = []
        self.new: list[CoachingRelationship] = []
        self.moved: dict[int, CoachingRelationship] = {}
        self.endings: list[Ending] = []
        self.ending_kinds: dict[int, str] = {}

    def take(self, cells: Mapping[str, str]) -> tuple[Outcome, str]:
        ref = read.required(cells, "person_ref")
        coach = self.coach(cells)
        started_on = read.a_day(cells, "started_on")
        state = read.choice(cells, "state", RelationshipState.values)
        housing_tied = read.truth(cells, "housing_tied")
        ended_on, kind = self._ending(cells, state, started_on)
        alongside = self.known.setdefault((ref, coach.pk), [])
        kept = next((row for row in alongside if row.started_on == started_on), None)
        about = _("%(ref)s, from %(day)s") % {"ref": ref, "day": date_format(started_on, "j F Y")}
        if kept is not None:
            return self._move(kept, state, ended_on, kind, cells, about)
        if state != RelationshipState.ENDED and any(
            row.state != RelationshipState.ENDED for row in alongside
        ):
            raise CellRefused(
                _("%(ref)s walks alongside this coach already. End that first, or correct the first day.")
                % {"ref": ref}
            )
        row = CoachingRelationship(
            partner=self.partner,
            person=self._person(ref, cells),
            coach=coach,
            started_on=started_on,
            state=state,
            ended_on=ended_on,
            housing_tied=housing_tied,
            batch=self.batch,
            added_by=self.by,
        )
        if kind:
            self._add_ending(row, kind, cells)
        alongside.append(row)
        self.new.append(row)
        return Outcome.ADDED, _("%(about)s: %(state)s.") % {
            "about": about,
            "state": RelationshipState(state).label,
        }

    def _ending(self, cells: Mapping[str, str], state: str, started_on: date) -> tuple[date | None, str]:
        ended_on = read.day(cells, "ended_on", is_required=False)
        if state != RelationshipState.ENDED:
            if ended_on or cells.get("ending_kind"):
                raise CellRefused(_("It says how or when this ended, but its state is not “ended”."))
            return None, ""
        if ended_on is None:
            raise CellRefused(_("Its state is “ended”, but “ended_on” is empty."))
        if ended_on < started_on:
            raise CellRefused(_("“ended_on” lies before “started_on”."))
        return ended_on, read.choice(cells, "ending_kind", EndingKind.values)

    def _move(
        self,
        kept: CoachingRelationship,
        state: str,
        ended_on: date | None,
        kind: str,
        cells: Mapping[str, str],
        about: str,
    ) -> tuple[Outcome, str]:
        if kept.state == state:
            if (kept.ended_on, self._kind_of(kept)) == (ended_on, kind):
                return Outcome.UNCHANGED, _("%(about)s: kept already.") % {"about": about}
            raise CellRefused(
                _("%(about)s: kept with another ending. Correct it by hand.") % {"about": about}
            )
        check_relationship_step(kept.state, state)
        kept.state, kept.ended_on = state, ended_on
        if kind:
            self._add_ending(kept, kind, cells)
        if kept.pk:
            self.moved[kept.pk] = kept
        return Outcome.CHANGED, _("%(about)s: now “%(state)s”.") % {
            "about": about,
            "state": RelationshipState(state).label,
        }

    def _kind_of(self, kept: CoachingRelationship) -> str:
        if id(kept) in self.ending_kinds:
            return self.ending_kinds[id(kept)]
        return kept.ending.kind if kept.pk and hasattr(kept, "ending") else ""

    def _add_ending(self, row: CoachingRelationship, kind: str, cells: Mapping[str, str]) -> None:
        self.ending_kinds[id(row)] = kind
        self.endings.append(
            Ending(
                partner=self.partner,
                relationship=row,
                kind=kind,
                talk_held=read.truth(cells, "talk_held"),
                door_left_open=read.truth(cells, "door_left_open"),
                recorded_by=self.by,
            )
        )

    def known_people(self) -> QuerySet[Person]:
        """Everybody with a reference: a row about somebody new and one about them read alike."""
        return Person.objects.filter(partner=self.partner)

    def _person(self, ref: str, cells: Mapping[str, str]) -> Person:
        if ref not in self.people:
            if len(ref) > 40:
                raise CellRefused(_("“person_ref” is longer than 40 letters."))
            called = cells.get("called", "")[:120] or ref
            self.people[ref] = Person(partner=self.partner, called=called, ref=ref)
            self.new_people.append(self.people[ref])
        return self.people[ref]

    def keep(self) -> None:
        Person.objects.bulk_create(self.new_people, BATCH)
        CoachingRelationship.objects.bulk_create(self.new, BATCH)
        CoachingRelationship.objects.bulk_update(self.moved.values(), ["state", "ended_on"], BATCH)
        Ending.objects.bulk_create(self.endings, BATCH)
        for row in self.moved.values():
            record("relationship.moved", by=self.by, about=row, after=row.state)


class SessionImporter(_WalkingImporter):
    """One row per meeting. Two meetings alike on one day are two rows, and stay two when brought again."""

    columns = ("person_ref", "coach_email", "held_on", "minutes", "place_kind", "was_met")
    optional = ("called", "changed_by")

    def __init__(self, partner: Partner, by: User, batch: ImportBatch | None) -> None:
        super().__init__(partner, by, batch)
        self.new: list[CoachingSession] = []
        fields = ("relationship_id", "held_on", "minutes", "place_kind", "was_met")
        self.kept = Counter(CoachingSession.objects.filter(partner=partner).values_list(*fields))
        self.seen: Counter[tuple[int, date, int | None, str, bool]] = Counter()

    def take(self, cells: Mapping[str, str]) -> tuple[Outcome, str]:
        person, coach = self.person(cells), self.coach(cells)
        held_on = read.a_day(cells, "held_on")
        was_met = read.truth(cells, "was_met") is not False
        minutes, place, changed_by = None, "", ""
        if was_met:
            minutes = read.whole(cells, "minutes", least=1, most=LONGEST_MINUTES)
            if minutes is None:
                raise CellRefused(_("“minutes” is empty. Say how long the meeting was."))
            place = read.choice(cells, "place_kind", PlaceKind.values)
        else:
            changed_by = read.choice(cells, "changed_by", WhoChanged.values, default="")
        relationship = self._relationship(person, coach, held_on)
        about = _("%(ref)s, %(day)s") % {"ref": person.ref, "day": date_format(held_on, "j F Y")}
        key = (relationship.pk, held_on, minutes, place, was_met)
        self.seen[key] += 1
        if self.seen[key] <= self.kept[key]:
            return Outcome.UNCHANGED, _("%(about)s: kept already.") % {"about": about}
        self.new.append(
            CoachingSession(
                partner=self.partner,
                relationship=relationship,
                held_on=held_on,
                minutes=minutes,
                place_kind=place,
                was_met=was_met,
                changed_by=changed_by,
                batch=self.batch,
                recorded_by=self.by,
            )
        )
        if not was_met:
            return Outcome.ADDED, _("%(about)s: did not meet.") % {"about": about}
        return Outcome.ADDED, _("%(about)s: met, %(minutes)s minutes.") % {"about": about, "minutes": minutes}

    def _relationship(self, person: Person, coach: User, held_on: date) -> CoachingRelationship:
        open_then = [
            row
            for row in self.known.get((person.ref, coach.pk), [])
            if row.started_on <= held_on and (row.ended_on is None or held_on <= row.ended_on)
        ]
        if not open_then:
            raise CellRefused(
                _("%(ref)s was not walking alongside this coach on that day. Check the day and the coach.")
                % {"ref": person.ref}
            )
        return max(open_then, key=lambda row: row.started_on)

    def keep(self) -> None:
        CoachingSession.objects.bulk_create(self.new, BATCH)
