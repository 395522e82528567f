"""P24: both sides are rewarded once the friend's first purchase has cleared its return window."""

from datetime import datetime

import pytest

from loyalty.flows import referral_terms, referrals
from loyalty.rewards.models import Reward
from tests.makers import NOON, make_reward
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db):
    """10 % off the friend's first order, 10.00 for the advocate; from 20.00 within 30 days."""
    shop = Shop()
    shop.wallet("cash", "cashback")
    reward = make_reward(
        shop.program, 0, name={"en": "10 % off"}, kind=Reward.Kind.PERCENT_OFF, percent=10
    )
    referral_terms.save(
        shop.fresh(), by=None, now=NOON, is_on=True, minimum_minor=20_00, within_days=30,
        return_days=14, friend_prize={"kind": "reward", "reward": reward.public_id},
        advocate_prize={"kind": "points", "wallet": "cash", "points": 10_00},
    )  # fmt: skip
    return shop


@pytest.fixture
def ana(shop):
    with shop.at(2026, 6, 1, 9):
        return shop.join(email="ana.suksawat@gmail.com", email_verified=True)


def code_of(shop, member):
    return shop.till.get(f"members/{member}/referrals").json()["code"]


def friend_of(shop, ana, **fields):
    fields = {"email": "ben@example.org", "email_verified": True} | fields
    return shop.join(referred_by=code_of(shop, ana), **fields)


def told(shop, friend):
    return shop.till.get(f"members/{friend}/referrals").json()["invited_by"]


def vouchers(shop, member):
    items = shop.till.get(f"redemptions?member={member}").json()["items"]
    return [it["voucher"]["status"] for it in items]


def sweep(shop):
    while referrals.advance_due(now=datetime.now(shop.zone)):
        pass


def test_p24_referral(shop, ana):
    with shop.at(2026, 6, 2, 12):
        ben = friend_of(shop, ana)
        assert vouchers(shop, ben) == ["ready"]
        assert told(shop, ben)["state"] == "joined"
    with shop.at(2026, 6, 5, 12):
        shop.buy(ben, "19.99")
        sweep(shop)
        assert told(shop, ben)["state"] == "joined"
    with shop.at(2026, 6, 10, 12):
        shop.buy(ben, "20.00")
        sweep(shop)
        assert told(shop, ben)["state"] == "bought"
    with shop.at(2026, 6, 23, 23):
        sweep(shop)
        assert shop.balance(ana, "cash") == 0
    with shop.at(2026, 6, 24, 0):
        sweep(shop)
        sweep(shop)
        assert shop.balance(ana, "cash") == 10_00
        assert told(shop, ben)["state"] == "cleared"


@pytest.mark.parametrize(("day", "state"), [(2, "bought"), (3, "lapsed")])
def test_a_friend_has_thirty_days(shop, ana, day, state):
    with shop.at(2026, 6, 2, 12):
        ben = friend_of(shop, ana)
    with shop.at(2026, 7, day, 12):
        shop.buy(ben, "20.00")
        sweep(shop)
        assert told(shop, ben)["state"] == state


def test_a_refund_before_it_clears_gives_nothing(shop, ana):
    with shop.at(2026, 6, 2, 12):
        ben = friend_of(shop, ana)
        bought = shop.buy(ben, "25.00")
        shop.bring_back(bought, "5.01")
    with shop.at(2026, 7, 2, 12):
        sweep(shop)
        assert shop.balance(ana, "cash") == 0
        assert (told(shop, ben)["state"], told(shop, ben)["reason"]) == ("refused", "refunded")
        assert vouchers(shop, ben) == ["cancelled"]


def test_a_refund_of_what_is_above_the_minimum_changes_nothing(shop, ana):
    with shop.at(2026, 6, 2, 12):
        ben = friend_of(shop, ana)
        shop.bring_back(shop.buy(ben, "25.00"), "5.00")
    with shop.at(2026, 6, 16, 12):
        sweep(shop)
        assert shop.balance(ana, "cash") == 10_00


def test_a_refund_afterwards_takes_back(shop, ana):
    with shop.at(2026, 6, 2, 12):
        ben = friend_of(shop, ana)
        bought = shop.buy(ben, "25.00")
    with shop.at(2026, 6, 16, 12):
        sweep(shop)
        assert shop.balance(ana, "cash") == 10_00
        shop.bring_back(bought)
        sweep(shop)
        assert shop.balance(ana, "cash") == 0
        assert told(shop, ben)["advocate_gift"] == "taken"


def test_who_bought_before_is_no_new_friend(shop, ana):
    with shop.at(2026, 5, 2, 12):
        shop.buy(None, "40.00", email="ben@example.org")
    with shop.at(2026, 6, 2, 12):
        ben = friend_of(shop, ana)
        assert (told(shop, ben)["state"], told(shop, ben)["reason"]) == ("refused", "customer")
        assert vouchers(shop, ben) == []


@pytest.mark.parametrize(
    ("fields", "sale", "kind"),
    [
        ({"email": "AnaSuksawat+1@googlemail.com"}, {}, "email"),
        ({}, {"payment_hash": "card-7"}, "payment"),
        ({}, {"address": "1/2 ถ.สุขุมวิท"}, "home"),
    ],
    ids=["similar e-mail", "same card", "same address"],
)
def test_who_looks_like_the_advocate_is_held(shop, ana, fields, sale, kind):
    with shop.at(2026, 6, 1, 12):
        shop.buy(ana, "30.00", payment_hash="card-7", address="1/2  ถ.สุขุมวิท,")
    with shop.at(2026, 6, 2, 12):
        ben = friend_of(shop, ana, **fields)
        shop.buy(ben, "25.00", **sale)
    with shop.at(2026, 7, 16, 12):
        sweep(shop)
        found = told(shop, ben)
        assert found["held"]
        assert found["signals"][0]["kind"] == kind
        assert shop.balance(ana, "cash") == 0
        [held] = shop.till.get("referrals?held=true").json()["items"]
        shop.till.post(f"referrals/{held['id']}/release", {"reason": "Two sisters"})
        sweep(shop)
        assert shop.balance(ana, "cash") == 10_00
