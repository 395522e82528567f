"""P53: every channel, one balance. What the counter does is on the phone in the same second."""

import pytest

from members.models import Member
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db


def test_p53_an_earn_at_the_counter_is_seen_at_once(db):
    shop = Shop()
    shop.rule("Spend", effect={"kind": "per_spend", "points": 1, "per_minor": 100})
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        card = Member.objects.get(public_id=ana).card_code
        shop.buy(None, "10.00", card_code=card, channel="counter")
        shop.buy(ana, "20.00", source="shopify", channel="online")
        assert shop.balance(ana) == 30
