"""All fields of a receipt at once, for a country, its currency, and the day on which it is read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from receipts.fields.dates import day_of, time_of
from receipts.fields.found import Found
from receipts.fields.items import Item, items_of
from receipts.fields.numbers import pos_of, receipt_number_of
from receipts.fields.sellers import branch_of, name_of, tax_id_of
from receipts.fields.totals import Sums, Total, sums_of, total_of
from receipts.reading.page import Line, Row, rows_of

_PAYMENTS: Mapping[str, str] = {
    "card": r"visa|master|amex|credit|debit|\bcard\b|บัตร|jcb|unionpay|\bedc\b",
    "transfer": r"promptpay|พร้อมเพย์|qr ?pay|transfer|โอน|duitnow",
    "wallet": r"grab ?pay|true ?money|touch ?n ?go|boost|line ?pay|shopee ?pay|alipay|wechat|e-?wallet",
    "cash": r"\bcash\b(?! ?ier)|เงินสด|tunai",
}
SURE_DAY = 0.94
SURE_TOTAL = 0.97


@dataclass(frozen=True)
class Fields:
    """What a receipt says. What is None was not found; amounts are in the smallest unit."""

    name: Found[str] | None = None
    branch: Found[str] | None = None
    tax_id: Found[str] | None = None
    bought_on: Found[date] | None = None
    bought_at: Found[time] | None = None
    number: Found[str] | None = None
    pos: Found[str] | None = None
    total: Found[int] | None = None
    total_reasons: tuple[str, ...] = ()
    subtotal: int | None = None
    vat: int | None = None
    payment: str = ""
    items: tuple[Item, ...] = ()
    has_text: bool = False
    rows: tuple[Row, ...] = field(default=(), repr=False)

    @property
    def is_sure(self) -> bool:
        """Whether structure says that the day and the total are right: see bench/README.md."""
        return bool(
            self.bought_on
            and self.total
            and self.bought_on.confidence >= SURE_DAY
            and self.total.confidence >= SURE_TOTAL
        )


def fields_of(lines: Iterable[Line], *, country: str, exponent: int, today: date) -> Fields:
    """Read the lines of one receipt. ``today`` is the program's; a day after it is none."""
    rows = rows_of(lines)
    day = day_of(rows, country=country, today=today)
    total: Total | None = total_of(rows, exponent=exponent)
    sums = sums_of(rows, exponent=exponent)
    return Fields(
        name=name_of(rows),
        branch=branch_of(rows),
        tax_id=tax_id_of(rows, country=country),
        bought_on=day,
        bought_at=time_of(rows, beside=day),
        number=receipt_number_of(rows),
        pos=pos_of(rows),
        total=total.found if total else None,
        total_reasons=total.reasons if total else (),
        subtotal=_first(sums, "before"),
        vat=_first(sums, "tax"),
        payment=_payment(rows),
        items=tuple(items_of(rows, exponent=exponent)),
        has_text=sum(len(row.text) for row in rows) >= 40,
        rows=tuple(rows),
    )


def _first(sums: Sums, kind: str) -> int | None:
    return next((minor for minor in sums.of(kind) if minor > 0), None)


def _payment(rows: Sequence[Row]) -> str:
    """How it was paid, by the rows that have to do with paying: the lower half of the page."""
    below = " ".join(row.text for row in rows[len(rows) // 3 :]).casefold()
    return next((kind for kind, words in _PAYMENTS.items() if re.search(words, below)), "")
