"""What people closed one by one is closed again in a database that was put back from an older copy.

A database put back is made here by undoing what was done: the files outside stay, as they do in life.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from audit.actions import record
from audit.models import Event
from enquiries import tombstones, wishes
from enquiries.capture import SEEING_FIRST, choose_review
from enquiries.models import Contributor, ReviewChoice, Scope
from enquiries.outside import write_whole
from enquiries.replay import RESTORED, ReplayNeeded, check_replayed, replay_all
from enquiries.tasks import keep_clocks
from enquiries.tombstones import TombstoneUnreadable
from enquiries.tracing import trace
from portal.actions import links
from portal.actions.preferences import choose_first
from portal.models import PersonalLink
from tests.factories.accounts import UserFactory, colleague
from tests.factories.enquiries import ContributorFactory, ConversationFactory, grant
from tests.factories.portal import a_card
from tests.factories.themes import a_quote
from tests.factories.transcripts import (
    RecordingFactory,
    TranscriptFactory,
    pseudonymised_version,
    raw_version,
)
from tests.sweeping import withdraw_and_sweep
from tests.transcripts.sounds import tones, wav
from themes.actions.quotes import record_answer
from themes.models import Quote, QuoteState
from themes.selectors import shown_quotes
from transcripts.actions import striking
from transcripts.models import Segment, StruckOut, Transcript
from transcripts.models.raw import RawVersion, Turn
from transcripts.selectors import segments_of

pytestmark = pytest.mark.django_db


class Undone(Exception):
    """As if the database were put back to before the block."""


@contextmanager
def put_back() -> Iterator[None]:
    with pytest.raises(Undone), transaction.atomic():
        yield
        raise Undone


@pytest.fixture
def wren() -> Contributor:
    found: Contributor = ContributorFactory(agreed=True, pseudonym="Wren")
    return found


@pytest.fixture
def text(wren: Contributor) -> Transcript:
    """Two turns of Wren's in a typed text, names taken out."""
    talk = ConversationFactory(enquiry=wren.enquiry, contributors=[wren])
    found: Transcript = TranscriptFactory(conversation=talk, pseudonymised=True)
    return found


def passages(text: Transcript) -> list[int]:
    return list(segments_of(text.conversation).values_list("pk", flat=True))


def strike(wren: Contributor, text: Transcript, *, turn: int = 1, **more: Any) -> StruckOut:
    said = Turn.objects.get(version__transcript=text, version__number=more.pop("version", 1), number=turn)
    return striking.strike_out(
        contributor=wren,
        transcript=text,
        version_number=said.version.number,
        span=(said.start, said.end),
        **more,
    )


def replay() -> list[Any]:
    return list(replay_all())


# --- A part that is not shared ------------------------------------------------------------------------
def test_a_struck_out_part_is_struck_out_again_where_the_copy_does_not_know(
    wren: Contributor, text: Transcript
) -> None:
    first, last = passages(text)
    quote = a_quote(Segment.objects.get(pk=first), by=UserFactory(), state=QuoteState.APPROVED)
    with put_back():
        said_at = strike(wren, text).struck_at
    assert passages(text) == [first, last]
    assert quote.pk in shown_quotes([quote.pk])

    # The strike, and the quote it closed.
    assert sorted(each.kind for each in replay()) == ["quote_answer", "struck_out"]
    assert passages(text) == [last]
    assert shown_quotes([quote.pk]) == {}
    assert StruckOut.objects.get().struck_at == said_at
    assert replay() == []
    assert StruckOut.objects.count() == 1


def test_a_part_shared_again_stays_shared(wren: Contributor, text: Transcript) -> None:
    before = passages(text)
    with put_back(), pytest.MonkeyPatch.context() as patch:
        # Both transactions ended before the machine was lost.
        patch.setattr(transaction, "on_commit", lambda run, **_more: run())
        striking.share_again(struck=strike(wren, text))
    assert replay() == []
    assert passages(text) == before


