"""Our own dialect, for shops of one's own making: docs/webhooks.md shows each body.

{"type": "order", "order": {…}}, and alike "refund", "customer" and "review".
"""

from decimal import Decimal

from loyalty.inbox.fields import (
    Thing,
    instant,
    money,
    must_be_in,
    not_understood,
    number_of,
    quantity,
    text,
    thing,
    things,
)
from loyalty.inbox.told import Back, MoneyBack, Nothing, Order, Person, Review, Told
from loyalty.purchases.models import LineKind
from loyalty.purchases.sale import SaleLine


def read(_topic: str, body: Thing, currency: str) -> Told:
    """What an event tells a program that counts in a currency, by its own type."""
    kind = text(body, "type", 20)
    if kind == "order":
        return order(thing(body.get("order"), "order"), currency)
    if kind == "refund":
        return money_back(thing(body.get("refund"), "refund"), currency)
    if kind == "customer":
        return person(thing(body.get("customer"), "customer"))
    if kind == "review":
        return review(thing(body.get("review"), "review"))
    if kind == "ping":
        return Nothing("ping")
    raise not_understood("type")


def order(body: Thing, currency: str) -> Order | Nothing:
    if body.get("test") is True:
        return Nothing("test")
    must_be_in(currency, body)
    lines = [(number_of(it, "id"), _line(it, currency)) for it in things(body, "lines")]
    if not lines:
        raise not_understood("lines")
    status = text(body, "status", 20)
    if status not in ("open", "paid", "cancelled"):
        raise not_understood("status")
    return Order(
        reference=number_of(body, "id"),
        told_at=instant(body, "updated_at", "made_at"),
        is_paid=status == "paid",
        is_off=status == "cancelled",
        made_at=instant(body, "made_at"),
        person=person(thing(body.get("customer") or {}, "customer")),
        lines=tuple(line for _number, line in lines),
        line_ids=tuple(number for number, _line in lines),
        payment_method=text(body, "payment_method", 40),
    )


def money_back(body: Thing, currency: str) -> MoneyBack:
    must_be_in(currency, body)
    lines = tuple(
        Back(
            line=number_of(it, "line"),
            quantity=quantity(it, "quantity") if it.get("quantity") else None,
            amount_minor=money(it, "amount", currency) if it.get("amount") else None,
        )
        for it in things(body, "lines")
    )
    order_number = number_of(body, "order")
    return MoneyBack(
        reference=f"{order_number}/refund:{number_of(body, 'id')}",
        order=order_number,
        made_at=instant(body, "made_at"),
        lines=lines,
        amount_minor=None if lines else money(body, "amount", currency),
    )


def person(body: Thing) -> Person:
    return Person(
        email=text(body, "email", 254), phone=text(body, "phone", 30), name=text(body, "name", 120)
    )


def review(body: Thing) -> Review:
    rating = body.get("rating")
    if type(rating) is not int or not 1 <= rating <= 5:
        raise not_understood("rating")
    return Review(
        reference=number_of(body, "id"),
        person=person(thing(body.get("customer") or {}, "customer")),
        product=text(body, "product", 80),
        product_name=text(body, "product_name", 160),
        rating=rating,
        text=text(body, "text", 4000),
        picture_link=text(body, "picture_link", 400),
    )


def _line(it: Thing, currency: str) -> SaleLine:
    kind = text(it, "kind", 9) or LineKind.ITEM
    if kind not in LineKind.values:
        raise not_understood("kind")
    return SaleLine(
        amount_minor=money(it, "amount", currency),
        tax_minor=money(it, "tax", currency, default=0),
        product=text(it, "product", 80),
        name=text(it, "name", 160),
        category=text(it, "category", 80),
        quantity=quantity(it, "quantity") if it.get("quantity") else Decimal(1),
        kind=kind,
    )
