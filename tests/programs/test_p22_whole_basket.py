"""P22: add this today, and the whole basket counts double."""

from datetime import datetime

import pytest

from tests.programs.stage import Shop, earned

pytestmark = pytest.mark.django_db


def test_p22_whole_basket(db):
    shop = Shop()
    shop.rule("Spend", effect={"kind": "per_spend", "points": 1, "per_minor": 100})
    shop.campaign(
        "Add a cake", datetime(2026, 6, 1), datetime(2026, 7, 1),
        effect={"kind": "times", "percent": 200},
        conditions=[{"kind": "holds", "codes": ["cake"]}],
    )  # fmt: skip
    coffee = {"amount": "40.00", "product": "coffee"}
    cake = {"amount": "10.00", "product": "Cake"}
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        assert earned(shop.buy(ana, lines=[coffee, cake])) == 100
        assert earned(shop.buy(ana, lines=[coffee])) == 40
