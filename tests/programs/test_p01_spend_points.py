"""P01: points for spend, and what a refund takes back of them."""

import pytest

from tests.programs.stage import Shop, earned

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Shop:
    shop = Shop()
    shop.rule("Spend", effect={"kind": "per_spend", "points": 1, "per_minor": 100})
    return shop


def test_p01_spend_based_points(shop):
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        bought = shop.buy(ana, "59.90")
        assert earned(bought) == 59
        assert earned(shop.bring_back(bought, "20.00")) == -20
        assert shop.balance(ana) == 39


def test_p01_the_award_is_reversed_not_what_the_rule_says_today(shop):
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        bought = shop.buy(ana, "59.90")
        rule = shop.program.earning_rules.get()
        rule.effect["points"] = 2
        rule.save()
        shop.set(pending_days=1)
        shop.bring_back(bought, "20.00")
        assert shop.balance(ana) == 39


def test_p01_a_quote_says_what_it_would_earn(shop):
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        quote = shop.till.post("quotes", {"member": ana, "total": "59.90", "made_at": shop.now()})
        assert quote.status_code == 200, quote.content
        assert "59" in str(quote.json())
        assert shop.balance(ana) == 0
