"""What the pages show of somebody who was forgotten: the books, and no name."""

import pytest
from django.urls import reverse

from loyalty.flows import erase, redeem
from loyalty.purchases.models import Purchase, Refund
from tests.api.conftest import make_caller
from tests.makers import NOON, bring_back, buy, give, make_reward, make_staff


@pytest.fixture
def nobody(cafe, ana, client):
    bring_back(ana, buy(ana), 5_00)
    give(ana, 100)
    made = redeem.redeem(ana, make_reward(cafe), key="1", now=NOON)
    erase.erase(ana, now=NOON)
    client.force_login(make_staff(cafe).user)
    return made


@pytest.mark.parametrize("name", ["purchases", "refunds", "vouchers", "letters", "home", "audit"])
def test_lists_open(cafe, nobody, client, name):
    answer = client.get(reverse(f"dashboard:{name}", args=[cafe.slug]))
    assert answer.status_code == 200
    assert b"Ana" not in answer.content


def test_single_things_open(cafe, nobody, client):
    for name, row in (("purchase", Purchase.objects.get()), ("refund", Refund.objects.get())):
        answer = client.get(reverse(f"dashboard:{name}", args=[cafe.slug, row.public_id]))
        assert answer.status_code == 200


def test_machines_read_null(cafe, nobody):
    till = make_caller(cafe)
    assert till.get(f"redemptions/{nobody.public_id}").json()["member"] is None
    assert till.get("redemptions").json()["items"][0]["member"] is None
    assert till.get("purchases").json()["items"][0]["member"] is None
