import pytest
from django.http import Http404
from django.utils import timezone

from accounts.errors import NotYours
from accounts.models import Role
from audit.models import Event
from coaching import actions, selectors
from coaching.errors import NameInLine, NotPossibleNow
from coaching.models import BarrierSighting, NoteTemplate, NoteVisibility, ReflectiveNote
from coaching.states import NOTE
from enquiries import consent
from enquiries.errors import ConsentMissing
from enquiries.models import ConversationKind, Link, Scope, Voice
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.coaching import NoteFactory, RelationshipFactory, coach_at
from tests.factories.enquiries import ContributorFactory, EnquiryFactory
from tests.sweeping import sweep_all, withdraw_and_sweep
from transcripts.models import SourceKind, Transcript, TranscriptState

pytestmark = pytest.mark.django_db

YES = {Scope.TAKE_PART: "granted", Scope.ANALYSE: "granted", Scope.QUOTE_WORDS: "declined"}


@pytest.fixture
def note():
    return NoteFactory()


@pytest.fixture
def enquiry(note):
    return EnquiryFactory(partner=note.partner)


def give(note, enquiry, **more):
    return actions.contribute_note(note=note, enquiry=enquiry, by=note.author, **{"decisions": YES, **more})


def note_at(visibility):
    note = NoteFactory()
    if visibility == NoteVisibility.SHARED:
        actions.share_note(note=note, by=note.author)
    if visibility == NoteVisibility.CONTRIBUTED:
        give(note, EnquiryFactory(partner=note.partner))
    note.refresh_from_db()
    return note


@pytest.mark.parametrize("visibility", NoteVisibility.values)
@pytest.mark.parametrize("to", NoteVisibility.values)
def test_every_step_of_visibility_is_allowed_or_refused_as_the_table_says(visibility, to):
    note = note_at(visibility)
    steps = {
        NoteVisibility.PRIVATE: lambda: (
            actions.take_note_back(note=note, by=note.author)
            if visibility == NoteVisibility.CONTRIBUTED
            else actions.keep_note_private(note=note, by=note.author)
        ),
        NoteVisibility.SHARED: lambda: actions.share_note(note=note, by=note.author),
        NoteVisibility.CONTRIBUTED: lambda: give(note, EnquiryFactory(partner=note.partner)),
    }
    if to in NOTE[visibility]:
        steps[to]()
        note.refresh_from_db()
        assert note.visibility == to
    else:
        with pytest.raises(NotPossibleNow):
            steps[to]()
        note.refresh_from_db()
        assert note.visibility == visibility


def test_a_note_starts_private_and_keeps_the_steps_written(note):
    kept = actions.write_note(
        partner=note.partner,
        by=note.author,
        template=NoteTemplate.THREE,
        parts={"what": " We walked. ", "so_what": "  ", "now_what": "Ring the office.", "made_up": "x"},
    )
    assert kept.visibility == NoteVisibility.PRIVATE
    assert kept.parts == {"what": "We walked.", "now_what": "Ring the office."}


@pytest.mark.parametrize(
    "wrong",
    [
        {"parts": {}},
        {"parts": {"note": "   "}},
        {"parts": {"note": "x" * 20_001}},
        {"parts": {"note": "a\x00b"}},
        {"template": "nine_steps"},
        {"written_on": timezone.localdate() + timezone.timedelta(days=2)},
    ],
)
def test_a_note_that_cannot_be_kept_says_why(note, wrong):
    with pytest.raises(NotPossibleNow):
        actions.write_note(partner=note.partner, by=note.author, **{"parts": {"note": "We walked."}, **wrong})


def test_managers_and_other_coaches_are_shut_out_of_a_private_note(note):
    roles = [role for role in Role.values if role != Role.COACH]
    for stranger in (coach_at(note.partner), colleague(note.partner, *roles)):
        with pytest.raises(Http404):
            selectors.get_readable_note(stranger, note.pk)
        with pytest.raises(Http404):
            selectors.get_own_note(stranger, note.pk)
        for act in (actions.share_note, actions.remove_note, actions.take_note_back):
            with pytest.raises(NotYours):
                act(note=note, by=stranger)


def test_a_shared_note_is_read_by_coaches_of_the_partner_alone(note):
    actions.share_note(note=note, by=note.author)
    other, elsewhere = coach_at(note.partner), coach_at(PartnerFactory())
    lead = colleague(note.partner, Role.PARTNER_LEAD, Role.RESEARCHER)
    assert selectors.get_readable_note(other, note.pk) == note
    assert list(selectors.notes_shared_with(other)) == [note]
    for stranger in (elsewhere, lead):
        with pytest.raises(Http404):
            selectors.get_readable_note(stranger, note.pk)
    with pytest.raises(NotYours):
        actions.rewrite_note(note=note, by=other, parts={"note": "Mine now."})


def test_contributing_makes_a_source_like_any_other(note, enquiry):
    given = give(note, enquiry, pseudonym="Gull")
    conversation = given.conversation
    assert conversation.kind == ConversationKind.REFLECTION
    contributor = conversation.contributors.get()
    assert (contributor.voice, contributor.pseudonym) == (Voice.COACH, "Gull")
    assert Link.objects.get(contributor=contributor).user == note.author
    assert consent.allows(contributor, Scope.ANALYSE)
    assert not consent.allows(contributor, Scope.QUOTE_WORDS)
    transcript = Transcript.objects.get(conversation=conversation)
    assert (transcript.source, transcript.state) == (SourceKind.NOTE, TranscriptState.DRAFTED)
    assert "walked" not in str(list(Event.objects.values_list("detail", flat=True)))


