"""The language lint: what it finds, what it leaves alone, and how long sentences are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishing import lint


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("We help the homeless.", "the homeless"),
        ("He was an addict.", "addict"),
        ("Two ex-offenders came.", "ex-offender"),
        ("Each service user was asked.", "service user"),
        ("Our clients said so.", "client"),
        ("In this case study a caseworker closed the case.", "case"),
        ("People with complex needs.", "complex needs"),
        ("A hard-to-reach group.", "hard to reach"),
        ("Chaotic lives.", "chaotic"),
        ("Vulnerable adults.", "vulnerable"),
        ("She failed to engage.", "failed to engage"),
        ("On discharge from hospital.", "discharge"),
        ("We fix people.", "fix"),
    ],
)
def test_each_word_of_the_list_is_found_and_something_is_offered(text, word):
    found = lint.read(text)
    assert word in [each.word for each in found]
    assert all(each.instead for each in found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bring a coat in case it rains.",
        "In any case, come back.",
        "Being homeless people told us was lonely.",
        "Not fixing is one of eight principles.",
        "She met the homeless people’s choir.",
        "A suitcase and a bookcase.",
        "On a fixed date.",
    ],
)
def test_ordinary_words_are_left_alone(text):
    assert lint.read(text) == []


def test_average_counts_words_per_sentence():
    assert lint.average_length(["One two three. One two three four five.", ""]) == 4
    assert lint.average_length(["", "…"]) is None


def test_plain_keeps_the_ends_of_paragraphs_apart():
    assert lint.plain("<p>One &amp; two.</p><p>Three</p>") == "One & two.\nThree"


@given(st.text())
def test_any_text_can_be_read(text):
    assert all(each.around for each in lint.read(text))
    average = lint.average_length([text])
    assert average is None or average > 0
