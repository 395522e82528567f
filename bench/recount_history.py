"""A year of a shop, told again in plain Python: what its file must come to, by the semantics alone.

It shares no code with the program it checks. Of one local day the clock comes first, then all
sales, then the refunds in the order of the file. See docs/import.md for the rules in words.
"""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

THRESHOLDS = (0, 500_00, 2_000_00)  # Pence in a calendar year.
PENCE_PER_POINT = 100
DAY = timedelta(1)


@dataclass(eq=False)
class Item:
    """One line of a sale, and what came back of it."""

    sale: "Sale"
    product: str
    quantity: int
    pence: int
    gone: int = 0  # Pieces.

    def pence_gone(self, pieces: int) -> int:
        """What so many pieces are worth, to the nearest penny: all pieces are the whole line."""
        return (2 * self.pence * pieces + self.quantity) // (2 * self.quantity)

    @property
    def pence_kept(self) -> int:
        return self.pence - self.pence_gone(self.gone)


@dataclass(eq=False)
class Sale:
    """A sale, and the lot of points that it opened."""

    made_at: datetime
    items: list[Item] = field(default_factory=list)
    points: int = 0
    left: int = 0  # Of its lot.
    taken_back: int = 0
    expired: int = 0

    @property
    def pence(self) -> int:
        return sum(item.pence for item in self.items)

    @property
    def expires_on(self) -> date:
        day = self.made_at.date()
        is_leap_day = (day.month, day.day) == (2, 29)
        return day.replace(year=day.year + 1, day=28 if is_leap_day else day.day)

    def due_back(self) -> int:
        """Points that its refunds take in all: what is kept is rounded down."""
        kept = sum(item.pence_kept for item in self.items)
        return self.points - self.points * kept // self.pence


@dataclass(eq=False)
class Customer:
    """One member: what they bought, hold and owe, and their tier."""

    number: str
    sales: list[Sale] = field(default_factory=list)
    items: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    figures: Counter[str] = field(default_factory=Counter)
    spend: Counter[int] = field(default_factory=Counter)  # Pence by calendar year.
    owed: int = 0
    tier: int = 0
    is_in_doubt: bool = False

    @property
    def points(self) -> int:
        return sum(sale.left for sale in self.sales)

    def open_lots(self) -> list[Sale]:
        """Soonest to expire first; of one day, in the order in which they were earned."""
        return sorted((sale for sale in self.sales if sale.left), key=lambda sale: sale.expires_on)

    def tier_of(self, year: int) -> int:
        """A tier is reached by the spend of a year, and kept to the end of the next."""
        best = max(self.spend[year], self.spend[year - 1])
        return sum(best >= threshold for threshold in THRESHOLDS[1:])


@dataclass
class Invoice:
    """Lines of the file under one number."""

    number: str
    customer: str
    made_at: datetime
    lines: list[tuple[str, int, int]] = field(default_factory=list)  # Product, pieces, pence.
    is_bad: bool = False

    @property
    def is_refund(self) -> bool:
        return self.number.startswith("C")


