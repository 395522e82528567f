"""P42: the member or the cashier chooses how much points pay."""

import pytest

from loyalty.flows.pay import most_payable, pay, wallet_for
from loyalty.flows.settings import change
from loyalty.flows.vouchers import use
from loyalty.ledger import audit
from loyalty.refusal import Refusal
from loyalty.rewards.codes import code_of
from tests.makers import NOON, give, make_staff, points


@pytest.fixture
def paying(cafe):
    """100 points are worth 1.00."""
    return change(cafe, by=None, now=NOON, pay_points=100, pay_minor=100)


@pytest.fixture
def ana(paying, ana):
    ana.program = paying
    give(ana, 1_234)
    return ana


def test_a_member_asks_for_five_and_keeps_the_rest(paying, ana):
    assert most_payable(paying, points(ana), wallet_for(paying)) == 1_234
    made = pay(ana, amount_minor=500, key="click", now=NOON)
    assert points(ana) == 734
    assert use(paying, code_of(made.voucher), now=NOON).redemption.worth_minor == 500
    assert audit.breaches() == []


def test_a_cashier_pays_for_the_member(paying, ana):
    made = pay(ana, amount_minor=500, key="till", now=NOON, by=make_staff(paying, "cashier"))
    assert (points(ana), made.voucher.status) == (734, "used")


def test_more_than_is_there_is_refused(ana):
    with pytest.raises(Refusal) as refusal:
        pay(ana, amount_minor=1_235, key="click", now=NOON)
    assert refusal.value.code == "insufficient_points"
    assert points(ana) == 1_234
