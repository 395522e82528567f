"""Every movement, with its reason."""

from datetime import date

import pytest

from loyalty.flows import locations
from loyalty.flows.adjust import adjust
from loyalty.flows.redeem import cancel, redeem
from tests.makers import (
    NOON,
    bring_back,
    buy,
    give,
    make_reward,
    make_staff,
    make_wallet,
)
from tests.portal.conftest import read


@pytest.fixture
def activity(phone):
    return lambda query="": phone.get(f"/p/cafe/activity/{query}")


def test_a_purchase_says_why_it_was_this_many(ana, activity):
    buy(ana, 45_00)
    page = read(activity())
    assert "Purchase, ฿45.00" in page
    assert "+45 points" in page
    assert "฿45.00 × 1 point per ฿1.00 = 45" in page
    assert "Points for purchases" in page


def test_a_purchase_says_where(ana, activity):
    owner = make_staff(ana.program)
    shop = {"code": "ari", "name": {"en": "Ari"}}
    ari = locations.save_location(ana.program, None, by=owner, now=NOON, **shop)
    buy(ana, 45_00, location_id=ari.pk, location_code="ari", reference="4711")
    assert "Ari · 4711" in read(activity())


def test_the_newest_line_is_first_with_the_sum_after_it(ana, activity):
    give(ana, 10)
    give(ana, 5)
    page = read(activity())
    assert page.index("+5 points") < page.index("+10 points")
    assert "Sum after it: 15 points." in page


def test_each_kind_of_line_has_a_name(ana, activity):
    bought = buy(ana, 50_00)
    reward = make_reward(ana.program, 10)
    made = redeem(ana, reward, key="one", now=NOON)
    cancel(made, now=NOON)
    bring_back(ana, bought)
    points = ana.program.wallets.get(code="points")
    adjust(ana, points, 5, reason="We spilt it", key="a", now=NOON, by=make_staff(ana.program))
    page = read(activity())
    for title in (
        "Free coffee",
        "Cancelled: Free coffee",
        "Purchase returned",
        "Adjusted by the shop",
    ):
        assert title in page
    assert "Adjusted by hand: We spilt it" in page
    assert "Taken back" in page


def test_what_is_left_says_until_when(ana, activity):
    give(ana, 30, expires_on=date(2026, 7, 1))
    give(ana, 12, expires_on=date(2026, 7, 1))
    page = read(activity())
    assert "until 30 June 2026" in page
    assert "42 points" in page


def test_one_wallet_can_be_asked_for(ana, activity):
    make_wallet(ana.program, "stamps", kind="stamps", unit_many={"en": "stamps"})
    give(ana, 10)
    give(ana, 3, wallet="stamps")
    page = read(activity("?wallet=stamps"))
    assert "+3 stamps" in page
    assert "+10 points" not in page


def test_older_lines_are_on_pages_of_their_own(ana, activity):
    for amount in range(1, 23):
        give(ana, amount)
    first = read(activity())
    assert "?before=points-3" in first
    assert "+2 points" not in first
    older = read(activity("?before=points-3"))
    assert "+2 points" in older
    assert "+3 points" not in older


@pytest.mark.parametrize("query", ["?wallet=gold", "?before=points-99", "?before=x", "?before=-1"])
def test_what_is_not_there_is_not_found(ana, activity, query):
    give(ana, 10)
    assert activity(query).status_code == 404


def test_lines_of_another_member_are_not_shown(ana, ben, activity):
    give(ben, 77)
    buy(ben, 10_00)
    assert "77" not in read(activity())


def test_no_number_of_the_house_leaves_it(ana, activity):
    bought = buy(ana, 45_00)
    page = read(activity())
    assert f"purchase:{bought.id}" not in page
    assert "rule:" not in page
