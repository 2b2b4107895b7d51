"""The demo's card: its address can be told again at every start, and opens to the word that is printed."""

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import Role
from portal.models import PersonalLink
from tests.factories.accounts import colleague
from tests.factories.enquiries import ContributorFactory
from wisdoms.demo import own_page
from wisdoms.demo.world import World

pytestmark = pytest.mark.django_db


def test_somebody_of_the_demo_comes_in_by_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    wren = ContributorFactory(agreed=True, pseudonym=own_page.WHO)
    world = World(print)
    world.users[own_page.BY] = colleague(wren.partner, Role.RESEARCHER)
    world.enquiry = wren.enquiry
    assert own_page.address() is None
    own_page.give_a_card(world)
    own_page.give_a_card(world)
    assert PersonalLink.objects.count() == 1
    call_command("list_demo_sign_ins")
    address = own_page.address()
    assert address is not None
    assert address in capsys.readouterr().out
    client, way = Client(), address.removeprefix("http://testserver")
    asked = client.get(way)["Location"]
    assert client.post(asked, {"answer": own_page.WORD, "who": "self"})["Location"] == way
    assert own_page.WHO in client.get(way).content.decode()
