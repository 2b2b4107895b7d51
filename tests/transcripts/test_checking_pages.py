"""The pages on which words are checked and names taken out, as a browser without script uses them."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from audit.models import Event
from enquiries.models import Work
from tests.factories.accounts import UserFactory, colleague
from tests.factories.enquiries import ContributorFactory, ConversationFactory, EnquiryFactory, take_back
from tests.factories.transcripts import RecordingFactory, TranscriptionRunFactory
from tests.queries import OF_THE_WALL
from tests.transcripts.test_names import found
from tests.transcripts.test_names import verified as verified_text
from tests.transcripts.test_pseudonymising import decided, signed_off, sought
from tests.transcripts.texts import LETTER, text_of
from transcripts.actions import checking, pseudonymising
from transcripts.models import Segment, Transcript, TranscriptState
from transcripts.models.raw import RawVersion, Replacement, Turn
from transcripts.versions import latest, turns_of

pytestmark = pytest.mark.django_db


def address(name: str, transcript: Transcript, *more: int) -> str:
    return reverse(f"transcripts:{name}", args=[transcript.conversation_id, *more])


def signed_in(client: Client, transcript: Transcript, *roles: str) -> User:
    user = colleague(transcript.partner, *roles)
    client.force_login(user)
    return user


def turn_data(transcript: Transcript, index: int, **fields: object) -> dict[str, object]:
    turn = turns_of(latest(transcript))[index]
    speaker = "listener" if turn.is_listener else turn.contributor_id or ""
    return {"base": latest(transcript).number, "text": turn.text, "speaker": speaker, "act": "right"} | fields


PAGES = ["checking", "names", "text"]


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_not_there_for_strangers_and_other_roles(client: Client, name: str):
    transcript, by = decided()
    signed_off(transcript, by)
    assert client.get(address(name, transcript)).status_code == 302
    for stranger in (
        UserFactory(),
        colleague(transcript.partner, Role.COACH, Role.EDITOR, Role.PARTNER_LEAD, Role.DATA_GUARDIAN),
        colleague(EnquiryFactory().partner),
    ):
        client.force_login(stranger)
        assert client.get(address(name, transcript)).status_code == 404
    for role in (Role.RESEARCHER, Role.REVIEWER):
        signed_in(client, transcript, role)
        assert client.get(address(name, transcript)).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_pages_say_what_to_do_while_there_are_no_words(client: Client, name: str):
    conversation = ConversationFactory()
    client.force_login(colleague(conversation.partner))
    response = client.get(reverse(f"transcripts:{name}", args=[conversation.pk]))
    assert response.status_code == 200
    assert 'class="empty' in response.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_closed_with_the_scope_when_somebody_left(client: Client, name: str):
    transcript = text_of(state="verified", checked_by=UserFactory())
    signed_in(client, transcript)
    take_back(transcript.conversation.contributors.get(), "take_part")
    response = client.get(address(name, transcript))
    assert response.status_code == 403
    assert "take_part" in response.content.decode()
    assert LETTER[0][1] not in response.content.decode()


def test_checking_page_is_recorded_as_read(client: Client):
    transcript = text_of()
    user = signed_in(client, transcript)
    client.get(address("checking", transcript))
    event = Event.objects.get(action="transcript.read")
    assert (event.actor_id, event.object_id) == (user.pk, str(transcript.pk))


def test_checking_page_has_a_strip_and_words_to_hear(client: Client):
    transcript = text_of()
    recording = RecordingFactory(conversation=transcript.conversation)
    run = TranscriptionRunFactory(recording=recording)
    RawVersion.objects.filter(transcript=transcript).update(run=run)
    signed_in(client, transcript)
    page = client.get(address("checking", transcript)).content.decode()
    assert "<audio" in page
    assert '<span data-ms="1000">I</span>' in page
    take_back(transcript.conversation.contributors.get(), "audio_record")
    assert "<audio" not in client.get(address("checking", transcript)).content.decode()


def test_checking_page_marks_unsure_words_and_doubts(client: Client):
    transcript = text_of([("wren", "From the counsel. Thank you for watching.")])
    turn = Turn.objects.get()
    turn.words[2][4] = 0.2
    turn.flags = [
        {"kind": "over_silence", "start": 18, "end": 41, "start_ms": 3000, "end_ms": 6900},
        {"kind": "long_pause", "start_ms": 2000, "end_ms": 16000},
        {"kind": "repeat", "start": 0, "end": 4, "start_ms": 0, "end_ms": 900},
    ]
    turn.save()
    signed_in(client, transcript)
    page = client.get(address("checking", transcript)).content.decode()
    assert "(unsure) </span>counsel." in page
    assert "14 seconds of quiet at 0:02. The computer wrote “Thank you for watching.” here." in page
    assert "again and again" in page
    response = client.post(address("doubt", transcript, 0, 0), {"base": 1, "answer": "out"}, follow=True)
    assert turns_of(latest(transcript))[0].text == "From the counsel."
    assert "14 seconds of quiet at 0:02." in response.content.decode()


def test_checking_page_of_a_long_text_shows_it_in_parts(client: Client, django_assert_max_num_queries):
    transcript = text_of([("wren", f"Turn {number}.") for number in range(130)], with_times=False)
    signed_in(client, transcript)
    with django_assert_max_num_queries(30 + OF_THE_WALL):
        first = client.get(address("checking", transcript)).content.decode()
    assert "Turn 119." in first
    assert "Turn 120." not in first
    second = client.get(address("checking", transcript), {"turn": "121"}).content.decode()
    assert "Turn 120." in second
    assert client.get(address("checking", transcript), {"turn": "99999999"}).status_code == 200
    assert client.get(address("checking", transcript), {"turn": "x"}).status_code == 200


def test_turn_is_put_right_and_the_page_goes_on(client: Client):
    transcript = text_of()
    user = signed_in(client, transcript)
    response = client.post(
        address("turn", transcript, 2), turn_data(transcript, 2, text="So I walked\r\nback.")
    )
    assert response.status_code == 302
    turn = turns_of(latest(transcript))[2]
    assert (turn.text, turn.checked_by_id) == ("So I walked\nback.", user.pk)
    page = client.get(address("checking", transcript)).content.decode()
    assert "Checked by you" in page
    assert "2 turns to go" in page
    assert "You changed" in page or "You took out" in page


def test_turn_answers_htmx_with_the_turn_and_what_changed_around_it(client: Client):
    transcript = text_of()
    signed_in(client, transcript)
    response = client.post(
        address("turn", transcript, 0), turn_data(transcript, 0), headers={"HX-Request": "true"}
    )
    page = response.content.decode()
    assert response.status_code == 200
    assert page.count('data-checking-target="place"') == 1
    assert 'id="to-go" hx-swap-oob="true"' in page
    assert "<html" not in page


def test_turn_of_another_reader_is_not_overwritten(client: Client):
    transcript = text_of()
    sent = turn_data(transcript, 2, text="Mine.")
    checking.correct_turn(
        transcript=transcript,
        base_number=1,
        index=2,
        text="Theirs.",
        speaker=checking.Speaker(transcript.conversation.contributors.get().pk),
        is_right=True,
        by=colleague(transcript.partner),
    )
    signed_in(client, transcript)
    response = client.post(address("turn", transcript, 2), sent)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Someone changed this while you were reading. Here is theirs, here is yours." in page
    assert "Theirs." in page
    assert "Mine." in page
    assert turns_of(latest(transcript))[2].text == "Theirs."
    fragment = client.post(address("turn", transcript, 2), sent, headers={"HX-Request": "true"})
    assert fragment.status_code == 422
    assert "Mine." in fragment.content.decode()


@pytest.mark.parametrize(
    "broken",
    [{"base": "x"}, {"base": ""}, {"speaker": "999999999"}, {"speaker": "nobody"}, {"text": "a\x00b"}],
)
def test_turn_refuses_what_cannot_be_read_and_changes_nothing(client: Client, broken: dict[str, str]):
    transcript = text_of()
    signed_in(client, transcript)
    data = turn_data(transcript, 0, text="Other words.") | broken
    response = client.post(address("turn", transcript, 0), data, follow=True)
    assert response.status_code == 200
    assert 'class="flash problem"' in response.content.decode()
    assert latest(transcript).number == 1


def test_turns_are_joined_and_taken_out(client: Client):
    transcript = text_of()
    signed_in(client, transcript)
    client.post(address("turn", transcript, 1), turn_data(transcript, 1, act="join"))
    assert len(turns_of(latest(transcript))) == 2
    client.post(address("turn", transcript, 1), turn_data(transcript, 1, act="out"))
    assert len(turns_of(latest(transcript))) == 1
    client.post(address("restore", transcript), {"base": 1})
    assert len(turns_of(latest(transcript))) == 3


def test_speaker_is_set_without_the_words(client: Client):
    transcript = text_of([("", "Hello."), ("", "Yes."), ("wren", "Well.")])
    signed_in(client, transcript)
    data = turn_data(transcript, 0, act="speaker", speaker="listener", text="not this")
    client.post(address("turn", transcript, 0), data)
    first = turns_of(latest(transcript))[0]
    assert (first.text, first.is_listener) == ("Hello.", True)
    client.post(address("remaining_speakers", transcript), {"base": 2, "speaker": "listener"})
    assert [turn.is_listener for turn in turns_of(latest(transcript))] == [True, True, False]


def test_the_way_from_draft_to_passages(client: Client, run_jobs, settings):
    """Each step as its form sends it, the last by a second person."""
    settings.SPACY_MODEL = ""
    enquiry = EnquiryFactory()
    wren = ContributorFactory(enquiry=enquiry, pseudonym="Wren", agreed=True)
    transcript = text_of(conversation=ConversationFactory(enquiry=enquiry, contributors=[wren]))
    signed_in(client, transcript)
    for index in range(3):
        client.post(address("turn", transcript, index), turn_data(transcript, index))
    client.post(address("mark_checked", transcript))
    refused = client.post(address("verify", transcript), follow=True)
    assert "gone through the whole text" in refused.content.decode()
    client.post(address("verify", transcript), {"has_heard": "on"})
    run_jobs()
    version = latest(transcript)
    start = version.text.index("Eastmere")
    page = client.get(address("names", transcript)).content.decode()
    assert "Eastmere" in page
    if Work.objects.filter(kind="find_names", state="finished").exists():
        client.post(
            address("add_name", transcript),
            {"version": 1, "words": "Eastmere", "replacement": "town", "everywhere": "on"},
        )
    assert Replacement.objects.filter(start=start).exists()
    made = client.post(address("make_text", transcript), follow=True).content.decode()
    assert "someone else has to read this text" in made
    assert "[town]" in made
    client.post(address("sign_off", transcript), {"version": 1})
    assert not Segment.objects.exists()
    signed_in(client, transcript, Role.REVIEWER)
    client.post(address("sign_off", transcript), {"version": 1})
    transcript.refresh_from_db()
    assert transcript.state == TranscriptState.PSEUDONYMISED
    assert Segment.objects.count() == 2
    assert "2 passages are ready" in client.get(address("text", transcript)).content.decode()
    assert "signed off" in client.get(address("names", transcript)).content.decode()


def test_names_page_shows_an_offer_and_takes_each_answer(client: Client):
    transcript = verified_text()
    version = latest(transcript)
    sought(transcript)
    signed_in(client, transcript)
    for finding, answer, expected in zip(
        found(version, "Sarah", "Eastmere", "Zoë"),
        [{"decision": "accepted"}, {"decision": "changed", "replacement": "a town"}, {"decision": "refused"}],
        ["[sister]", "[a town]", ""],
        strict=True,
    ):
        page = client.get(address("names", transcript)).content.decode()
        assert f'<mark class="tag proposed">{finding.text}</mark>' in page
        client.post(
            address("decide_name", transcript),
            {"version": 1, "start": finding.start, "end": finding.end, **answer},
        )
        assert Replacement.objects.get(finding=finding).replacement == expected


def test_names_page_keeps_what_was_written_when_it_is_refused(client: Client):
    transcript = verified_text()
    [finding] = found(latest(transcript), "Sarah")
    signed_in(client, transcript)
    response = client.post(
        address("decide_name", transcript),
        {
            "version": 1,
            "start": finding.start,
            "end": finding.end,
            "decision": "changed",
            "replacement": "aunt Sarah",
        },
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert "still hold the name" in page
    assert 'value="aunt Sarah"' in page


def test_missed_words_are_chosen_among_places(client: Client):
    transcript = verified_text()
    signed_in(client, transcript)
    data = {"version": 1, "words": "Sarah", "replacement": "sister"}
    asked = client.post(address("add_name", transcript), data)
    assert asked.status_code == 422
    assert "stand in several places" in asked.content.decode()
    start = latest(transcript).text.index("Sarah")
    client.post(address("add_name", transcript), data | {"place": f"{start}-{start + 5}"})
    assert Replacement.objects.get().start == start
    nowhere = client.post(address("add_name", transcript), data | {"words": "Nobody"})
    assert "not in the text" in nowhere.content.decode()


def test_selected_words_count_as_the_browser_counts(client: Client):
    transcript = verified_text()
    version = latest(transcript)
    said = turns_of(version)[2].text
    first = len(said[: said.index("Zoë")].encode("utf-16-le")) // 2
    signed_in(client, transcript)
    client.post(
        address("add_name", transcript),
        {
            "version": 1,
            "words": "Zoë",
            "replacement": "friend",
            "turn": 2,
            "first": first,
            "last": first + 3,
        },
    )
    row = Replacement.objects.get()
    assert version.text[row.start : row.end] == row.original == "Zoë"


def test_text_page_counts_its_queries(client: Client, django_assert_max_num_queries):
    transcript, by = decided([("wren", f"Sarah came {number}.") for number in range(60)])
    pseudonymising.make_pseudonymised(transcript=transcript, by=by)
    signed_in(client, transcript)
    with django_assert_max_num_queries(25 + OF_THE_WALL):
        client.get(address("text", transcript))
    with django_assert_max_num_queries(30 + OF_THE_WALL):
        client.get(address("names", transcript))
