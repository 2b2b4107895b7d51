"""Overlapping tags drawn as runs: every word stays, in order, whatever lies over it."""

from hypothesis import given
from hypothesis import strategies as st

from themes.marks import Block, Mark, draw

TEXT = "It had to be from the council. So I walked back. It’s four miles."


def mark(start: int, end: int, name: str = "a", css: str = "barrier") -> Mark:
    return Mark(start, end, f"{name.upper()}1", name, name, css)


def words(blocks: list[Block]) -> str:
    return "".join(run.text for block in blocks for run in block.runs)


def test_draw_leaves_bare_words_bare() -> None:
    blocks = draw(TEXT, [])
    assert [block.outer for block in blocks] == [None]
    assert words(blocks) == TEXT


def test_draw_nests_the_mark_that_starts_later() -> None:
    outer, inner = mark(0, 48, "a"), mark(31, 65, "b", "experience")
    blocks = draw(TEXT, [inner, outer])
    assert [block.outer for block in blocks] == [outer, inner]
    assert [(run.text, run.inner) for run in blocks[0].runs] == [
        (TEXT[:31], None),
        (TEXT[31:48], inner),
    ]
    assert blocks[0].opening == [outer]
    assert blocks[0].runs[1].opening == [inner]
    assert blocks[1].opening == []
    assert words(blocks) == TEXT


def test_draw_puts_the_longer_of_two_that_start_together_outside() -> None:
    short, long = mark(0, 6, "a"), mark(0, 30, "b")
    blocks = draw(TEXT, [short, long])
    assert blocks[0].outer is long
    assert blocks[0].runs[0].inner is short
    assert blocks[0].opening == [long, short]


def test_draw_shows_the_initial_of_a_third_mark_but_draws_two() -> None:
    marks = [mark(0, 40, "a"), mark(0, 30, "b"), mark(0, 20, "c")]
    blocks = draw(TEXT, marks)
    assert blocks[0].opening == marks
    assert blocks[0].runs[0].inner is marks[1]


def test_draw_leaves_out_what_lies_outside_the_text() -> None:
    assert draw("short", [mark(2, 99), mark(3, 3)])[0].outer is None


@given(
    st.text(min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6),
)
def test_draw_keeps_every_word_once(text: str, stretches: list[tuple[int, int]]) -> None:
    marks = [mark(start, end, str(place)) for place, (start, end) in enumerate(stretches)]
    assert words(draw(text, marks)) == text
