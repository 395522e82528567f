"""Data that becomes a rule, or is refused with the name of each wrong field."""

import copy
from typing import Any

import pytest

from loyalty.earning.models import EarningRule
from loyalty.earning.parts import BadRule
from loyalty.earning.rule_forms import clean_rule, rule_data
from loyalty.ledger.models import Wallet

WALLETS = {kind: Wallet(code=kind, kind=kind) for kind in ("points", "stamps", "cashback")}
GOOD: dict[str, Any] = {
    "name": {"en": "Base", "th": "พื้นฐาน"},
    "trigger": "purchase",
    "conditions": [{"kind": "minimum_spend", "minor": 30_000}],
    "effect": {"kind": "per_spend", "points": 1, "per_minor": 100},
    "wallet": "points",
    "caps": [{"period": "week", "limit": 30}],
}
NAMED = {"trigger": "watched_video", "conditions": [], "effect": {"kind": "fixed", "points": 5}}


def clean(**changes: Any) -> dict[str, Any]:
    return clean_rule({**copy.deepcopy(GOOD), **changes}, wallets=WALLETS)


def problems(**changes: Any) -> set[str]:
    with pytest.raises(BadRule) as refused:
        clean(**changes)
    assert all(sentence.endswith((".", "…")) for sentence in refused.value.problems.values())
    return set(refused.value.problems)


def test_a_rule_is_made_of_what_was_told():
    cleaned = clean()
    assert cleaned["wallet"] is WALLETS["points"]
    assert cleaned["conditions"] == [{"kind": "minimum_spend", "minor": 30_000, "of": "basket"}]
    assert cleaned["caps"] == [
        {"limit": 30, "period": "week", "scope": "member", "per_subject": False}
    ]
    assert cleaned["multiplied_by_tier"] is True
    assert cleaned["is_qualifying"] is True


def test_what_is_written_out_is_read_back():
    rule = EarningRule(**clean(position=3, is_active=False))
    assert clean_rule(rule_data(rule), wallets=WALLETS) == clean(position=3, is_active=False)


