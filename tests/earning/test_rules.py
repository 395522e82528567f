"""Judging: what an activity earns, by worked examples of known programs."""

import json
from datetime import date
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.earning.rules import TooManyPoints, unmet_conditions
from tests.earning.makers import (
    book,
    bought,
    done,
    fixed,
    judged,
    line,
    per_baht,
    points,
    rule,
)

GOLD = {"tier_rank": 2, "tier_name": {"en": "Gold", "th": "โกลด์"}, "multiplier_percent": 150}


def test_p01_a_point_for_each_unit_of_spend():
    [award] = judged(bought(spend=5990), rule(per_baht()))
    assert award.points == 59
    assert award.value_minor == 5990
    assert award.whole_above_minor is None  # Taken back pro rata.


def test_p02_a_stamp_for_each_visit_of_a_minimum():
    stamp = rule(
        {"kind": "stamps", "stamps": 1}, {"kind": "minimum_spend", "minor": 300}, wallet="stamps"
    )
    assert points(bought(spend=250), stamp) == 0
    [award] = judged(bought(spend=300, **GOLD), stamp)
    assert award.points == 1  # No tier stamps one and a half times.
    assert award.whole_above_minor == 300


def test_p03_ten_points_a_month():
    assert points(done("membership_month"), rule(fixed(10), trigger="membership_month")) == 10


@pytest.mark.parametrize(
    ("rounding", "cents"), [("half_up", 110), ("floor", 109), ("ceiling", 110)]
)
def test_p04_cashback_by_category(rounding, cents):
    groceries = {"kind": "category", "codes": ["groceries"]}
    three = rule({"kind": "percent", "basis_points": 300}, groceries, wallet="cashback")
    one = rule(
        {"kind": "percent", "basis_points": 100}, {**groceries, "out": True}, wallet="cashback"
    )
    basket = bought(line(1, 3333, category="groceries"), line(2, 1000, category="toys"))
    assert points(basket, three, one, rounding=rounding) == cents


def test_p05_a_first_video_ever_gives_more_to_the_new():
    first = rule(
        fixed(50),
        {"kind": "nth_activity", "n": 1},
        {"kind": "new_member", "days": 30},
        trigger="video",
    )
    every = rule(fixed(10), trigger="video")
    new = {"enrolled_on": date(2026, 5, 30)}
    assert points(done("video", **new), first, every) == 60
    assert points(done("video", activities_before=1, **new), first, every) == 10
    assert points(done("video"), first, every) == 10


def test_p13_a_payment_method_earns_double():
    card = {"kind": "payment_method", "codes": ["stored_value"]}
    rules = rule(per_baht(2), card), rule(per_baht(1), {**card, "out": True})
    assert points(bought(spend=10_000, payment_method="stored_value"), *rules) == 200
    assert points(bought(spend=10_000, payment_method="cash"), *rules) == 100


@pytest.mark.parametrize(
    ("rounding", "given"),
    [("floor", 89), ("half_up", 90), ("ceiling", 90)],
)
def test_rounding_happens_once_after_the_tier(rounding, given):
    # 59.90 × 1.5 = 89.85; rounded before the tier it would be 59 × 1.5 = 88.
    assert points(bought(spend=5990, **GOLD), rule(per_baht()), rounding=rounding) == given


@pytest.mark.parametrize(("spend", "given"), [(150, 2), (149, 1), (250, 3), (50, 1), (49, 0)])
def test_a_half_is_rounded_up(spend, given):
    assert points(bought(spend=spend), rule(per_baht()), rounding="half_up") == given


@given(
    spend=st.integers(1, 10**9),
    give=st.integers(1, 1000),
    per=st.integers(1, 10**6),
    percent=st.integers(100, 500),
    rounding=st.sampled_from(["floor", "half_up", "ceiling"]),
)
def test_points_are_the_exact_figure_rounded_once(spend, give, per, percent, rounding):
    exactly = Fraction(spend * give, per) * Fraction(percent, 100)
    given_points = points(
        bought(spend=spend, multiplier_percent=percent),
        rule(per_baht(give, per)),
        rounding=rounding,
    )
    assert (
        given_points
        == {
            "floor": floor(exactly),
            "half_up": floor(exactly + Fraction(1, 2)),
            "ceiling": ceil(exactly),
        }[rounding]
    )


