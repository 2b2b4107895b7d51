"""What a person's page costs: questions to the database, and bytes over a slow line."""

import gzip

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.enquiries import ContributorFactory, ConversationFactory
from tests.factories.portal import a_card, come_in
from tests.factories.themes import UserFactory, a_quote, signed_off
from tests.factories.transcripts import TranscriptFactory
from themes.models import QuoteState

pytestmark = pytest.mark.django_db

# Settings of the wall, the try that is counted and forgiven, and the savepoints of a request among them.
MOST_QUERIES = 28
MOST_BYTES = 4_000


@pytest.mark.parametrize("page", ["start", "agreed", "words", "quotes", "used", "progress", "ask"])
def test_a_page_asks_little_and_weighs_little(client, page):
    wren = ContributorFactory(agreed=True)
    card = a_card(wren)
    come_in(client, card)
    client.get(card.way(page))
    counts = []
    for _round in range(2):
        talk = ConversationFactory(enquiry=wren.enquiry, contributors=[wren])
        TranscriptFactory(conversation=talk, pseudonymised=True)
        other = ConversationFactory(enquiry=wren.enquiry, contributors=[wren])
        for segment in signed_off(other, ["They sent me on.", "And back again."]):
            a_quote(segment, by=UserFactory(), state=QuoteState.OFFERED)
        with CaptureQueriesContext(connection) as seen:
            body = client.get(card.way(page)).content
        counts.append(len(seen))
        assert len(gzip.compress(body)) < MOST_BYTES
    assert counts[0] == counts[1] <= MOST_QUERIES, counts
