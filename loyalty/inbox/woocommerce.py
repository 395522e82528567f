"""WooCommerce's orders and customers: the REST v3 bodies that its webhooks carry.

It has no webhook for refunds: an order lists its own, by number and amount, and is told again.
"""

from decimal import Decimal
from html import unescape

from loyalty.inbox.fields import (
    Thing,
    instant,
    money,
    must_be_in,
    name_of,
    number_of,
    quantity,
    text,
    thing,
    things,
)
from loyalty.inbox.paid import as_paid
from loyalty.inbox.told import MoneyBack, Nothing, Order, Person, Told
from loyalty.purchases.sale import SaleLine

# WooCommerce itself calls the first two paid: the money came, or the shop takes the order as good.
PAID = frozenset({"processing", "completed", "refunded"})
OFF = frozenset({"cancelled", "failed", "refunded", "trash"})


def read(topic: str, body: Thing, currency: str) -> Told:
    """What an event tells a program that counts in a currency, by the noun of its topic."""
    noun, _dot, event = topic.partition(".")
    if event == "deleted":
        return Nothing("deleted")
    if noun == "order":
        return order(body, currency)
    if noun == "customer":
        return person(body)
    return Nothing("not_for_us")


def order(body: Thing, currency: str) -> Order:
    must_be_in(currency, body)
    reference, status = _reference(body), text(body, "status", 40)
    lines, ids = _lines(body, currency)
    told_at = instant(body, "date_modified_gmt", "date_created_gmt", utc=True)
    return Order(
        reference=reference,
        told_at=told_at,
        is_paid=status in PAID,
        is_off=status in OFF,
        made_at=instant(body, "date_paid_gmt", "date_created_gmt", utc=True),
        person=person(thing(body.get("billing") or {}, "billing")),
        lines=lines,
        line_ids=ids,
        refunds=tuple(
            MoneyBack(
                reference=f"{reference}/refund:{number_of(it, 'id')}",
                order=reference,
                made_at=told_at,
                amount_minor=abs(money(it, "total", currency)),
            )
            for it in things(body, "refunds")
        ),
        payment_method=text(body, "payment_method", 40),
    )


def person(body: Thing) -> Person:
    name = f"{text(body, 'first_name', 60)} {text(body, 'last_name', 60)}".strip()
    billing = body.get("billing")
    phone = text(billing if isinstance(billing, dict) else body, "phone", 30)
    return Person(email=text(body, "email", 254), phone=phone, name=name)


def _reference(body: Thing) -> str:
    """Each shop counts its orders from 1; its key makes an order's number unlike any other's."""
    number, key = number_of(body, "id"), text(body, "order_key", 40)
    return f"{number}/{key.removeprefix('wc_order_')}" if key else number


def _lines(body: Thing, currency: str) -> tuple[tuple[SaleLine, ...], tuple[str, ...]]:
    """Totals of lines are after discounts and without tax, whatever the shop shows its buyers."""
    found = [
        (number_of(it, "id"), _line(it, currency, kind="item"))
        for it in things(body, "line_items")
        if quantity(it, "quantity") > 0
    ]
    found += [
        (number_of(it, "id"), _line(it, currency, kind="shipping"))
        for it in things(body, "shipping_lines")
    ]
    total = max(0, money(body, "total", currency))
    tax = money(body, "total_tax", currency, default=0)
    lines = as_paid([line for _number, line in found], total, tax)
    return lines, tuple(number for number, _line in found) or ("total",)


def _line(it: Thing, currency: str, *, kind: str) -> SaleLine:
    tax = max(0, money(it, "total_tax", currency, default=0))
    product = text(it, "sku", 80) or name_of(it, "variation_id", "product_id")
    return SaleLine(
        amount_minor=max(0, money(it, "total", currency)) + tax,
        tax_minor=tax,
        product=product if kind == "item" else "",
        name=unescape(text(it, "name", 160) or text(it, "method_title", 160)),
        quantity=quantity(it, "quantity") if kind == "item" else Decimal(1),
        kind=kind,
    )
