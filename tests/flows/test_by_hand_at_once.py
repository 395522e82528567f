"""The desk and a till refund one sale at the same moment: one waits for the other."""

from threading import Thread, current_thread, main_thread
from time import sleep
from typing import Any

import pytest
from django.db import connection

from loyalty.flows import by_hand, refund, taking_back
from loyalty.purchases.sale import Return
from tests.makers import (
    NOON,
    buy,
    make_member,
    make_program,
    make_rule,
    make_staff,
    points,
    purchase_of,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite writes one after the other")
def test_the_desk_waits_for_the_till(monkeypatch: pytest.MonkeyPatch) -> None:
    cafe = make_program("cafe")
    make_rule(cafe)
    ana, staff = make_member(cafe), make_staff(cafe)
    bought = buy(ana, 30_00)
    sale = purchase_of(bought)
    take_back = taking_back.take_back

    def slowly(*args: Any, **named: Any) -> Any:
        if current_thread() is not main_thread():
            sleep(1)  # With the account under lock.
        return take_back(*args, **named)

    monkeypatch.setattr(taking_back, "take_back", slowly)

    def till() -> None:
        ret = Return(
            source="pos", reference="1", made_at=NOON, purchase_id=sale.pk, amount_minor=10_00
        )
        try:
            refund.refund(cafe, ret, now=NOON)
        finally:
            connection.close()

    other = Thread(target=till)
    other.start()
    sleep(0.5)
    by_hand.take_back(sale, key="1", now=NOON, by=staff, amount_minor=5_00)
    other.join()
    assert points(ana) == 15
