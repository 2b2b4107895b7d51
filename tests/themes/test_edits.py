"""What may differ between what was said and what is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from themes.edits import check_edits
from themes.errors import EditNotAllowed

SAID = (
    "Um, I told Margaret at the hostel in Eastmere that, you know, I’d not be back by ten. It’s four miles."
)


def test_check_edits_accepts_the_very_words() -> None:
    edits = check_edits(SAID, SAID)
    assert (edits.n_brackets, edits.n_cuts, edits.n_fillers) == (0, 0, 0)


def test_check_edits_accepts_brackets_cuts_and_dropped_fillers_together() -> None:
    shown = "I told [the worker] at the hostel in [town] that I’d not be back by ten. …"
    edits = check_edits(SAID, shown)
    assert edits.n_brackets == 2
    assert edits.n_cuts == 1
    assert edits.n_fillers >= 2


def test_check_edits_takes_straight_and_curly_marks_as_one() -> None:
    check_edits("I’d not be back", "I'd not be back")


def test_check_edits_keeps_brackets_that_stand_in_the_text() -> None:
    check_edits("[Dee] did that once.", "[Dee] did that once.")


@pytest.mark.parametrize(
    "shown",
    [
        SAID.replace("told", "said to"),
        SAID.replace("I’d not", "I would not"),
        SAID.replace("four miles", "miles four"),
        SAID + " And then I went home.",
    ],
)
def test_check_edits_refuses_other_words(shown: str) -> None:
    with pytest.raises(EditNotAllowed, match="was not said there"):
        check_edits(SAID, shown)


def test_check_edits_refuses_a_silent_cut_at_the_end() -> None:
    with pytest.raises(EditNotAllowed, match="at the end are missing"):
        check_edits(SAID, SAID.removesuffix(" It’s four miles."))


def test_check_edits_refuses_a_bracket_over_a_whole_sentence() -> None:
    with pytest.raises(EditNotAllowed):
        check_edits("I walked back over the moor in the snow on my own that night", "I [went] night")


@pytest.mark.parametrize("shown", ["", "…", "[someone]", "  ", "[town] …"])
def test_check_edits_refuses_to_leave_nothing(shown: str) -> None:
    with pytest.raises(EditNotAllowed, match="Nothing is left"):
        check_edits(SAID, shown)


@pytest.mark.parametrize("shown", ["I told [] at the hostel", "I told [Margaret at the hostel"])
def test_check_edits_refuses_broken_brackets(shown: str) -> None:
    with pytest.raises(EditNotAllowed, match="bracket"):
        check_edits(SAID, shown)


def test_check_edits_says_where_without_repeating_the_words() -> None:
    with pytest.raises(EditNotAllowed) as refused:
        check_edits("I walked back alone", "I walked home alone")
    assert "Word 3" in str(refused.value)
    assert "home" not in str(refused.value)


def test_check_edits_holds_words_with_emoji_and_combining_accents() -> None:
    said = "Cafe\u0301 Dw\u0302r was shut 🙂 so we stood outside"
    check_edits(said, said)
    check_edits(said, "… was shut 🙂 so we stood outside")


@given(st.lists(st.sampled_from(["walk", "dog", "key", "rain", "letter"]), min_size=2, max_size=12))
def test_check_edits_accepts_any_one_cut(words: list[str]) -> None:
    said = " ".join(words)
    check_edits(said, said)
    shown = " ".join(["…", *words[1:]])
    assert check_edits(said, shown).n_cuts == 1
