"""Sales and returns as they are told to us, before they are written down. Plain values."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loyalty.refusal import Refusal

MOST_MINOR = 10**13  # A hundred billion baht: more than that is a slip of the keyboard.
MOST_QUANTITY = Decimal(10**8)
MOST_LINES = 2_000
_NOT_THE_SALE = ("account_id", "payment_hash", "address")
CLOCK_SLACK = timedelta(days=1)  # Tills whose clock or zone is wrong.


class InvalidSale(Refusal):
    code = "invalid_sale"


class MadeInFuture(Refusal):
    code = "made_in_future"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine:
    """One item: what was paid for it, tax in, discounts out, in minor units."""

    amount_minor: int
    product: str = ""
    name: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    quantity: Decimal = Decimal(1)
    tax_minor: int = 0
    kind: str = "item"  # or "shipping", "gift_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A sale, by the number that its teller gives it: (source, reference)."""

    source: str
    reference: str
    made_at: datetime
    lines: tuple[SaleLine, ...]
    account_id: int | None = None
    contact_email: str = ""
    contact_phone: str = ""
    payment_method: str = ""
    channel: str = ""
    location_id: int | None = None
    location_code: str = ""
    points_paid_minor: int = 0
    payment_hash: str = ""  # The teller's own word for the card or account that paid.
    address: str = ""  # Where it is delivered. Both are kept as keyed hashes only.

    @property
    def total_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)

    def owned_by(self, account_id: int) -> "Sale":
        return replace(self, account_id=account_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """One thing that came back: by the sale's line number or by product; in pieces or in money."""

    product: str = ""
    number: int | None = None
    quantity: Decimal | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Money given back. Without lines and amount it is for all that is left of the sale."""

    source: str
    reference: str
    made_at: datetime
    account_id: int | None = None  # Whose, when the sale is not named.
    purchase_id: int | None = None
    amount_minor: int | None = None
    lines: tuple[ReturnLine, ...] = ()


def check(sale: Sale, *, now: datetime) -> None:
    """Refuse what cannot be a sale."""
    if not sale.lines or len(sale.lines) > MOST_LINES:
        raise InvalidSale(_("A sale has 1 to %(most)s lines.") % {"most": MOST_LINES})
    for line in sale.lines:
        if not 0 <= line.amount_minor <= MOST_MINOR or not 0 <= line.tax_minor <= line.amount_minor:
            raise InvalidSale(_("An amount is negative, too large, or less than its tax."))
        if not 0 < line.quantity <= MOST_QUANTITY:
            raise InvalidSale(_("A quantity is not positive, or too large."))
    if sale.total_minor > MOST_MINOR:
        raise InvalidSale(_("The total is too large."))
    if not 0 <= sale.points_paid_minor <= sale.total_minor:
        raise InvalidSale(_("More was paid with points than the sale costs."))
    check_instant(sale.made_at, now=now)


def check_instant(made_at: datetime, *, now: datetime) -> None:
    if made_at > now + CLOCK_SLACK:
        raise MadeInFuture(_("The date lies in the future."))
    if made_at.year < 1990:
        raise InvalidSale(_("The date lies too far in the past."))


def fingerprint(told: Sale | Return) -> str:
    """A digest of everything that was told: a retry has the same, a correction another.

    Whose a sale is does not belong to it: a sale of nobody may be told again with its member. Nor
    does what it is known again by, which older tellings lack.
    """
    left_out = _NOT_THE_SALE if isinstance(told, Sale) else ()
    body = {name: getattr(told, name) for name in told.__slots__ if name not in left_out}
    text = json.dumps(body, default=_plain, sort_keys=True, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, SaleLine | ReturnLine):
        return [getattr(value, name) for name in value.__slots__]
    if isinstance(value, Decimal):
        return str(value.normalize())
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(type(value))
