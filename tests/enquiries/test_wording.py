"""What our own forms say: every scope in every kind, short in Easy Read, and of this enquiry."""

import datetime

import pytest

from enquiries.models import ConsentForm, ConsentFormat, Scope
from enquiries.wording import KINDS, asks_of, default_wording, labels_of, long_sentences
from tests.factories.enquiries import EnquiryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def enquiry():
    return EnquiryFactory(
        cut_off_on=datetime.date(2027, 3, 31), why="We want to know.", who_listens="", retention=""
    )


@pytest.mark.parametrize(("form_format", "language"), KINDS)
def test_every_scope_is_asked_and_every_promise_made(enquiry, form_format, language):
    words = default_wording(enquiry, form_format, language)

    assert list(words.asks) == Scope.values
    assert all(ask["ask"].endswith("?") and ask["says"].endswith(".") for ask in words.asks.values())
    assert enquiry.question in words.text
    assert "We want to know." in words.text
    assert words.printed_copies
    assert words.cut_off_on == enquiry.cut_off_on
    assert "{" not in words.text + words.cannot_recall + words.printed_copies


def test_dates_are_said_in_the_language_of_the_form(enquiry):
    assert "31 March 2027" in default_wording(enquiry, "standard", "en").cannot_recall
    assert "31 Mawrth 2027" in default_wording(enquiry, "other_language", "cy").cannot_recall


def test_what_the_enquiry_leaves_empty_is_left_out(enquiry):
    assert "Who listens" not in default_wording(enquiry, "standard", "en").text


def test_easy_read_has_no_long_sentence(enquiry):
    words = default_wording(enquiry, ConsentFormat.EASY_READ, "en")
    said = [words.title, words.text, words.cannot_recall, words.printed_copies]
    said += [part for ask in words.asks.values() for part in ask.values()]

    assert [sentence for each in said for sentence in long_sentences(each)] == []


def test_the_standard_form_keeps_to_twenty_words_on_average(enquiry):
    for form_format, language in (("standard", "en"), ("other_language", "cy")):
        words = default_wording(enquiry, form_format, language)
        said = [words.text, words.cannot_recall, words.printed_copies]
        said += [part for ask in words.asks.values() for part in ask.values()]
        sentences = [sentence for each in said for sentence in long_sentences(each, most_words=0)]
        assert sum(len(each.split()) for each in sentences) / len(sentences) <= 20


def test_no_word_that_we_never_use(enquiry):
    for form_format, language in KINDS:
        words = default_wording(enquiry, form_format, language)
        said = f"{words.text} {words.asks}".lower()
        assert not [word for word in ("client", "service user", "vulnerable", "subject") if word in said]


def test_a_long_sentence_is_found_and_a_broken_line_ends_one():
    long = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen."
    assert long_sentences(f"Short one. {long} Short.") == [long]
    assert long_sentences(long.replace("eight ", "eight\n")) == []


def test_a_form_says_its_own_words_and_ours_for_the_rest():
    form = ConsentForm(format="easy_read", language="en", asks={"take_part": {"ask": "May we?", "says": ""}})
    asks = asks_of(form)

    assert asks["take_part"] == ("May we?", "")
    assert asks["audio_record"].ask == "Can we record your voice?"
    assert labels_of(form).yes == "Yes"


def test_a_language_we_have_no_words_for_begins_with_the_standard_ones(enquiry):
    assert (
        default_wording(enquiry, "other_language", "pl").title
        == default_wording(enquiry, "standard", "en").title
    )
