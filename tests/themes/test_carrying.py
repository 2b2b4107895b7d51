"""Tags and quotes carried over to a newer text; what cannot be carried waits for a person."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.themes import DOG, LETTER, WORKER, Reading, a_quote, signed_off
from themes import actions
from themes.carrying import carry_over
from themes.errors import StretchUnknown
from themes.models import QuoteState, TagDecision
from themes.selectors import current_tags
from themes.selectors.tags import stray_tags
from transcripts.models import PseudonymisedVersion, Segment

PUT_RIGHT = LETTER.replace("the council", "[a council]")


def newer(reading: Reading, *texts: str) -> list[Segment]:
    """A newer signed-off text of the conversation, and what is carried over to it."""
    number = PseudonymisedVersion.objects.filter(transcript__conversation=reading.conversation).count() + 1
    segments = signed_off(reading.conversation, texts, number=number)
    carry_over(segments[0].version)
    return segments


def test_carry_over_moves_a_tag_to_the_same_words(reading: Reading) -> None:
    old = actions.tag(
        segment=reading.segments[1], code=reading.code("animals"), start=0, end=25, by=reading.reader
    )
    segments = newer(reading, PUT_RIGHT, DOG, WORKER)
    [tag] = current_tags(enquiry=reading.enquiry)
    assert (tag.segment, tag.text, tag.decided_by) == (segments[1], old.text, reading.reader)
    assert tag.carried_from == old
    assert TagDecision.objects.count() == 2, "the old decision stays"


def test_carry_over_keeps_a_tag_over_a_small_change(reading: Reading) -> None:
    actions.tag(segment=reading.segments[0], code=reading.code("eligibility-rules"), by=reading.reader)
    newer(reading, PUT_RIGHT, DOG, WORKER)
    [tag] = current_tags(enquiry=reading.enquiry)
    assert tag.text == PUT_RIGHT


def test_carry_over_twice_carries_nothing_twice(reading: Reading) -> None:
    actions.tag(segment=reading.segments[1], code=reading.code("animals"), by=reading.reader)
    segments = newer(reading, LETTER, DOG, WORKER)
    carry_over(segments[0].version)
    assert len(current_tags(enquiry=reading.enquiry)) == 1
    newer(reading, LETTER, DOG, WORKER)
    assert len(current_tags(enquiry=reading.enquiry)) == 1


def test_carry_over_leaves_what_is_gone_to_its_reader(reading: Reading, client: Client) -> None:
    actions.tag(segment=reading.segments[1], code=reading.code("animals"), by=reading.reader)
    newer(reading, LETTER, "Nothing of that kind was said at all.", WORKER)
    assert current_tags(enquiry=reading.enquiry) == []
    [stray] = stray_tags(reading.conversation, reader=reading.reader)
    assert stray_tags(reading.conversation, reader=reading.second) == []
    client.force_login(reading.reader)
    page = client.get(reverse("themes:reading", args=[reading.conversation.pk])).content.decode()
    assert "Tags to put again" in page
    assert "the dog came along" in page
    with pytest.raises(StretchUnknown):
        actions.let_go(decision=stray, by=reading.second)
    client.post(reverse("themes:let_go", args=[stray.pk]))
    assert stray_tags(reading.conversation, reader=reading.reader) == []


def test_carry_over_does_not_bring_back_a_tag_that_was_taken_off(reading: Reading) -> None:
    tag = actions.tag(segment=reading.segments[1], code=reading.code("animals"), by=reading.reader)
    actions.untag(decision=tag, by=reading.reader)
    newer(reading, LETTER, DOG, WORKER)
    assert current_tags(enquiry=reading.enquiry) == []


def test_carry_over_moves_a_quote_only_when_its_words_are_the_same(reading: Reading) -> None:
    same = a_quote(reading.segments[1], by=reading.reader, state=QuoteState.APPROVED)
    other = a_quote(reading.segments[0], by=reading.reader, state=QuoteState.APPROVED)
    segments = newer(reading, PUT_RIGHT, DOG, WORKER)
    same.refresh_from_db()
    other.refresh_from_db()
    assert same.segment == segments[1]
    assert other.segment == reading.segments[0]
    assert other.state == QuoteState.APPROVED
