from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from coaching.charts import LABEL_WIDTH, WIDTH, chart_of
from coaching.statistics import mean_change, spread


def test_mean_change_gives_the_t_interval():
    values = [1.0, 2.0, 3.0, 4.0]
    found = mean_change([Decimal(str(value)) for value in values])
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert found.mean == 2.5
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.excludes_zero


def test_mean_change_of_equal_changes_has_no_width():
    found = mean_change([Decimal("1.5")] * 5)
    assert (found.low, found.mean, found.high) == (1.5, 1.5, 1.5)
    assert not mean_change([Decimal(0)] * 5).excludes_zero


@pytest.mark.parametrize("function", [mean_change, spread])
def test_one_value_is_too_few(function):
    with pytest.raises(ValueError, match="two"):
        function([1.0])


def test_spread_gives_mean_and_quartiles():
    found = spread([1, 2, 3, 4, 5])
    assert (found.mean, found.lower, found.median, found.upper) == (3, 2, 3, 4)


def row(label, size, series="main"):
    text = "fewer than 10" if size is None else str(size)
    return {"label": label, "values": [text], "size": size, "series": series}


@given(st.lists(st.one_of(st.none(), st.integers(0, 5000)), min_size=1, max_size=12), st.booleans())
def test_every_bar_stays_inside_the_drawing(sizes, has_long_labels):
    label = "A rule or contract ended it" if has_long_labels else "Rose"
    drawn = chart_of([row(label, size) for size in sizes])
    if not any(sizes):
        assert drawn is None
        return
    assert drawn is not None
    assert drawn.axis_x == (None if has_long_labels else LABEL_WIDTH)
    for bar in drawn.bars:
        assert bar.x + bar.width <= WIDTH
        assert bar.y + 16 <= drawn.height


def test_a_hidden_number_has_no_bar():
    drawn = chart_of([row("Rose", 40), row("Fell", None), row("by 1.03 or more", 20, "within")])
    assert drawn is not None
    assert [bar.width for bar in drawn.bars] == [162.0, 0.0, 81.0]
    assert drawn.bars[1].number == "fewer than 10"
    assert drawn.has_within
