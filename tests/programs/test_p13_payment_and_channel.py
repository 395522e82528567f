"""P13: what is paid with the stored-value card gives 2 a unit, all else 1."""

import pytest

from tests.dashboard.conftest import sign_in as _sign_in
from tests.makers import make_staff
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db
sign_in = _sign_in


def per_unit(points: int) -> dict[str, object]:
    return {"kind": "per_spend", "points": points, "per_minor": 100}


@pytest.fixture
def shop(db: None) -> Shop:
    shop = Shop()
    card = {"kind": "payment_method", "codes": ["stored_value"]}
    shop.rule("With the card", effect=per_unit(2), conditions=[card])
    shop.rule("All else", effect=per_unit(1), conditions=[{**card, "out": True}])
    return shop


def test_p13_the_stored_value_card_gives_two_a_unit(shop):
    with shop.at(2026, 6, 2, 12):
        ana, ben = shop.join(), shop.join()
        shop.buy(ana, "10.00", payment_method="stored_value")
        shop.buy(ana, "10.00", payment_method="Stored_Value")
        shop.buy(ben, "10.00", payment_method="cash")
        shop.buy(ben, "10.00")
        assert (shop.balance(ana), shop.balance(ben)) == (40, 20)


def test_p13_a_channel_and_a_shop_give_more(shop):
    shop.rule(
        "In the app", effect={"kind": "fixed", "points": 50},
        conditions=[{"kind": "channel", "codes": ["app"]}],
    )  # fmt: skip
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        shop.buy(ana, "10.00", channel="app")
        shop.buy(ana, "10.00", channel="counter")
        assert shop.balance(ana) == 70


def test_p13_a_refund_takes_back_what_it_gave(shop):
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        bought = shop.buy(ana, "10.00", payment_method="stored_value")
        shop.bring_back(bought, "5.00")
        assert shop.balance(ana) == 10


def test_p13_the_dashboard_writes_such_a_rule(shop, sign_in):
    desk = sign_in(make_staff(shop.program, email="olga@example.org"))
    form = {
        "once": "k" * 16, "name_en": "With the wallet", "trigger": "purchase", "wallet": "points",
        "effect": "per_spend", "effect-per_spend-points": "3", "effect-per_spend-per_minor": "1",
        "condition": "0:payment_method", "c0-codes": "wallet", "act": "save",
    }  # fmt: skip
    answer = desk.post(f"/dashboard/{shop.program.slug}/rules/new/", form)
    assert answer.status_code == 302, answer.content.decode()
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        shop.buy(ana, "10.00", payment_method="wallet")
        assert shop.balance(ana) == 40
