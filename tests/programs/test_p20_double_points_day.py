"""P20: a day on which points count double, from midnight to midnight of the shop's own clock."""

from datetime import UTC, datetime

import pytest
import time_machine

from tests.programs.stage import Shop, earned

pytestmark = pytest.mark.django_db


def test_p20_double_points_day(db):
    shop = Shop(time_zone="Asia/Bangkok")
    shop.rule("Spend", effect={"kind": "per_spend", "points": 1, "per_minor": 100})
    shop.campaign(
        "Double day", datetime(2026, 6, 10), datetime(2026, 6, 11),
        effect={"kind": "times", "percent": 200},
    )  # fmt: skip
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
    # 23:59 on the tenth in Bangkok, and 00:00 on the eleventh.
    with time_machine.travel(datetime(2026, 6, 10, 16, 59, tzinfo=UTC), tick=False):
        inside = shop.buy(ana, "100.00")
    with time_machine.travel(datetime(2026, 6, 10, 17, 0, tzinfo=UTC), tick=False):
        outside = shop.buy(ana, "100.00")
    assert (earned(inside), earned(outside)) == (200, 100)


def test_a_refund_takes_what_the_day_gave_whatever_holds_today(db):
    """Fifty earned, the campaign changed, the purchase brought back: fifty go, not a hundred."""
    shop = Shop()
    shop.rule("Spend", effect={"kind": "per_spend", "points": 1, "per_minor": 100})
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        bought = shop.buy(ana, "50.00")
        shop.campaign(
            "Double days", datetime(2026, 6, 1), datetime(2026, 7, 1),
            effect={"kind": "times", "percent": 200},
        )  # fmt: skip
        doubled = shop.buy(ana, "50.00")
        assert (earned(bought), earned(doubled), shop.balance(ana)) == (50, 100, 150)
        shop.bring_back(bought)
        assert shop.balance(ana) == 100
        shop.bring_back(doubled, "25.00")
        assert shop.balance(ana) == 50
