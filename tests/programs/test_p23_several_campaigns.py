"""P23: several campaigns at once go together as each of them says; caps and budgets come last."""

from datetime import datetime

import pytest

from campaigns.models import Campaign
from loyalty.flows import campaigns
from tests.makers import make_tiers
from tests.programs.stage import Shop, earned

pytestmark = pytest.mark.django_db
DOUBLE = {"kind": "times", "percent": 200}
JUNE = (datetime(2026, 6, 1), datetime(2026, 7, 1))


@pytest.fixture
def shop(db):
    """One point for each baht, and whoever has bought anything is in a tier of one and a half."""
    shop = Shop()
    shop.rule("Spend", effect={"kind": "per_spend", "points": 1, "per_minor": 100})
    make_tiers(shop.program, 0, 1_00, percents=[100, 150])
    return shop


@pytest.fixture
def ana(shop):
    with shop.at(2026, 6, 2, 9):
        member = shop.join()
        shop.buy(member, "1.00")
    return member


@pytest.mark.parametrize(("stacking", "points"), [("multiply", 300), ("add", 250), ("best", 200)])
def test_p23_several_campaigns(shop, ana, stacking, points):
    shop.campaign("Double", *JUNE, effect=DOUBLE, stacking=stacking)
    with shop.at(2026, 6, 2, 12):
        assert earned(shop.buy(ana, "100.00")) == points


def test_a_budget_pays_what_is_left_and_closes_the_campaign(shop, ana):
    double = shop.campaign("Double", *JUNE, effect=DOUBLE, budget=260)
    with shop.at(2026, 6, 2, 12):
        assert earned(shop.buy(ana, "200.00")) == 300 + 260
        assert earned(shop.buy(ana, "200.00")) == 300
        campaigns.end_spent(now=datetime.now(shop.zone))
    double.refresh_from_db()
    assert double.state == Campaign.State.ENDED


def test_the_sum_is_explained_line_by_line(shop, ana):
    shop.campaign("Double", *JUNE, effect=DOUBLE)
    with shop.at(2026, 6, 2, 12):
        bought = shop.buy(ana, "99.99")
    assert [entry["sentences"] for entry in bought["entries"]] == [
        ["฿99.99 × 1 point per ฿1.00 = 99.99", "× 1.5 for Silver = 149.985", "Rounded down to 149"],
        ["Double, × 2: 149.985 more = 299.97 in all"],
    ]
