from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from loyalty.flows import earn, redeem, refund
from loyalty.flows.refund import UnknownSale
from loyalty.ledger import audit
from loyalty.purchases.matching import RefundAboveSale
from loyalty.purchases.models import Purchase, Refund
from loyalty.purchases.recording import ReferenceReused
from loyalty.purchases.sale import Return, ReturnLine, SaleLine
from tests.makers import (
    NOON,
    balance,
    bring_back,
    buy,
    make_reward,
    make_rule,
    points,
    purchase_of,
    sale,
)


def test_a_refund_takes_back_what_the_award_gave(ana):
    bought = buy(ana, 59_90)
    bring_back(ana, bought, 20_00)
    assert points(ana) == 39


def test_what_the_rule_says_today_does_not_matter(cafe, ana):
    bought = buy(ana, 50_00)
    cafe.earning_rules.update(effect={"kind": "per_spend", "points": 2, "per_minor": 100})
    cafe.version += 1
    cafe.save()
    bring_back(ana, bought)
    assert points(ana) == 0


def test_ten_refunds_of_a_tenth_equal_one_of_the_whole(ana):
    bought = buy(ana, 99_90)
    for _ in range(10):
        bring_back(ana, bought, 9_99)
    assert (points(ana), balance(ana).owed) == (0, 0)
    assert audit.breaches() == []


def test_the_same_refund_takes_once(ana):
    bought = buy(ana, 50_00)
    bring_back(ana, bought, 10_00, reference="back-1")
    assert bring_back(ana, bought, 10_00, reference="back-1").status == "repeated"
    with pytest.raises(ReferenceReused):
        bring_back(ana, bought, 11_00, reference="back-1")
    assert points(ana) == 40


def test_a_refund_that_is_told_again_is_answered_with_what_it_took(cafe, ana):
    bought = buy(ana, 50_00)
    told = Return(
        source="pos", reference="back-1", made_at=NOON, purchase_id=bought.id, amount_minor=10_00
    )
    first, same = refund.refund_all(cafe, [told, told], now=NOON)
    [again] = refund.refund_all(cafe, [told], now=NOON)
    assert [entry.points for entry in first.entries] == [-10]
    assert first.entries == same.entries == again.entries


def test_more_than_the_sale_is_refused_and_leaves_nothing(ana):
    bought = buy(ana, 50_00)
    bring_back(ana, bought, 30_00)
    with pytest.raises(RefundAboveSale):
        bring_back(ana, bought, 20_01)
    assert points(ana) == 20
    assert Refund.objects.count() == 1
    assert purchase_of(bought).refunded_minor == 30_00


def test_a_line_comes_back_by_its_pieces(ana):
    bought = buy(ana, 0, SaleLine(amount_minor=10_00, product="tea", quantity=Decimal(3)),
                 SaleLine(amount_minor=5_00, product="cake"))  # fmt: skip
    tea = ReturnLine(product="tea", quantity=Decimal(1))
    for expected in (11, 8, 5):
        bring_back(ana, bought, None, tea)
        assert points(ana) == expected


def test_a_rule_for_some_lines_is_reversed_by_those(cafe, ana):
    cafe.earning_rules.all().delete()
    make_rule(cafe, conditions=[{"kind": "product", "codes": ["tea"]}])
    bought = buy(ana, 0, SaleLine(amount_minor=10_00, product="tea"),
                 SaleLine(amount_minor=90_00, product="cake"))  # fmt: skip
    bring_back(ana, bought, None, ReturnLine(product="cake"))
    assert points(ana) == 10
    bring_back(ana, bought, None, ReturnLine(product="tea"))
    assert points(ana) == 0


def test_spent_points_become_a_debt_or_are_borne(cafe, ana):
    bought = buy(ana, 50_00)
    assert balance(ana).net == 50
    cafe.shortfall = "absorb"
    cafe.save()
    bring_back(ana, bought)
    assert balance(ana).net == 0


def test_what_is_borne_settles_its_own_shortfall_and_no_older_debt(cafe, ana):
    first = buy(ana, 100_00)
    redeem.redeem(ana, make_reward(cafe, 100), key="all", now=NOON)
    bring_back(ana, first)
    second = buy(ana, 50_00)
    assert balance(ana).owed == 50
    cafe.shortfall = "absorb"
    cafe.save()
    bring_back(ana, second)
    assert balance(ana).owed == 50
    assert audit.breaches() == []


def test_a_refund_without_its_sale_takes_the_latest_lines_of_the_product(ana):
    first = buy(ana, 0, SaleLine(amount_minor=20_00, product="tea", quantity=Decimal(2)))
    second = buy(ana, 0, SaleLine(amount_minor=30_00, product="tea", quantity=Decimal(2)),
                 made_at=NOON + timedelta(days=1))  # fmt: skip
    back = bring_back(ana, None, None, ReturnLine(product="tea", quantity=Decimal(3)),
                      made_at=NOON + timedelta(days=2))  # fmt: skip
    assert back.matched_minor == 40_00
    assert [purchase_of(it).refunded_minor for it in (first, second)] == [10_00, 30_00]
    assert points(ana) == 10


def test_what_cannot_be_matched_takes_nothing_and_is_reported(ana, ben):
    buy(ana, 0, SaleLine(amount_minor=20_00, product="tea"))
    buy(ben, 0, SaleLine(amount_minor=20_00, product="cup"))
    back = bring_back(
        ana, None, None, ReturnLine(product="tea", quantity=Decimal(2)), ReturnLine(product="cup"),
        ReturnLine(amount_minor=5_00),
    )  # fmt: skip
    assert [it.problem for it in back.unmatched] == ["not_enough_left", "no_sale", "no_product"]
    assert (back.matched_minor, points(ana), points(ben)) == (0, 20, 20)


