"""Steps told to people: the lines add up to what was posted, in both languages."""

import re

import pytest

from loyalty.earning import caps
from loyalty.earning.activity import Activity, Award
from loyalty.earning.explanation import sentences
from loyalty.earning.models import EarningRule
from loyalty.earning.rulebook import compile_rule
from loyalty.localized import Localized
from tests.earning.makers import bought, done, fixed, judged, line, per_baht, rule

GOLD = {"tier_rank": 2, "tier_name": {"en": "Gold", "th": "โกลด์"}, "multiplier_percent": 150}
COFFEE = {"kind": "category", "codes": ["coffee"]}
MONTH = [{"period": "month", "limit": 600}]
BASKET = bought(line(1, 3333, category="coffee"), line(2, 1000), **GOLD)


def told(award: Award, promise: EarningRule, language: str) -> list[str]:
    return sentences(
        award.steps,
        currency="THB",
        unit_one=promise.wallet.unit_one,
        unit_many=promise.wallet.unit_many,
        is_money=promise.wallet.kind == "cashback",
        language=language,
    )


def posted(activity: Activity, promise: EarningRule, used: int = 0) -> Award:
    [award] = judged(activity, promise)
    limits = caps.limits_for(award, compile_rule(promise), activity)
    return caps.limit(award, limits, {one.key: used for one in limits})


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "฿450.00 × 1 point per ฿1.00 = 450",
                "× 1.5 for Gold = 675",
                "At most 600 a month, 200 left: 200",
            ],
        ),
        (
            "th",
            [
                "฿450.00 × 1 แต้ม ต่อ ฿1.00 = 450",
                "× 1.5 สำหรับ โกลด์ = 675",
                "ไม่เกิน 600 ต่อเดือน เหลือ 200: 200",
            ],
        ),
    ],
)
def test_spend_tier_and_cap_are_told_line_by_line(language, lines):
    promise = rule(per_baht(), caps=MONTH)
    award = posted(bought(spend=45_000, **GOLD), promise, used=400)
    assert told(award, promise, language) == lines


@pytest.mark.parametrize("language", ["en", "th"])
@pytest.mark.parametrize(
    ("activity", "promise", "used"),
    [
        (bought(spend=5990), rule(per_baht()), 0),
        (bought(spend=5990, **GOLD), rule(per_baht(3, 700)), 0),
        (bought(spend=123_456, **GOLD), rule(per_baht(), caps=MONTH), 599),
        (bought(spend=9999), rule(per_baht(2, 2500, whole_steps=True)), 0),
        (BASKET, rule(per_baht(), COFFEE), 0),
        (BASKET, rule({"kind": "per_unit", "points": 5}, COFFEE), 0),
        (BASKET, rule({"kind": "stamps", "stamps": 2}, wallet="stamps"), 0),
        (done("video", **GOLD), rule(fixed(1234), trigger="video"), 0),
        (done("video"), rule(fixed(50), trigger="video", caps=MONTH), 600),
    ],
)
def test_the_last_line_is_what_was_posted(activity, promise, used, language):
    award = posted(activity, promise, used)
    last = told(award, promise, language)[-1]
    figures = re.findall(r"[\d,]+", last)
    assert int(figures[-1].replace(",", "")) == award.points


@pytest.mark.parametrize("language", ["en", "th"])
def test_cashback_is_told_as_money(language):
    promise = rule({"kind": "percent", "basis_points": 300}, wallet="cashback")
    award = posted(bought(spend=3333), promise)
    lines = told(award, promise, language)
    assert lines[0] == "฿33.33 × 3% = ฿0.9999"
    assert lines[1].endswith("฿0.99")
    assert award.points == 99


def test_every_kind_of_cap_is_told():
    step = {"step": "cap", "limit": 1000, "left": 40, "gives": "40"}
    kinds = [
        {"period": "day"},
        {"period": "week", "per_subject": True},
        {"period": "year", "scope": "total"},
        {"period": "ever"},
    ]
    lines = sentences(
        [step | kind for kind in kinds], currency="THB", unit_one="p", unit_many="ps", language="en"
    )
    assert lines == [
        "At most 1,000 a day, 40 left: 40",
        "At most 1,000 a week for each one, 40 left: 40",
        "At most 1,000 a year for all members together, 40 left: 40",
        "At most 1,000 in all, 40 left: 40",
    ]


@pytest.mark.parametrize(
    ("step", "english"),
    [
        ({"step": "tier_entry", "name": {"en": "Gold"}, "gives": 50}, "50 beans for reaching Gold"),
        ({"step": "reward", "name": {"en": "Free latte"}}, "Reward: Free latte"),
        ({"step": "paid", "amount_minor": 500, "points": 500}, "฿5.00 paid with 500 beans"),
        (
            {"step": "refund", "reference": "R-1", "given": 59, "taken_back": 20},
            "Refund R-1: of 59 given, 20 taken back so far",
        ),
        ({"step": "adjusted", "reason": "A cold latte"}, "Adjusted by hand: A cold latte"),
        ({"step": "undone", "reason": ""}, "Undone"),
        ({"step": "cancelled", "reason": "Changed mind"}, "Cancelled: Changed mind"),
        (
            {"step": "absorbed", "points": 1},
            "1 bean had been spent already: the shop bears them",
        ),
        (
            {"step": "collected", "points": 7},
            "7 beans that the shop had borne are not given twice",
        ),
    ],
    ids=lambda value: value["step"] if isinstance(value, dict) else "",
)
def test_entries_that_no_rule_made_are_told_too(step, english):
    words = {"currency": "THB", "unit_one": "bean", "unit_many": "beans"}
    assert sentences([step], **words, language="en") == [english]
    assert sentences([step], **words, language="th") != [english]


def test_a_figure_that_was_cut_says_so():
    promise = rule(per_baht(1, 300))
    lines = told(posted(bought(spend=10_000), promise), promise, "en")
    assert lines[0].endswith("= ≈\N{NARROW NO-BREAK SPACE}33.3333")


def test_names_are_told_in_the_readers_language():
    [line] = sentences(
        [{"step": "fixed", "points": 1, "gives": "1"}],
        currency="THB",
        unit_one=Localized(en="bean", th="เมล็ด"),
        unit_many=Localized(en="beans", th="เมล็ด"),
        language="th",
    )
    assert line == "1 เมล็ด"


@pytest.mark.parametrize(
    "step",
    [
        {"step": "spend"},
        {"step": "reward"},
        {"step": "tier_entry", "name": {}, "gives": "a few"},
        {"step": "tier", "name": None, "percent": "x", "gives": "1"},
        {"step": "cap", "period": "week", "limit": None, "left": 1, "gives": "1"},
        {"step": "rounded", "gives": "1/0"},
        {"step": "rounded", "gives": "nan"},
        {"step": "units", "quantity": "many", "points": 1, "gives": "1"},
        {"step": ["a list"], "gives": {}},
        {},
        None,
        "text",
    ],
)
def test_what_cannot_be_read_is_left_out_and_never_fails(step):
    assert sentences([step], currency="THB", unit_one="p", unit_many="ps") == []


def test_a_step_of_a_newer_kind_tells_its_figure():
    step = {"step": "of_tomorrow", "gives": "900"}
    assert sentences([step], currency="THB", unit_one="p", unit_many="ps", language="en") == [
        "Then: 900"
    ]