def test_what_is_not_said_follows_from_effect_and_wallet():
    fixed = clean(effect={"kind": "fixed", "points": 5})
    stamps = clean(effect={"kind": "stamps", "stamps": 1}, wallet="stamps")
    assert fixed["multiplied_by_tier"] is False
    assert (stamps["multiplied_by_tier"], stamps["is_qualifying"]) == (False, False)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"colour": "red"}, {"colour"}),
        ({"name": {}}, {"name"}),
        ({"name": None}, {"name"}),
        ({"name": "Base"}, {"name"}),
        ({"name": {"fr": "Base"}}, {"name"}),
        ({"name": {"en": " "}}, {"name"}),
        ({"name": {"en": 5}}, {"name"}),
        ({"name": {"en": "x" * 121}}, {"name.en"}),
        ({"name": {"en": "a\x00b"}}, {"name.en"}),
        ({"name": {"en": "a\ud800"}}, {"name.en"}),
        ({"trigger": "Watched a video"}, {"trigger"}),
        ({"trigger": 7}, {"trigger"}),
        ({"trigger": ""}, {"trigger"}),
        ({"wallet": "gold"}, {"wallet"}),
        ({"wallet": ["points"]}, {"wallet"}),
        ({"effect": None}, {"effect"}),
        ({"effect": "much"}, {"effect.kind"}),
        ({"effect": {"kind": "all"}}, {"effect.kind"}),
        ({"effect": {"kind": ["fixed"]}}, {"effect.kind"}),
        ({"effect": {"kind": "fixed"}}, {"effect.points"}),
        ({"effect": {"kind": "fixed", "points": 0}}, {"effect.points"}),
        ({"effect": {"kind": "fixed", "points": True}}, {"effect.points"}),
        ({"effect": {"kind": "fixed", "points": 1.5}}, {"effect.points"}),
        ({"effect": {"kind": "fixed", "points": float("nan")}}, {"effect.points"}),
        ({"effect": {"kind": "fixed", "points": 10**30}}, {"effect.points"}),
        ({"effect": {"kind": "fixed", "points": 5, "bonus": 1}}, {"effect.bonus"}),
        ({"effect": {"kind": "per_spend", "points": 1, "per_minor": 0}}, {"effect.per_minor"}),
        ({"conditions": "none"}, {"conditions"}),
        ({"conditions": [{}] * 21}, {"conditions"}),
        ({"conditions": [5]}, {"conditions.0.kind"}),
        ({"conditions": [{"kind": "moon"}]}, {"conditions.0.kind"}),
        (
            {"conditions": [{"kind": "first_purchase"}, {"kind": "minimum_spend", "minor": -1}]},
            {"conditions.1.minor"},
        ),
        (
            {"conditions": [{"kind": "tier"}, {"kind": "tier", "ranks": [1], "from_rank": 1}]},
            {"conditions.0.from_rank", "conditions.1.from_rank"},
        ),
        ({"conditions": [{"kind": "tier", "ranks": ["1"]}]}, {"conditions.0.ranks"}),
        ({"conditions": [{"kind": "weekday", "days": []}]}, {"conditions.0.days"}),
        ({"conditions": [{"kind": "weekday", "days": [1]}]}, {"conditions.0.days"}),
        (
            {"conditions": [{"kind": "hours", "starts": "9:00", "ends": "24:00"}]},
            {"conditions.0.starts", "conditions.0.ends"},
        ),
        (
            {"conditions": [{"kind": "hours", "starts": "09:00", "ends": "09:00"}]},
            {"conditions.0.ends"},
        ),
        ({"conditions": [{"kind": "dates"}]}, {"conditions.0.starts_on"}),
        ({"conditions": [{"kind": "dates", "ends_on": "2027-W01-1"}]}, {"conditions.0.ends_on"}),
        (
            {"conditions": [{"kind": "dates", "starts_on": "2027-02-01", "ends_on": "2027-02-01"}]},
            {"conditions.0.ends_on"},
        ),
        ({"conditions": [{"kind": "product", "codes": []}]}, {"conditions.0.codes"}),
        ({"conditions": [{"kind": "product", "codes": ["a", " "]}]}, {"conditions.0.codes"}),
        ({"conditions": [{"kind": "product", "codes": ["a\x00"]}]}, {"conditions.0.codes"}),
        (
            {"conditions": [{"kind": "minimum_quantity", "quantity": "1e3"}]},
            {"conditions.0.quantity"},
        ),
        (
            {"conditions": [{"kind": "minimum_quantity", "quantity": 0.5}]},
            {"conditions.0.quantity"},
        ),
        (
            {"conditions": [{"kind": "nth_purchase", "n": 1, "every": True}]},
            {"conditions.0.n"},
        ),
        ({"caps": {"period": "week"}}, {"caps"}),
        ({"caps": [{"period": "fortnight", "limit": 3}]}, {"caps.0.period"}),
        ({"caps": [{"period": "week", "limit": 3}] * 2}, {"caps.1.period"}),
        ({"caps": [{"period": "week", "limit": 3, "per_subject": True}]}, {"caps.0.per_subject"}),
        ({"caps": [None]}, {"caps.0"}),
        ({"is_active": "yes"}, {"is_active"}),
        ({"position": -1}, {"position"}),
        ({"trigger": "birthday", "conditions": []}, {"effect.kind"}),
        ({**NAMED, "conditions": [{"kind": "first_purchase"}]}, {"conditions.0.kind"}),
        ({"conditions": [{"kind": "subject", "codes": ["a"]}]}, {"conditions.0.kind"}),
        ({"effect": {"kind": "percent", "basis_points": 300}}, {"wallet"}),
        ({"effect": {"kind": "stamps", "stamps": 1}}, {"wallet"}),
        (
            {
                "effect": {"kind": "stamps", "stamps": 1},
                "wallet": "stamps",
                "multiplied_by_tier": True,
            },
            {"multiplied_by_tier"},
        ),
        (
            {"name": None, "wallet": "gold", "effect": {"kind": "fixed", "points": "5"}},
            {"name", "wallet", "effect.points"},
        ),
    ],
)
def test_each_wrong_field_is_named(changes, wrong):
    assert problems(**changes) == wrong


@pytest.mark.parametrize("data", [None, [], "rule", 5])
def test_what_is_no_object_is_no_rule(data):
    with pytest.raises(BadRule):
        clean_rule(data, wallets=WALLETS)


def test_a_named_activity_may_have_a_limit_for_each_thing():
    assert clean(**NAMED, caps=[{"period": "ever", "limit": 20, "per_subject": True}])
