"""What other apps may read of texts, and what the gate does to it at once."""

import pytest

from enquiries.models import Enquiry, Scope
from tests.factories.accounts import colleague
from tests.factories.enquiries import (
    ContributorFactory,
    ConversationFactory,
    EnquiryFactory,
    WaveFactory,
    decide,
    grant,
    latest_wave,
    take_back,
)
from tests.factories.transcripts import TranscriptFactory
from tests.transcripts.test_pseudonymising import LINES, decided, signed_off, sought
from tests.transcripts.texts import text_of
from transcripts.actions import checking
from transcripts.models import TranscriptState
from transcripts.selectors import (
    consent_sentence,
    segments_for_analysis,
    segments_of,
    transcript_sentence,
)

pytestmark = pytest.mark.django_db


def read_text(enquiry: Enquiry, pseudonym: str = "Wren", **fields):
    """A signed-off text of one person who agreed to everything, in a conversation of its own."""
    who = enquiry.contributors.filter(pseudonym=pseudonym).first() or ContributorFactory(
        enquiry=enquiry, pseudonym=pseudonym, agreed=True
    )
    conversation = ConversationFactory(enquiry=enquiry, contributors=[who])
    lines = [(pseudonym.lower() if who == "wren" else who, words) for who, words in LINES]
    transcript, by = decided(lines, conversation=conversation, **fields)
    signed_off(transcript, by)
    return transcript


def test_segments_for_analysis_gives_the_latest_signed_off_version_in_order():
    enquiry = EnquiryFactory()
    first, second = read_text(enquiry), read_text(enquiry, "Heron")
    by = colleague(enquiry.partner)
    checking.reopen(transcript=first, by=by)
    assert segments_for_analysis(enquiry).count() == 4
    checking.verify(transcript=first, has_heard=True, by=by)
    sought(first)
    signed_off(first, by)
    found = list(segments_for_analysis(enquiry))
    assert {s.version.number for s in found if s.conversation_id == first.conversation_id} == {2}
    assert [s.conversation_id for s in found] == [first.conversation_id] * 2 + [second.conversation_id] * 2


def test_segments_for_analysis_closes_at_once_when_analyse_is_taken_back():
    enquiry = EnquiryFactory()
    transcript, other = read_text(enquiry), read_text(enquiry, "Heron")
    take_back(transcript.conversation.contributors.get(), Scope.ANALYSE)
    assert {s.contributor.pseudonym for s in segments_for_analysis(enquiry)} == {"Heron"}
    assert not segments_of(transcript.conversation).exists()
    assert segments_of(other.conversation).count() == 2


def test_segments_for_analysis_asks_for_the_wave_of_each_conversation():
    enquiry = EnquiryFactory()
    read_text(enquiry)
    wren = enquiry.contributors.get()
    WaveFactory(enquiry=enquiry)
    grant(wren, Scope.TAKE_PART, Scope.ANALYSE)
    read_text(enquiry)
    assert segments_for_analysis(enquiry).count() == 4
    decide(wren, "declined", Scope.ANALYSE, wave=latest_wave(wren))
    assert {s.conversation.wave.number for s in segments_for_analysis(enquiry)} == {1}


def test_segments_for_analysis_leaves_out_texts_that_are_not_signed_off():
    transcript, _by = decided()
    assert not segments_for_analysis(transcript.conversation.enquiry).exists()


@pytest.mark.parametrize("texts", [1, 4])
def test_segments_for_analysis_asks_as_many_queries_for_one_text_as_for_four(
    texts: int, django_assert_num_queries
):
    enquiry = EnquiryFactory()
    for number in range(texts):
        read_text(enquiry, f"Wren{number}")
    with django_assert_num_queries(3):
        assert len(segments_for_analysis(enquiry)) == 2 * texts


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (TranscriptState.DRAFTED, "A draft. 3 turns are still to be checked."),
        (TranscriptState.PSEUDONYMISED, "a second person has signed it off"),
    ],
)
def test_transcript_sentence_says_where_it_stands(state: str, sentence: str):
    assert sentence in transcript_sentence(text_of(state=state))


def test_transcript_sentence_names_who_checked_and_verified():
    checked = TranscriptFactory(checked=True)
    assert f"Checked by {checked.checked_by.name}" in transcript_sentence(checked)
    verified = TranscriptFactory(verified=True)
    assert f"Verified by {verified.verified_by.name}" in transcript_sentence(verified)


def test_consent_sentence_lists_what_was_agreed_in_words():
    enquiry = EnquiryFactory()
    wren = ContributorFactory(enquiry=enquiry, pseudonym="Wren")
    wave = latest_wave(wren)
    assert consent_sentence(wren, wave) == "Wren does not take part. Their words are closed."
    decide(wren, "granted", Scope.TAKE_PART, Scope.ANALYSE, Scope.QUOTE_WORDS, wave=wave)
    decide(wren, "declined", Scope.AUDIO_RECORD, wave=wave)
    assert consent_sentence(wren, wave) == (
        "Making sense of it and quoting their words. "
        "Not recording, writing down by computer or sound clips. Wren wants to see quotes first."
    )