def test_in_another_version_a_part_is_found_by_its_time(wren: Contributor) -> None:
    talk = ConversationFactory(enquiry=wren.enquiry, contributors=[wren])
    said = [(wren, "They sent me away."), (None, "And then?"), (wren, "I came back. It was raining.")]
    text = TranscriptFactory(
        conversation=talk, source="sound", pseudonymised=True, turns=said, turns__machine=True
    )
    first, _last = passages(text)
    with put_back():
        pseudonymised_version(text, raw_version(text, said, machine=True))
        strike(wren, text, turn=3, version=2, span_ms=(8_000, 9_000))
    [redone] = replay()
    assert redone.is_placed
    assert passages(text) == [first]
    row = StruckOut.objects.get()
    assert (row.version_number, row.start_ms, row.end_ms) == (1, 8_000, 9_000)
    version = RawVersion.objects.get(transcript=text)
    assert version.text[row.start : row.end].strip() == "I came back."


def test_where_a_part_is_not_found_all_of_that_voice_is_closed_and_the_guardian_told(
    wren: Contributor, text: Transcript, client: Client
) -> None:
    heron = ContributorFactory(enquiry=wren.enquiry, agreed=True)
    group = ConversationFactory(enquiry=wren.enquiry, contributors=[wren, heron])
    both = TranscriptFactory(
        conversation=group, pseudonymised=True, turns=[(wren, "I left."), (heron, "I stayed.")]
    )
    _mine, theirs = passages(both)
    with put_back():
        raw_version(both, [(wren, "I left it all."), (heron, "I stayed.")])
        strike(wren, both, version=2)
    out = StringIO()
    call_command("replay_withdrawals", stdout=out)
    assert "not found here" in out.getvalue()
    assert "data guardian" in out.getvalue()
    assert passages(both) == [theirs]
    assert len(passages(text)) == 2

    guardian = colleague(wren.partner, Role.DATA_GUARDIAN)
    client.force_login(guardian)
    page = client.get(reverse("care:withdrawals")).content.decode()
    assert "Wren" in page
    assert f"Conversation {group.number}" in page
    client.post(reverse("care:looked_after", args=[wren.pk]))
    assert "not found in it" not in client.get(reverse("care:withdrawals")).content.decode()
    assert Event.objects.filter(action="wish.looked_after", object_id=str(wren.pk)).count() == 1


def test_sound_that_nobody_wrote_down_yet_is_silenced(wren: Contributor) -> None:
    talk = ConversationFactory(enquiry=wren.enquiry, contributors=[wren])
    recording = RecordingFactory(conversation=talk, data=wav(tones((3_000, True))), duration_ms=3_000)
    with put_back():
        text = TranscriptFactory(
            conversation=talk, source="sound", turns=[(wren, "They sent me away.")], turns__machine=True
        )
        strike(wren, text, span_ms=(500, 1_500))
    [redone] = replay()
    assert redone.is_placed
    recording.refresh_from_db()
    assert recording.silenced == [[500, 1_500]]


def test_what_came_after_the_copy_altogether_is_told_to_the_guardian(wren: Contributor) -> None:
    with put_back():
        talk = ConversationFactory(enquiry=wren.enquiry, contributors=[wren])
        strike(wren, TranscriptFactory(conversation=talk, pseudonymised=True))
    [redone] = replay()
    assert not redone.is_placed
    assert [each.handle for each in wishes.unplaced([wren.partner_id])] == [str(wren.handle)]
    assert replay() == []


# --- A no to a quote ----------------------------------------------------------------------------------
@pytest.fixture
def quote(text: Transcript) -> Quote:
    found: Quote = a_quote(
        Segment.objects.get(pk=passages(text)[0]), by=UserFactory(), state=QuoteState.APPROVED
    )
    return found


