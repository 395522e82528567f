from datetime import timedelta
from functools import partial

import pytest
from django.db import DatabaseError

from loyalty.flows import lapse
from loyalty.flows.lapse import lapse_due
from loyalty.flows.pay import BadAmount, PayNotOffered, most_payable, pay, points_for, wallet_for
from loyalty.flows.redeem import cancel
from loyalty.flows.spending import MemberNotActive
from loyalty.flows.vouchers import VoucherExpired, VoucherUsed, use
from loyalty.ledger import audit, posting
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import AuditEntry, Location
from loyalty.messaging.models import Message
from loyalty.rewards.codes import code_of
from loyalty.rewards.models import Redemption, Voucher
from members.models import Member
from tests.at_once import at_once, times
from tests.makers import NOON, give, make_member, make_program, make_staff, make_wallet, points

HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def paying(db):
    """A café whose points are worth 0.01 each."""
    return make_program("paying", pay_points=1, pay_minor=1)


@pytest.fixture
def eve(paying):
    return make_member(paying, "eve@example.org")


def test_the_member_chooses_how_much_points_pay(eve):
    give(eve, 1_234)
    made = pay(eve, amount_minor=500, key="click", now=NOON)
    assert points(eve) == 734
    assert (made.reward, made.worth_minor, made.entry.points) == (None, 500, -500)
    assert made.voucher.expires_at == NOON + HALF_AN_HOUR
    assert audit.breaches() == []


@pytest.mark.parametrize(
    ("pay_points", "pay_minor", "amount", "cost"),
    [(100, 100, 500, 500), (1, 100, 550, 6), (3, 100, 100, 3), (3, 100, 101, 4), (7, 3, 1, 3)],
)
def test_a_fraction_of_a_point_costs_a_whole_one(db, pay_points, pay_minor, amount, cost):
    program = make_program(pay_points=pay_points, pay_minor=pay_minor)
    assert points_for(program, amount) == cost
    assert most_payable(program, cost, wallet_for(program)) >= amount
    assert most_payable(program, cost - 1, wallet_for(program)) < amount


def test_the_same_key_pays_once(eve):
    give(eve, 1_000)
    first = pay(eve, amount_minor=500, key="click", now=NOON)
    assert pay(eve, amount_minor=500, key="click", now=NOON) == first
    assert points(eve) == 500
    with pytest.raises(posting.KeyReused):
        pay(eve, amount_minor=400, key="click", now=NOON)


def test_nobody_pays_with_what_is_not_there(eve):
    give(eve, 499)
    with pytest.raises(posting.InsufficientPoints):
        pay(eve, amount_minor=500, key="click", now=NOON)
    assert points(eve) == 499
    assert not Redemption.objects.exists()


@pytest.mark.parametrize("amount", [0, -1, -500, 10**15 + 1, 10**30])
def test_an_amount_is_above_zero_and_below_any_bill(eve, amount):
    give(eve, 1_000)
    with pytest.raises(BadAmount):
        pay(eve, amount_minor=amount, key="click", now=NOON)


def test_an_amount_that_no_column_holds_is_only_too_much(eve):
    eve.program.pay_points = 2**31 - 1
    give(eve, 1_000)
    with pytest.raises(posting.InsufficientPoints):
        pay(eve, amount_minor=10**15, key="click", now=NOON)


def test_points_that_are_not_money_do_not_pay(ana):
    give(ana, 1_000)
    with pytest.raises(PayNotOffered):
        pay(ana, amount_minor=500, key="click", now=NOON)


def test_stamps_and_other_programs_wallets_do_not_pay(eve):
    stamps = make_wallet(eve.program, "stamps", kind=Wallet.Kind.STAMPS)
    foreign = make_program("elsewhere", pay_points=1, pay_minor=1).wallets.get()
    for wallet in (stamps, foreign):
        with pytest.raises(PayNotOffered):
            pay(eve, amount_minor=500, key="click", now=NOON, wallet=wallet)


def test_cashback_pays_as_the_money_it_is(ana):
    cashback = make_wallet(ana.program, "cashback", kind=Wallet.Kind.CASHBACK, exponent=2)
    give(ana, 110, wallet="cashback")
    assert wallet_for(ana.program) == cashback
    pay(ana, amount_minor=60, key="click", now=NOON)
    assert points(ana, "cashback") == 50


