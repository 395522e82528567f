"""Sales and refunds of some days, in the order in which they happened, read in bites.

Each sale comes with its lines as they were told and with what was known of its member then: the
tier of that moment, what had been bought before. Refunds of those sales come when they were made,
also those after the last day, because what came back later is no cost either.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from heapq import merge
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum

from loyalty.days import start_of
from loyalty.earning.activity import PURCHASE, Activity, Item
from loyalty.earning.rulebook import Rulebook
from loyalty.insights.replay.people import People
from loyalty.merchants.models import Location, Program
from loyalty.purchases.models import Purchase, Refund, RefundLine
from members import audience
from members.audience import Moment

BITE = 1_000

_PAID = """
SELECT it.purchase_id, SUM(it.points), SUM(CASE WHEN it.source = %s THEN it.points ELSE 0 END)
FROM (
    SELECT award.purchase_id, entry.source, entry.points + COALESCE((
        SELECT SUM(back.points) FROM ledger_entry back WHERE back.reverses_id = entry.id
    ), 0) AS points
    FROM purchases_purchaseaward award
    JOIN ledger_entry entry ON entry.id = award.entry_id
    JOIN ledger_balance balance ON balance.id = entry.balance_id
    WHERE award.purchase_id IN ({ids}) AND balance.wallet_id = %s
) it GROUP BY it.purchase_id
"""


_LINES = """
SELECT purchase_id, number, counted_minor, quantity, product, category, tags, amount_minor, kind
FROM purchases_purchaseline WHERE purchase_id IN ({ids}) ORDER BY purchase_id, number
"""


@dataclass(frozen=True, slots=True)
class Paid:
    """What a sale gave in fact, in one wallet, less what was taken back since."""

    points: int = 0
    own: int = 0  # By the campaign itself, where it ran then.


NOTHING = Paid()


@dataclass(slots=True)
class SoldLine:
    """A line of a sale, and what has come back of it so far."""

    number: int
    counted_minor: int
    amount_minor: int
    refunded_minor: int = 0


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale of a member; ``lines`` only where something comes back of it."""

    id: int
    at: datetime
    activity: Activity
    paid: Paid
    lines: tuple[SoldLine, ...] = ()


@dataclass(frozen=True, slots=True)
class CameBack:
    """What one refund brought back of one sale: money by its lines' numbers."""

    at: datetime
    purchase_id: int
    account_id: int | None
    lines: dict[int, int]
    is_earlier: bool  # Of a sale before the first day: nothing of it is judged.


