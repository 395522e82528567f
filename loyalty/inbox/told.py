"""What a shop tells us, whatever its dialect. Plain values, made by reading a body."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loyalty.purchases.sale import SaleLine
from loyalty.refusal import Refusal


class NotUnderstood(Refusal):
    """A body that is not what its topic says. Somebody has to look at it."""

    code = "not_understood"


class OtherCurrency(Refusal):
    """The program counts in another currency, and nobody's guess converts it."""

    code = "unknown_currency"


@dataclass(frozen=True, slots=True)
class Nothing:
    """Understood, and nothing that we keep books of: a product, a ping, a test."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody's contact data as the shop knows them."""

    email: str = ""
    phone: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """A line that came back: by the shop's own number of it, in pieces or in money."""

    line: str
    quantity: Decimal | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyBack:
    """One refund. With lines it is of these, else of so much of the whole order."""

    reference: str
    order: str
    made_at: datetime
    lines: tuple[Back, ...] = ()
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order with everything that is true of it at a moment."""

    reference: str
    told_at: datetime  # Since when it is like this.
    is_paid: bool  # Whether it was ever paid whole: only then is it a sale.
    is_off: bool  # Cancelled, voided, failed: whatever it gave is taken back.
    made_at: datetime
    person: Person
    lines: tuple[SaleLine, ...]
    line_ids: tuple[str, ...]  # The shop's own number of each line.
    refunds: tuple[MoneyBack, ...] = ()
    payment_method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What somebody wrote about a product in the shop."""

    reference: str
    person: Person
    product: str
    product_name: str
    rating: int
    text: str
    picture_link: str  # Where the shop's own page shows the picture.


Told = Order | MoneyBack | Person | Review | Nothing
