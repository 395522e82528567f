"""Shopify's orders, refunds and customers: the REST bodies that its webhooks carry."""

from dataclasses import replace

from loyalty.inbox.fields import (
    Thing,
    instant,
    money,
    must_be_in,
    name_of,
    not_understood,
    number_of,
    quantity,
    text,
    thing,
    things,
)
from loyalty.inbox.paid import as_paid
from loyalty.inbox.told import Back, MoneyBack, Nothing, Order, Person, Told
from loyalty.purchases.sale import SaleLine

# Money that was there whole, whatever went back since. An order that is authorized, pending or
# partially paid is not a sale yet: its next update says when it is.
PAID = frozenset({"paid", "partially_refunded", "refunded"})
OFF = frozenset({"voided", "expired"})


def read(topic: str, body: Thing, currency: str) -> Told:
    """What an event tells a program that counts in a currency, by the noun of its topic."""
    noun = topic.partition("/")[0]
    if noun == "orders":
        return Nothing("deleted") if topic == "orders/delete" else order(body, currency)
    if noun == "refunds":
        return money_back(body, currency)
    if noun == "customers":
        return person(body)
    return Nothing("not_for_us")


def order(body: Thing, currency: str) -> Order | Nothing:
    if body.get("test") is True:
        return Nothing("test")
    must_be_in(currency, body)
    lines, ids = _lines(body, currency)
    status = text(body, "financial_status", 40)
    return Order(
        reference=number_of(body, "id"),
        told_at=instant(body, "updated_at", "created_at"),
        is_paid=status in PAID,
        is_off=status in OFF or bool(body.get("cancelled_at")),
        made_at=instant(body, "processed_at", "created_at"),
        person=_buyer(body),
        lines=lines,
        line_ids=ids,
        refunds=tuple(money_back(it, currency) for it in things(body, "refunds")),
        payment_method=text(body, "gateway", 40),
    )


def money_back(body: Thing, currency: str) -> MoneyBack:
    """A refund by its lines and its shipping; one without either is so much of the order."""
    order_number = number_of(body, "order_id")
    for it in things(body, "transactions"):
        must_be_in(currency, it)
    lines = [
        Back(line=number_of(it, "line_item_id"), quantity=quantity(it, "quantity"))
        for it in things(body, "refund_line_items")
        if it.get("quantity")
    ]
    lines += _shipping_back(body, currency)
    paid_back = [
        money(it, "amount", currency)
        for it in things(body, "transactions")
        if text(it, "kind", 20) == "refund" and text(it, "status", 20) == "success"
    ]
    return MoneyBack(
        reference=f"{order_number}/refund:{number_of(body, 'id')}",
        order=order_number,
        made_at=instant(body, "created_at", "processed_at"),
        lines=tuple(lines),
        amount_minor=None if lines else sum(paid_back),
    )


def person(body: Thing) -> Person:
    name = f"{text(body, 'first_name', 60)} {text(body, 'last_name', 60)}".strip()
    return Person(email=text(body, "email", 254), phone=text(body, "phone", 30), name=name)


def _buyer(body: Thing) -> Person:
    known = person(thing(body.get("customer") or {}, "customer"))
    return replace(
        known,
        email=text(body, "email", 254) or text(body, "contact_email", 254) or known.email,
        phone=text(body, "phone", 30) or known.phone,
    )


def _lines(body: Thing, currency: str) -> tuple[tuple[SaleLine, ...], tuple[str, ...]]:
    """What was paid for each line: its price less its discounts, and its tax if that comes on top.

    ``total_price`` is what was paid. What the lines do not explain (a tax or a discount of the
    whole order, a tip, a rounding) is shared among them.
    """
    on_top = body.get("taxes_included") is not True
    found: list[tuple[str, SaleLine]] = [
        (number_of(it, "id"), _item(it, currency, on_top=on_top))
        for it in things(body, "line_items")
        if quantity(it, "quantity") > 0
    ]
    found += [
        (f"shipping:{place}", _shipping(it, currency, on_top=on_top))
        for place, it in enumerate(things(body, "shipping_lines"), 1)
    ]
    total = money(body, "total_price", currency)
    if total < 0:
        raise not_understood("total_price")
    lines = as_paid(
        [line for _number, line in found], total, money(body, "total_tax", currency, default=0)
    )
    return lines, tuple(number for number, _line in found) or ("total",)


def _item(it: Thing, currency: str, *, on_top: bool) -> SaleLine:
    pieces = quantity(it, "quantity")
    tax = sum(money(part, "price", currency) for part in things(it, "tax_lines"))
    price = int(money(it, "price", currency) * pieces) - _discount(it, currency)
    return SaleLine(
        amount_minor=max(0, price + (tax if on_top else 0)),
        tax_minor=max(0, tax),
        product=text(it, "sku", 80) or name_of(it, "variant_id", "product_id"),
        name=text(it, "name", 160) or text(it, "title", 160),
        category=text(it, "product_type", 80),
        quantity=pieces,
        kind="gift_card" if it.get("gift_card") is True else "item",
    )


def _shipping(it: Thing, currency: str, *, on_top: bool) -> SaleLine:
    tax = sum(money(part, "price", currency) for part in things(it, "tax_lines"))
    price = money(it, "price", currency, default=0) - _discount(it, currency)
    return SaleLine(
        amount_minor=max(0, price + (tax if on_top else 0)),
        tax_minor=max(0, tax),
        name=text(it, "title", 160),
        kind="shipping",
    )


def _discount(it: Thing, currency: str) -> int:
    """Newer bodies say to which line each discount went; older ones have one figure a line."""
    parts = [money(part, "amount", currency) for part in things(it, "discount_allocations")]
    return sum(parts) if parts else money(it, "total_discount", currency, default=0)


def _shipping_back(body: Thing, currency: str) -> list[Back]:
    adjustments = [
        it for it in things(body, "order_adjustments") if text(it, "kind", 40) == "shipping_refund"
    ]
    back = sum(
        -money(it, "amount", currency) - money(it, "tax_amount", currency, default=0)
        for it in adjustments
    )
    return [Back(line="shipping:1", amount_minor=back)] if back > 0 else []
