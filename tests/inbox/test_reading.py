"""What shops' bodies mean, by pure functions: real bodies of both shops, and made-up ones."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loyalty.inbox import own, shopify, woocommerce
from loyalty.inbox.told import Back, MoneyBack, Nothing, NotUnderstood, Order, OtherCurrency, Person
from loyalty.purchases.sale import check
from tests.inbox.makers import at, shopify_order, shopify_refund, woo_order
from tests.makers import NOON, sale

SHARED = Path(os.environ.get("TAEM_SHARED", "/nowhere"))
real = pytest.mark.skipif(
    not (SHARED / "webhooks-shopify").is_dir(), reason="TAEM_SHARED names no folder with webhooks."
)
# The topics of which the files of each folder are bodies; all others are none of ours.
SHOPIFY = {"order": "orders/paid", "orders": "orders/updated", "refund": "refunds/create",
           "customer": "customers/update"}  # fmt: skip
WOO = {"orders": "order.updated", "customers": "customer.updated"}


def bodies(folder: str) -> list[tuple[str, dict[str, Any]]]:
    """Each body in the folder, with the name of its file; lists and batches hold several."""
    found = []
    for path in sorted((SHARED / folder).glob("*.json")):
        told = json.loads(path.read_text())
        parts = list(told.values()) if isinstance(told, dict) and "id" not in told else [told]
        for part in parts:
            each = part if isinstance(part, list) else [part]
            found += [(path.stem, body) for body in each if isinstance(body, dict)]
    return found


@real
def test_every_real_body_of_shopify_is_understood():
    said: dict[str, set[str]] = {}
    for name, body in bodies("webhooks-shopify"):
        told = shopify.read(SHOPIFY.get(name, f"{name}/update"), body, "USD")
        said.setdefault(name, set()).add(type(told).__name__)
        if isinstance(told, Order):
            check_sums(told, body["total_price"])
    assert {name: said.pop(name) for name in SHOPIFY} == {
        "order": {"Order"}, "orders": {"Order"}, "refund": {"MoneyBack"}, "customer": {"Person"},
    }  # fmt: skip
    assert set().union(*said.values()) == {"Nothing"}
    assert len(said) > 10


@real
def test_every_real_body_of_woocommerce_is_understood():
    said: dict[str, set[str]] = {}
    for stem, body in bodies("webhooks-woocommerce"):
        name = stem.removeprefix("wp-api-v3_").rsplit("_", 1)[0]
        is_left = set(body) == {"id"}  # Of a batch that deletes.
        told = woocommerce.read("order.deleted" if is_left else WOO.get(name, name), body, "USD")
        said.setdefault(name, set()).add(type(told).__name__)
        if isinstance(told, Order):
            check_sums(told, body["total"])
    assert said.pop("orders") == {"Order"}
    assert said.pop("customers") == {"Person"}
    assert set().union(*said.values()) == {"Nothing"}
    assert len(said) >= 4


@real
def test_the_real_refund_is_of_two_lines():
    (body,) = (body for name, body in bodies("webhooks-shopify") if name == "refund")
    assert shopify.money_back(body, "USD").lines == (
        Back(line="703073504", quantity=Decimal(1)), Back(line="466157049", quantity=Decimal(1)),
    )  # fmt: skip


@real
def test_a_real_order_of_woocommerce_lists_its_refunds():
    told = next(
        woocommerce.order(body, "USD")
        for _name, body in bodies("webhooks-woocommerce")
        if body.get("refunds")
    )
    assert [(it.reference.rsplit(":", 1)[-1], it.amount_minor) for it in told.refunds] == [
        ("726", 10_00), ("724", 9_00),
    ]  # fmt: skip


def check_sums(told: Order, total: str) -> None:
    """The lines sum up to what was paid, and could be a sale."""
    minor = sum(line.amount_minor for line in told.lines)
    assert minor == int(Decimal(total) * 100)
    assert len(told.lines) == len(told.line_ids)
    assert len(set(told.line_ids)) == len(told.line_ids)
    assert all(0 <= line.tax_minor <= line.amount_minor for line in told.lines)


def amounts(told: Any) -> list[tuple[str, int, int]]:
    return [(line.product or line.kind, line.amount_minor, line.tax_minor) for line in told.lines]


def test_an_order_of_shopify_with_tax_inside():
    told = shopify.order(shopify_order(), "THB")
    assert [amount for _name, amount, _tax in amounts(told)] == [10_00, 10_00, 1_00]
    assert sum(tax for _name, _amount, tax in amounts(told)) == 1_37
    assert (told.reference, told.is_paid, told.is_off) == ("450789469", True, False)
    assert told.person.email == "ana@example.org"


def test_an_order_of_shopify_with_tax_on_top_and_discounts():
    item = {"id": 11, "sku": "LATTE", "price": "5.00", "quantity": 2,
            "discount_allocations": [{"amount": "1.00"}, {"amount": "0.50"}],
            "tax_lines": [{"price": "0.60"}]}  # fmt: skip
    body = shopify_order(
        line_items=[item], shipping_lines=[], taxes_included=False, total_price="9.10"
    )
    assert amounts(shopify.order(body, "THB")) == [("LATTE", 9_10, 60)]


def test_what_the_lines_do_not_explain_is_shared_among_them():
    """A tip, a tax of the whole order, a gift: what was paid is the total."""
    body = shopify_order(total_price="42.00", total_tax="0.00")
    assert [amount for _name, amount, _tax in amounts(shopify.order(body, "THB"))] == [
        20_00, 20_00, 2_00,
    ]  # fmt: skip


def test_an_order_without_lines_is_one_line():
    told = shopify.order(shopify_order(line_items=[], shipping_lines=[]), "THB")
    assert [line.amount_minor for line in told.lines] == [21_00]


def test_gift_cards_are_told_apart():
    item = {"id": 11, "price": "21.00", "quantity": 1, "gift_card": True, "variant_id": 77}
    told = shopify.order(shopify_order(line_items=[item], shipping_lines=[]), "THB")
    assert [(line.kind, line.product) for line in told.lines] == [("gift_card", "77")]


@pytest.mark.parametrize(
    ("status", "is_paid", "is_off"),
    [("paid", True, False), ("partially_refunded", True, False), ("refunded", True, False),
     ("partially_paid", False, False), ("authorized", False, False), ("pending", False, False),
     ("voided", False, True), ("", False, False), (None, False, False)],
)  # fmt: skip
def test_only_what_was_paid_whole_is_a_sale_of_shopify(status, is_paid, is_off):
    told = shopify.order(shopify_order(financial_status=status), "THB")
    assert (told.is_paid, told.is_off) == (is_paid, is_off)


@pytest.mark.parametrize(
    ("status", "is_paid", "is_off"),
    [("processing", True, False), ("completed", True, False), ("on-hold", False, False),
     ("pending", False, False), ("checkout-draft", False, False), ("cancelled", False, True),
     ("failed", False, True), ("refunded", True, True), ("trash", False, True)],
)  # fmt: skip
def test_what_is_a_sale_of_woocommerce(status, is_paid, is_off):
    told = woocommerce.order(woo_order(status=status), "THB")
    assert (told.is_paid, told.is_off) == (is_paid, is_off)


def test_an_order_of_woocommerce():
    told = woocommerce.order(woo_order(), "THB")
    assert amounts(told) == [("LATTE", 10_00, 1_00), ("23", 10_00, 1_00), ("shipping", 1_00, 0)]
    assert told.reference == "727/58d2d042d1d"
    assert told.lines[1].name == "Cake & cream"
    assert told.made_at == told.told_at == at(11).replace(second=5)


def test_orders_are_test_or_in_another_currency():
    assert shopify.order(shopify_order(test=True), "THB") == Nothing("test")
    for read, body in ((shopify.order, shopify_order()), (woocommerce.order, woo_order())):
        with pytest.raises(OtherCurrency, match="THB.*EUR"):
            read(body, "EUR")
    with pytest.raises(OtherCurrency):
        shopify.money_back(shopify_refund(), "EUR")


def test_a_refund_with_its_shipping():
    body = shopify_refund(
        order_adjustments=[{"kind": "shipping_refund", "amount": "-1.00", "tax_amount": "0.00"}]
    )
    assert shopify.money_back(body, "THB").lines[-1] == Back(line="shipping:1", amount_minor=1_00)


def test_a_refund_without_lines_is_of_money():
    told = shopify.money_back(shopify_refund(refund_line_items=[]), "THB")
    assert (told.lines, told.amount_minor) == ((), 5_00)


def test_our_own_dialect():
    person = {"email": "ana@example.org", "name": "Ana"}
    line = {"id": "1", "product": "LATTE", "amount": "10.00", "quantity": "2"}
    order = {"id": "A-1", "status": "paid", "made_at": "2026-06-02T11:00:00+07:00",
             "currency": "THB", "lines": [line], "customer": person}  # fmt: skip
    told = own.read("", {"type": "order", "order": order}, "THB")
    assert isinstance(told, Order)
    assert amounts(told) == [("LATTE", 10_00, 0)]
    assert told.person == Person(email="ana@example.org", name="Ana")
    refund = {"id": "r", "order": "A-1", "made_at": "2026-06-02T11:00:00+07:00",
              "lines": [{"line": "1", "quantity": "1"}]}  # fmt: skip
    assert isinstance(own.read("", {"type": "refund", "refund": refund}, "THB"), MoneyBack)
    assert own.read("", {"type": "customer", "customer": person}, "THB") == told.person
    assert own.read("", {"type": "ping"}, "THB") == Nothing("ping")


READERS = [
    (shopify.read, "orders/paid", shopify_order()),
    (shopify.read, "refunds/create", shopify_refund()),
    (woocommerce.read, "order.updated", woo_order()),
]
ODD = [None, True, 0, -1, 2**63 - 1, "", "-0", "1e5", "NaN", "๑", "x" * 5000, "a\x00b", "\ud800",
       "9999-12-31T23:59:59-14:00", "2026-06-02", [], [[None]], {}, {"": ""}, [{"id": 1}],
       "99999999999999999"]  # fmt: skip


@pytest.mark.parametrize(("read", "topic", "body"), READERS, ids=[it[1] for it in READERS])
def test_whatever_stands_in_a_field_is_read_or_refused(read, topic, body):
    """And what is read could be a sale, or is refused as one by its own rules."""
    for name in body:
        for odd in ODD:
            for worse in (body | {name: odd}, spoilt(body, name, odd)):
                try:
                    told = read(topic, worse, "THB")
                except (NotUnderstood, OtherCurrency):
                    continue
                if isinstance(told, Order):
                    assert sum(line.amount_minor for line in told.lines) >= 0
                    text = "".join(f"{line.name}{line.product}" for line in told.lines)
                    assert not {"\x00", "\ud800"} & set(text)


def spoilt(body: dict[str, Any], name: str, odd: Any) -> dict[str, Any]:
    """The first thing of a list, with something odd in each of its places."""
    value = body[name]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return body | {name: [dict.fromkeys(value[0], odd), *value[1:]]}
    return {key: inner for key, inner in body.items() if key != name}


def test_a_sale_that_was_read_is_a_sale():
    told = shopify.order(shopify_order(), "THB")
    check(sale(0, *told.lines), now=NOON)