class Shop:
    """All customers, and what happened month by month."""

    def __init__(self) -> None:
        self.customers: dict[str, Customer] = {}
        self.figures: Counter[str] = Counter()
        self.months: dict[str, Counter[str]] = defaultdict(Counter)

    def live(self, invoices: Iterable[Invoice], *, until: date | None = None) -> None:
        """Let every day pass, with its night before it."""
        days: dict[date, list[Invoice]] = defaultdict(list)
        for invoice in invoices:
            days[invoice.made_at.date()].append(invoice)
        if not days:
            return
        today, last = min(days), max([*days, until or date.min])
        while today <= last:
            self._pass_night(today)
            told = days.get(today, [])
            sales = [invoice for invoice in told if not invoice.is_refund]
            for invoice in sorted(sales, key=lambda invoice: (invoice.made_at, invoice.number)):
                self._sell(invoice)
            for invoice in told:
                if invoice.is_refund:
                    self._take_back(invoice)
            if today == last or (today + DAY).day == 1:
                self._close(today)
            today += DAY

    def _pass_night(self, today: date) -> None:
        for customer in self.customers.values():
            for sale in customer.sales:
                if sale.left and sale.expires_on <= today:
                    self._count(customer, today, expired=sale.left)
                    sale.expired, sale.left = sale.expired + sale.left, 0
            if customer.is_in_doubt or (today.month, today.day) == (1, 1):
                customer.tier = customer.tier_of(today.year)
                customer.is_in_doubt = False

    def _sell(self, invoice: Invoice) -> None:
        if not invoice.customer:
            self.figures["sales_of_nobody"] += 1
            self.figures["lines_of_nobody"] += len(invoice.lines)
            return
        customer = self.customers.setdefault(invoice.customer, Customer(invoice.customer))
        sale = Sale(invoice.made_at)
        customer.sales.append(sale)
        for product, quantity, pence in invoice.lines:
            item = Item(sale, product, quantity, pence)
            sale.items.append(item)
            customer.items[product].append(item)
        sale.points = sale.left = sale.pence // PENCE_PER_POINT
        repaid = min(customer.owed, sale.left)
        customer.owed -= repaid
        sale.left -= repaid
        today = sale.made_at.date()
        self._count(
            customer, today, purchases=1, purchase_lines=len(sale.items), pence=sale.pence,
            issued=sale.points,
        )  # fmt: skip
        customer.spend[today.year] += sale.pence
        customer.tier = max(customer.tier, customer.tier_of(today.year))

    def _take_back(self, invoice: Invoice) -> None:
        if not invoice.customer:
            self.figures["refunds_of_nobody"] += 1
            self.figures["lines_of_nobody"] += len(invoice.lines)
            return
        customer = self.customers.get(invoice.customer)
        if customer is None:
            self.figures["refunds_of_non_members"] += 1
            return
        before: dict[Item, int] = {}
        for product, quantity, _pence in invoice.lines:
            problem = self._match(customer, invoice, product, quantity, before)
            customer.figures[problem or "refund_lines_matched"] += 1
        self._count(
            customer, invoice.made_at.date(), refunds=1, refund_pieces=len(before),
            pence_back=sum(was - item.pence_kept for item, was in before.items()),
        )  # fmt: skip
        for item, was in before.items():
            customer.spend[item.sale.made_at.year] -= was - item.pence_kept
            customer.is_in_doubt = True
        touched = {item.sale for item in before}
        for sale in customer.sales:
            if sale in touched:
                self._reverse(customer, sale, invoice.made_at.date())

    @staticmethod
    def _match(
        customer: Customer, invoice: Invoice, product: str, quantity: int, before: dict[Item, int]
    ) -> str:
        """Take pieces from the latest earlier lines of a product: all of them, or none."""
        found = [
            item
            for item in reversed(customer.items[product])
            if item.sale.made_at <= invoice.made_at
        ]
        if not found:
            return "refund_lines_no_sale"
        if sum(item.quantity - item.gone for item in found) < quantity:
            return "refund_lines_not_enough_left"
        for item in found:
            pieces = min(quantity, item.quantity - item.gone)
            if pieces:
                before.setdefault(item, item.pence_kept)
                item.gone += pieces
                quantity -= pieces
        return ""

    def _reverse(self, customer: Customer, sale: Sale, today: date) -> None:
        if not sale.points:
            return
        points = sale.due_back() - sale.taken_back - sale.expired
        if points <= 0:
            return
        sale.taken_back += points
        self._count(customer, today, taken_back=points)
        for lot in [sale, *customer.open_lots()]:
            taken = min(points, lot.left)
            lot.left -= taken
            points -= taken
        customer.owed += points

    def _count(self, customer: Customer, on: date, **figures: int) -> None:
        customer.figures.update(figures)
        self.months[f"{on:%Y-%m}"].update(figures)

    def _close(self, today: date) -> None:
        month = self.months[f"{today:%Y-%m}"]
        month["outstanding"] = sum(customer.points for customer in self.customers.values())
        month["owed"] = sum(customer.owed for customer in self.customers.values())


def read(path: Path, shop: Shop, *, most: int = 0) -> list[Invoice]:
    """The invoices of the file in its order. One with a line that cannot be is left out whole."""
    invoices: dict[str, Invoice] = {}
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:  # type: ignore[operator]
        for number, row in enumerate(csv.DictReader(file), 1):
            if most and number > most:
                break
            shop.figures["lines"] += 1
            _take(row, invoices, shop)
    bad = [invoice for invoice in invoices.values() if invoice.is_bad]
    shop.figures["left_out"] = sum(bool(invoice.lines) for invoice in bad)
    return [invoice for invoice in invoices.values() if not invoice.is_bad]


def _take(row: dict[str, str], invoices: dict[str, Invoice], shop: Shop) -> None:
    invoice = invoices.get(row["InvoiceNo"])
    if invoice is None:
        invoice = invoices[row["InvoiceNo"]] = Invoice(
            row["InvoiceNo"], row["CustomerID"].removesuffix(".0"),
            datetime.fromisoformat(row["InvoiceDate"]),
        )  # fmt: skip
    quantity, price = int(row["Quantity"]), Decimal(row["UnitPrice"])
    pieces = abs(quantity) if invoice.is_refund else quantity
    if pieces <= 0 or price < 0:
        shop.figures["bad_lines"] += 1
        invoice.is_bad = True
        return
    pence = int((price * pieces * 100).quantize(Decimal(1), ROUND_HALF_UP))
    invoice.lines.append((row["StockCode"], pieces, pence))