def test_a_refund_of_a_sale_that_we_do_not_know_is_refused(cafe, ana):
    ret = Return(source="pos", reference="r", made_at=NOON, purchase_id=10**9)
    with pytest.raises(UnknownSale):
        refund.refund(cafe, ret, now=NOON)
    with pytest.raises(UnknownSale):
        refund.refund(cafe, replace(ret, purchase_id=None), now=NOON)
    assert not Refund.objects.exists()


def test_a_cap_has_room_again_after_a_refund(cafe, ana):
    cafe.earning_rules.all().delete()
    make_rule(cafe, caps=[{"period": "day", "limit": 60}])
    bought = buy(ana, 50_00)
    bring_back(ana, bought)
    buy(ana, 100_00)
    assert points(ana) == 60


def test_a_fixed_award_stays_while_its_minimum_is_kept(cafe, ana):
    cafe.earning_rules.all().delete()
    make_rule(cafe, effect={"kind": "fixed", "points": 50},
              conditions=[{"kind": "minimum_spend", "minor": 30_00}])  # fmt: skip
    bought = buy(ana, 50_00)
    bring_back(ana, bought, 20_00)
    assert points(ana) == 50
    bring_back(ana, bought, 1)
    assert points(ana) == 0


def test_a_sale_without_a_member_can_come_back_too(cafe):
    kept = earn.from_purchase(cafe, sale(10_00), now=NOON)
    ret = Return(source="pos", reference="r", made_at=NOON, purchase_id=kept.id)
    assert refund.refund(cafe, ret, now=NOON).matched_minor == 10_00
    assert Purchase.objects.get().refunded_minor == 10_00


def test_returns_of_a_batch_find_what_those_before_them_left(cafe, ana, ben):
    buy(ana, 0, SaleLine(amount_minor=30_00, product="tea", quantity=Decimal(3)))
    bens = buy(ben, 20_00)
    tea = (ReturnLine(product="tea", quantity=Decimal(2)),)
    facts = {"source": "pos", "made_at": NOON}
    told = [
        Return(reference="1", account_id=ana.account_id, lines=tea, **facts),
        Return(reference="2", account_id=ana.account_id, lines=tea, **facts),
        Return(reference="3", purchase_id=bens.id, amount_minor=30_00, **facts),
        Return(reference="4", purchase_id=bens.id, amount_minor=5_00, **facts),
        Return(reference="1", account_id=ana.account_id, lines=tea, **facts),
        Return(reference="4", purchase_id=bens.id, amount_minor=6_00, **facts),
        Return(reference="5", **facts),
    ]
    outcomes = refund.refund_all(cafe, told, now=NOON)
    assert [it.status for it in outcomes] == [
        "refunded", "refunded", "refused", "refunded", "repeated", "refused", "refused",
    ]  # fmt: skip
    assert [it.problem.code for it in outcomes if it.problem] == [
        "refund_above_sale", "reference_reused", "unknown_sale",
    ]  # fmt: skip
    assert (points(ana), points(ben)) == (10, 15)
    assert outcomes[4].matched_minor == 20_00
    assert [it.problem for it in outcomes[1].unmatched] == ["not_enough_left"]
    assert Refund.objects.count() == 3
    again = refund.refund_all(cafe, [told[0], told[3]], now=NOON)
    assert [it.status for it in again] == ["repeated", "repeated"]
    assert audit.breaches() == []


def test_a_batch_of_returns_takes_what_they_would_take_one_by_one(cafe, ana, ben):
    """The same sales and returns for two people, to the point: his in a batch, hers one by one."""

    def told(member) -> list[Return]:
        return [
            Return(
                source="pos", reference=f"{member.pk}-{number}", made_at=NOON,
                account_id=member.account_id,
                lines=tuple(ReturnLine(product=it, quantity=Decimal("1.5")) for it in products),
            )
            for number, products in enumerate((["a"], ["b", "a"], ["a", "c"], ["c", "b"]))
        ]  # fmt: skip

    for member in (ana, ben):
        for price in (9_99, 14_50, 3_33):
            lines = (SaleLine(amount_minor=price, product=it, quantity=Decimal(2)) for it in "abc")
            buy(member, 0, *lines)
    refund.refund_all(cafe, told(ben), now=NOON)
    for ret in told(ana):
        refund.refund(cafe, ret, now=NOON)
    assert points(ana) == points(ben) > 0
    assert balance(ana).lifetime == balance(ben).lifetime


def test_what_has_come_back_is_not_forgotten_to_have_been_sold(ana):
    bought = buy(ana, 0, SaleLine(amount_minor=20_00, product="tea"))
    bring_back(ana, bought)
    again = bring_back(ana, None, None, ReturnLine(product="tea"))
    assert [it.problem for it in again.unmatched] == ["not_enough_left"]


def test_a_batch_of_returns_takes_few_statements(cafe, ana, ben, django_assert_max_num_queries):
    told = []
    for number in range(20):
        member = (ana, ben)[number % 2]
        bought = buy(member, 10_00)
        told.append(
            Return(source="pos", reference=str(number), made_at=NOON, purchase_id=bought.id)
        )
    # Seven of these read books that a server keeps from one transaction to the next.
    with django_assert_max_num_queries(32 + 7):
        refund.refund_all(cafe, told, now=NOON)
    assert (points(ana), points(ben)) == (0, 0)
