"""Wren, who was listened to, their card, and a browser in which their page is open."""

import pytest
from django.test import Client

from enquiries.models import Contributor
from tests.factories.enquiries import ContributorFactory
from tests.factories.portal import Card, a_card, come_in


@pytest.fixture
def wren() -> Contributor:
    wren: Contributor = ContributorFactory(agreed=True, pseudonym="Wren")
    return wren


@pytest.fixture
def card(wren: Contributor) -> Card:
    return a_card(wren)


@pytest.fixture
def inside(client: Client, card: Card) -> Client:
    come_in(client, card)
    return client
