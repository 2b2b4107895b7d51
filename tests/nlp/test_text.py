"""Offsets, sentences, segments, spans and fillers, on any text there is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.text import (
    SpanCarrier,
    average_sentence_words,
    carry_span,
    codepoint_to_utf16,
    find_fillers,
    split_segments,
    split_sentences,
    utf16_to_codepoint,
)

# Any character but lone halves of one, which no file or browser can send.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
speech = st.lists(
    st.sampled_from(["I", "went", "home", "😀", "café", "cafe\u0301", "שלום", "مرحبا", "well,"]), max_size=40
)


# --- Offsets ------------------------------------------------------------------------------------------


@given(texts, st.data())
def test_offsets_go_to_the_browser_and_back(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))

    units = codepoint_to_utf16(text, offset)

    assert units == len(text[:offset].encode("utf-16-le")) // 2
    assert utf16_to_codepoint(text, units) == offset


def test_an_emoji_counts_two_in_the_browser_and_an_accent_one() -> None:
    text = "a😀e\u0301b"

    assert [codepoint_to_utf16(text, offset) for offset in range(6)] == [0, 1, 3, 4, 5, 6]
    with pytest.raises(ValueError, match="middle of a character"):
        utf16_to_codepoint(text, 2)


@pytest.mark.parametrize("offset", [-1, 4])
def test_offsets_outside_the_text_are_refused(offset: int) -> None:
    with pytest.raises(ValueError, match="outside the text"):
        codepoint_to_utf16("abc", offset)
    with pytest.raises(ValueError, match="outside the text"):
        utf16_to_codepoint("abc", offset)


def test_half_an_emoji_at_the_end_is_refused() -> None:
    with pytest.raises(ValueError, match="middle of a character"):
        utf16_to_codepoint("😀", 1)


# --- Sentences and segments ---------------------------------------------------------------------------


def _parts(text: str, spans: list[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in spans]


def test_sentences_end_where_speakers_stop() -> None:
    text = 'I said "No!" Then Dr. Khan came at 5 p.m. with Mr J. Hall… Did it help? Yes\nNext line'

    assert _parts(text, split_sentences(text)) == [
        'I said "No!"',
        "Then Dr. Khan came at 5 p.m. with Mr J. Hall…",
        "Did it help?",
        "Yes",
        "Next line",
    ]


def test_sentences_of_other_scripts_end_too() -> None:
    assert len(split_sentences("هل ساعدك ذلك؟ نعم. شكرا")) == 3


def _covers(text: str, spans: list[tuple[int, int]]) -> bool:
    at = 0
    for start, end in spans:
        if (
            not (at <= start < end <= len(text))
            or text[at:start].strip()
            or text[start:end] != text[start:end].strip()
        ):
            return False
        at = end
    return not text[at:].strip()


@given(texts)
def test_sentences_hold_all_that_is_not_space(text: str) -> None:
    assert _covers(text, split_sentences(text))


@given(speech, st.integers(1, 12), st.integers(0, 12), st.sampled_from([" ", ". ", "? ", "\n"]))
def test_segments_hold_all_words_and_none_is_too_long(
    words: list[str], target: int, more: int, between: str
) -> None:
    text = between.join(words)

    spans = split_segments(text, target, target + more)

    assert _covers(text, spans)
    assert all(len(text[start:end].split()) <= target + more for start, end in spans)


def test_segments_are_cut_between_sentences_near_the_target() -> None:
    sentence = "We sat down and talked about it for a while. "  # ten words
    text = sentence * 20

    counts = [len(part.split()) for part in _parts(text, split_segments(text))]

    assert counts == [60, 60, 60, 20]


def test_a_breathless_sentence_is_cut_at_a_comma() -> None:
    text = " ".join(["word"] * 58) + " then, " + " ".join(["word"] * 100)

    first, second = _parts(text, split_segments(text))

    assert first.endswith("then,")
    assert len(second.split()) == 100


def test_a_short_rest_joins_what_came_before() -> None:
    text = "One two three four five six. " * 10 + "Bye now."

    assert len(split_segments(text, 60, 120)) == 1
    assert split_segments("", 60, 120) == []
    with pytest.raises(ValueError, match="aims at one word"):
        split_segments("a", 10, 5)


def test_sentence_length_is_a_mean_over_sentences() -> None:
    assert average_sentence_words("One two. Three four five six.") == 3.0
    assert average_sentence_words("  ") == 0.0


# --- Carrying spans -----------------------------------------------------------------------------------


def _carried(old: str, new: str, part: str) -> str | None:
    start = old.index(part)
    span = carry_span(old, new, start, start + len(part))
    return None if span is None else new[slice(*span)]


OLD = "I was sixteen when I left. My sister Anna found me a room. It was cold, but it was mine."


def test_a_span_moves_with_its_words() -> None:
    assert (
        _carried(OLD, "Well. " + OLD, "My sister Anna found me a room.") == "My sister Anna found me a room."
    )


def test_a_span_keeps_a_word_that_was_put_right_inside_it() -> None:
    new = OLD.replace("Anna", "[sister]").replace("sixteen", "seventeen")

    assert _carried(OLD, new, "My sister Anna found me a room.") == "My sister [sister] found me a room."
    assert _carried(OLD, new, "I was sixteen when I left.") == "I was seventeen when I left."


def test_a_span_at_a_changed_edge_takes_the_new_edge() -> None:
    new = OLD.replace("Anna", "[a person]")

    assert _carried(OLD, new, "Anna found me a room") == "[a person] found me a room"


def test_a_span_that_was_rewritten_or_cut_waits_for_a_person() -> None:
    assert (
        _carried(OLD, OLD.replace("My sister Anna found me a room.", "Somebody helped."), "sister Anna found")
        is None
    )
    assert (
        _carried(OLD, OLD.replace(" My sister Anna found me a room.", ""), "My sister Anna found me") is None
    )
    assert (
        _carried(OLD, OLD.replace("Anna found", "Hanna got"), "me a room. It was cold")
        == "me a room. It was cold"
    )
    assert _carried(OLD, OLD.replace("sixteen", "X"), "teen when I left") is None


def test_a_span_does_not_wander_to_the_same_words_elsewhere() -> None:
    old = "Yes I do. I was scared. Yes I do. I was happy. Yes I do."
    new = "Yes I do. I was scared. I was happy. Yes I do."

    middle = old.index("Yes I do. I was happy")

    assert carry_span(old, new, middle, middle + len("Yes I do.")) is None


def test_unchanged_text_carries_every_span() -> None:
    text = "שלום, it was café ☕ time 😀. مرحبا بك."
    carrier = SpanCarrier(text, text)

    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            if text[start:end].strip():
                assert carrier.carry(start, end) == (start, end)


@given(speech, speech, speech)
def test_what_is_put_around_a_text_leaves_its_spans_whole(
    before: list[str], middle: list[str], after: list[str]
) -> None:
    old = " ".join(middle) + ". I never forgot that day."
    new = " ".join(before) + ". " + old + " " + " ".join(after)
    start = old.index("I never forgot")

    span = carry_span(old, new, start, len(old))

    assert span is None or new[slice(*span)] == "I never forgot that day."


@given(texts, texts, st.data())
def test_a_carried_span_is_always_a_span_of_the_new_text(old: str, new: str, data: st.DataObject) -> None:
    if not old:
        return
    start = data.draw(st.integers(0, len(old) - 1))
    end = data.draw(st.integers(start + 1, len(old)))

    span = carry_span(old, new, start, end)

    assert span is None or 0 <= span[0] < span[1] <= len(new)


def test_spans_outside_the_old_text_are_refused() -> None:
    for start, end in ((-1, 2), (2, 2), (0, 99)):
        with pytest.raises(ValueError, match="outside the text"):
            carry_span("hello", "hello", start, end)


def test_a_two_hour_transcript_is_aligned_quickly() -> None:
    sentences = [f"Then on day {n} we talked about thing {n * 7 % 31} again and again." for n in range(1500)]
    old = " ".join(sentences)
    new = " ".join(s.replace("talked", "spoke") if n % 10 == 0 else s for n, s in enumerate(sentences))
    started = time.process_time()

    carrier = SpanCarrier(old, new)

    start = old.index("Then on day 1490 ")
    span = carrier.carry(start, start + len(sentences[1490]))
    assert span is not None
    assert new[slice(*span)] == sentences[1490].replace("talked", "spoke")
    assert time.process_time() - started < 20


# --- Fillers ------------------------------------------------------------------------------------------


def test_fillers_are_sounds_and_set_off_phrases_only() -> None:
    text = "Um, I, erm, I like people like you, you know, and it was, like, hard. You know him, hmm."

    assert _parts(text, find_fillers(text)) == ["Um", "erm", "you know", "like", "hmm"]
