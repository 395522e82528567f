"""The programs to begin with: each loads, in any currency, and is the same when it is written."""

import pytest
from django.utils import translation
from jsonschema import Draft202012Validator

from loyalty.flows.program_files import showing
from loyalty.flows.program_files.exporting import written
from loyalty.flows.program_files.loading import load_tree
from loyalty.flows.program_files.schema import schema
from loyalty.flows.program_files.templates import all_templates, known
from loyalty.merchants.models import Merchant
from tests.flows.program_files.files import ask, do, empty_program, told
from tests.makers import NOON

pytestmark = pytest.mark.django_db
VALIDATOR = Draft202012Validator(schema())
each_template = pytest.mark.parametrize("name", [it.name for it in all_templates()])


def opened(name, currency="THB"):
    program = empty_program(currency=currency)
    root = known(name).tree(currency=currency, now=NOON)
    load_tree(program, root, by=None, now=NOON, is_asked_only=False)
    return program


@each_template
def test_it_loads_and_is_the_same_when_written(name) -> None:
    program = opened(name)
    text = told(program)
    assert not ask(program, text).changes
    other = empty_program()
    do(other, text)
    assert told(other) == text
    assert not ask(program, written(known(name).tree(currency="THB", now=NOON).plain())).changes


@each_template
def test_it_is_valid_and_said_in_both_languages(name) -> None:
    template = known(name)
    VALIDATOR.validate(template.tree(currency="THB", now=NOON).plain())
    assert template.title.keys() == template.about.keys() == {"en", "th"}
    one_language_only = [
        node for node in nodes(template.root) if "en" in node.keys and "th" not in node.keys
    ]
    assert not one_language_only


def nodes(node):
    yield node
    inner = node.value.values() if isinstance(node.value, dict) else node.value
    for child in inner if isinstance(node.value, dict | list) else ():
        yield from nodes(child)


@each_template
@pytest.mark.parametrize("currency", ["USD", "JPY"])
def test_it_is_brought_to_other_currencies(name, currency) -> None:
    program = opened(name, currency)
    assert not ask(program, told(program)).changes


def test_money_is_brought_by_what_a_point_is_given_for() -> None:
    prices = known("spend-tiers").tree(currency="USD", now=NOON)
    assert prices.at("tiers.gold.threshold").value == "500.00"
    assert known("spend-tiers").tree(currency="JPY", now=NOON).at(
        "rewards.gold-present.amount"
    ).value == "3000"  # fmt: skip
    assert prices.at("tiers.silver.name.en").value == "Silver"


@each_template
def test_it_is_shown_before_it_is_chosen(name) -> None:
    for language in ("en", "th"):
        with translation.override(language):
            shown = showing.show(name, currency="THB", time_zone="Asia/Bangkok", now=NOON)
        assert shown.earning
        assert shown.rewards
    assert not Merchant.objects.exists()


def test_the_worked_example_is_worked_out() -> None:
    with translation.override("en"):
        shown = showing.show("points-with-tiers", currency="THB", time_zone="UTC", now=NOON)
    ((purchase, gets),) = shown.example
    assert purchase == "฿2,500"
    assert gets == (
        ("Insider", "100\xa0points"), ("Plus", "125\xa0points"), ("Top", "150\xa0points"),
    )  # fmt: skip
