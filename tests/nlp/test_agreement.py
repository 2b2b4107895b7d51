"""The figures of the domain guide, section 16, and the edges where nothing can be computed."""

from __future__ import annotations

import pytest

from nlp.agreement import cohen_kappa, krippendorff_alpha, per_code_alpha, reading_of_alpha

FOUR_CODERS = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""


def test_kappa_of_the_worked_example() -> None:
    first = [True] * 25 + [False] * 25
    second = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15

    kappa = cohen_kappa(first, second)

    assert kappa.observed == pytest.approx(0.70)
    assert kappa.value == pytest.approx(0.40)
    assert kappa.n == 50


def test_alpha_of_the_worked_example() -> None:
    table = [
        [None if mark == "." else int(mark) for mark in row.split()] for row in FOUR_CODERS.split("\n") if row
    ]

    alpha = krippendorff_alpha(table)

    assert alpha.value == pytest.approx(0.743, abs=0.0005)
    assert alpha.n == 11


def test_what_chance_alone_explains_cannot_be_computed() -> None:
    assert cohen_kappa(["a", "a"], ["a", "a"]).value is None
    assert krippendorff_alpha([[1, 1, None], [1, 1, 2]]).value is None
    assert cohen_kappa([], []).value is None
    assert krippendorff_alpha([[1, None], [None, 2]]).value is None
    assert krippendorff_alpha([]).value is None


def test_full_agreement_on_more_than_one_thing_is_one() -> None:
    assert cohen_kappa(["a", "b"], ["a", "b"]).value == 1.0
    assert krippendorff_alpha([["a", "b"], ["a", "b"]]).value == pytest.approx(1.0)


def test_units_not_read_by_both_are_left_out_of_kappa() -> None:
    assert cohen_kappa(["a", "b", None, "a"], ["a", "b", "b", None]).n == 2


def test_per_code_figures_give_the_lowest_and_the_median() -> None:
    agreed = [[True, False, True, False]] * 2
    at_odds = [[True, False, True, False], [False, True, False, True]]
    never = [[False] * 4] * 2

    codes = per_code_alpha({"agreed": agreed, "at odds": at_odds, "never": never})

    assert codes.per_code["never"].value is None
    assert codes.lowest is not None
    assert codes.lowest < 0
    assert codes.median == pytest.approx((1 + codes.lowest) / 2)
    assert per_code_alpha({}).median is None


def test_rows_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one entry for each unit"):
        krippendorff_alpha([[1, 2], [1]])
    with pytest.raises(ValueError, match="one entry for each unit"):
        cohen_kappa([1], [1, 2])


@pytest.mark.parametrize(
    ("value", "reading"),
    [
        (0.80, "rely"),
        (0.799, "tentative"),
        (0.667, "tentative"),
        (0.66, "revise"),
        (-1.0, "revise"),
        (None, None),
    ],
)
def test_alpha_is_read_by_krippendorffs_limits(value: float | None, reading: str | None) -> None:
    assert reading_of_alpha(value) == reading
