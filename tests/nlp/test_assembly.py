"""What leaves an engine is put in order, and flagged where a person should listen with care."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.transcription import FLAGS
from nlp.transcription.assembly import Heard, assemble
from tests.fakes.nlp_sounds import tone

VOICE = tone(10.0, 16_000, quiet=[(4.0, 8.0)])


def _flags(*heard: Heard) -> list[tuple[str, ...]]:
    return [segment.flags for segment in assemble(heard, VOICE, 0)]


def test_times_count_from_the_start_of_the_recording() -> None:
    (segment,) = assemble([Heard(0.5, 2.0, " Hello there", 0.9)], VOICE, 600_000)

    assert (segment.start_ms, segment.end_ms) == (600_500, 602_000)
    assert [word.text for word in segment.words] == ["Hello", "there"]
    assert segment.words[0].start_ms == 600_500
    assert segment.words[1].end_ms == 602_000


def test_what_lies_outside_the_sound_is_brought_in_or_left_out() -> None:
    segments = assemble(
        [
            Heard(9.0, 99.0, "late", 0.9),
            Heard(10.0, 11.0, "after the end", 0.9),
            Heard(-1.0, 1.0, "early", 0.9),
            Heard(2.0, 2.0, "at once", 0.9),
            Heard(3.0, 3.5, "   ", 0.9),
        ],
        VOICE,
        0,
    )

    assert [(segment.text, segment.start_ms, segment.end_ms) for segment in segments] == [
        ("early", 0, 1000),
        ("at once", 2000, 2001),
        ("late", 9000, 10_000),
    ]


def test_numbers_that_are_none_become_zero_confidence() -> None:
    (segment,) = assemble([Heard(0.0, 1.0, "word", math.nan, math.nan, math.nan)], VOICE, 0)

    assert segment.confidence == 0.0
    assert segment.flags == ("low_confidence",)


def test_doubt_is_flagged() -> None:
    assert _flags(Heard(0, 1, "sure", 0.9), Heard(1, 2, "unsure", 0.4)) == [(), ("low_confidence",)]
    assert _flags(Heard(0, 1, "nobody", 0.9, no_speech=0.7)) == [("no_speech",)]


def test_loops_are_flagged_and_plain_emphasis_is_not() -> None:
    assert _flags(
        Heard(0, 1, "Thank you for watching.", 0.9),
        Heard(1, 2, "thank you, for watching", 0.9),
    ) == [(), ("repeat",)]
    assert _flags(Heard(0, 1, "I was so, so tired of it all", 0.9)) == [()]
    assert _flags(Heard(0, 1, "and then and then and then and then and then", 0.9)) == [("repeat",)]
    assert _flags(Heard(0, 1, "Yes.", 0.9), Heard(1, 2, "Yes.", 0.9)) == [(), ()]
    assert _flags(*[Heard(n, n + 1, "Yes.", 0.9) for n in range(3)]) == [(), (), ("repeat",)]
    assert _flags(Heard(0, 1, "any words", 0.9, ratio=2.5)) == [("repeat",)]


def test_words_where_nobody_speaks_are_flagged() -> None:
    assert _flags(Heard(0.5, 3.5, "spoken aloud", 0.9), Heard(5.0, 7.0, "made up", 0.9)) == [
        (),
        ("over_silence",),
    ]


def test_no_sound_gives_no_segments() -> None:
    assert assemble([Heard(0, 1, "word", 0.9)], np.zeros(0, dtype=np.float32), 0) == ()


_seconds = st.one_of(st.floats(-5, 40), st.just(math.nan), st.just(math.inf))
_heard = st.builds(
    Heard,
    start=_seconds,
    end=_seconds,
    text=st.text(max_size=30),
    confidence=st.one_of(st.floats(-1, 2), st.just(math.nan)),
    no_speech=st.floats(0, 1),
    ratio=st.floats(0, 5),
    words=st.lists(st.tuples(_seconds, _seconds, st.text(max_size=8), st.floats(0, 1)), max_size=4),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(_heard, max_size=5), st.integers(0, 10_000_000))
def test_whatever_an_engine_says_the_result_is_in_order(heard: list[Heard], start_ms: int) -> None:
    segments = assemble(heard, VOICE, start_ms)

    for segment in segments:
        assert start_ms <= segment.start_ms < segment.end_ms <= start_ms + 10_000
        assert segment.text == segment.text.strip() != ""
        assert 0.0 <= segment.confidence <= 1.0
        assert segment.words
        assert set(segment.flags) <= set(FLAGS)
        at = segment.start_ms
        for word in segment.words:
            assert at <= word.start_ms <= word.end_ms <= segment.end_ms
            assert word.text
            at = word.end_ms
    assert [segment.start_ms for segment in segments] == sorted(segment.start_ms for segment in segments)
