"""P06: joining, a complete profile, and a birthday that comes once a year whatever is edited."""

import pytest

from loyalty.flows import rules
from loyalty.tasks import clock, sweep
from tests.makers import NOON
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Shop:
    shop = Shop()
    points = shop.program.wallets.get(code="points")
    rules.save_wallet(shop.fresh(), points, by=None, now=NOON, expiry="never")
    for trigger, points in [("sign_up", 50), ("profile_complete", 30), ("birthday", 100)]:
        shop.rule(trigger, trigger=trigger, effect={"kind": "fixed", "points": points})
    return shop


def pass_noon_of(shop: Shop, *day: int) -> None:
    with shop.at(*day, 12):
        clock()
        sweep()


def test_p06_joining_and_the_profile_pay_once(shop):
    with shop.at(2026, 6, 2, 12):
        ana = shop.join(email="ana@example.org")
        assert shop.balance(ana) == 50
        for name in ("Ana", "Ann", "Ana"):
            shop.till.patch(f"members/{ana}", {"name": name, "birthday": "1990-12-24"})
        assert shop.balance(ana) == 80


def test_p06_a_leap_day_is_kept_on_the_28th_in_common_years(shop):
    with shop.at(2026, 6, 2, 12):
        ana = shop.join(birthday="1996-02-29")
    paid = []
    for day in [(2027, 2, 27), (2027, 2, 28), (2027, 3, 1), (2028, 2, 28), (2028, 2, 29)]:
        with shop.at(*day, 1):
            before = shop.balance(ana)
        pass_noon_of(shop, *day)
        with shop.at(*day, 13):
            paid.append(shop.balance(ana) - before)
    assert paid == [0, 100, 0, 0, 100]


def test_p06_a_birthday_that_moves_pays_once_a_year(shop):
    with shop.at(2026, 6, 2, 12):
        ana = shop.join(birthday="1990-07-05")
    pass_noon_of(shop, 2026, 7, 5)
    with shop.at(2026, 7, 6, 12):
        assert shop.balance(ana) == 150
        shop.till.patch(f"members/{ana}", {"birthday": "1990-09-15"})
    pass_noon_of(shop, 2026, 9, 15)
    with shop.at(2026, 9, 16, 12):
        assert shop.balance(ana) == 150