def test_a_rule_may_leave_the_tier_out():
    assert points(bought(spend=10_000, **GOLD), rule(per_baht(), multiplied_by_tier=False)) == 100


@pytest.mark.parametrize(("spend", "given"), [(2499, 0), (2500, 3), (4999, 3), (5000, 6)])
def test_whole_steps_count_only_when_they_are_full(spend, given):
    steps = per_baht(3, 2500, whole_steps=True)
    assert points(bought(spend=spend), rule(steps), rounding="ceiling") == given


def test_points_for_each_item_of_the_lines_that_count():
    each_coffee = rule({"kind": "per_unit", "points": 5}, {"kind": "category", "codes": ["coffee"]})
    basket = bought(line(1, 12_000, 2, category="coffee"), line(2, 9000, 7, category="toys"))
    [award] = judged(basket, each_coffee)
    assert (award.points, award.value_minor, award.basis) == (10, 12_000, {1: 12_000})


def test_a_fixed_award_stays_whole_above_its_minimum():
    least = {"kind": "minimum_spend", "minor": 30_000}
    [with_minimum] = judged(bought(spend=50_000), rule(fixed(50), least))
    [without] = judged(bought(spend=50_000), rule(fixed(50)))
    [birthday] = judged(done("birthday"), rule(fixed(50), trigger="birthday"))
    assert with_minimum.whole_above_minor == 30_000
    assert without.whole_above_minor == 1
    assert birthday.whole_above_minor is None


def test_a_minimum_of_the_basket_says_nothing_of_a_part_of_it():
    least = {"kind": "minimum_spend", "minor": 30_000}
    toys = {"kind": "category", "codes": ["toys"]}
    basket = bought(line(1, 40_000), line(2, 9_000, category="toys"))
    [award] = judged(basket, rule(fixed(50), least, toys))
    assert (award.value_minor, award.whole_above_minor) == (9_000, 1)


def test_a_sale_of_which_nothing_counts_earns_nothing():
    gift_card = bought(line(1, 0, kind="gift_card"))
    assert judged(gift_card, rule(fixed(50)), rule(per_baht())) == []


def test_an_activity_is_judged_by_the_rules_of_its_trigger_only():
    rules = rule(per_baht()), rule(fixed(7), trigger="sign_up"), rule(fixed(9), trigger="review")
    assert points(done("sign_up"), *rules) == 7
    assert points(done("review"), *rules) == 9
    assert points(done("unheard_of"), *rules) == 0


def test_awards_come_in_the_order_of_the_rules_and_name_them():
    first, second = rule(per_baht()), rule(fixed(5), is_qualifying=False)
    awards = judged(bought(spend=1000), first, second)
    assert [award.source for award in awards] == [first.source, second.source]
    assert [award.is_qualifying for award in awards] == [True, False]


def test_steps_can_be_stored():
    basket = bought(line(1, 3333, category="toys"), line(2, 1000), **GOLD)
    [award] = judged(basket, rule(per_baht(), {"kind": "category", "codes": ["toys"]}))
    assert json.loads(json.dumps(award.steps)) == [
        {"step": "lines", "lines": [1], "of_minor": 4333, "gives_minor": 3333},
        {"step": "spend", "spend_minor": 3333, "points": 1, "per_minor": 100, "gives": "33.33"},
        {"step": "tier", "name": GOLD["tier_name"], "percent": 150, "gives": "49.995"},
        {"step": "rounded", "rounding": "floor", "gives": "49"},
    ]


def test_a_figure_that_no_decimal_tells_is_kept_as_a_fraction():
    [award] = judged(bought(spend=10_000), rule(per_baht(1, 300)))
    assert award.steps[0]["gives"] == "100/3"
    assert award.points == 33


def test_a_rule_that_gives_beyond_reason_is_refused():
    with pytest.raises(TooManyPoints):
        judged(bought(spend=10**12), rule(per_baht(1_000_000, 1)))


def test_it_is_known_which_condition_was_not_met():
    [promise] = book(
        rule(
            fixed(5), {"kind": "minimum_spend", "minor": 500}, {"kind": "weekday", "days": ["tue"]}
        )
    ).rules["purchase"]
    assert [one.kind for one in unmet_conditions(promise, bought(spend=400))] == ["minimum_spend"]
    assert unmet_conditions(promise, bought(spend=500)) == []