def test_who_is_blocked_cannot_pay(eve):
    give(eve, 1_000)
    Member.objects.update(state=Member.State.BLOCKED)
    with pytest.raises(MemberNotActive):
        pay(eve, amount_minor=500, key="click", now=NOON)


def test_at_the_till_it_is_used_at_once(eve):
    give(eve, 1_000)
    cashier = make_staff(eve.program, "cashier")
    shop = Location.objects.create(
        merchant=eve.program.merchant, code="silom", name={"en": "Silom"}
    )
    made = pay(
        eve, amount_minor=500, key="click", now=NOON, by=cashier, location=shop, reference="till-7"
    )
    voucher = Voucher.objects.get(redemption=made)
    assert (voucher.status, voucher.used_at) == (Voucher.Status.USED, NOON)
    assert (voucher.used_by, voucher.used_at_location) == (cashier.user, shop)
    assert voucher.used_reference == "till-7"
    assert AuditEntry.objects.get().action == "points.pay"
    with pytest.raises(VoucherUsed):
        cancel(made, now=NOON)


def test_a_code_for_the_till_is_not_sent_as_a_letter(eve):
    give(eve, 1_000)
    pay(eve, amount_minor=500, key="click", now=NOON)
    assert not Message.objects.exists()


def test_money_that_nobody_fetched_comes_back(eve):
    give(eve, 1_000)
    made = pay(eve, amount_minor=500, key="click", now=NOON)
    assert lapse_due(now=NOON + HALF_AN_HOUR - timedelta(seconds=1)) == 0
    with pytest.raises(VoucherExpired):
        use(eve.program, code_of(made.voucher), now=NOON + HALF_AN_HOUR)
    assert lapse_due(now=NOON + HALF_AN_HOUR) == 1
    assert lapse_due(now=NOON + HALF_AN_HOUR) == 0
    assert points(eve) == 1_000
    assert audit.breaches() == []


def test_money_that_cannot_come_back_keeps_no_other_waiting(eve, monkeypatch):
    give(eve, 1_000)
    first, second = (pay(eve, amount_minor=100, key=key, now=NOON) for key in ("one", "two"))

    def stuck(made, *, now):
        if made.pk == first.pk:
            raise DatabaseError("deadlock detected")
        return cancel(made, now=now)

    monkeypatch.setattr(lapse.redeem, "cancel", stuck)
    assert [lapse_due(now=NOON + HALF_AN_HOUR) for _time in range(2)] == [1, 0]
    second.refresh_from_db()
    assert second.status == Redemption.Status.CANCELLED


def test_the_member_takes_it_back_even_before_the_sweep(eve):
    give(eve, 1_000)
    made = pay(eve, amount_minor=500, key="click", now=NOON)
    cancel(made, now=NOON + HALF_AN_HOUR)
    assert points(eve) == 1_000


@pytest.mark.django_db(transaction=True)
def test_money_is_either_used_or_back(paying):
    eve = make_member(paying, "eve@example.org")
    give(eve, 600)
    end = NOON + HALF_AN_HOUR
    for number in range(6):
        made = pay(eve, amount_minor=100, key=f"click-{number}", now=NOON)
        code = code_of(made.voucher)
        in_time = partial(use, paying, code, now=end - timedelta(seconds=1))
        at_once(in_time, partial(lapse_due, now=end))
    used = Voucher.objects.filter(status=Voucher.Status.USED).count()
    back = Redemption.objects.filter(status=Redemption.Status.CANCELLED).count()
    assert used + back == 6
    assert points(eve) == 600 - 100 * used
    assert audit.breaches() == []


@pytest.mark.django_db(transaction=True)
def test_eight_clicks_with_one_key_pay_once(paying):
    eve = make_member(paying, "eve@example.org")
    give(eve, 1_234)
    told = times(8, lambda _number: pay(eve, amount_minor=500, key="click", now=NOON))
    assert len({made.pk for made in told}) == 1
    assert points(eve) == 734
    assert audit.breaches() == []
