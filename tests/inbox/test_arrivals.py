"""Orders, refunds and people of web shops: in any order, twice, late, and never half."""

from datetime import timedelta
from itertools import permutations

import pytest

from loyalty.flows import arrivals, erase, profile
from loyalty.inbox import queue
from loyalty.inbox.models import Arrival, ShopOrder
from loyalty.ledger import audit
from loyalty.merchants.models import AuditEntry
from loyalty.purchases import audit as purchase_audit
from loyalty.purchases.models import Purchase, Refund
from loyalty.refusal import Refusal
from members.models import Member
from tests.inbox.makers import Shop, at, shopify_order, shopify_refund, woo_order
from tests.makers import NOON, make_member, points

DAY = timedelta(days=1)


def told_of(arrival: Arrival) -> tuple[str, str]:
    return arrival.status, arrival.reason


def test_a_paid_order_earns(shopify, ana):
    arrival = shopify.hear("orders/paid", shopify_order())
    assert told_of(arrival) == ("done", "")
    assert points(ana) == 20  # Of 21.00; shipping does not count.
    sold = Purchase.objects.get()
    assert (sold.source, sold.channel, sold.total_minor) == ("shopify", "online", 21_00)


def test_the_same_order_by_three_topics_earns_once(shopify, ana):
    for topic in ("orders/create", "orders/paid", "orders/updated"):
        shopify.hear(topic, shopify_order())
    assert points(ana) == 20
    assert [told_of(it) for it in Arrival.objects.order_by("pk")] == [
        ("done", ""), ("skipped", "known"), ("skipped", "known"),
    ]  # fmt: skip


def test_an_order_counts_when_it_is_paid_whole(shopify, ana):
    open_order = shopify_order(financial_status="partially_paid")
    assert told_of(shopify.hear("orders/create", open_order)) == ("skipped", "not_paid")
    assert points(ana) == 0
    shopify.hear("orders/paid", shopify_order(updated_at="2026-06-02T11:05:00+07:00"))
    assert points(ana) == 20


def test_a_sale_of_nobody_waits_for_its_buyer(shopify, cafe):
    order = shopify_order(email="Nok@Example.org")
    assert told_of(shopify.hear("orders/paid", order)) == ("done", "nobodys")
    nok = make_member(cafe, "nok@example.org")
    assert points(nok) == 0
    profile.verify_email(nok, now=NOON)
    assert points(nok) == 20


def test_an_address_that_nobody_has_shown_to_be_theirs_earns_nothing(shopify, cafe, ana):
    Member.objects.filter(pk=ana.pk).update(email_verified_at=None)
    shopify.hear("orders/paid", shopify_order())
    assert points(ana) == 0


def test_a_refund_takes_back_its_line(shopify, ana):
    shopify.hear("orders/paid", shopify_order())
    for _twice in range(2):
        shopify.hear("refunds/create", shopify_refund())
    assert points(ana) == 15
    assert Refund.objects.get().matched_minor == 5_00


def test_a_refund_before_its_order_waits_for_it(shopify, ana):
    early = shopify.hear("refunds/create", shopify_refund())
    assert told_of(early) == ("waiting", "order_unknown")
    shopify.hear("orders/paid", shopify_order())
    arrivals.take_due(clock=lambda: NOON)
    early.refresh_from_db()
    assert told_of(early) == ("done", "")
    assert points(ana) == 15


def test_a_refund_whose_order_never_comes_is_reported(shopify, ana):
    early = shopify.hear("refunds/create", shopify_refund())
    instants = [NOON]
    while early.status == "waiting":
        instants.append(early.due_at)
        arrivals.take_due(clock=lambda: instants[-1])
        early.refresh_from_db()
    assert told_of(early) == ("dead", "order_unknown")
    assert early.detail
    assert timedelta(days=2) < instants[-1] - NOON < timedelta(days=4)


def test_an_older_state_changes_nothing(shopify, ana):
    """The order was paid and cancelled; that it was paid is told last."""
    off = shopify_order(
        cancelled_at="2026-06-02T11:10:00+07:00", updated_at="2026-06-02T11:10:00+07:00",
        financial_status="voided",
    )  # fmt: skip
    assert told_of(shopify.hear("orders/cancelled", off)) == ("skipped", "never_counted")
    assert told_of(shopify.hear("orders/paid", shopify_order())) == ("skipped", "older")
    assert points(ana) == 0
    assert not Purchase.objects.exists()


def test_a_cancelled_order_gives_everything_back(shopify, ana):
    shopify.hear("orders/paid", shopify_order())
    off = shopify_order(
        cancelled_at="2026-06-02T11:10:00+07:00", updated_at="2026-06-02T11:10:00+07:00"
    )
    for _twice in range(2):
        shopify.hear("orders/cancelled", off)
    assert points(ana) == 0
    late = shopify.hear("refunds/create", shopify_refund())
    assert told_of(late) == ("skipped", "nothing_left")