@pytest.mark.parametrize("decisions", [{}, {Scope.TAKE_PART: "declined"}])
def test_contributing_without_a_yes_stores_nothing(note, enquiry, decisions):
    with pytest.raises(ConsentMissing, match="take_part"):
        give(note, enquiry, decisions=decisions)
    assert not enquiry.conversations.exists()
    assert not enquiry.contributors.exists()
    note.refresh_from_db()
    assert note.visibility == NoteVisibility.PRIVATE


def test_a_second_note_speaks_with_the_same_voice_and_asks_nothing_twice(note, enquiry):
    give(note, enquiry)
    again = NoteFactory(partner=note.partner, author=note.author)
    give(again, enquiry, decisions={})
    assert enquiry.contributors.count() == 1
    assert enquiry.contributors.get().pseudonym == "Coach 1"
    assert enquiry.conversations.count() == 2


def test_coaches_without_a_chosen_name_get_different_ones(note, enquiry):
    give(note, enquiry)
    give(NoteFactory(partner=note.partner), enquiry)
    assert set(enquiry.contributors.values_list("pseudonym", flat=True)) == {"Coach 1", "Coach 2"}


def test_a_taken_name_is_numbered_and_the_coach_is_not_told_that_somebody_has_it(note, enquiry):
    ContributorFactory(enquiry=enquiry, pseudonym="Gull")
    given = give(note, enquiry, pseudonym="Gull")
    assert given.conversation.contributors.get().pseudonym == "Gull 2"


def test_contributing_is_refused_where_it_cannot_be(note, enquiry):
    with pytest.raises(NotYours):
        actions.contribute_note(note=note, enquiry=enquiry, by=coach_at(note.partner), decisions=YES)
    with pytest.raises(NotYours):
        give(note, EnquiryFactory())
    enquiry.closed_at = timezone.now()
    enquiry.save()
    with pytest.raises(NotPossibleNow, match="nothing more"):
        give(note, enquiry)
    enquiry.closed_at = None
    enquiry.save()
    give(note, enquiry)
    with pytest.raises(NotPossibleNow):
        give(note, EnquiryFactory(partner=note.partner))


def test_a_contributed_note_is_neither_changed_nor_thrown_away_before_it_is_taken_back(note, enquiry):
    give(note, enquiry)
    for act, more in (
        (actions.rewrite_note, {"parts": {"note": "Other words."}}),
        (actions.remove_note, {}),
        (actions.keep_note_private, {}),
    ):
        with pytest.raises(NotPossibleNow, match="Take it back"):
            act(note=note, by=note.author, **more)
    actions.take_note_back(note=note, by=note.author)
    actions.remove_note(note=note, by=note.author)
    assert not ReflectiveNote.objects.exists()


def test_taking_back_removes_the_source_and_keeps_the_note(note, enquiry):
    other = NoteFactory(partner=note.partner, author=note.author)
    give(note, enquiry)
    give(other, enquiry)
    kept = NoteFactory(partner=note.partner)
    give(kept, enquiry)
    actions.take_note_back(note=note, by=note.author)
    sweep_all()
    for each in (note, other, kept):
        each.refresh_from_db()
    assert (note.visibility, note.conversation) == (NoteVisibility.PRIVATE, None)
    assert other.visibility == NoteVisibility.PRIVATE
    assert kept.visibility == NoteVisibility.CONTRIBUTED
    assert Transcript.objects.count() == 1
    assert note.parts["note"].startswith("We walked")


def test_a_note_taken_back_can_be_given_again_with_a_new_voice(note, enquiry):
    give(note, enquiry)
    actions.take_note_back(note=note, by=note.author)
    sweep_all()
    with pytest.raises(ConsentMissing):
        give(note, enquiry, decisions={})
    give(note, enquiry)
    assert Transcript.objects.count() == 1


def test_withdrawal_by_other_ways_brings_the_note_home_too(note, enquiry):
    given = give(note, enquiry)
    contributor = given.conversation.contributors.get()
    withdraw_and_sweep(contributor=contributor, scope=Scope.QUOTE_WORDS, by=note.author)
    note.refresh_from_db()
    assert note.visibility == NoteVisibility.CONTRIBUTED
    withdraw_and_sweep(contributor=contributor, scope=Scope.TAKE_PART, by=note.author)
    note.refresh_from_db()
    assert note.visibility == NoteVisibility.PRIVATE


def test_a_sighting_is_one_line_without_names():
    relationship = RelationshipFactory(person__called="Robin")
    coach, partner = relationship.coach, relationship.partner
    kept = actions.record_sighting(partner=partner, by=coach, text=" The office\n shuts at noon. ")
    assert kept.text == "The office shuts at noon."
    for line in ("They sent ROBIN away.", "Robin’s form was lost."):
        with pytest.raises(NameInLine):
            actions.record_sighting(partner=partner, by=coach, text=line)
    actions.record_sighting(partner=partner, by=coach, text="Robinson Street office is shut.")
    for line in ("", "  ", "x" * 301):
        with pytest.raises(NotPossibleNow):
            actions.record_sighting(partner=partner, by=coach, text=line)
    with pytest.raises(NotYours):
        actions.remove_sighting(sighting=kept, by=coach_at(partner))
    actions.remove_sighting(sighting=kept, by=coach)
    assert BarrierSighting.objects.count() == 1
