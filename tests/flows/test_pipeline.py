"""Where statements go together, whether a row was changed is still known (PostgreSQL)."""

import pytest

from loyalty.flows import earn, tiers
from loyalty.ledger import audit
from loyalty.merchants.models import Program
from loyalty.rewards.models import Redemption
from tests.at_once import times
from tests.makers import (
    NOON,
    buy,
    make_member,
    make_program,
    make_reward,
    make_rule,
    make_tiers,
    points,
    sale,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_sale_that_many_want_at_once_is_paid_once() -> None:
    cafe = make_program("cafe")
    make_rule(cafe)
    ana, ben = make_member(cafe), make_member(cafe, "ben@example.org")
    told = sale(30_00, contact_email="zoe@example.org")
    earn.from_purchase(cafe, told, now=NOON)

    def tell(number: int) -> str:
        owner = (ana, ben)[number % 2]
        program = Program.objects.get(pk=cafe.pk)
        return earn.from_purchase(program, told.owned_by(owner.account_id), now=NOON).status

    assert times(8, tell).count("earned") == 1
    assert points(ana) + points(ben) == 30
    assert audit.breaches() == []


def test_a_present_that_is_in_stock_is_given_while_it_lasts() -> None:
    cafe = make_program("cafe")
    make_rule(cafe)
    silver = make_tiers(cafe, 0, 100_00)[1]
    tiers.save_tier(cafe, silver, by=None, now=NOON, entry_reward=make_reward(cafe, stock=1))
    for name in ("ana", "ben"):
        buy(make_member(cafe, f"{name}@example.org"), 100_00)
    assert Redemption.objects.count() == 1
