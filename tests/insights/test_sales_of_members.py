"""Sales count for a program's figures when they are a member's, not before."""

from datetime import timedelta

import pytest

from loyalty.flows import earn, profile, refund
from loyalty.ledger import figures
from loyalty.purchases.sale import Return
from tests.makers import NOON, TODAY, bring_back, buy, make_member, sale

pytestmark = pytest.mark.django_db


def totals(program) -> dict[str, tuple[int, int]]:
    until = TODAY + timedelta(days=1)
    found = figures.totals(program.pk, since=TODAY, until=until)
    kept = (figures.SALES, figures.REFUNDS, figures.UNCLAIMED)
    return {name: sums for name, sums in found.items() if name in kept and sums != (0, 0)}


def sell_to_nobody(program, **fields):
    told = sale(40_00, contact_phone="+66812345678", reference="till-9", **fields)
    return earn.from_purchase(program, told, now=NOON)


def give_back(program, bought, amount):
    ret = Return(
        source="pos", reference="r-1", made_at=NOON, purchase_id=bought.id, amount_minor=amount
    )
    return refund.refund(program, ret, now=NOON)


def test_a_members_sale_and_what_came_back_of_it(ana) -> None:
    bought = buy(ana, 30_00)
    bring_back(ana, bought, 10_00)
    assert totals(ana.program) == {"sales": (1, 30_00), "refunds": (1, 10_00)}


def test_nobodys_sale_waits_apart(cafe) -> None:
    bought = sell_to_nobody(cafe)
    give_back(cafe, bought, 15_00)
    assert totals(cafe) == {"unclaimed": (1, 25_00)}


def test_a_claimed_sale_is_a_members_less_what_came_back(cafe) -> None:
    give_back(cafe, sell_to_nobody(cafe), 15_00)
    dao = make_member(cafe, "dao@example.org", phone="+66812345678")
    profile.verify_phone(dao, now=NOON)
    assert totals(cafe) == {"sales": (1, 25_00)}


def test_a_sale_that_is_told_again_with_its_member_is_theirs(cafe, ana) -> None:
    give_back(cafe, sell_to_nobody(cafe), 15_00)
    for _twice in range(2):
        told = sale(
            40_00, member=ana, contact_phone="+66812345678", reference="till-9", made_at=NOON
        )
        earn.from_purchase(cafe, told, now=NOON)
    assert totals(cafe) == {"sales": (1, 25_00)}
