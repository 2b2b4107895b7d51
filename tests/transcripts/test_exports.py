"""Texts handed to a named recipient: only what may be, never on a disk, called back when it is taken back."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from audit.models import Event
from enquiries.models import Contributor, Conversation, Enquiry, Scope
from tests.factories.accounts import colleague
from tests.factories.enquiries import (
    ContributorFactory,
    ConversationFactory,
    EnquiryFactory,
    grant,
    take_back,
)
from tests.factories.transcripts import RecordingFactory, TranscriptFactory
from transcripts import exporting, store
from transcripts.actions import striking
from transcripts.actions.exports import make_export, mark_told
from transcripts.actions.recalling import call_back
from transcripts.actions.striking import carry_out, strike_out
from transcripts.errors import NotPossibleNow, SoundGone, StoreFull
from transcripts.keeping import CLOCKS
from transcripts.models import Export, ExportedVoice, ExportRecall, StruckOut
from transcripts.models.raw import Recording, Turn

pytestmark = pytest.mark.django_db
TO = {"recipient": "Example Trust, R. Reader", "reach": "reader@example.org", "purpose": "A review of moves"}


@pytest.fixture
def enquiry() -> Enquiry:
    return EnquiryFactory()


@pytest.fixture
def researcher(enquiry: Enquiry) -> User:
    return colleague(enquiry.partner, Role.RESEARCHER)


def _text(enquiry: Enquiry, *voices: Contributor) -> Conversation:
    row = ConversationFactory(enquiry=enquiry, contributors=list(voices), kind="group")
    turns = [(who, f"{who.pseudonym} was sent away.") for who in voices]
    TranscriptFactory(conversation=row, pseudonymised=True, turns=[*turns, (None, "And then?")])
    return row


def _files(answer: Any) -> dict[str, str]:
    data = b"".join(answer) if not isinstance(answer, bytes) else answer
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def _voice(enquiry: Enquiry, name: str, **traits: bool) -> Contributor:
    return ContributorFactory(enquiry=enquiry, pseudonym=name, **traits)


def test_a_file_holds_what_its_speakers_let_be_shared(
    client: Client, enquiry: Enquiry, researcher: User, tmp_path: Any
) -> None:
    wren, finch = _voice(enquiry, "Wren", agreed=True), _voice(enquiry, "Finch")
    grant(finch, Scope.TAKE_PART, Scope.ANALYSE, Scope.QUOTE_WORDS)
    alone, both = _text(enquiry, wren), _text(enquiry, wren, finch)
    client.force_login(researcher)
    before = set(tmp_path.rglob("*"))

    answer = client.post(reverse("transcripts:exports", args=[enquiry.pk]), TO)

    assert answer["Content-Type"] == "application/zip"
    assert answer.streaming
    files = _files(answer)
    assert (
        files[f"texts/conversation-{alone.number}.txt"] == "Wren: Wren was sent away.\n\nListener: And then?"
    )
    # Beside somebody who does not share, what the listener said stays too: it may speak of them.
    assert files[f"texts/conversation-{both.number}.txt"] == "Wren: Wren was sent away."
    about = json.loads(files["export.json"])
    assert (about["recipient"], about["purpose"]) == (TO["recipient"], TO["purpose"])
    row = Export.objects.get()
    assert (row.made_by, row.n_texts, row.ended_at is not None) == (researcher, 2, True)
    assert [each.contributor for each in row.exported.all()] == [wren]
    assert Event.objects.get(action="export.made").detail["voices"] == [wren.pk]
    assert set(tmp_path.rglob("*.zip")) - before == set()


def test_nothing_is_handed_over_where_nobody_lets_it_be(enquiry: Enquiry, researcher: User) -> None:
    _text(enquiry, _voice(enquiry, "Finch", declined=True))

    with pytest.raises(NotPossibleNow):
        make_export(enquiry=enquiry, by=researcher, **TO)
    assert not Export.objects.exists()


def test_what_is_taken_back_while_a_file_is_sent_is_not_in_the_rest(
    enquiry: Enquiry, researcher: User
) -> None:
    wren, finch = _voice(enquiry, "Wren", agreed=True), _voice(enquiry, "Finch", agreed=True)
    first, second = _text(enquiry, wren), _text(enquiry, finch)
    export, texts = make_export(enquiry=enquiry, by=researcher, **TO)
    stream = exporting.sent(export, texts, researcher)
    sent = next(stream) + next(stream)

    take_back(finch, Scope.PARTNER_SHARE)
    files = _files(sent + b"".join(stream))

    assert f"texts/conversation-{first.number}.txt" in files
    assert f"texts/conversation-{second.number}.txt" not in files
    ended = Event.objects.get(action="export.ended")
    assert (ended.detail["count"], ended.detail["left_out"]) == (1, 1)
    refused = Event.objects.get(action="consent.refused")
    assert (refused.object_id, refused.detail["scope"]) == (str(finch.pk), "partner_share")


@pytest.mark.parametrize("scope", [Scope.PARTNER_SHARE, Scope.TAKE_PART])
def test_taking_back_calls_the_file_back_and_names_nobody(
    enquiry: Enquiry, researcher: User, scope: str
) -> None:
    wren, finch = _voice(enquiry, "Wren", agreed=True), _voice(enquiry, "Finch", agreed=True)
    _text(enquiry, wren, finch)
    export, texts = make_export(enquiry=enquiry, by=researcher, **TO)
    b"".join(exporting.sent(export, texts, researcher))

    for _twice in range(2):
        call_back(wren, frozenset({scope}))

    recall = ExportRecall.objects.get()
    assert (recall.export, recall.told_at) == (export, None)
    assert [each.contributor for each in ExportedVoice.objects.all()] == [finch]
    # Somebody else before it was told is told with it; after it was told, anew.
    call_back(finch, frozenset({scope}))
    assert ExportRecall.objects.count() == 1


def test_other_scopes_call_nothing_back(enquiry: Enquiry, researcher: User) -> None:
    wren = _voice(enquiry, "Wren", agreed=True)
    _text(enquiry, wren)
    make_export(enquiry=enquiry, by=researcher, **TO)

    assert call_back(wren, frozenset({Scope.QUOTE_WORDS})) == {}
    assert not ExportRecall.objects.exists()


def test_the_guardian_sees_whom_to_tell_and_keeps_that_they_were(
    client: Client, enquiry: Enquiry, researcher: User
) -> None:
    wren = _voice(enquiry, "Wren", agreed=True)
    _text(enquiry, wren)
    make_export(enquiry=enquiry, by=researcher, **TO)
    call_back(wren, frozenset({Scope.PARTNER_SHARE}))
    guardian = colleague(enquiry.partner, Role.DATA_GUARDIAN)
    client.force_login(guardian)

    page = client.get(reverse("care:exports")).text
    assert TO["reach"] in page
    assert "Wren" not in page
    recall = ExportRecall.objects.get()
    client.post(reverse("care:told", args=[recall.pk]))

    recall.refresh_from_db()
    assert recall.told_by == guardian
    with pytest.raises(NotPossibleNow):
        mark_told(recall=recall, by=guardian)
    assert "Nobody has to be told now." in client.get(reverse("care:exports")).text


def test_a_called_back_file_is_issued_anew_to_the_same_recipient(
    client: Client, enquiry: Enquiry, researcher: User
) -> None:
    wren, finch = _voice(enquiry, "Wren", agreed=True), _voice(enquiry, "Finch", agreed=True)
    row = _text(enquiry, wren, finch)
    old, _texts = make_export(enquiry=enquiry, by=researcher, **TO)
    take_back(wren, Scope.PARTNER_SHARE)
    call_back(wren, frozenset({Scope.PARTNER_SHARE}))
    client.force_login(researcher)

    page = client.get(reverse("transcripts:exports", args=[enquiry.pk])).text
    assert f'<option value="{old.pk}">' in page
    answer = client.post(reverse("transcripts:exports", args=[enquiry.pk]), {**TO, "instead_of": old.pk})

    assert _files(answer)[f"texts/conversation-{row.number}.txt"] == "Finch: Finch was sent away."
    assert Export.objects.get(instead_of=old).pk != old.pk


@pytest.mark.parametrize("role", [role for role in Role if role != Role.RESEARCHER])
def test_only_researchers_hand_texts_over(client: Client, enquiry: Enquiry, role: str) -> None:
    client.force_login(colleague(enquiry.partner, role))
    assert client.post(reverse("transcripts:exports", args=[enquiry.pk]), TO).status_code == 404


def test_a_form_left_empty_says_so(client: Client, enquiry: Enquiry, researcher: User) -> None:
    _text(enquiry, _voice(enquiry, "Wren", agreed=True))
    client.force_login(researcher)
    answer = client.post(reverse("transcripts:exports", args=[enquiry.pk]), {**TO, "purpose": " "})
    assert answer.status_code == 422
    assert not Export.objects.exists()


def test_texts_are_handed_over_by_their_passages_once_those_with_names_are_gone(
    enquiry: Enquiry, researcher: User
) -> None:
    wren = _voice(enquiry, "Wren", agreed=True)
    row = _text(enquiry, wren)
    (unedited,) = [clock for clock in CLOCKS if clock.name == "unedited"]
    for thing in unedited.falling(enquiry):
        unedited.remove(thing)

    export, texts = make_export(enquiry=enquiry, by=researcher, **TO)
    files = _files(exporting.sent(export, texts, researcher))

    assert files[f"texts/conversation-{row.number}.txt"] == "Wren: Wren was sent away."


def test_a_part_that_is_struck_out_for_good_calls_back_what_may_hold_it(
    enquiry: Enquiry, researcher: User
) -> None:
    wren = _voice(enquiry, "Wren", agreed=True)
    talk = _text(enquiry, wren)
    export, _texts = make_export(enquiry=enquiry, by=researcher, **TO)
    turn = Turn.objects.filter(contributor=wren).latest("pk")
    struck = strike_out(
        contributor=wren,
        transcript=talk.transcript,
        version_number=turn.version.number,
        span=(turn.start, turn.end),
    )
    later, _texts = make_export(enquiry=enquiry, by=researcher, **TO)
    assert not ExportRecall.objects.exists()

    assert carry_out(struck.pk)
    assert [row.export for row in ExportRecall.objects.all()] == [export]
    # Their other words stay shared.
    assert ExportedVoice.objects.filter(export=export, contributor=wren).exists()
    assert later != export


def test_one_part_that_cannot_be_taken_out_now_keeps_no_other_waiting(
    enquiry: Enquiry, monkeypatch: pytest.MonkeyPatch
) -> None:
    wren = _voice(enquiry, "Wren", agreed=True)
    struck = []
    for _n in range(2):
        text = _text(enquiry, wren).transcript
        turn = Turn.objects.filter(contributor=wren).latest("pk")
        number = turn.version.number
        struck.append(
            strike_out(contributor=wren, transcript=text, version_number=number, span=(turn.start, turn.end))
        )
    StruckOut.objects.update(struck_at=timezone.now() - timedelta(days=1))
    silence_times = striking.silence_times

    def full(conversation: Conversation, start_ms: int | None, end_ms: int | None) -> int:
        if conversation == struck[0].transcript.conversation:
            raise StoreFull
        return silence_times(conversation, start_ms, end_ms)

    monkeypatch.setattr(striking, "silence_times", full)
    assert striking.carry_out_due() == 1
    assert [row.done_at is None for row in StruckOut.objects.order_by("pk")] == [True, False]


def test_sound_that_cannot_be_cut_goes_whole_with_what_was_struck_out(enquiry: Enquiry) -> None:
    wren = _voice(enquiry, "Wren", agreed=True)
    talk = _text(enquiry, wren)
    recording = RecordingFactory(conversation=talk, data=b"no sound at all", duration_ms=4_000)
    turn = Turn.objects.filter(contributor=wren).latest("pk")
    struck = strike_out(
        contributor=wren,
        transcript=talk.transcript,
        version_number=turn.version.number,
        span=(turn.start, turn.end),
        span_ms=(1_000, 2_000),
    )
    assert carry_out(struck.pk)
    assert not Recording.objects.filter(pk=recording.pk).exists()
    with pytest.raises(SoundGone):
        store.open(recording.stored_as)
