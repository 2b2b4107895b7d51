from decimal import Decimal

import pytest

from coaching import assets
from coaching.errors import AnswersRefused
from coaching.models import AssetDefinition


def definition(items=None, minimum=1, maximum=5):
    return AssetDefinition(items=items or assets.starter_items(), minimum=minimum, maximum=maximum)


def all_answered(answer):
    return {item["id"]: answer for item in assets.starter_items()}


@pytest.mark.parametrize(("answer", "total"), [(1, "0.00"), (3, "30.00"), (5, "60.00")])
def test_total_runs_from_0_to_60(answer, total):
    scored = assets.score(definition(), all_answered(answer))
    assert scored.total == Decimal(total)
    assert scored.internal == scored.external == Decimal(total) / 2


def test_domain_averages_areas_not_items():
    items = [
        {"id": "a01", "domain": "internal", "area": "one"},
        {"id": "a02", "domain": "internal", "area": "one"},
        {"id": "a03", "domain": "internal", "area": "one"},
        {"id": "a04", "domain": "internal", "area": "two"},
        {"id": "a05", "domain": "external", "area": "three"},
    ]
    scored = assets.score(definition(items), {"a01": 1, "a02": 1, "a03": 1, "a04": 5, "a05": 1})
    assert scored.areas == {"one": Decimal("1.00"), "two": Decimal("5.00"), "three": Decimal("1.00")}
    # Areas average 3, so half of the range of 30; items would have averaged 2.
    assert scored.internal == Decimal("15.00")
    assert scored.total == Decimal("15.00")


def test_a_domain_needs_three_quarters_of_its_items_and_a_total_both_domains():
    answers = all_answered(3)
    del answers["a01"]
    assert assets.score(definition(), answers).internal == Decimal("15.00")
    del answers["a02"]
    scored = assets.score(definition(), answers)
    assert (scored.internal, scored.external, scored.total) == (None, Decimal("15.00"), None)


@pytest.mark.parametrize("wrong", [{"a01": 6}, {"a01": 0}, {"a01": "3"}, {"z99": 3}])
def test_wrong_answers_are_refused(wrong):
    with pytest.raises(AnswersRefused):
        assets.score(definition(), wrong)


def test_starter_set_holds_ids_and_areas_and_no_wording():
    for item in assets.starter_items():
        assert set(item) == {"id", "domain", "area"}
