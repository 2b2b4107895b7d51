from datetime import date, timedelta
from decimal import Decimal

import pytest

from coaching.pairing import Scored, Span, pair, pair_person

START = date(2025, 1, 1)


def on(days, score="20"):
    return Scored(START + timedelta(days=days), Decimal(score))


def days_of(found):
    return ((found.first.on - START).days, (found.later.on - START).days)


@pytest.mark.parametrize(
    ("offsets", "expected"),
    [
        ([0, 13], None),
        ([0, 14], (0, 14)),
        ([28, 100, 200], (28, 200)),
        ([-28, 90], (-28, 90)),
        ([-29, 90], None),
        ([5], None),
        ([], None),
    ],
)
def test_pair_takes_the_first_and_the_latest_two_weeks_on(offsets, expected):
    found = pair(Span(START), [on(each) for each in offsets])
    assert (found and days_of(found)) == expected


@pytest.mark.parametrize(("first", "late"), [(28, False), (29, True)])
def test_first_after_28_days_is_marked_late(first, late):
    found = pair(Span(START), [on(first), on(200)])
    assert found is not None
    assert found.late_first is late


@pytest.mark.parametrize(
    ("offsets", "expected", "at_ending"),
    [
        ([0, 300, 360], (0, 360), True),
        ([0, 300, 361], (0, 300), True),
        ([0, 240], (0, 240), True),
        ([0, 239], (0, 239), False),
    ],
)
def test_ended_relationship_takes_the_last_within_60_days_of_its_ending(offsets, expected, at_ending):
    found = pair(Span(START, START + timedelta(days=300)), [on(each) for each in offsets])
    assert found is not None
    assert days_of(found) == expected
    assert found.at_ending is at_ending


def test_a_person_who_came_back_counts_once():
    spans = [Span(START, START + timedelta(days=100)), Span(START + timedelta(days=400))]
    scores = [on(0), on(90), on(400), on(500)]
    found = pair_person(spans, scores)
    assert found is not None
    assert days_of(found) == (0, 90)


def test_the_second_relationship_is_used_where_the_first_has_no_pair():
    spans = [Span(START, START + timedelta(days=100)), Span(START + timedelta(days=110))]
    found = pair_person(spans, [on(95), on(112), on(300)])
    assert found is not None
    assert days_of(found) == (95, 112)
    assert pair_person(spans, [on(95), on(115)]) == pair(spans[0], [on(95), on(115)])
