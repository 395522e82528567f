"""The programs that Taem offers to begin with, each loaded over the API and lived in by the worked
example of its row."""

from datetime import datetime

import pytest

from loyalty.flows import referrals
from loyalty.flows.program_files.exporting import written
from loyalty.flows.program_files.templates import known
from loyalty.rewards.models import Voucher
from loyalty.tasks import clock, sweep
from tests.makers import NOON
from tests.programs.stage import Shop, earned

pytestmark = pytest.mark.django_db


def shop_of(template: str) -> Shop:
    """A shop in dollars, where ฿25 is $1.00."""
    shop = Shop(currency="USD", time_zone="America/New_York")
    file = written(known(template).tree(currency="USD", now=NOON).plain())
    answer = shop.till.post("program/file", {"file": file, "apply": True})
    assert answer.status_code == 200, answer.content
    return shop


def tier_of(shop: Shop, member: str) -> str:
    tier = shop.till.get(f"members/{member}").json()["tier"]
    return tier["name"]["en"] if tier else ""


def night_of(shop: Shop, *day: int) -> None:
    with shop.at(*day, 12):
        clock()
        sweep()


def test_p01_and_p06_points_for_spend() -> None:
    shop = shop_of("spend-points")
    with shop.at(2026, 6, 2, 12):
        ana = shop.join(email="ana@example.org")
        assert shop.balance(ana) == 50
        bought = shop.buy(ana, "59.90")
        assert earned(bought) == 59
        assert earned(shop.bring_back(bought, "20.00")) == -20
        shop.till.patch(f"members/{ana}", {"name": "Ana", "birthday": "1990-12-24"})
        assert shop.balance(ana) == 50 + 39 + 30
    night_of(shop, 2026, 12, 24)
    with shop.at(2026, 12, 25, 12):
        assert shop.balance(ana) == 50 + 39 + 30 + 100


def test_p02_stamp_card() -> None:
    shop = shop_of("cafe-stamps")
    with shop.at(2026, 6, 1, 8):
        ana = shop.join()
    visits = [(1, "4.00"), (1, "5.00"), (2, "2.50"), *((day, "3.00") for day in range(3, 12))]
    for day, total in visits:
        with shop.at(2026, 6, day, 12):
            shop.buy(ana, total)
    with shop.at(2026, 6, 12, 12):
        assert shop.balance(ana, "stamps") == 0
    assert Voucher.objects.get().redemption.reward.product == "DRINK"


def test_p04_cashback() -> None:
    shop = shop_of("cashback")
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        bought = shop.buy(ana, lines=[
            {"amount": "33.33", "category": "groceries"}, {"amount": "10.00", "category": "toys"},
        ])  # fmt: skip
        assert earned(bought, "cash") == 110
        paid = shop.till.post(
            "payments", {"member": ana, "amount": "0.60", "wallet": "cash"}, key="till-1"
        )
        assert paid.status_code == 201, paid.content
        assert shop.balance(ana, "cash") == 50


def test_p30_three_tiers_by_spend() -> None:
    shop = shop_of("spend-tiers")
    seen = []
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        for total in ("199.99", "0.01", "300.00"):
            bought = shop.buy(ana, total)
            seen.append(tier_of(shop, ana))
    assert seen == ["Member", "Silver", "Gold"]
    given = sorted(it.redemption.worth_minor for it in Voucher.objects.select_related("redemption"))
    assert given == [10_00, 30_00]  # A present on the way to each.
    with shop.at(2026, 6, 3, 12):
        shop.bring_back(bought)
    night_of(shop, 2026, 6, 4)
    with shop.at(2026, 6, 4, 13):
        assert tier_of(shop, ana) == "Silver"


def test_p31_points_with_tiers() -> None:
    shop = shop_of("points-with-tiers")
    with shop.at(2027, 3, 2, 12):
        ana = shop.join()
        assert earned(shop.buy(ana, "350.00")) == 350
        assert tier_of(shop, ana) == "Plus"
        assert earned(shop.buy(ana, "100.00")) == 125
    for day in [(2028, 1, 1), (2028, 12, 31)]:
        night_of(shop, *day)
        with shop.at(*day, 13):
            assert tier_of(shop, ana) == "Plus"
    night_of(shop, 2029, 1, 1)
    with shop.at(2029, 1, 1, 13):
        assert tier_of(shop, ana) == "Insider"


