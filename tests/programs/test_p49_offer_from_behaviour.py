"""P49: the fourth bag of one blend brings 15 % off the fifth, or off what is bought along most."""

import pytest

from loyalty.flows import clock, followups
from loyalty.rewards.models import Reward
from tests.makers import NOON, make_reward
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db):
    return Shop()


@pytest.fixture
def ana(shop):
    with shop.at(2026, 6, 2, 9):
        return shop.join()


@pytest.fixture
def off(shop) -> Reward:
    return make_reward(shop.program, kind="percent_off", percent=15, is_active=False)


def follow(shop, off, **told):
    told = {
        "name": {"en": "The fifth bag"}, "of": "product", "count": "units", "every": 4,
        "repeats": True, "on": "same", "reward": off.public_id, "starts_at": NOON,
    } | told  # fmt: skip
    made = followups.save(shop.fresh(), None, by=None, now=NOON, **told)
    followups.open_up(made, by=None, now=NOON)


def bag(shop, member, *products):
    lines = [{"product": it, "name": f"{it} 250 g", "amount": "300.00"} for it in products]
    return shop.buy(member, lines=lines)


def offers(shop, member):
    """What a member holds, as their app shows it."""
    made = shop.till.get(f"redemptions?member={member}").json()["items"]
    return [it["voucher"] for it in made]


def test_p49_the_fourth_bag_brings_an_offer_on_the_fifth(shop, ana, off):
    follow(shop, off)
    with shop.at(2026, 6, 2, 12):
        for _time in range(3):
            bag(shop, ana, "HOUSE")
        assert offers(shop, ana) == []
        bag(shop, ana, "HOUSE")
        (voucher,) = offers(shop, ana)
        checked = shop.till.post("vouchers/check", {"code": voucher["code"]}).json()
    assert checked["reward"]["percent"] == 15
    assert checked["good_for"] == {"of": "product", "code": "HOUSE", "name": "HOUSE 250 g"}


def test_p49_or_on_the_blend_bought_along_most(shop, ana, off):
    with shop.at(2026, 6, 1, 12):
        for _time in range(6):
            bag(shop, None, "HOUSE", "DARK")
        for _time in range(5):
            bag(shop, None, "HOUSE", "TEA")
    with shop.at(2026, 6, 2, 12):
        follow(shop, off, on="along")
        clock.run_open(clock=lambda: NOON)
        for _time in range(4):
            bag(shop, ana, "HOUSE")
        assert offers(shop, ana)[0]["good_for"]["code"] == "DARK"


def test_p49_a_refund_before_it_is_used_withdraws_it(shop, ana, off):
    follow(shop, off)
    with shop.at(2026, 6, 2, 12):
        bought = [bag(shop, ana, "HOUSE") for _time in range(4)]
        shop.bring_back(bought[2])
        assert [it["status"] for it in offers(shop, ana)] == ["cancelled"]


def test_p49_what_is_used_stays_used(shop, ana, off):
    follow(shop, off)
    with shop.at(2026, 6, 2, 12):
        bought = [bag(shop, ana, "HOUSE") for _time in range(4)]
        shop.till.post("vouchers/use", {"code": offers(shop, ana)[0]["code"]})
        shop.bring_back(bought[2])
        assert [it["status"] for it in offers(shop, ana)] == ["used"]


def test_p49_of_a_category_by_purchases(shop, ana, off):
    follow(shop, off, of="category", codes=["beans"], count="visits", every=2)
    with shop.at(2026, 6, 2, 12):
        for product in ("HOUSE", "DARK"):
            line = {"product": product, "category": "beans", "amount": "300.00", "quantity": "3"}
            shop.buy(ana, lines=[line])
        (voucher,) = offers(shop, ana)
    assert voucher["good_for"]["of"] == "category"
