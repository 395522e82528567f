"""What staff do by hand: once, on record, and never for themselves."""

from datetime import timedelta

import pytest

from loyalty.flows import by_hand
from loyalty.flows.by_hand import LetterOnItsWay
from loyalty.flows.own_account import OwnAccount
from loyalty.ledger.posting import InsufficientPoints
from loyalty.merchants.models import AuditEntry, Role
from loyalty.messaging.models import Message
from loyalty.purchases.models import Purchase
from loyalty.purchases.recording import ReferenceReused
from loyalty.purchases.sale import InvalidSale, ReturnLine, SaleLine
from loyalty.rewards.models import Redemption, Voucher
from tests.makers import (
    NOON,
    buy,
    give,
    make_member,
    make_reward,
    make_staff,
    points,
    purchase_of,
)

LATER = NOON + timedelta(seconds=2)


@pytest.fixture
def cashier(cafe):
    return make_staff(cafe, Role.CASHIER)


def sell(member, by, amount=45_00, *, now=NOON, reference="r-1", **fields):
    line = SaleLine(amount_minor=amount)
    return by_hand.sell(
        member, line, source="counter", reference=reference, now=now, by=by, **fields
    )


def trail_of(action):
    return AuditEntry.objects.filter(action=action)


def test_a_sale_that_is_entered_earns(ana, cashier) -> None:
    sold = sell(ana, cashier)
    assert sold.outcome.status == "earned"
    assert points(ana) == 45
    assert trail_of("sale.enter").get().told.after["amount_minor"] == 45_00


def test_a_second_click_enters_no_second_sale(ana, cashier) -> None:
    sell(ana, cashier)
    assert sell(ana, cashier, now=LATER).outcome.status == "repeated"
    assert points(ana) == 45
    assert trail_of("sale.enter").count() == 1


def test_the_same_reference_with_another_amount_is_refused(ana, cashier) -> None:
    sell(ana, cashier)
    with pytest.raises(ReferenceReused):
        sell(ana, cashier, 99_00, now=LATER)
    assert points(ana) == 45


def test_nobody_enters_sales_for_themselves(ana, cashier) -> None:
    ana.user = cashier.user
    ana.save()
    with pytest.raises(OwnAccount):
        sell(ana, cashier)
    assert not Purchase.objects.exists()


def test_points_pay_a_part_and_do_not_earn_on_it(cafe, ana, cashier) -> None:
    cafe.pay_points, cafe.pay_minor = 100, 1_00
    cafe.save()
    ana.refresh_from_db()
    give(ana, 1_500)
    for now in (NOON, LATER):
        sold = sell(ana, cashier, now=now, paid_minor=15_00)
        assert sold.paid.voucher.status == Voucher.Status.USED
    assert Purchase.objects.get().points_paid_minor == 15_00
    assert points(ana) == 30  # 1,500 went, and 30.00 of the 45.00 earned.


def test_a_sale_whose_points_do_not_suffice_is_not_entered(cafe, ana, cashier) -> None:
    cafe.pay_points, cafe.pay_minor = 100, 1_00
    cafe.save()
    ana.refresh_from_db()
    give(ana, 100)
    with pytest.raises(InsufficientPoints):
        sell(ana, cashier, paid_minor=15_00)
    assert points(ana) == 100
    assert not Purchase.objects.exists()


def test_more_than_the_sale_cannot_be_paid(cafe, ana, cashier) -> None:
    cafe.pay_points, cafe.pay_minor = 100, 1_00
    cafe.save()
    ana.refresh_from_db()
    give(ana, 9_000)
    with pytest.raises(InvalidSale):
        sell(ana, cashier, 45_00, paid_minor=50_00)
    assert points(ana) == 9_000


def test_a_refund_takes_back_once(ana, cashier) -> None:
    bought = purchase_of(buy(ana, 50_00))
    for now in (NOON, LATER):
        by_hand.take_back(bought, key="k-1", now=now, by=cashier, amount_minor=20_00, reason="Cold")
    assert points(ana) == 30
    assert trail_of("sale.refund").get().told.reason == "Cold"


def test_a_line_is_refunded_by_its_pieces(ana, cashier) -> None:
    bought = purchase_of(buy(ana, 0, SaleLine(amount_minor=30_00, quantity=3, product="tea")))
    lines = [ReturnLine(number=1, quantity=2)]
    outcome = by_hand.take_back(bought, key="k-1", now=NOON, by=cashier, lines=lines)
    assert outcome.matched_minor == 20_00
    assert points(ana) == 10


def test_somebody_is_enrolled_on_record(cafe, cashier) -> None:
    member = by_hand.enroll(cafe, now=NOON, by=cashier, name="Dao", phone="0812345678")
    assert member.phone == "+66812345678"
    assert trail_of("member.enroll").get().subject == f"member:{member.public_id}"


def test_who_is_a_member_already_is_not_enrolled_anew(cafe, cashier) -> None:
    first = by_hand.enroll(cafe, now=NOON, by=cashier, external_id="77")
    assert by_hand.enroll(cafe, now=LATER, by=cashier, external_id="77") == first
    assert trail_of("member.enroll").count() == 1


def test_a_reward_is_handed_over_once(cafe, ana, cashier) -> None:
    coffee = make_reward(cafe, 10)
    give(ana, 25)
    for now in (NOON, LATER):
        by_hand.hand_over(ana, coffee, key="k-1", now=now, by=cashier)
    made = Redemption.objects.get()
    assert made.voucher.status == Voucher.Status.USED
    assert made.voucher.used_by == cashier.user
    assert points(ana) == 15
    assert not Message.objects.filter(template="voucher").exists()


def test_a_letter_that_was_given_up_is_tried_again(cafe, cashier) -> None:
    ben = make_member(cafe, "ben@example.org")
    dead = Message.objects.create(
        program=cafe, key="welcome:1", account_id=ben.account_id, to=ben.email,
        template="welcome", language="en", status="dead", error="550", attempts=11,
    )  # fmt: skip
    by_hand.send_again(dead, now=NOON, by=cashier)
    dead.refresh_from_db()
    assert (dead.status, dead.attempts) == ("owed", 0)
    with pytest.raises(LetterOnItsWay):
        by_hand.send_again(dead, now=LATER, by=cashier)
    assert trail_of("letter.retry").count() == 1
