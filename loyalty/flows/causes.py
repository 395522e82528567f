"""What earning starts from: a sale or an activity that was just written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loyalty.earning.activity import PURCHASE, Award, Item
from loyalty.earning.telling import RecordedActivity
from loyalty.purchases.models import Purchase, PurchaseLine
from loyalty.purchases.recording import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One thing to judge, by its key. ``record_id`` is the row that it was written down in."""

    kind: str
    key: str
    record_id: int
    account_id: int
    occurred_at: datetime
    reference: str
    items: tuple[Item, ...] = ()
    counted_minor: int = 0
    payment_method: str = ""
    channel: str = ""
    location: str = ""
    subject: str = ""
    owed: tuple[Award, ...] = ()  # What it gives by itself, beside what rules give for it.

    @property
    def is_purchase(self) -> bool:
        return self.kind == PURCHASE

    @property
    def amount_minor(self) -> int:
        """What was paid, whether it counts or not."""
        return sum(item.amount_minor for item in self.items)


def of_purchase(it: Recorded) -> Cause:
    assert it.account_id is not None
    sale = it.sale
    items = tuple(
        Item(
            number=number, counted_minor=counted, quantity=line.quantity, product=line.product,
            category=line.category, tags=line.tags, amount_minor=line.amount_minor, kind=line.kind,
        )
        for number, (line, counted) in enumerate(zip(sale.lines, it.counted, strict=True), 1)
    )  # fmt: skip
    return Cause(
        kind=PURCHASE, key=it.key, record_id=it.id, account_id=it.account_id,
        occurred_at=sale.made_at, reference=sale.reference, items=items,
        counted_minor=it.counted_minor, payment_method=sale.payment_method, channel=sale.channel,
        location=sale.location_code,
    )  # fmt: skip


def of_stored(purchase: Purchase, lines: Sequence[PurchaseLine], account_id: int) -> Cause:
    """A sale that was kept until somebody claimed it, as it was told then."""
    items = tuple(
        Item(
            number=line.number, counted_minor=line.counted_minor - _lost(line),
            quantity=line.quantity - line.refunded_quantity, product=line.product,
            category=line.category, tags=tuple(line.tags),
            amount_minor=line.amount_minor - line.refunded_minor, kind=line.kind,
        )
        for line in lines
    )  # fmt: skip
    return Cause(
        kind=PURCHASE, key=f"purchase:{purchase.pk}", record_id=purchase.pk, account_id=account_id,
        occurred_at=purchase.made_at, reference=purchase.reference, items=items,
        counted_minor=sum(item.counted_minor for item in items),
        payment_method=purchase.payment_method, channel=purchase.channel,
        location=purchase.location.code if purchase.location else "",
    )  # fmt: skip


def _lost(line: PurchaseLine) -> int:
    """What was refunded of a line before anybody claimed it does not count."""
    if not line.amount_minor:
        return 0
    return -(-line.counted_minor * line.refunded_minor // line.amount_minor)


def of_activity(it: RecordedActivity) -> Cause:
    told = it.told
    return Cause(
        kind=told.kind, key=it.key, record_id=it.id, account_id=told.account_id,
        occurred_at=told.occurred_at, reference=told.reference, subject=told.subject,
    )  # fmt: skip
