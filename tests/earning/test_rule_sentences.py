"""A whole rule in one sentence, in English and Thai."""

import pytest
from django.utils import translation

from loyalty.earning.conditions import CONDITIONS, condition_from_json
from loyalty.earning.rule_forms import rule_sentence
from loyalty.merchants.models import Program
from tests.earning.makers import TERMS, fixed, per_baht, rule

CAFE = Program(currency="THB")
WORKDAYS = {"kind": "weekday", "days": ["mon", "tue", "wed", "thu", "fri"]}
COFFEE = {"kind": "category", "codes": ["coffee", "tea"]}
ONE_OF_EACH = [
    {"kind": "minimum_spend", "minor": 30_000},
    {"kind": "minimum_quantity", "quantity": 2},
    {"kind": "product", "codes": ["latte"]},
    COFFEE,
    {"kind": "tag", "codes": ["bio"], "out": True},
    {"kind": "payment_method", "codes": ["card"]},
    {"kind": "channel", "codes": ["app"]},
    {"kind": "location", "codes": ["siam"]},
    {"kind": "subject", "codes": ["facebook"]},
    {"kind": "weekday", "days": ["mon", "sun"]},
    {"kind": "hours", "starts": "09:00", "ends": "11:00"},
    {"kind": "dates", "starts_on": "2027-01-01"},
    {"kind": "tier", "from_rank": 1},
    {"kind": "holds", "codes": ["cake"]},
    {"kind": "first_purchase"},
    {"kind": "nth_purchase", "n": 5},
    {"kind": "nth_activity", "n": 1},
    {"kind": "new_member", "days": 30},
    {"kind": "returning", "days": 90},
    {"kind": "birthday_month"},
    {"kind": "segment", "segments": ["s1"]},
    {"kind": "own_days", "days": 3},
    {"kind": "badge", "badges": ["b1"], "out": True},
]


def said(promise, language="en"):
    with translation.override(language):
        return rule_sentence(promise, CAFE, tiers=TERMS.tiers, locations=TERMS.locations)


@pytest.mark.parametrize(
    ("promise", "english"),
    [
        (
            rule(
                per_baht(1, 2500),
                WORKDAYS,
                {"kind": "hours", "starts": "00:00", "ends": "11:00"},
                caps=[{"period": "month", "limit": 300}],
            ),
            "1 point for every ฿25 spent on weekdays before 11:00, at most 300 points a month",
        ),
        (
            rule({"kind": "percent", "basis_points": 250}, COFFEE, wallet="cashback"),
            "2.5% of what is spent, counting only the category “coffee” or “tea”",
        ),
        (rule(fixed(5000), trigger="sign_up", wallet="cashback"), "฿50 for joining"),
        (
            rule(fixed(50), {"kind": "nth_activity", "n": 1}, trigger="watched_video"),
            "50 points for “watched video” the 1st time",
        ),
        (
            rule(fixed(100), {"kind": "tier", "ranks": [1, 2]}, trigger="birthday"),
            "100 points on the birthday for Silver or Gold",
        ),
        (
            rule(
                per_baht(),
                {"kind": "dates", "starts_on": "2027-01-01", "ends_on": "2027-02-01"},
                {"kind": "location", "codes": ["siam", "x1"]},
            ),
            "1 point for every ฿1 spent from 1 January 2027 to 31 January 2027 at Siam or “x1”",
        ),
    ],
)
def test_a_rule_reads_as_a_promise(promise, english):
    assert said(promise) == english


def test_a_rule_reads_in_thai():
    promise = rule(per_baht(1, 2500), WORKDAYS, COFFEE, caps=[{"period": "week", "limit": 300}])
    assert said(promise, "th") == (
        "รับ 1 แต้ม ทุกการใช้จ่าย ฿25 นับเฉพาะหมวดหมู่ “coffee” หรือ “tea” "
        "ในวันจันทร์ถึงวันศุกร์ ไม่เกิน 300 แต้ม ต่อสัปดาห์"
    )


def test_no_kind_of_condition_is_forgotten_here():
    assert {data["kind"] for data in ONE_OF_EACH} == set(CONDITIONS)


@pytest.mark.parametrize("data", ONE_OF_EACH, ids=lambda data: data["kind"])
def test_each_condition_speaks_both_languages(data):
    condition = condition_from_json(data)
    with translation.override("en"):
        english = condition.sentence(TERMS)
    with translation.override("th"):
        thai = condition.sentence(TERMS)
    assert english
    assert english != thai
    assert any("ก" <= letter <= "๛" for letter in thai)


@pytest.mark.parametrize("data", ONE_OF_EACH, ids=lambda data: data["kind"])
def test_each_condition_comes_back_from_json_as_it_was(data):
    condition = condition_from_json(data)
    assert condition_from_json(condition.to_json()) == condition


def test_a_stored_rule_that_cannot_be_read_says_so():
    assert said(rule({"kind": "from_the_future"})).startswith("This rule cannot be read")