@dataclass(slots=True)
class History:
    """The sales and refunds of some days of a program."""

    program: Program
    rulebook: Rulebook
    since: date
    until: date
    own_source: str = ""  # Of the campaign, and …
    wallet_id: int = 0  # … the wallet in which what was paid is looked up.
    bite: int = BITE
    counts_purchases: bool = field(default=False, init=False)
    facts: frozenset[str] = field(default=frozenset(), init=False)  # Asked of members.
    forgotten: int = 0  # Sales of people who were forgotten since: nobody to judge them for.
    read: int = 0
    starts_at: datetime = field(init=False)
    ends_at: datetime = field(init=False)
    people: People = field(init=False)
    _shops: dict[int, str] = field(init=False)
    _wholly_back: Counter[int] = field(init=False)

    def __post_init__(self) -> None:
        self.starts_at = start_of(self.since, self.program.time_zone)
        self.ends_at = start_of(self.until, self.program.time_zone)
        self.people = People(self.program, self.starts_at)
        shops = Location.objects.filter(merchant=self.program.merchant_id)
        self._shops = dict(shops.values_list("pk", "code"))
        self._wholly_back = Counter()

    def look_back(self, *, counts: bool, facts: frozenset[str]) -> None:
        """What rules and campaigns ask of members: what they bought before, segments, badges."""
        self.counts_purchases, self.facts = counts, facts
        if counts:
            self._wholly_back = self._back_later()

    def total(self) -> int:
        return self._sales().count()

    def events(self) -> Iterator[Sold | CameBack]:
        """All that happened. Of one moment the sales come first.

        The members of a sale are asked only when its turn has come: a refund may stand before it.
        """
        streams: list[Iterator[_Row | CameBack]] = [self._sold(), self._came_back()]
        for it in merge(*streams, key=_when):
            if isinstance(it, CameBack):
                self._take_off(it)
                yield it
            elif it.account_id in self.people:
                yield self._as_it_was(it)
            else:
                self.forgotten += 1

    # --- Sales --------------------------------------------------------------------------------

    def _sales(self) -> QuerySet[Purchase]:
        return Purchase.objects.filter(
            program=self.program, made_at__gte=self.starts_at, made_at__lt=self.ends_at,
            account__isnull=False,
        )  # fmt: skip

    def _sold(self) -> "Iterator[_Row | CameBack]":
        sales = self._sales().order_by("made_at", "pk").values_list(*_Row._fields[:-3])
        last: tuple[Any, ...] | None = None
        while rows := list(_after(sales, last)[: self.bite]):
            last = rows[-1]
            ids = [row[0] for row in rows]
            lines, paid = _lines_of(ids), self._paid(ids)
            self.people.meet({row[1] for row in rows}, counts=self.counts_purchases)
            known = self._facts((row[1], row[2]) for row in rows)
            for row in rows:
                self.read += 1
                facts = known.get((row[1], row[2]), frozenset())
                yield _Row._make((*row, tuple(lines[row[0]]), paid.get(row[0], NOTHING), facts))

    def _as_it_was(self, it: "_Row") -> Sold:
        local = it.made_at.astimezone(self.rulebook.zone)
        on = local.date()
        activity = Activity(
            kind=PURCHASE, account_id=it.account_id, key=f"purchase:{it.pk}",
            occurred_at=it.made_at, local=local,
            who=self.people.who(it.account_id, on, it.facts),
            items=it.items, counted_minor=it.counted_minor, payment_method=it.payment_method,
            channel=it.channel, location=self._shops.get(it.location_id or 0, ""),
        )  # fmt: skip
        self.people.bought(it.account_id, it.pk, on)
        if not it.refunded_minor:
            return Sold(it.pk, it.made_at, activity, it.paid)
        if self.counts_purchases and it.refunded_minor == it.total_minor:
            self._wholly_back[it.pk] = it.total_minor
        lines = tuple(
            SoldLine(item.number, item.counted_minor, item.amount_minor) for item in it.items
        )
        return Sold(it.pk, it.made_at, activity, it.paid, lines)

    def _facts(self, moments: Iterable[Moment]) -> dict[Moment, frozenset[str]]:
        """What held of the members of a bite, each at the moment of their sale."""
        if not self.facts:
            return {}
        book = self.rulebook
        return audience.facts_of(
            self.program.pk, book.version, book.zone, self.facts, list(moments)
        )

    def _paid(self, ids: Sequence[int]) -> dict[int, Paid]:
        """What each sale of a bite gave in fact."""
        query = _PAID.replace("{ids}", ", ".join(map(str, ids)))
        with connection.cursor() as cursor:
            cursor.execute(query, [self.own_source, self.wallet_id])
            return {pk: Paid(int(points), int(own)) for pk, points, own in cursor.fetchall()}

    # --- Refunds ------------------------------------------------------------------------------

    def _came_back(self) -> "Iterator[_Row | CameBack]":
        refunds = Refund.objects.filter(
            program=self.program, made_at__gte=self.starts_at, matched_minor__gt=0
        ).order_by("made_at", "pk")  # fmt: skip
        last: tuple[Any, ...] | None = None
        asked = refunds.values_list("pk", "account_id", "made_at")
        while rows := list(_after(asked, last, place=2)[: self.bite]):
            last = rows[-1]
            yield from self._pieces([row[0] for row in rows])

    def _pieces(self, refunds: Sequence[int]) -> Iterator[CameBack]:
        pieces = RefundLine.objects.filter(
            refund__in=refunds, line__purchase__made_at__lt=self.ends_at, amount_minor__gt=0
        ).order_by("refund__made_at", "refund", "pk")  # fmt: skip
        asked = pieces.values_list(
            "refund", "line__purchase_id", "refund__made_at", "line__purchase__account_id",
            "line__purchase__made_at", "line__number", "amount_minor",
        )  # fmt: skip
        told: dict[tuple[int, int], CameBack] = {}
        for refund, pk, at, account_id, sold_at, line, amount in asked:
            is_earlier = sold_at < self.starts_at
            it = told.setdefault((refund, pk), CameBack(at, pk, account_id, {}, is_earlier))
            it.lines[line] = it.lines.get(line, 0) + amount
        yield from told.values()

    def _take_off(self, it: CameBack) -> None:
        """A sale that has come back whole is none of those before."""
        if it.purchase_id in self._wholly_back:
            self._wholly_back[it.purchase_id] -= sum(it.lines.values())
            if self._wholly_back[it.purchase_id] <= 0 and it.account_id:
                self.people.came_back_whole(it.account_id)
                del self._wholly_back[it.purchase_id]

    def _back_later(self) -> Counter[int]:
        """Of sales before the first day that have come back whole: what of it came since then."""
        pieces = RefundLine.objects.filter(
            refund__program=self.program, refund__made_at__gte=self.starts_at,
            line__purchase__made_at__lt=self.starts_at,
            line__purchase__refunded_minor=F("line__purchase__total_minor"),
        )  # fmt: skip
        sums = pieces.values_list("line__purchase_id").annotate(Sum("amount_minor"))
        return Counter(dict(sums.order_by()))


class _Row(NamedTuple):
    """A sale as it was read."""

    pk: int
    account_id: int
    made_at: datetime
    counted_minor: int
    total_minor: int
    refunded_minor: int
    payment_method: str
    channel: str
    location_id: int | None
    items: tuple[Item, ...]
    paid: Paid
    facts: frozenset[str]


def _when(it: _Row | CameBack) -> tuple[datetime, bool]:
    return (it.at, True) if isinstance(it, CameBack) else (it.made_at, False)


def _after(rows: Any, last: tuple[Any, ...] | None, *, place: int = 2) -> Any:
    """What follows the last row of the bite before, by its moment and then by its number."""
    if last is None:
        return rows
    pk, made_at = last[0], last[place]
    return rows.filter(made_at__gte=made_at).filter(Q(made_at__gt=made_at) | Q(pk__gt=pk))


def _lines_of(ids: Sequence[int]) -> dict[int, list[Item]]:
    """The lines of a bite's sales. Read plainly: there are many, and most bear no tag."""
    lines: dict[int, list[Item]] = {pk: [] for pk in ids}
    with connection.cursor() as cursor:
        cursor.execute(_LINES.replace("{ids}", ", ".join(map(str, ids))))
        for pk, number, counted, quantity, product, category, tags, amount, kind in cursor:
            lines[pk].append(
                Item(
                    number, counted, _quantity(quantity), product, category, _tags(tags), amount,
                    kind,
                )
            )  # fmt: skip
    return lines


@lru_cache(maxsize=4096)
def _quantity(told: Any) -> Decimal:
    """A quantity as either database gives it: exact, or as a number with three places."""
    return told if isinstance(told, Decimal) else Decimal(f"{told:.3f}")


@lru_cache(maxsize=4096)
def _tags(told: str) -> tuple[str, ...]:
    return () if told == "[]" else tuple(json.loads(told))