EVENTS = [
    ("orders/create", shopify_order(financial_status="pending")),
    ("orders/paid", shopify_order(updated_at="2026-06-02T11:01:00+07:00")),
    ("refunds/create", shopify_refund()),
    (
        "orders/updated",
        shopify_order(
            financial_status="partially_refunded", updated_at="2026-06-02T11:30:00+07:00",
            refunds=[shopify_refund()],
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_events_in_any_order_end_alike(shopify, ana, order):
    for place in order:
        shopify.hear(*EVENTS[place])
    arrivals.take_due(clock=lambda: NOON + DAY)
    assert points(ana) == 15
    assert not Arrival.objects.filter(status__in=["waiting", "dead"]).exists()
    assert [*audit.breaches(), *purchase_audit.breaches()] == []


def test_more_than_is_left_takes_what_is_left(shopify, ana):
    shopify.hear("orders/paid", shopify_order())
    lines = [{"line_item_id": 11, "quantity": 9}]
    shopify.hear("refunds/create", shopify_refund(1, refund_line_items=lines))
    assert points(ana) == 10
    again = shopify.hear("refunds/create", shopify_refund(2, refund_line_items=lines))
    assert told_of(again) == ("skipped", "nothing_left")


def test_a_refund_of_money_is_of_the_whole_order(shopify, ana):
    shopify.hear("orders/paid", shopify_order())
    shopify.hear("refunds/create", shopify_refund(refund_line_items=[]))
    assert Refund.objects.get().matched_minor == 5_00


def test_a_refund_of_a_line_that_the_order_has_not_is_reported(shopify, ana):
    shopify.hear("orders/paid", shopify_order())
    lines = [{"line_item_id": 99, "quantity": 1}]
    odd = shopify.hear("refunds/create", shopify_refund(refund_line_items=lines))
    assert told_of(odd) == ("dead", "not_understood")
    assert "99" in odd.detail
    assert points(ana) == 20


def test_woocommerce_lists_its_refunds_in_the_order(woo, ana):
    woo.hear("order.created", woo_order(status="pending"))
    woo.hear("order.updated", woo_order())
    assert points(ana) == 20
    refunds = [{"id": 726, "total": "-2.10"}]
    later = {"date_modified_gmt": "2026-06-02T04:30:00", "refunds": refunds}
    for _twice in range(2):
        woo.hear("order.updated", woo_order(**later))
    assert points(ana) == 18
    last = {"date_modified_gmt": "2026-06-02T04:40:00", "refunds": refunds, "status": "refunded"}
    woo.hear("order.updated", woo_order(**last))
    assert points(ana) == 0
    assert [*audit.breaches(), *purchase_audit.breaches()] == []


def test_an_order_that_was_changed_later_stays_as_it_counted(woo, ana):
    woo.hear("order.updated", woo_order())
    later = {"date_modified_gmt": "2026-06-02T04:30:00", "total": "99.00"}
    assert told_of(woo.hear("order.updated", woo_order(**later))) == ("skipped", "sale_changed")
    assert points(ana) == 20


def test_two_shops_may_have_the_same_number(cafe, woo, ana):
    other = Shop(cafe, "woocommerce", by=woo.owner)
    woo.hear("order.updated", woo_order())
    other.hear("order.updated", woo_order(order_key="wc_order_other"))
    assert points(ana) == 40


def test_one_shop_at_two_addresses_counts_once(cafe, woo, ana):
    other = Shop(cafe, "woocommerce", by=woo.owner)
    for shop in (woo, other):
        shop.hear("order.updated", woo_order())
    assert points(ana) == 20


@pytest.mark.parametrize(
    ("topic", "body", "told"),
    [
        ("orders/paid", shopify_order(test=True), ("skipped", "test")),
        ("orders/paid", shopify_order(currency="EUR"), ("dead", "unknown_currency")),
        ("orders/paid", shopify_order(id=None), ("dead", "not_understood")),
        ("orders/paid", shopify_order(total_price="many"), ("dead", "not_understood")),
        ("orders/paid", shopify_order(created_at="2099-01-01T00:00:00Z", processed_at=None),
         ("dead", "made_in_future")),
        ("orders/delete", {"id": 450789469}, ("skipped", "deleted")),
        ("products/update", {"id": 1}, ("skipped", "not_for_us")),
        ("", {"id": 1}, ("skipped", "not_for_us")),
        ("orders/paid", [], ("dead", "not_understood")),
    ],
)  # fmt: skip
def test_what_is_not_taken_says_why(shopify, ana, topic, body, told):
    assert told_of(shopify.hear(topic, body)) == told
    assert points(ana) == 0
    assert not Purchase.objects.exists()
    assert not ShopOrder.objects.exists()


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"NaN", b"[" * 5000, b'{"a":1,"a":2}', b"7"])
def test_what_is_no_body_is_reported(shopify, raw):
    assert told_of(shopify.hear("orders/paid", None, raw=raw)) == ("dead", "not_understood")


def test_a_member_is_completed_and_never_changed(shopify, ana):
    body = {"email": "ana@example.org", "first_name": "Anna", "phone": "+66812345678"}
    assert told_of(shopify.hear("customers/update", body)) == ("done", "")
    ana.refresh_from_db()
    assert (ana.name, ana.phone, ana.phone_verified_at) == ("Ana", "+66812345678", None)
    assert AuditEntry.objects.get(action="member.change").detail.reason == "Web shop"
    body["phone"] = "+66899999999"
    assert told_of(shopify.hear("customers/update", body)) == ("skipped", "known")


def test_who_is_forgotten_is_forgotten_here_too(shopify, ana, cafe):
    """Their orders and their data; not what shops said of others."""
    ben = make_member(cafe, "ben@example.org", email_verified_at=NOON)
    shopify.hear("orders/paid", shopify_order())
    shopify.hear("customers/update", {"email": "ana@example.org", "phone": "+66812345678"})
    theirs = shopify.hear("orders/paid", shopify_order(id=2, email=ben.email))
    erase.erase(ana, now=NOON)
    kept = {it.pk for it in Arrival.objects.all() if bytes(it.body)}
    assert kept == {theirs.pk}


def test_who_is_no_member_is_not_made_one(shopify, cafe):
    body = {"email": "nok@example.org", "first_name": "Nok"}
    assert told_of(shopify.hear("customers/create", body)) == ("skipped", "no_member")
    assert not Member.objects.exists()


def test_a_phone_of_another_member_stays_theirs(shopify, ana, cafe):
    make_member(cafe, "ben@example.org", phone="+66812345678")
    body = {"email": "ana@example.org", "phone": "+66812345678"}
    assert told_of(shopify.hear("customers/update", body)) == ("skipped", "known")


def test_one_that_was_given_up_is_taken_again(shopify, ana):
    odd = shopify.hear("orders/paid", shopify_order(currency="EUR"))
    program = shopify.endpoint.program
    program.currency = "EUR"
    program.save()
    arrivals.take_again(odd, now=NOON, by=shopify.owner)
    arrivals.take_due(clock=lambda: NOON)
    odd.refresh_from_db()
    assert told_of(odd) == ("done", "")
    assert points(ana) == 20
    with pytest.raises(Refusal, match="taken meanwhile"):
        arrivals.take_again(odd, now=NOON, by=shopify.owner)
    assert AuditEntry.objects.filter(action="hook.retry").count() == 1


def test_a_mistake_of_ours_is_tried_again_and_hides_nothing(shopify, ana, monkeypatch):
    def broken(*_args, **_more):
        raise ZeroDivisionError("ours")

    with monkeypatch.context() as patch:
        patch.setattr(arrivals, "_take_order", broken)
        told = shopify.hear("orders/paid", shopify_order())
        assert told_of(told) == ("waiting", "failed")
        assert "ZeroDivisionError" in told.detail
    arrivals.take_due(clock=lambda: told.due_at)
    assert points(ana) == 20


def test_a_lost_worker_leaves_the_arrival_to_another(shopify, ana):
    shopify.tell("orders/paid", shopify_order())
    lost = queue.claim(at=NOON)
    assert lost is not None
    assert queue.claim(at=NOON) is None
    assert arrivals.take_due(clock=lambda: NOON) == 0
    assert arrivals.take_due(clock=lambda: NOON + timedelta(seconds=20)) == 1
    assert points(ana) == 20
    arrivals._one(lost, now=NOON)  # It was only slow.
    assert points(ana) == 20
    assert told_of(Arrival.objects.get()) == ("done", "")


def test_what_a_slow_worker_did_does_not_stand(shopify, ana):
    """Its lease was over before it was done: all of it is undone."""
    shopify.tell("orders/paid", shopify_order())
    slow = queue.claim(at=NOON)
    assert slow is not None
    assert queue.claim(at=NOON + timedelta(seconds=20))
    arrivals._one(slow, now=NOON)
    assert points(ana) == 0
    assert not Purchase.objects.exists()
    assert told_of(Arrival.objects.get()) == ("waiting", "")


def test_workers_that_are_lost_each_time_are_not_lost_for_ever(shopify):
    shopify.tell("orders/paid", shopify_order())
    Arrival.objects.update(attempts=queue.MOST_ATTEMPTS)
    arrivals.take_due(clock=lambda: NOON)
    assert told_of(Arrival.objects.get()) == ("dead", "lost")


def test_the_newest_state_is_remembered(shopify, ana):
    shopify.hear("orders/paid", shopify_order())
    assert ShopOrder.objects.get().told_at == at(11).replace(second=5)
