"""P04: cashback in cents, by category, spent at checkout."""

import pytest

from tests.programs.stage import Shop, earned

pytestmark = pytest.mark.django_db


def test_p04_cashback(db):
    shop = Shop(currency="USD", time_zone="America/New_York", rounding="half_up")
    shop.wallet("cash", "cashback", expiry="never")
    groceries = {"kind": "category", "codes": ["groceries"]}
    for name, condition, points in [
        ("Groceries", groceries, 300), ("The rest", groceries | {"out": True}, 100),
    ]:  # fmt: skip
        shop.rule(
            name, wallet="cash", conditions=[condition],
            effect={"kind": "percent", "basis_points": points},
        )  # fmt: skip
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
