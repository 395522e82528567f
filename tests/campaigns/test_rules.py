"""What campaigns owe beside the rules: judged on plain values, nothing is written."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from campaigns.book import compile_book
from campaigns.models import Campaign
from campaigns.rules import bonuses_for
from loyalty.earning import rules
from loyalty.earning.activity import PURCHASE, Activity, Item, Who
from loyalty.earning.models import EarningRule
from loyalty.earning.rulebook import compile_rulebook
from tests.makers import NOON

PER_BAHT = {"kind": "per_spend", "points": 1, "per_minor": 100}
DOUBLE = {"kind": "times", "percent": 200}


@pytest.fixture
def judge(cafe):
    """Judge a basket by a rule and campaigns; what each campaign owes."""
    wallet = cafe.wallets.get()

    def judge(items, *campaigns, percent=100, at=NOON, rounding="floor", rule=PER_BAHT):
        cafe.rounding = rounding
        standing = EarningRule(pk=1, program=cafe, name={"en": "Spend"}, effect=rule, wallet=wallet)
        rulebook = compile_rulebook(cafe, [wallet], [standing])
        book = compile_book(
            Campaign(
                pk=number, program=cafe, name={"en": f"C{number}"}, wallet=wallet, **{
                    "effect": DOUBLE, "priority": number,
                    "starts_at": NOON - timedelta(1), "ends_at": NOON + timedelta(1), **told,
                },
            )
            for number, told in enumerate(campaigns, 1)
        )  # fmt: skip
        activity = Activity(
            kind=PURCHASE, account_id=1, key="purchase:1", occurred_at=at,
            local=at.astimezone(rulebook.zone), items=items,
            who=Who(enrolled_on=date(2025, 1, 1), multiplier_percent=percent, tier_name="Gold"),
            counted_minor=sum(item.counted_minor for item in items),
        )  # fmt: skip
        awards = rules.awards_for(activity, rulebook)
        return bonuses_for(activity, awards, rulebook, book)

    return judge


def line(number: int, minor: int, **fields) -> Item:
    return Item(number=number, counted_minor=minor, amount_minor=minor, **fields)


BASKET = (line(1, 100_00),)


def test_a_double_day_gives_as_much_again(judge):
    (bonus,) = judge(BASKET, {})
    assert (bonus.points, bonus.source, bonus.key) == (100, "campaign:1", "campaign:1/rule:1")


def test_it_holds_from_its_start_up_to_its_end(judge):
    window = {"starts_at": NOON, "ends_at": NOON + timedelta(hours=1)}
    for at, gives in [(0, 1), (-1, 0), (3600, 0), (3599, 1)]:
        assert len(judge(BASKET, window, at=NOON + timedelta(seconds=at))) == gives


def test_two_that_multiply_multiply_each_other(judge):
    assert [it.points for it in judge(BASKET, {}, {})] == [100, 200]


def test_two_that_add_each_give_their_part_of_the_rule(judge):
    adding = {"stacking": "add"}
    assert [it.points for it in judge(BASKET, adding, adding, percent=150)] == [100, 100]


def test_one_that_stands_alone_gives_nothing_beside_more(judge):
    alone = {"stacking": "best", "effect": {"kind": "times", "percent": 250}}
    assert [it.source for it in judge(BASKET, {}, alone)] == ["campaign:2"]
    assert [it.source for it in judge(BASKET, {}, {}, alone)] == ["campaign:1", "campaign:2"]


def test_a_tier_that_is_more_leaves_one_that_stands_alone_with_nothing(judge):
    assert judge(BASKET, {"stacking": "best"}, percent=300) == []


def test_only_the_lines_that_it_counts_are_multiplied(judge):
    basket = (line(1, 60_00, category="coffee"), line(2, 40_00, category="cake"))
    coffee = {"conditions": [{"kind": "category", "codes": ["coffee"]}]}
    (bonus,) = judge(basket, coffee)
    assert (bonus.points, bonus.value_minor, bonus.basis) == (60, 60_00, {1: 60_00})
    everything, some = judge(basket, {}, coffee)
    assert (everything.points, some.points) == (100, 120)


@pytest.mark.parametrize("rounding", ["floor", "half_up", "ceiling"])
def test_what_they_give_adds_up_to_the_rounded_sum(judge, rounding):
    third = {"effect": {"kind": "times", "percent": 133}}
    given = judge((line(1, 99_99),), third, third, third, rounding=rounding)
    exact = Decimal("99.99") * Decimal("1.33") ** 3
    base = {"floor": 99, "half_up": 100, "ceiling": 100}[rounding]
    way = {"floor": "ROUND_FLOOR", "half_up": "ROUND_HALF_UP", "ceiling": "ROUND_CEILING"}[rounding]
    assert base + sum(it.points for it in given) == int(exact.to_integral_value(rounding=way))


def test_one_of_its_own_gives_beside_the_rules(judge):
    (bonus,) = judge(BASKET, {"effect": {"kind": "fixed", "points": 50}})
    assert (bonus.points, bonus.whole_above_minor) == (50, 1)


def test_stamps_are_not_multiplied(judge):
    assert judge(BASKET, {}, rule={"kind": "stamps", "stamps": 1}) == []


def test_one_that_cannot_be_read_gives_nothing_and_stops_nothing(judge):
    assert len(judge(BASKET, {"effect": {"kind": "of_tomorrow"}}, {})) == 1


def test_its_stages_follow_the_clock():
    campaign = Campaign(
        state="scheduled", starts_at=datetime(2026, 6, 1, tzinfo=UTC),
        ends_at=datetime(2026, 7, 1, tzinfo=UTC),
    )  # fmt: skip
    stages = [campaign.stage(datetime(2026, month, 1, tzinfo=UTC)) for month in (5, 6, 7)]
    assert stages == ["scheduled", "live", "ended"]