def test_a_no_to_a_quote_is_a_no_again(quote: Quote) -> None:
    with put_back():
        record_answer(quote=quote, answer="refused", by=None)
    assert quote.pk in shown_quotes([quote.pk])
    [redone] = replay()
    assert (redone.kind, redone.is_placed) == ("quote_answer", True)
    quote.refresh_from_db()
    assert quote.state == QuoteState.REFUSED
    # They may think again as ever, and that holds.
    record_answer(quote=quote, answer="approved", by=None)
    assert replay() == []
    quote.refresh_from_db()
    assert quote.state == QuoteState.APPROVED


@pytest.mark.parametrize("is_placed", [False, True])
def test_words_that_were_changed_are_asked_about_anew(quote: Quote, is_placed: bool) -> None:
    if is_placed:
        Quote.objects.filter(pk=quote.pk).update(state=QuoteState.PLACED)
    with put_back():
        record_answer(quote=quote, answer="changed", by=None, shown="They sent me.")
    replay()
    quote.refresh_from_db()
    assert quote.state == QuoteState.OFFERED
    assert shown_quotes([quote.pk]) == {}
    assert replay() == []


def test_a_later_yes_holds(quote: Quote) -> None:
    with put_back(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "on_commit", lambda run, **_more: run())
        record_answer(quote=quote, answer="refused", by=None)
        record_answer(quote=quote, answer="approved", by=None)
    assert replay() == []
    assert quote.pk in shown_quotes([quote.pk])


def test_a_no_to_what_the_copy_has_not_offered_yet_is_never_taken_for_a_yes(quote: Quote) -> None:
    Contributor.objects.update(review_choice=ReviewChoice.NONE)
    with put_back():
        record_answer(quote=quote, answer="refused", by=None)
    Quote.objects.filter(pk=quote.pk).update(state=QuoteState.PSEUDONYMISED)
    replay()
    quote.refresh_from_db()
    assert quote.state == QuoteState.WITHDRAWN
    assert (quote.text, quote.shown) == ("", "")
    assert Contributor.objects.get().review_choice == ReviewChoice.QUOTES


def test_a_number_that_was_given_anew_is_somebody_elses(quote: Quote) -> None:
    with put_back():
        record_answer(quote=quote, answer="refused", by=None)
    # Since then the copy was put back, and another quote got the same number.
    Quote.objects.filter(pk=quote.pk).update(selected_at=timezone.now())
    replay()
    quote.refresh_from_db()
    assert quote.state == QuoteState.APPROVED


# --- Cards, and seeing words first --------------------------------------------------------------------
def test_an_ended_card_leads_nowhere_again(wren: Contributor) -> None:
    card = a_card(wren)
    colleague = PersonalLink.objects.get().made_by
    with put_back():
        links.end_link(link=PersonalLink.objects.get(), by=colleague)
    assert links.find(card.token) is not None
    replay()
    assert links.find(card.token) is None


def test_an_ended_card_that_would_have_expired_needs_nothing(wren: Contributor) -> None:
    a_card(wren)
    PersonalLink.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    link = PersonalLink.objects.get()
    with put_back():
        links.end_link(link=link, by=link.made_by)
    assert wishes.outstanding(with_unsure=True) == []
    wishes.settle(wren.partner_id)
    assert wishes.read_all() == []


def test_who_wanted_to_see_words_first_is_asked_again(wren: Contributor, quote: Quote) -> None:
    Contributor.objects.update(review_choice=ReviewChoice.NONE)
    wren.refresh_from_db()
    quote.steps.all().delete()
    with put_back():
        choose_first(contributor=wren, choice=ReviewChoice.TRANSCRIPT)
    wren.refresh_from_db()
    replay()
    wren.refresh_from_db()
    quote.refresh_from_db()
    assert (wren.review_choice, quote.state) == (ReviewChoice.TRANSCRIPT, QuoteState.OFFERED)
    assert replay() == []


def test_nobody_who_was_in_is_in_after_a_restore(wren: Contributor, client: Client) -> None:
    a_card(wren)
    before = PersonalLink.objects.get().generation
    client.force_login(UserFactory())
    assert Session.objects.exists()
    replay()
    assert Session.objects.exists()
    record(RESTORED, by=None)
    replay()
    assert not Session.objects.exists()
    assert PersonalLink.objects.get().generation >= before + 1000


