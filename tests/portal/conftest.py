"""Wren, who was listened to, their card, a browser in which their page is open, and a quote to answer."""

import pytest
from django.test import Client

from enquiries.models import Contributor
from tests.factories.accounts import UserFactory
from tests.factories.enquiries import ContributorFactory, ConversationFactory
from tests.factories.portal import Card, a_card, come_in
from tests.factories.themes import a_quote, signed_off
from themes.models import Quote, QuoteState


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


@pytest.fixture
def offered(wren: Contributor) -> Quote:
    talk = ConversationFactory(enquiry=wren.enquiry, contributors=[wren])
    segment = signed_off(talk, ["They sent me from one desk to the next."])[0]
    return a_quote(segment, by=UserFactory(), state=QuoteState.OFFERED)
