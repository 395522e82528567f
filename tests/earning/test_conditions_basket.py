"""What is in the basket: lines in and out, minimum spend and quantity."""

import pytest

from tests.earning.makers import bought, fixed, holds, judged, line, per_baht, points, rule

GROCERIES = {"kind": "category", "codes": ["groceries"]}
BASKET = (
    line(1, 3333, category="Groceries", product="rice", tags=("thai", "dry")),
    line(2, 1000, category="toys", product="ball"),
)


@pytest.mark.parametrize(
    ("condition", "counted"),
    [
        (GROCERIES, 3333),
        ({**GROCERIES, "out": True}, 1000),
        ({"kind": "product", "codes": ["ball", "kite"]}, 1000),
        ({"kind": "product", "codes": ["BALL"], "out": True}, 3333),
        ({"kind": "tag", "codes": ["dry"]}, 3333),
        ({"kind": "tag", "codes": ["dry"], "out": True}, 1000),
    ],
)
def test_a_condition_on_lines_counts_only_those_lines(condition, counted):
    [award] = judged(bought(*BASKET), rule(per_baht(), condition))
    assert award.value_minor == counted
    assert award.points == counted // 100
    assert award.basis == {1: 3333} if counted == 3333 else {2: 1000}


def test_two_conditions_on_lines_count_what_both_let_through():
    both = GROCERIES, {"kind": "tag", "codes": ["thai"], "out": True}
    assert judged(bought(*BASKET), rule(per_baht(), *both)) == []


def test_lines_that_are_all_let_through_need_no_basis():
    [award] = judged(
        bought(*BASKET), rule(per_baht(), {**GROCERIES, "codes": ["toys", "groceries"]})
    )
    assert award.basis is None
    assert award.value_minor == 4333


def test_a_basket_without_the_category_earns_nothing():
    assert judged(bought(line(1, 5000, category="toys")), rule(per_baht(), GROCERIES)) == []


def test_a_bill_without_lines_holds_nothing_that_must_be_in_it():
    assert judged(bought(spend=5000), rule(per_baht(), GROCERIES)) == []


def test_a_bill_without_lines_holds_nothing_that_must_not_be_in_it():
    assert points(bought(spend=5000), rule(per_baht(), {**GROCERIES, "out": True})) == 50


@pytest.mark.parametrize(("spend", "expected"), [(29_999, False), (30_000, True)])
def test_a_minimum_spend_is_met_exactly(spend, expected):
    assert holds({"kind": "minimum_spend", "minor": 30_000}, bought(spend=spend)) is expected


def test_a_minimum_may_be_asked_of_the_lines_that_count():
    basket = {"kind": "minimum_spend", "minor": 4000}
    lines = {**basket, "of": "lines"}
    assert points(bought(*BASKET), rule(fixed(5), GROCERIES, basket)) == 5
    assert points(bought(*BASKET), rule(fixed(5), GROCERIES, lines)) == 0


@pytest.mark.parametrize(("quantity", "expected"), [("2.5", False), ("3", True)])
def test_a_minimum_quantity_is_met_exactly(quantity, expected):
    activity = bought(line(1, 900, quantity))
    assert holds({"kind": "minimum_quantity", "quantity": 3}, activity) is expected


def test_a_minimum_quantity_asks_for_the_lines_that_count():
    three_toys = bought(line(1, 900, 3, category="toys"), line(2, 100, category="groceries"))
    three = {"kind": "minimum_quantity", "quantity": "3"}
    assert points(three_toys, rule(fixed(5), three)) == 5
    assert points(three_toys, rule(fixed(5), GROCERIES, three)) == 0


def test_gifts_and_shipping_are_not_counted_as_things_bought():
    activity = bought(line(1, 900, 2), line(2, 0, 5), line(3, 100, 5, kind="shipping"))
    assert not holds({"kind": "minimum_quantity", "quantity": 3}, activity)