# --- The files ----------------------------------------------------------------------------------------
def test_files_hold_ids_and_numbers_and_are_ours_alone(
    wren: Contributor, text: Transcript, quote: Quote
) -> None:
    strike(wren, text)
    record_answer(quote=quote, answer="changed", by=None, shown="Nobody wrote it down.")
    choose_review(contributor=wren, choice=ReviewChoice.TRANSCRIPT)
    paths = sorted(wishes.folder().glob("*.json"))
    assert len(paths) >= 3
    said = "".join(path.read_text(encoding="utf-8") for path in paths)
    for words in ("Wren", "desk", "Nobody", "sister"):
        assert words not in said
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    assert wishes.folder().stat().st_mode & 0o777 == 0o700
    for path in paths:
        for value in json.loads(path.read_text(encoding="utf-8"))["about"].values():
            assert value is None or isinstance(value, int) or len(value) <= 32


def test_the_site_starts_where_its_own_database_knows_and_not_where_it_does_not(
    wren: Contributor, text: Transcript
) -> None:
    strike(wren, text)
    with put_back():
        strike(wren, text, turn=3)
    # Undone with its transaction, for all that is known: nobody is kept out by it.
    check_replayed()
    for wish in wishes.read_all():
        wishes._keep(replace(wish, is_sure=True))
    with pytest.raises(ReplayNeeded, match="1 thing that somebody closed"):
        check_replayed()
    replay()
    check_replayed()