def test_p33_paid_membership() -> None:
    shop = shop_of("paid-membership")
    fee = [{"amount": "40.00", "product": "MEMBERSHIP"}]
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        assert earned(shop.buy(ana, "50.00")) == 50
        assert earned(shop.buy(ana, lines=fee)) == 0
        assert tier_of(shop, ana) == "Club"
        assert earned(shop.buy(ana, "50.00")) == 100
    night_of(shop, 2027, 6, 1)
    with shop.at(2027, 6, 1, 13):
        assert tier_of(shop, ana) == "Club"
    night_of(shop, 2027, 6, 3)
    with shop.at(2027, 6, 3, 13):
        assert tier_of(shop, ana) == "Free"
        assert earned(shop.buy(ana, "50.00")) == 50


def test_p33_a_membership_that_is_given_back_ends() -> None:
    shop = shop_of("paid-membership")
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        bought = shop.buy(ana, lines=[{"amount": "40.00", "product": "MEMBERSHIP"}])
        shop.bring_back(bought)
    night_of(shop, 2026, 6, 4)
    with shop.at(2026, 6, 4, 13):
        assert tier_of(shop, ana) == "Free"


def test_p05_a_receipt_earns_once_and_three_a_week() -> None:
    shop = shop_of("brand-receipts")
    with shop.at(2026, 6, 2, 12):  # A Tuesday.
        ana = shop.join()
        for number in ("1", "1", "2", "3", "4"):
            shop.do(ana, "checked_receipt", subject=f"7-Eleven {number}")
        assert shop.balance(ana) == 10 + 15
    with shop.at(2026, 6, 8, 12):
        shop.do(ana, "checked_receipt", subject="7-Eleven 2")
        shop.do(ana, "checked_receipt", subject="7-Eleven 5")
        assert shop.balance(ana) == 10 + 20


def redeem(shop: Shop, member: str, reward: str, key: str) -> int:
    rewards = shop.till.get("rewards").json()["items"]
    (found,) = [it["id"] for it in rewards if it["name"]["en"] == reward]
    told = {"member": member, "reward": found}
    return int(shop.till.post("redemptions", told, key=key).status_code)


def test_p40_experiences_have_seats_and_a_tier() -> None:
    shop = shop_of("experiences")
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        shop.buy(ana, "399.00")
    with shop.at(2026, 6, 10, 12):
        sweep()
        assert redeem(shop, ana, "A tasting", "1") == 201
        assert redeem(shop, ana, "A tasting", "2") == 409
        assert redeem(shop, ana, "An evening behind the counter", "3") == 409
        assert shop.balance(ana) == 399 - 150
    assert shop.fresh().rewards.get(name__en="A tasting").stock == 11


def test_p40_giving_is_a_reward() -> None:
    shop = shop_of("giving")
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        shop.buy(ana, "500.00")
        assert redeem(shop, ana, "A tree", "1") == redeem(shop, ana, "A tree", "2") == 201
        assert shop.balance(ana) == 300


def test_p24_friends_and_a_contest() -> None:
    shop = shop_of("referral-contest")
    with shop.at(2026, 6, 1, 9):
        ana = shop.join(email="ana.suksawat@gmail.com", email_verified=True)
        code = shop.till.get(f"members/{ana}/referrals").json()["code"]
        ben = shop.join(email="ben@example.org", email_verified=True, referred_by=code)
    with shop.at(2026, 6, 2, 12):
        shop.buy(ben, "20.00")
    with shop.at(2026, 6, 18, 12):
        while referrals.advance_due(now=datetime.now(shop.zone)):
            pass
        assert (shop.balance(ana), shop.balance(ben)) == (100, 20 + 50)
    assert shop.fresh().contests.get().state == "draft"
