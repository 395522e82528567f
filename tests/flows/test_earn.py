from datetime import timedelta

import pytest

from loyalty.flows import earn
from loyalty.ledger import audit
from loyalty.ledger.models import Entry
from loyalty.messaging.models import Message
from loyalty.purchases.models import Purchase, PurchaseLine
from loyalty.purchases.recording import ReferenceReused
from loyalty.purchases.sale import InvalidSale, MadeInFuture, SaleLine
from members.models import Member
from tests.makers import (
    NOON,
    balance,
    buy,
    choose,
    do,
    make_member,
    make_rule,
    make_wallet,
    points,
    sale,
)


def test_a_purchase_earns_points(ana):
    assert buy(ana, 59_90).status == "earned"
    assert points(ana) == 59


def test_the_same_sale_earns_once(ana):
    first, again = buy(ana, reference="till-1"), buy(ana, reference="till-1")
    assert (first.status, again.status) == ("earned", "repeated")
    assert first.entries == again.entries
    assert points(ana) == 10


def test_the_same_sale_with_another_price_is_refused(ana):
    buy(ana, 10_00, reference="till-1")
    with pytest.raises(ReferenceReused) as refused:
        buy(ana, 11_00, reference="till-1")
    assert refused.value.facts["stored"]["total_minor"] == 10_00
    assert points(ana) == 10


def test_the_same_sale_of_another_member_is_refused(ana, ben):
    buy(ana, reference="till-1")
    with pytest.raises(ReferenceReused):
        buy(ben, reference="till-1")
    assert points(ben) == 0


def test_a_sale_told_twice_in_one_batch_earns_once(cafe, ana):
    it = sale(10_00, member=ana, reference="till-1")
    other = sale(99_00, member=ana, reference="till-1")
    outcomes = earn.from_purchases(cafe, [it, it, other], now=NOON)
    assert [outcome.status for outcome in outcomes] == ["earned", "repeated", "refused"]
    assert points(ana) == 10


def test_a_batch_is_judged_in_the_order_in_which_it_happened(cafe, ana, ben):
    make_rule(
        cafe, name={"en": "First purchase"}, conditions=[{"kind": "first_purchase"}],
        effect={"kind": "fixed", "points": 50},
    )  # fmt: skip
    late = sale(10_00, member=ana, made_at=NOON + timedelta(hours=1))
    early = sale(20_00, member=ana)
    outcomes = earn.from_purchases(
        cafe, [late, early, sale(30_00, member=ben)], now=NOON + timedelta(hours=2)
    )
    assert [sum(it.points for it in outcome.entries) for outcome in outcomes] == [10, 70, 80]
    assert audit.breaches() == []


def test_one_bad_sale_does_not_hold_up_the_others(cafe, ana):
    bad = sale(10_00, SaleLine(amount_minor=-1), member=ana)
    outcomes = earn.from_purchases(cafe, [bad, sale(10_00, member=ana)], now=NOON)
    assert [outcome.status for outcome in outcomes] == ["refused", "earned"]


@pytest.mark.parametrize("amount", [-1, 10**14])
def test_an_impossible_amount_is_refused(ana, amount):
    with pytest.raises(InvalidSale):
        buy(ana, amount)
    assert not Purchase.objects.exists()


def test_a_sale_of_next_week_is_refused(ana):
    with pytest.raises(MadeInFuture):
        buy(ana, made_at=NOON + timedelta(days=7), now=NOON)


def test_a_purchase_too_small_to_earn_leaves_no_entry(ana):
    assert buy(ana, 99).entries == []
    assert not Entry.objects.exists()


def test_a_sale_of_nobody_is_kept_and_earns_when_its_member_shows_the_card(cafe, ana):
    assert earn.from_purchase(cafe, sale(10_00, reference="till-1"), now=NOON).status == "kept"
    assert buy(ana, 10_00, reference="till-1").status == "earned"
    assert buy(ana, 10_00, reference="till-1").status == "repeated"
    assert points(ana) == 10


def test_the_lines_are_written_down(ana):
    buy(
        ana,
        0,
        SaleLine(amount_minor=6_00, product="tea"),
        SaleLine(amount_minor=4_50, product="cake"),
    )
    assert list(PurchaseLine.objects.values_list("number", "product", "amount_minor")) == [
        (1, "tea", 6_00), (2, "cake", 4_50),
    ]  # fmt: skip
    assert points(ana) == 10


@pytest.mark.parametrize(
    ("switch", "value", "expected"),
    [("counts_tax", False, 93), ("counts_shipping", True, 150), ("counts_gift_cards", True, 300)],
)
def test_the_switches_say_what_counts(cafe, ana, switch, value, expected):
    setattr(cafe, switch, value)
    cafe.version += 1
    cafe.save()
    buy(
        ana, 0, SaleLine(amount_minor=100_00, tax_minor=6_54),
        SaleLine(amount_minor=50_00, kind="shipping"),
        SaleLine(amount_minor=200_00, kind="gift_card"),
    )  # fmt: skip
    assert points(ana) == expected


def test_what_points_paid_does_not_earn(ana):
    buy(ana, 100_00, points_paid_minor=30_00)
    assert points(ana) == 70


def test_points_wait_until_the_return_window_is_over(cafe, ana):
    cafe.pending_days = 14
    cafe.version += 1
    cafe.save()
    buy(ana)
    assert (balance(ana).points, balance(ana).pending) == (0, 10)
    buy(ana, now=NOON + timedelta(days=15))  # Told late: its window is over already.
    assert (balance(ana).points, balance(ana).pending) == (10, 10)


def test_a_letter_is_owed_once_and_only_to_who_wants_it(ana, ben):
    choose(ben, account=False)
    buy(ana, reference="till-1")
    buy(ana, reference="till-1")
    buy(ben)
    assert list(Message.objects.values_list("to", "template")) == [
        ("ana@example.org", "points_earned")
    ]


def test_who_is_blocked_earns_nothing(ana):
    Member.objects.filter(pk=ana.pk).update(state=Member.State.BLOCKED)
    assert buy(ana).entries == []


def test_a_cap_is_shared_by_the_whole_batch(cafe, ana):
    make_rule(
        cafe, trigger="watched_video", effect={"kind": "fixed", "points": 10},
        caps=[{"period": "week", "limit": 30}],
    )  # fmt: skip
    for _ in range(5):
        do(ana, "watched_video")
    assert points(ana) == 30
    do(ana, "watched_video", at=NOON + timedelta(days=7))
    assert points(ana) == 40


def test_two_wallets_earn_side_by_side(cafe, ana):
    make_wallet(cafe, "cashback", kind="cashback", exponent=2)
    make_rule(cafe, wallet="cashback", effect={"kind": "percent", "basis_points": 300})
    buy(ana, 100_00)
    assert (points(ana), points(ana, "cashback")) == (100, 3_00)


def test_programs_do_not_see_each_other(cafe, ana, db):
    from_elsewhere = make_member(cafe, "eve@example.org")
    buy(from_elsewhere)
    assert points(ana) == 0
