"""Typed words come in letter for letter, once, for those who may, with the consent of all who spoke."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.errors import NotYours
from accounts.models import Role, User
from enquiries.errors import ConsentMissing
from enquiries.models import Contributor, Conversation
from tests.factories.accounts import colleague
from tests.factories.enquiries import ContributorFactory, ConversationFactory, take_back
from transcripts.actions import TypedTurn, import_turns
from transcripts.errors import AlreadyWritten, TypedTextRefused
from transcripts.models import SourceKind, Transcript, TranscriptState
from transcripts.models.raw import RawVersion, Turn
from transcripts.typed import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation() -> Conversation:
    return ConversationFactory()


@pytest.fixture
def wren(conversation: Conversation) -> Contributor:
    return conversation.contributors.get()


@pytest.fixture
def researcher(conversation: Conversation) -> User:
    return colleague(conversation.partner)


def test_every_code_point_is_kept_as_it_was_typed(
    conversation: Conversation, wren: Contributor, researcher: User
) -> None:
    # Two ways of writing é, an emoji of several parts, right-to-left with marks, and outer space.
    said = ["cafe\u0301 café", "👩🏽‍🦽 ok", "\u202bمرحبا\u202c", "  as typed\t"]
    transcript = import_turns(
        conversation=conversation, turns=[TypedTurn(wren, text) for text in said], by=researcher
    )
    version = RawVersion.objects.get(transcript=transcript)
    assert [version.text[turn.start : turn.end] for turn in Turn.objects.order_by("number")] == said


def test_a_listener_has_no_contributor(
    conversation: Conversation, wren: Contributor, researcher: User
) -> None:
    import_turns(
        conversation=conversation, turns=[TypedTurn(None, "And?"), TypedTurn(wren, "No.")], by=researcher
    )
    assert list(Turn.objects.order_by("number").values_list("is_listener", "contributor")) == [
        (True, None),
        (False, wren.pk),
    ]


def test_words_read_already_are_checked_by_whoever_read_them(
    conversation: Conversation, wren: Contributor, researcher: User
) -> None:
    transcript = import_turns(
        conversation=conversation, turns=[TypedTurn(wren, "Yes.")], by=researcher, checked=True
    )
    assert (transcript.state, transcript.checked_by) == (TranscriptState.CHECKED, researcher)
    assert Turn.objects.get().checked_by == researcher


def test_a_second_import_is_refused_and_the_first_stays(
    conversation: Conversation, wren: Contributor, researcher: User
) -> None:
    import_turns(conversation=conversation, turns=[TypedTurn(wren, "First.")], by=researcher)
    with pytest.raises(AlreadyWritten, match="has its words already"):
        import_turns(conversation=conversation, turns=[TypedTurn(wren, "Second.")], by=researcher)
    assert RawVersion.objects.get().text == "First."


@pytest.mark.parametrize("texts", [[], [" \n\t "]])
def test_no_words_are_refused(
    conversation: Conversation, wren: Contributor, researcher: User, texts: list[str]
) -> None:
    with pytest.raises(TypedTextRefused, match="no words"):
        import_turns(conversation=conversation, turns=[TypedTurn(wren, t) for t in texts], by=researcher)
    assert not Transcript.objects.exists()


@pytest.mark.parametrize("broken", ["a\x00b", "half \ud83d"])
def test_a_broken_character_is_refused(
    conversation: Conversation, wren: Contributor, researcher: User, broken: str
) -> None:
    with pytest.raises(TypedTextRefused, match="Turn 1 holds a broken character"):
        import_turns(conversation=conversation, turns=[TypedTurn(wren, broken)], by=researcher)


def test_somebody_who_was_not_there_is_refused(conversation: Conversation, researcher: User) -> None:
    stranger = ContributorFactory(enquiry=conversation.enquiry, agreed=True)
    with pytest.raises(TypedTextRefused, match="not set down for this conversation"):
        import_turns(conversation=conversation, turns=[TypedTurn(stranger, "Me too.")], by=researcher)


def test_without_taking_part_nothing_is_kept(
    conversation: Conversation, wren: Contributor, researcher: User
) -> None:
    take_back(wren)
    with pytest.raises(ConsentMissing, match="take_part"):
        import_turns(conversation=conversation, turns=[TypedTurn(wren, "Yes.")], by=researcher)


def test_a_coach_brings_in_a_note_and_nothing_else(conversation: Conversation, wren: Contributor) -> None:
    coach = colleague(conversation.partner, Role.COACH)
    turns = [TypedTurn(wren, "Today went well.")]
    with pytest.raises(NotYours):
        import_turns(conversation=conversation, turns=turns, by=coach)
    with pytest.raises(NotYours):
        import_turns(conversation=conversation, turns=turns, by=coach, source=SourceKind.NOTE)
    # Only into what they set down themselves.
    conversation.added_by = coach
    conversation.save(update_fields=["added_by"])
    assert (
        import_turns(conversation=conversation, turns=turns, by=coach, source=SourceKind.NOTE).source
        == "note"
    )


WREN = Contributor(pseudonym="Wren")


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_characters="\r\n:\x00", exclude_categories=["Cs"]), min_size=1))
def test_reading_gives_back_what_follows_the_colon(words: str) -> None:
    text = f"Wren: {words}"
    if not words.strip():
        with pytest.raises(TypedTextRefused):
            read(text, [WREN])
    else:
        assert [turn.text for turn in read(text, [WREN])] == [words.strip()]


@pytest.mark.parametrize(
    "line", ["and then: nothing", "at 5:30 we left", "http://example.org", "I said: no", "x:"]
)
def test_a_colon_in_speech_is_speech(line: str) -> None:
    (turn,) = read(f"Wren: Well,\n{line}", [WREN])
    assert turn.text == f"Well,\n{line}"


@pytest.mark.parametrize("label", ["wren", "WREN", " Wren "])
def test_a_name_is_known_however_it_is_written(label: str) -> None:
    assert read(f"{label}: Hello.", [WREN])[0].speaker is WREN


def test_a_name_written_with_another_accent_form_is_known() -> None:
    who = Contributor(pseudonym="Zoë")
    assert read("Zoe\u0308: Hello.", [who])[0].speaker is who
