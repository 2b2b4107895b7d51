"""What the marked world has in the coaching record: people walked alongside, surveys, notes, a file."""

from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.models import Role, User
from coaching.models import ImportBatch, ImportKind, NoteVisibility
from enquiries.models import (
    Enquiry,
)
from tests.factories.coaching import (
    AssetDefinitionFactory,
    AssetSurveyFactory,
    LicenceFactory,
    NoteFactory,
    RelationshipFactory,
    SessionFactory,
    SightingFactory,
    WellbeingFactory,
)
from tests.factories.enquiries import (
    ContributorFactory,
    ConversationFactory,
    LinkFactory,
    PersonFactory,
)

if TYPE_CHECKING:
    from tests.walls.world import Side


def walk_alongside(side: "Side", turn: str, number: str) -> None:
    staff = side.first if turn == "first" else side.second
    keep, coach, partner = side.objects, staff[Role.COACH], side.partner
    walked, private = side.word(f"walked{number}"), side.word(f"private{number}")
    person = PersonFactory(
        partner=partner, called=walked, full_name=walked, phone=walked, ref=f"{side.letter}-{number}"
    )
    relationship = RelationshipFactory(partner=partner, coach=coach, person=person)
    keep["relationship"].append(relationship.pk)
    keep["session"].append(SessionFactory(relationship=relationship).pk)
    SessionFactory(relationship=relationship, missed=True)
    RelationshipFactory(partner=partner, coach=coach, ended=True, person__called=f"{walked} before")
    note = NoteFactory(partner=partner, author=coach, parts={"note": f"We walked {private}."})
    keep["note"].append(note.pk)
    shared = NoteFactory(
        partner=partner,
        author=coach,
        parts={"note": f"A form was in the way {side.word('shared')}."},
        visibility=NoteVisibility.SHARED,
    )
    keep["shared_note"].append(shared.pk)
    sighting = SightingFactory(partner=partner, author=coach, text=f"The office shuts at noon {private}.")
    keep["sighting"].append(sighting.pk)
    _given(side, coach, private)
    WellbeingFactory(person=person, recorded_by=coach)
    if turn == "first":
        keep["licence"].append(LicenceFactory(partner=partner, holder=side.word("file")).pk)
        keep["definition"].append(AssetDefinitionFactory(partner=partner, name=side.word("file")).pk)
    definition = AssetDefinitionFactory._meta.model.objects.get(partner=partner)
    AssetSurveyFactory(person=person, definition=definition, recorded_by=coach)
    content = (
        "person_ref,called,coach_email,started_on,state\n"
        f"{side.letter}-{number}-new,{side.word('file')},{coach.email},2025-01-06,active\n"
        f"{side.letter}-{number}-bad,{side.word('file')},nobody@example.org,someday,active\n"
    )
    lead = staff[Role.PARTNER_LEAD]
    batch = ImportBatch.objects.create(
        partner=partner,
        kind=ImportKind.RELATIONSHIPS,
        content=content.encode(),
        sha256=f"{ord(side.letter):032x}{partner.pk + len(keep['batch']):032x}",
        n_rows=2,
        n_added=1,
        n_refused=1,
        offered_by=lead,
    )
    keep["batch"].append(batch.pk)


def _given(side: "Side", coach: User, private: str) -> None:
    """A note given to the first enquiry: the coach is a voice in it, under a chosen name."""
    enquiry = Enquiry.objects.get(pk=side.objects["enquiry"][0])
    voice = ContributorFactory(
        enquiry=enquiry, voice="coach", pseudonym=f"{side.word('pseudonym')} coach {coach.pk}", agreed=True
    )
    LinkFactory(contributor=voice, person=None, user=coach)
    conversation = ConversationFactory(
        enquiry=enquiry, contributors=[voice], kind="reflection", added_by=coach
    )
    note = NoteFactory(
        partner=side.partner,
        author=coach,
        parts={"note": f"Given to be read with others {private}."},
        visibility=NoteVisibility.CONTRIBUTED,
        conversation=conversation,
        contributed_at=timezone.now(),
    )
    side.objects["given_note"].append(note.pk)
