"""The words that every rule speaks: what happened, who did it, and what is owed for it.

All of it is plain values. A rule that gets an Activity needs nothing else: no database, no clock.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

PURCHASE = "purchase"
SIGN_UP = "sign_up"
PROFILE_COMPLETE = "profile_complete"
BIRTHDAY = "birthday"
BIRTHDAY_SET_BEFORE = timedelta(days=30)  # It earns so long after it was set, and not earlier.
MEMBERSHIP_MONTH = "membership_month"
MEMBERSHIP_YEAR = "membership_year"
PRODUCT_CODE = "product_code"  # Somebody told the code that is printed on a product.
# Any other kind is a named activity of the merchant: "watched_video".
RESERVED_KINDS = (
    PURCHASE, SIGN_UP, PROFILE_COMPLETE, BIRTHDAY, MEMBERSHIP_MONTH, MEMBERSHIP_YEAR, PRODUCT_CODE,
)  # fmt: skip
# Who tells of those; nobody else may, or they could take the place of somebody's first day.
RESERVED_SOURCES = ("member", "clock", "codes", "portal")


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a basket."""

    number: int
    counted_minor: int  # What counts as spend, in minor units.
    quantity: Decimal = Decimal(1)
    product: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    amount_minor: int = 0
    kind: str = "item"


@dataclass(frozen=True, slots=True)
class Who:
    """What rules may know of the member, as it was when the activity happened."""

    enrolled_on: date
    tier_rank: int = 0
    tier_name: Any = ""  # Localized
    multiplier_percent: int = 100
    purchases_before: int = 0  # Only counted where a rule asks (Rulebook.counts_purchases).
    activities_before: int = 0  # Of this kind.
    birthday: date | None = None
    birthday_set_on: date | None = None
    last_purchase_on: date | None = None
    # What holds of them of that which some rule asks about: "segment:8f3…", "badge:k2m…".
    facts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Something a member did that may earn."""

    kind: str
    account_id: int
    key: str  # Names the cause: "purchase:8412".
    occurred_at: datetime
    local: datetime  # The same instant in the program's zone.
    who: Who
    items: tuple[Item, ...] = ()
    counted_minor: int = 0
    payment_method: str = ""
    channel: str = ""
    location: str = ""  # The location's code.
    subject: str = ""  # What it was done to: a video's or a network's name.
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def on(self) -> date:
        return self.local.date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """What one rule owes, before posting."""

    wallet_id: int
    points: int
    source: str  # "rule:3"
    key: str = ""  # Where one source gives several: what tells them apart.
    steps: tuple[dict[str, Any], ...] = ()  # How the figure came about; see ``explanation``.
    is_qualifying: bool = False  # Counts towards a tier that is reached by points.
    value_minor: int = 0  # The spend it was given for.
    basis: dict[int, int] | None = None  # Lines it counted, when not all of them.
    whole_above_minor: int | None = None  # Reversed whole below this value; None: pro rata.
