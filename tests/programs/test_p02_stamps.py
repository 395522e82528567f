"""P02: one stamp a visit, one a day; a full card gives its reward and starts again."""

import pytest

from loyalty.flows import rewards
from loyalty.rewards.models import Voucher
from tests.makers import NOON
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db


def test_p02_frequency_stamps(db):
    shop = Shop()
    shop.wallet("stamps", "stamps", expiry="never")
    shop.rule(
        "Visit", wallet="stamps", effect={"kind": "stamps", "stamps": 1},
        conditions=[{"kind": "minimum_spend", "minor": 3_00}], caps=[{"period": "day", "limit": 1}],
    )  # fmt: skip
    program = shop.fresh()
    rewards.save_reward(
        program, None, by=None, now=NOON, name={"en": "Free drink"}, kind="free_product",
        product="DRINK", wallet=program.wallets.get(code="stamps"), price=10, is_automatic=True,
    )  # fmt: skip
    with shop.at(2026, 6, 1, 8):
        ana = shop.join()
    # Twelve visits on eleven days: two on the first day, and one that is too small.
    visits = [(1, "4.00"), (1, "5.00"), (2, "2.50"), *((day, "3.00") for day in range(3, 12))]
    assert (len(visits), len({day for day, _total in visits})) == (12, 11)
    held = []
    for day, total in visits:
        with shop.at(2026, 6, day, 12):
            shop.buy(ana, total)
            held.append(shop.balance(ana, "stamps"))
    assert held == [1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0]
    assert Voucher.objects.get().redemption.reward.product == "DRINK"
