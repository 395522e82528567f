"""Sales that were nobody's: what came back of them before they were claimed, and while they are."""

from threading import Thread
from time import sleep

import pytest
from django.db import connection, transaction

from loyalty.flows import claim, earn, refund
from loyalty.ledger import audit
from loyalty.merchants.models import Program
from loyalty.purchases.sale import Return, ReturnLine, SaleLine
from members.models import Member
from tests.makers import (
    NOON,
    bring_back,
    make_member,
    make_program,
    make_rule,
    points,
    sale,
)

ZOE = "zoe@example.org"


def test_what_came_back_before_is_taken_off_once(cafe: Program, ana: Member) -> None:
    cafe.earning_rules.all().delete()
    make_rule(cafe, conditions=[{"kind": "product", "codes": ["tea"]}])
    told = sale(
        0, SaleLine(amount_minor=100_00, product="tea"), SaleLine(amount_minor=50_00, product="cup")
    )
    kept = earn.from_purchase(cafe, told, now=NOON)
    bring_back(ana, kept, None, ReturnLine(number=1, amount_minor=60_00))
    bought = earn.from_purchase(cafe, told.owned_by(ana.account_id), now=NOON)
    assert points(ana) == 40
    bring_back(ana, bought, None, ReturnLine(product="cup"))
    assert points(ana) == 40, "the cup had earned nothing"
    bring_back(ana, bought, None, ReturnLine(number=1, amount_minor=10_00))
    assert points(ana) == 30
    bring_back(ana, bought)
    assert points(ana) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite writes one after the other")
@pytest.mark.parametrize("refund_is_first", [True, False])
def test_a_claim_and_a_refund_at_once_leave_nothing(refund_is_first: bool) -> None:
    cafe = make_program("cafe")
    make_rule(cafe)
    zoe = make_member(cafe, ZOE, email_verified_at=NOON)
    kept = earn.from_purchase(cafe, sale(30_00, contact_email=ZOE), now=NOON)
    ret = Return(source="pos", reference="back-1", made_at=NOON, purchase_id=kept.id)

    def claims() -> None:
        claim.claim(zoe, now=NOON)

    def refunds() -> None:
        refund.refund(cafe, ret, now=NOON)

    def waits() -> None:
        try:
            second()
        finally:
            connection.close()

    first, second = (refunds, claims) if refund_is_first else (claims, refunds)
    with transaction.atomic():
        first()
        other = Thread(target=waits)
        other.start()
        sleep(0.5)  # It has read the sale as nobody's by now, and waits for it.
    other.join()
    assert points(zoe) == 0
    assert audit.breaches() == []


def test_a_sale_told_for_two_in_one_batch_becomes_the_firsts(
    cafe: Program, ana: Member, ben: Member
) -> None:
    told = sale(10_00)
    earn.from_purchase(cafe, told, now=NOON)
    both = [told.owned_by(ana.account_id), told.owned_by(ben.account_id)]
    first, second = earn.from_purchases(cafe, both, now=NOON)
    assert (first.status, second.status) == ("earned", "refused")
    assert (points(ana), points(ben)) == (10, 0)
