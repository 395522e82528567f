"""P03: points for each month of membership."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty.tasks import clock, sweep
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db


def test_p03_time_based(db):
    shop = Shop()
    shop.rule("A month with us", trigger="membership_month", effect={"kind": "fixed", "points": 10})
    with shop.at(2027, 1, 31, 12):
        ana = shop.join()
    paid = []
    day = datetime(2027, 2, 1, 12, tzinfo=UTC)
    while day < datetime(2027, 5, 2, tzinfo=UTC):
        with shop.at(day.year, day.month, day.day, 12):
            before = shop.balance(ana)
            clock()
            sweep()
            if shop.balance(ana) > before:
                paid.append((day.month, day.day, shop.balance(ana) - before))
        day += timedelta(days=1)
    assert paid == [(2, 28, 10), (3, 31, 10), (4, 30, 10)]
