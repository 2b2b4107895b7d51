"""Two presses at once, and pages, words and a yes that come in the moment when everything is taken back."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from accounts import wall
from enquiries import consent
from enquiries.actions import add_conversation, record_consent, withdraw
from enquiries.errors import NotPossibleNow
from enquiries.models import ConsentEvent, Contributor, Scope, Withdrawal
from publishing import actions
from publishing.errors import GateClosed
from tests.factories.accounts import colleague
from tests.factories.enquiries import ContributorFactory, ConversationFactory, grant, latest_wave
from tests.factories.publishing import world
from tests.factories.transcripts import TranscriptFactory
from tests.meeting import Beside
from tests.sweeping import sweep_all
from tests.transcripts import sounds
from tests.whole_person import CANARY, tables_with, whole_person
from transcripts.actions.importing import TypedTurn, import_turns
from transcripts.actions.pseudonymising import cut_segments
from transcripts.actions.receiving import receive_recording
from transcripts.actions.striking import strike_out
from transcripts.models import Segment, StruckOut
from transcripts.models.raw import RawVersion, Recording, Turn

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(partner_id: int, *acts: Callable[[], Any]) -> list[BaseException]:
    """Run each in a thread with a connection and a door of its own; the errors they ended with."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=20)
            with wall.acting_for(partners=[partner_id]):
                act()
        except BaseException as error:  # noqa: BLE001 (told to the test)
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return errors


def test_two_presses_at_once_make_one_withdrawal() -> None:
    voice: Contributor = ContributorFactory(agreed=True)

    def press() -> None:
        withdraw(contributor=voice, scope=Scope.TAKE_PART, by=None)

    assert at_once(voice.partner_id, press, press, press) == []
    assert Withdrawal.objects.count() == 1
    taken_back = ConsentEvent.objects.filter(decision="withdrawn").values_list("scope", flat=True)
    assert len(taken_back) == len(set(taken_back))


def test_a_page_going_live_meanwhile_shows_nothing_afterwards(client: Any) -> None:
    site = world()
    whole = whole_person(site, is_live=False)
    site.go_live(whole.report)
    site.pass_gate(whole.page)

    def publish() -> None:
        actions.publish(page=whole.page, by=site.editor)

    def take_back() -> None:
        withdraw(contributor=whole.contributor, scope=[Scope.TAKE_PART, Scope.CONTACT_AGAIN], by=None)

    errors = at_once(site.partner.pk, publish, take_back)

    assert all(isinstance(error, GateClosed) for error in errors), errors
    for address in (whole.page.get_url(), whole.report.get_url(), "/"):
        assert CANARY not in client.get(address).content.decode()
    sweep_all()
    assert tables_with(CANARY) == {}


def meanwhile(voice: Contributor, act: Callable[[], Any]) -> BaseException | None:
    """What `act` ends with when it begins while everything is being taken back, before that is committed."""
    with transaction.atomic():
        withdraw(contributor=voice, scope=[Scope.TAKE_PART, Scope.CONTACT_AGAIN], by=None)
        beside = Beside(voice.partner_id, act)
        assert beside.waits(), f"It did not wait for the taking back: {beside.error!r}"
    return beside.end()


def test_a_yes_that_comes_while_everything_is_taken_back_is_refused() -> None:
    voice = ContributorFactory()
    grant(voice, Scope.TAKE_PART)

    def say_yes() -> None:
        record_consent(
            contributor=voice, wave=latest_wave(voice), decisions={Scope.CONTACT_AGAIN: "granted"}, by=None
        )

    assert isinstance(meanwhile(voice, say_yes), NotPossibleNow)
    assert not consent.allows(voice, Scope.CONTACT_AGAIN)


@pytest.mark.parametrize("kind", ["sound", "typed", "passages", "struck", "conversation"])
def test_words_that_come_while_everything_is_taken_back_are_not_kept(kind: str) -> None:
    voice = ContributorFactory(agreed=True)
    conversation = ConversationFactory(enquiry=voice.enquiry, contributors=[voice])
    by = colleague(voice.partner)
    has_text = kind in ("passages", "struck")
    text = TranscriptFactory(conversation=conversation, pseudonymised=True) if has_text else None
    Segment.objects.all().delete()

    def come() -> None:
        if kind == "sound":
            receive_recording(conversation=conversation, upload=[sounds.wav(sounds.talk(400))], by=by)
        elif kind == "typed":
            import_turns(conversation=conversation, turns=[TypedTurn(voice, "Too late.")], by=by)
        elif kind == "conversation":
            add_conversation(
                enquiry=voice.enquiry,
                wave=latest_wave(voice),
                contributors=[voice],
                held_on=timezone.localdate(),
                by=by,
            )
        elif kind == "struck":
            turn = Turn.objects.filter(contributor=voice).latest("pk")
            strike_out(
                contributor=voice,
                transcript=text,
                version_number=turn.version.number,
                span=(turn.start, turn.end),
            )
        else:
            cut_segments(version=text.pseudonymised.get(), by=by)

    error = meanwhile(voice, come)
    assert (error is None) == (kind == "passages"), error
    sweep_all()
    assert not StruckOut.objects.exists()
    assert not voice.participations.exists()
    assert Recording.objects.count() == RawVersion.objects.count() == Segment.objects.count() == 0
