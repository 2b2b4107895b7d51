"""Two presses at once, and a page that goes live in the moment its words are taken back."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from accounts import wall
from enquiries.actions import withdraw
from enquiries.models import ConsentEvent, Contributor, Scope, Withdrawal
from publishing import actions
from publishing.errors import GateClosed
from tests.factories.enquiries import ContributorFactory
from tests.factories.publishing import world
from tests.sweeping import sweep_all
from tests.whole_person import CANARY, tables_with, whole_person

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
