from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.disclosure import (
    Rules,
    check_differencing,
    check_enough,
    current_rules,
    rounded,
    rule_sentence,
    safe_count,
    safe_money,
    safe_number,
    safe_quartile,
    safe_share,
)
from coaching.errors import TooCloseToEarlier, TooFewPeople

RULES = Rules()
stricter = st.builds(Rules, threshold=st.integers(10, 60), base=st.integers(5, 60))
rules = st.one_of(st.just(RULES), stricter)


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "fewer than 10"), (9, "fewer than 10"), (10, "10"), (12, "10"), (13, "15"), (1234, "1,235")],
)
def test_counts_are_hidden_below_ten_and_rounded_to_five(count, text):
    assert safe_count(count, RULES).text == text


def test_zero_is_hidden_unless_it_can_describe_nobody():
    assert safe_count(0, RULES).is_hidden
    assert safe_count(0, RULES, zero_describes_nobody=True).text == "0"


def test_share_is_hidden_when_those_left_over_are_few():
    hidden = safe_share(91, 100, RULES)
    assert hidden.is_hidden
    assert "%" not in hidden.text
    assert safe_count(91, RULES).text == "90"


@pytest.mark.parametrize(
    ("count", "total", "text"),
    [
        (9, 100, "fewer than 10"),
        (10, 20, "50%"),
        (90, 100, "90%"),
        (100, 100, "not shown"),
        (0, 100, "fewer than 10"),
        (130, 210, "62%"),
        (612, 1001, "61.0%"),
        (333, 999, "34%"),
    ],
)
def test_share_is_taken_from_rounded_numbers(count, total, text):
    assert safe_share(count, total, RULES).text == text


@given(rules, st.integers(0, 5000))
def test_a_shown_count_is_never_below_the_threshold_and_always_on_the_base(each, count):
    cell = safe_count(count, each)
    if cell.size is None:
        assert count < each.floor
        assert cell.text == f"fewer than {each.floor}"
    else:
        assert count >= each.threshold
        assert cell.size >= each.threshold
        assert cell.size % each.base == 0
        assert abs(cell.size - count) <= each.base / 2


@given(rules, st.integers(10, 5000))
def test_a_shown_count_stands_for_at_least_half_a_base_of_counts(each, count):
    cell = safe_count(count, each)
    if cell.size is not None:
        alike = [other for other in range(count + 2 * each.base) if safe_count(other, each) == cell]
        assert len(alike) >= each.base / 2


@given(rules, st.integers(0, 3000), st.integers(0, 3000))
def test_a_shown_share_has_enough_people_on_both_sides(each, one, other):
    total = one + other
    cell = safe_share(one, total, each)
    if cell.size is not None:
        assert min(one, other) >= each.threshold
        assert 0 < cell.size <= 100
    else:
        assert min(one, other) < each.floor
        assert "%" not in cell.text


@given(st.integers(0, 10_000), st.integers(5, 100))
def test_rounding_goes_to_the_nearest_multiple(count, base):
    value = rounded(count, Rules(base=base))
    assert value % base == 0
    assert abs(value - count) <= base / 2


@pytest.mark.parametrize(
    ("value", "people", "text"),
    [("2.449", 9, "not shown"), ("2.449", 10, "2.4"), ("-0.04", 10, "0.0"), ("-1.25", 40, "−1.3")],
)
def test_means_need_ten_people(value, people, text):
    assert safe_number(Decimal(value), people, RULES).text == text


def test_a_signed_number_says_rises_as_well_as_falls():
    assert safe_number(1.5, 30, RULES, signed=True).text == "+1.5"
    assert safe_number(-1.5, 30, RULES, signed=True).text == "−1.5"
    assert safe_number(0, 30, RULES, signed=True).text == "0.0"


@pytest.mark.parametrize(("people", "hidden"), [(39, True), (40, False)])
def test_a_quartile_needs_ten_people_in_each_quarter(people, hidden):
    assert safe_quartile(3, people, RULES).is_hidden is hidden


def test_money_needs_ten_people_and_none_with_more_than_half():
    assert safe_money([Decimal(10)] * 10, RULES).text == "£100"
    assert safe_money([Decimal(10)] * 9, RULES).is_hidden
    assert safe_money([Decimal(1)] * 10 + [Decimal(11)], RULES).is_hidden


@pytest.mark.parametrize(("threshold", "base"), [(9, 5), (10, 4), (0, 0)])
def test_rules_cannot_be_made_looser(threshold, base):
    with pytest.raises(ValueError, match="stricter"):
        Rules(threshold, base)


def test_settings_make_the_rules_stricter(settings):
    settings.DISCLOSURE_THRESHOLD, settings.DISCLOSURE_BASE = 12, 10
    assert current_rules() == Rules(12, 10)
    assert current_rules().floor == 20
    assert "20" in rule_sentence()


def test_settings_cannot_make_the_rules_looser(settings):
    settings.DISCLOSURE_THRESHOLD = 5
    with pytest.raises(ValueError, match="stricter"):
        current_rules()


@pytest.mark.parametrize(("people", "blocked"), [(9, True), (10, False)])
def test_check_enough(people, blocked):
    if blocked:
        with pytest.raises(TooFewPeople):
            check_enough(people, RULES)
    else:
        check_enough(people, RULES)


@pytest.mark.parametrize(("added", "blocked"), [(0, False), (1, True), (9, True), (10, False)])
def test_a_figure_of_nearly_the_same_people_is_blocked(added, blocked):
    earlier = {1: frozenset(range(40))}
    for people in (range(40 + added), range(added, 40)):
        if blocked:
            with pytest.raises(TooCloseToEarlier):
                check_differencing(people, earlier, RULES)
        else:
            check_differencing(people, earlier, RULES)


@given(st.frozensets(st.integers(0, 60)), st.dictionaries(st.integers(), st.frozensets(st.integers(0, 60))))
def test_differencing_looks_at_every_earlier_figure_both_ways(people, earlier):
    close = any(0 < len(people - others) + len(others - people) < 10 for others in earlier.values())
    if close:
        with pytest.raises(TooCloseToEarlier):
            check_differencing(people, earlier, RULES)
    else:
        check_differencing(people, earlier, RULES)