def test_the_clocks_bring_files_and_database_together(
    wren: Contributor, text: Transcript, monkeypatch: pytest.MonkeyPatch, time_machine: Any
) -> None:
    time_machine.move_to(timezone.now())

    def full(*_args: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("enquiries.wishes.write_whole", full)
        struck = strike(wren, text)
    assert wishes.read_all() == []
    assert passages(text) != []
    with put_back():
        strike(wren, text, turn=3)
    time_machine.shift(timedelta(minutes=5))
    keep_clocks(0)
    [kept, undone] = wishes.read_all()
    assert (kept.moment, kept.is_sure) == (struck.struck_at, True)
    assert not undone.is_sure
    time_machine.shift(timedelta(hours=2))
    keep_clocks(0)
    assert wishes.read_all() == [kept]


def test_a_folder_that_lacks_what_this_database_knows_of_is_not_the_right_one(
    wren: Contributor, text: Transcript
) -> None:
    strike(wren, text)
    [path] = wishes.folder().glob("*.json")
    path.unlink()
    with pytest.raises(CommandError, match="1 thing somebody closed that is not beside the tombstones"):
        call_command("replay_withdrawals")
    call_command("replay_withdrawals", "--without-missing", stdout=StringIO())
    assert [each.kind for each in wishes.read_all()] == ["struck_out"]
    call_command("replay_withdrawals", stdout=StringIO())


def test_a_file_that_cannot_be_read_keeps_the_site_shut(wren: Contributor, text: Transcript) -> None:
    strike(wren, text)
    [path] = wishes.folder().glob("*.json")
    said = path.read_text(encoding="utf-8")
    for harmed in (said[:40], said.replace('"struck_out"', '"struck_in"'), "[]", said.replace("+00:00", "")):
        path.write_text(harmed, encoding="utf-8")
        with pytest.raises(TombstoneUnreadable, match="Put the folder of tombstones back"):
            check_replayed()
    path.write_text(said, encoding="utf-8")
    # Doubled under another name, or with a check that fits and something that we never write.
    second = path.with_name("5b0f6f0e-0d5c-4d0e-9a53-6a5a0f1f7c12.json")
    second.write_text(said, encoding="utf-8")
    with pytest.raises(TombstoneUnreadable):
        check_replayed()
    second.unlink()
    for name, value in (("handle", "23"), ("partner_id", "1"), ("kind", "other"), ("about", []), ("more", 1)):
        write_whole(path, {**read_whole_of(said), name: value})
        with pytest.raises(TombstoneUnreadable):
            check_replayed()


def read_whole_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    del found["check"]
    return found


def test_everything_taken_back_takes_the_files_too(wren: Contributor, text: Transcript) -> None:
    strike(wren, text)
    choose_review(contributor=wren, choice=ReviewChoice.TRANSCRIPT)
    kinds = {each.kind for each in trace(handle=wren.handle).held}
    assert "tombstones.wish" in kinds
    before = wishes.read_all()
    withdraw_and_sweep(contributor=wren, scope=[Scope.TAKE_PART, Scope.CONTACT_AGAIN])
    assert wishes.read_all() == []
    assert trace(handle=wren.handle).held == ()
    # A commit that is told of late brings nothing back, and what was written in that moment goes.
    [late, *_more] = before
    wishes._confirm(late)
    assert wishes.read_all() == []
    wishes._keep(late)
    wishes.settle(wren.partner_id)
    assert wishes.read_all() == []
    # Nor does the database, which goes on to know that something was closed, ask for them.
    assert wishes.missing() == []
    wishes.settle(wren.partner_id)
    assert wishes.read_all() == []
    assert not choose_review(contributor=wren, choice=ReviewChoice.QUOTES)


def test_what_a_copy_of_the_folder_brings_back(wren: Contributor, text: Transcript) -> None:
    strike(wren, text)
    [wish] = wishes.read_all()
    assert not wishes.take_in(wish)
    wishes._end(wish.id, timezone.now())
    assert not wishes.take_in(wish)
    [ended] = wishes.read_all()
    assert ended.is_over
    wishes.forget(wren.handle)
    assert wishes.take_in(wish)
    wishes.forget(wren.handle)
    tombstones.keep(
        tombstones.Tombstone(
            id=wish.id,
            handle=wish.handle,
            partner_id=wish.partner_id,
            asked_at=timezone.now().isoformat(),
            method="online",
            scopes=(Scope.TAKE_PART.value,),
        )
    )
    assert not wishes.take_in(wish)
    assert wishes.outstanding(with_unsure=True) == []


def test_two_words_about_one_thing_are_one_file_and_the_later_counts(quote: Quote) -> None:
    record_answer(quote=quote, answer="refused", by=None)
    record_answer(quote=quote, answer="changed", by=None, shown="They sent me.")
    [wish] = wishes.read_all()
    assert wish.about["answer"] == "changed"
    # A commit that is told of late does not bring the earlier word back.
    earlier = replace(wish, said_at=(wish.moment - timedelta(seconds=1)).isoformat())
    wishes._confirm(earlier)
    assert wishes.read_all() == [wish]
    wishes._confirm(wish)
    assert wishes.read_all() == [replace(wish, is_sure=True)]


def test_a_wish_of_a_voice_that_came_back_outlives_its_old_tombstone(
    wren: Contributor, settings: Any
) -> None:
    withdraw_and_sweep(contributor=wren, scope=Scope.TAKE_PART)
    grant(wren, Scope.TAKE_PART)
    assert choose_review(contributor=wren, choice=ReviewChoice.TRANSCRIPT)
    [wish] = wishes.read_all()
    assert wish.kind == SEEING_FIRST
    assert not wishes._is_taken_back(wish, wishes._taken_back())
    assert Path(settings.TOMBSTONES_DIR, "wishes").is_dir()


def test_a_thousand_of_them_hold_no_start_up(
    wren: Contributor, text: Transcript, django_assert_max_num_queries: Any
) -> None:
    strike(wren, text)
    [wish] = wishes.read_all()
    for n in range(30):
        wishes._keep(
            replace(wish, id=wishes.id_of("struck_out", wren, (n,)), is_sure=True, handle=str(uuid4()))
        )
    with django_assert_max_num_queries(8):
        assert wishes.outstanding() == []
    assert connection.vendor == "postgresql"
