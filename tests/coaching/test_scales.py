from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching import scales
from coaching.errors import AnswersRefused
from coaching.models import Instrument

SHORT, LONG = Instrument.SWEMWBS, Instrument.WEMWBS


def answers(instrument, answer):
    return dict.fromkeys(scales.ITEMS[instrument], answer)


@pytest.mark.parametrize(
    ("answer", "raw", "metric"), [(1, 7, "7.00"), (3, 21, "19.25"), (4, 28, "25.03"), (5, 35, "35.00")]
)
def test_short_scale_is_scored_by_the_table(answer, raw, metric):
    scored = scales.score(SHORT, answers(SHORT, answer))
    assert (scored.is_complete, scored.raw, scored.metric) == (True, Decimal(raw), Decimal(metric))


def test_long_scale_is_the_sum_with_the_metric_of_its_seven():
    scored = scales.score(LONG, answers(LONG, 3))
    assert (scored.raw, scored.metric) == (Decimal(42), Decimal("19.25"))


def test_short_scale_has_positions_1_2_3_6_7_9_11():
    assert scales.SWEMWBS_ITEMS == ("q01", "q02", "q03", "q06", "q07", "q09", "q11")


def test_table_has_29_rising_values_from_7_to_35():
    values = list(scales.SWEMWBS_METRIC.values())
    assert len(values) == 29
    assert values == sorted(set(values))
    assert (values[0], values[-1]) == (Decimal("7.00"), Decimal("35.00"))


@pytest.mark.parametrize("instrument", [SHORT, LONG])
@pytest.mark.parametrize("gap", [None, "left out"])
def test_a_missing_item_is_not_scored(instrument, gap):
    given_answers = answers(instrument, 4)
    if gap is None:
        given_answers["q02"] = None
    else:
        del given_answers["q02"]
    assert scales.score(instrument, given_answers) == scales.Score(is_complete=False)


@pytest.mark.parametrize("wrong", [0, 6, -1, 2.5, "3", True])
def test_answers_out_of_range_are_refused_not_clipped(wrong):
    with pytest.raises(AnswersRefused, match="q02"):
        scales.score(SHORT, answers(SHORT, 3) | {"q02": wrong})


def test_an_item_the_scale_does_not_have_is_refused():
    with pytest.raises(AnswersRefused, match="q04"):
        scales.score(SHORT, answers(SHORT, 3) | {"q04": 3})


@given(st.lists(st.integers(1, 5), min_size=14, max_size=14))
def test_metric_of_the_long_scale_equals_that_of_its_short_form(values):
    given_answers = dict(zip(scales.WEMWBS_ITEMS, values, strict=True))
    short = {item: given_answers[item] for item in scales.SWEMWBS_ITEMS}
    long_score, short_score = scales.score(LONG, given_answers), scales.score(SHORT, short)
    assert long_score.metric == short_score.metric
    assert long_score.raw == sum(values)


@pytest.mark.parametrize(
    ("change", "instrument", "expected"),
    [
        ("1.02", SHORT, (True, False, False, False)),
        ("1.03", SHORT, (True, False, True, False)),
        ("2.87", SHORT, (True, False, True, True)),
        ("-1.03", SHORT, (False, True, True, False)),
        ("-2.87", SHORT, (False, True, True, True)),
        ("0", SHORT, (False, False, False, False)),
        ("2", LONG, (True, False, False, False)),
        ("3", LONG, (True, False, True, False)),
        ("-8", LONG, (False, True, True, True)),
    ],
)
def test_direction_treats_rises_and_falls_alike(change, instrument, expected):
    found = scales.direction(Decimal(change), instrument)
    assert (found.rose, found.fell, found.notable, found.strict) == expected


@pytest.mark.parametrize("raw", [6, 36])
def test_metric_of_an_impossible_sum_is_refused(raw):
    with pytest.raises(AnswersRefused):
        scales.metric_of(raw)
