"""Forms for parts of rules: people type major units, percent and last days."""

from typing import Any

import pytest

from loyalty.earning.caps import Cap
from loyalty.earning.conditions import CONDITIONS, condition_from_json
from loyalty.earning.effects import EFFECTS, effect_from_json
from loyalty.earning.terms import Terms
from tests.earning.makers import TERMS
from tests.earning.test_rule_sentences import ONE_OF_EACH

EFFECT_OF_EACH = [
    {"kind": "fixed", "points": 50},
    {"kind": "per_spend", "points": 1, "per_minor": 2500, "whole_steps": True},
    {"kind": "percent", "basis_points": 250},
    {"kind": "stamps", "stamps": 1},
    {"kind": "per_unit", "points": 5},
    {"kind": "reward", "reward": "r1"},
    {"kind": "badge", "badge": "b1"},
]
CASHBACK = Terms(currency="THB", is_money=True)


def posted(form: Any) -> dict[str, Any]:
    """What a browser sends for a form that nobody has touched."""
    sent: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if isinstance(value, bool):
            sent |= {bound.html_name: "on"} if value else {}
        elif value is not None:
            shown = bound.field.widget.format_value(value)
            sent[bound.html_name] = value if isinstance(value, list) else _text(shown)
    return sent


def _text(shown: Any) -> Any:
    return shown[0] if isinstance(shown, list) else shown


@pytest.mark.parametrize("data", ONE_OF_EACH, ids=lambda data: data["kind"])
def test_a_condition_goes_through_its_form_unchanged(data):
    condition = condition_from_json(data)
    kind = CONDITIONS[data["kind"]]
    form = kind.form(TERMS, posted(kind.form(TERMS, part=condition, prefix="c0")), prefix="c0")
    assert form.is_valid(), form.errors
    assert form.part == condition


@pytest.mark.parametrize("data", EFFECT_OF_EACH, ids=lambda data: data["kind"])
def test_an_effect_goes_through_its_form_unchanged(data):
    effect = effect_from_json(data)
    kind = EFFECTS[data["kind"]]
    form = kind.form(TERMS, posted(kind.form(TERMS, part=effect)))
    assert form.is_valid(), form.errors
    assert form.part == effect


def test_no_kind_of_effect_is_forgotten_here():
    assert {data["kind"] for data in EFFECT_OF_EACH} == set(EFFECTS)


def test_a_cap_goes_through_its_form_unchanged():
    cap = Cap.from_json({"period": "week", "limit": 30, "scope": "total"})
    form = Cap.form(TERMS, posted(Cap.form(TERMS, part=cap)))
    assert form.is_valid(), form.errors
    assert form.part == cap


@pytest.mark.parametrize(
    ("part", "typed", "field", "stored"),
    [
        (CONDITIONS["minimum_spend"], {"minor": "1,234.50", "of": "basket"}, "minor", 123_450),
        (EFFECTS["percent"], {"basis_points": "2.5"}, "basis_points", 250),
        (EFFECTS["fixed"], {"points": "1,000"}, "points", 1000),
        (CONDITIONS["dates"], {"ends_on": "2027-01-31"}, "ends_on", "2027-02-01"),
        (CONDITIONS["product"], {"codes": "a1\r\n\r\n b2 \r\na1"}, "codes", ["a1", "b2"]),
        (CONDITIONS["location"], {"codes": ["siam"]}, "codes", ["siam"]),
        (CONDITIONS["tier"], {"from_rank": "0"}, "from_rank", 0),
        (CONDITIONS["tier"], {"ranks": ["2", "1"]}, "ranks", [1, 2]),
    ],
)
def test_what_people_type_is_stored_as_we_count(part, typed, field, stored):
    form = part.form(TERMS, typed)
    assert form.is_valid(), form.errors
    assert form.part.to_json()[field] == stored


def test_a_wallet_of_money_is_filled_in_major_units():
    form = EFFECTS["fixed"].form(CASHBACK, {"points": "50"})
    assert form.is_valid()
    assert form.part.to_json() == {"kind": "fixed", "points": 5000}


@pytest.mark.parametrize(
    ("part", "typed", "wrong"),
    [
        (CONDITIONS["minimum_spend"], {"minor": "0", "of": "basket"}, "minor"),
        (CONDITIONS["minimum_spend"], {"minor": "1.005", "of": "basket"}, "minor"),
        (CONDITIONS["hours"], {"starts": "09:00", "ends": "09:00"}, "ends"),
        (CONDITIONS["dates"], {}, "starts_on"),
        (CONDITIONS["dates"], {"ends_on": "9999-12-31"}, "ends_on"),
        (CONDITIONS["tier"], {}, "from_rank"),
        (CONDITIONS["product"], {"codes": " \n "}, "codes"),
        (CONDITIONS["location"], {"codes": ["elsewhere"]}, "codes"),
        (EFFECTS["percent"], {"basis_points": "101"}, "basis_points"),
        (EFFECTS["percent"], {"basis_points": "0.001"}, "basis_points"),
        (EFFECTS["fixed"], {"points": "0"}, "points"),
        (EFFECTS["fixed"], {"points": "9" * 30}, "points"),
    ],
)
def test_a_field_that_is_wrong_says_so(part, typed, wrong):
    form = part.form(TERMS, typed)
    assert not form.is_valid()
    assert list(form.errors) == [wrong]
