"""The coaching record; all people are invented."""

import datetime
from collections.abc import Sequence
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import Partner, Role, User
from coaching import assets, scales
from coaching.models import (
    AssetDefinition,
    AssetSurvey,
    BarrierSighting,
    CoachingRelationship,
    CoachingSession,
    Ending,
    EndingKind,
    Instrument,
    InstrumentLicence,
    RecordMode,
    ReflectiveNote,
    RelationshipState,
    WellbeingResponse,
)
from enquiries.models import Person, PlaceKind
from tests.factories.accounts import MembershipFactory, PartnerFactory, UserFactory, colleague
from tests.factories.enquiries import PersonFactory


def coach_at(partner: Partner) -> User:
    """A user who coaches at `partner` and holds no other role."""
    return colleague(partner, Role.COACH)


class RelationshipFactory(DjangoModelFactory[CoachingRelationship]):
    """An active relationship that began on 6 January 2025. Traits: `trying_out`, `paused`, `ended`."""

    class Meta:
        model = CoachingRelationship
        skip_postgeneration_save = True

    class Params:
        trying_out = factory.Trait(state=RelationshipState.TRYING_OUT)
        paused = factory.Trait(state=RelationshipState.PAUSED)
        ended = factory.Trait(state=RelationshipState.ENDED, ended_on=datetime.date(2025, 9, 1))

    partner = factory.SubFactory(PartnerFactory)
    person = factory.SubFactory(PersonFactory, partner=factory.SelfAttribute("..partner"))
    coach = factory.SubFactory(UserFactory)
    started_on = datetime.date(2025, 1, 6)
    state = RelationshipState.ACTIVE
    added_by = factory.SelfAttribute("coach")

    @factory.post_generation
    def membership(self, create: bool, extracted: Any, **_kwargs: Any) -> None:
        if create and not self.coach.memberships.filter(partner=self.partner, role=Role.COACH).exists():
            MembershipFactory(user=self.coach, partner=self.partner, role=Role.COACH)

    @factory.post_generation
    def ending(self, create: bool, extracted: Any, **_kwargs: Any) -> None:
        if create and self.state == RelationshipState.ENDED:
            EndingFactory(relationship=self, kind=extracted or EndingKind.PLANNED)


class EndingFactory(DjangoModelFactory[Ending]):
    class Meta:
        model = Ending

    relationship = factory.SubFactory(RelationshipFactory, ended=True)
    partner = factory.SelfAttribute("relationship.partner")
    kind = EndingKind.PLANNED
    talk_held = True
    door_left_open = True
    recorded_by = factory.SelfAttribute("relationship.coach")


class SessionFactory(DjangoModelFactory[CoachingSession]):
    """A meeting of an hour outdoors; trait `missed` was planned and did not happen."""

    class Meta:
        model = CoachingSession

    class Params:
        missed = factory.Trait(was_met=False, minutes=None, place_kind="", changed_by="other")

    relationship = factory.SubFactory(RelationshipFactory)
    partner = factory.SelfAttribute("relationship.partner")
    held_on = factory.Sequence(lambda n: datetime.date(2025, 2, 1) + datetime.timedelta(days=n % 200))
    minutes = 60
    place_kind = PlaceKind.OUTDOORS
    recorded_by = factory.SelfAttribute("relationship.coach")


class WellbeingFactory(DjangoModelFactory[WellbeingResponse]):
    """A SWEMWBS completion with every answer 3; `answer` sets them all, `instrument` the scale."""

    class Meta:
        model = WellbeingResponse
        exclude = ("answer", "scored")

    answer = 3
    instrument = Instrument.SWEMWBS
    person = factory.SubFactory(PersonFactory)
    partner = factory.SelfAttribute("person.partner")
    completed_on = datetime.date(2025, 1, 10)
    record_mode = RecordMode.ALONE
    answers = factory.LazyAttribute(lambda row: dict.fromkeys(scales.ITEMS[row.instrument], row.answer))
    scored = factory.LazyAttribute(lambda row: scales.score(row.instrument, row.answers))
    is_complete = factory.LazyAttribute(lambda row: row.scored.is_complete)
    raw = factory.LazyAttribute(lambda row: row.scored.raw)
    metric = factory.LazyAttribute(lambda row: row.scored.metric)
    recorded_by = factory.SubFactory(UserFactory)


class LicenceFactory(DjangoModelFactory[InstrumentLicence]):
    class Meta:
        model = InstrumentLicence

    partner = factory.SubFactory(PartnerFactory)
    holder = factory.SelfAttribute("partner.name")
    kind = "Not for profit"
    number = factory.Sequence(lambda n: f"L-{n:05d}")
    valid_from = datetime.date(2025, 1, 1)


class AssetDefinitionFactory(DjangoModelFactory[AssetDefinition]):
    """The starter set."""

    class Meta:
        model = AssetDefinition

    partner = factory.SubFactory(PartnerFactory)
    slug = assets.STARTER_SLUG
    name = assets.STARTER_NAME
    items = factory.LazyFunction(assets.starter_items)


class AssetSurveyFactory(DjangoModelFactory[AssetSurvey]):
    """A completion with every answer 3; `answer` sets them all."""

    class Meta:
        model = AssetSurvey
        exclude = ("answer", "scored")

    answer = 3
    definition = factory.SubFactory(AssetDefinitionFactory)
    partner = factory.SelfAttribute("definition.partner")
    person = factory.SubFactory(PersonFactory, partner=factory.SelfAttribute("..partner"))
    completed_on = datetime.date(2025, 1, 10)
    answers = factory.LazyAttribute(lambda row: {item["id"]: row.answer for item in row.definition.items})
    scored = factory.LazyAttribute(lambda row: assets.score(row.definition, row.answers))
    internal = factory.LazyAttribute(lambda row: row.scored.internal)
    external = factory.LazyAttribute(lambda row: row.scored.external)
    total = factory.LazyAttribute(lambda row: row.scored.total)
    recorded_by = factory.SubFactory(UserFactory)


class NoteFactory(DjangoModelFactory[ReflectiveNote]):
    """A private note in the author's own way."""

    class Meta:
        model = ReflectiveNote

    partner = factory.SubFactory(PartnerFactory)
    author = factory.LazyAttribute(lambda note: coach_at(note.partner))
    parts = factory.LazyFunction(lambda: {"note": "We walked along the front. The form was the hard part."})
    written_on = factory.LazyFunction(timezone.localdate)


class SightingFactory(DjangoModelFactory[BarrierSighting]):
    class Meta:
        model = BarrierSighting

    partner = factory.SubFactory(PartnerFactory)
    author = factory.LazyAttribute(lambda sighting: coach_at(sighting.partner))
    text = "The office shuts at noon."


def people_with_pairs(partner: Partner, changes: Sequence[tuple[int, int]]) -> list[Person]:
    """One person per (first answer, later answer): a relationship, a first and a later SWEMWBS completion."""
    people = []
    for first, later in changes:
        relationship = RelationshipFactory(partner=partner)
        for answer, day in ((first, datetime.date(2025, 1, 10)), (later, datetime.date(2025, 6, 10))):
            WellbeingFactory(
                person=relationship.person, answer=answer, completed_on=day, recorded_by=relationship.coach
            )
        people.append(relationship.person)
    return people
