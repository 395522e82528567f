"""python -m bench.recount_replay FILE --since DAY --until DAY [--against RESULT.json]

Works out, straight from the CSV of the "Online Retail" data set and in plain Python, what a
campaign would have given on some days: twice the points for sales from 100 GBP on, at most 2,000
points a customer and calendar month, at most 200,000 points in all. It shares no code with what
it checks. ``--against`` reads what ``manage.py replay_campaign … --json`` printed; it exits 1 if
any figure differs.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bench.recount_history import Customer, Invoice, Item, Sale, Shop, read

FROM_PENCE, A_MONTH, IN_ALL = 100_00, 2_000, 200_000
Event = tuple[datetime, bool, str, Any]


@dataclass(eq=False)
class Sold:
    """A sale of the days looked at, and what the campaign would have given for it."""

    customer: str
    sale: Sale
    kept: int  # Pence that have not come back yet.
    given: int = 0
    back: int = 0


class Watched(Shop):
    """The shop's year once more, with each sale and each return noted down as it happens."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []

    def _sell(self, invoice: Invoice) -> None:
        super()._sell(invoice)
        if invoice.customer:
            sale = self.customers[invoice.customer].sales[-1]
            self.events.append((invoice.made_at, False, invoice.number, (invoice.customer, sale)))

    def _take_back(self, invoice: Invoice) -> None:
        customer = self.customers.get(invoice.customer)
        if not invoice.customer or customer is None:
            super()._take_back(invoice)
            return
        before = {item: item.pence_kept for item in _touched(customer, invoice)}
        super()._take_back(invoice)
        back: Counter[Sale] = Counter()
        for item, was in before.items():
            back[item.sale] += was - item.pence_kept
        self.events.append((invoice.made_at, True, invoice.number, back))


@dataclass
class Replay:
    """The campaign lived through, event by event."""

    since: date
    until: date  # Half-open.
    sold: dict[Sale, Sold] = field(default_factory=dict)
    used: Counter[tuple[str, str]] = field(default_factory=Counter)  # By customer and month.
    spent: int = 0  # Of the budget.

    def sell(self, customer: str, sale: Sale) -> None:
        if not self.since <= sale.made_at.date() < self.until:
            return
        it = self.sold[sale] = Sold(customer, sale, sale.pence)
        if sale.pence < FROM_PENCE:
            return
        more = 2 * sale.pence // 100 - sale.pence // 100
        it.given = max(0, min(more, A_MONTH - self.used[self._place(it)], IN_ALL - self.spent))
        self.used[self._place(it)] += it.given
        self.spent += it.given

    def take_back(self, sale: Sale, pence: int) -> None:
        if not pence or (it := self.sold.get(sale)) is None:
            return
        it.kept -= pence
        back = it.given - it.given * it.kept // sale.pence
        more, it.back = back - it.back, back
        self.used[self._place(it)] = max(0, self.used[self._place(it)] - more)
        self.spent = max(0, self.spent - more)

    def figures(self) -> dict[str, Any]:
        days: Counter[str] = Counter()
        members: Counter[str] = Counter()
        for it in self.sold.values():
            days[it.sale.made_at.date().isoformat()] += it.given - it.back
            members[it.customer] += it.given - it.back
        return {
            "sales": len(self.sold),
            "winning": sum(it.given > 0 for it in self.sold.values()),
            "spend_minor": sum(it.sale.pence for it in self.sold.values()),
            "added": sum(it.given - it.back for it in self.sold.values()),
            "back": sum(it.back for it in self.sold.values()),
            "members": len(members),
            "gaining": sum(points > 0 for points in members.values()),
            "winners": sorted(members.values(), reverse=True)[:10],
            "days": {day: points for day, points in days.items() if points},
        }

    @staticmethod
    def _place(it: Sold) -> tuple[str, str]:
        return it.customer, f"{it.sale.made_at:%Y-%m}"


def recount(file: Path, since: date, until: date, *, most: int = 0) -> dict[str, Any]:
    """What a file must come to: sales and returns in the order in which they happened."""
    shop, replay = Watched(), Replay(since, until)
    shop.live(read(file, shop, most=most))
    for _at, is_return, _number, told in sorted(shop.events, key=lambda it: it[:3]):
        if is_return:
            for sale, pence in told.items():
                replay.take_back(sale, pence)
        else:
            replay.sell(*told)
    return replay.figures()


def compare(mine: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """Every figure that differs from the kept result of a replay, in a sentence."""
    theirs = {name: result["whole"].get(name, result.get(name)) for name in mine}
    theirs["winners"] = [it["added"] for it in result["winners"]]
    theirs["days"] = {it["day"]: it["added"] for it in result["days"] if it["added"]}
    return [
        f"{name}: {mine[name]} by the recount, {theirs[name]} by the replay."
        for name in mine
        if mine[name] != theirs[name]
    ]


def _touched(customer: Customer, invoice: Invoice) -> Iterator[Item]:
    for product in {product for product, _pieces, _pence in invoice.lines}:
        yield from customer.items.get(product, ())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.recount_replay")
    parser.add_argument("file", type=Path, help="online_retail.csv, plain or .gz")
    parser.add_argument("--since", type=date.fromisoformat, required=True, help="the first day")
    parser.add_argument("--until", type=date.fromisoformat, required=True, help="not with this one")
    parser.add_argument("--against", type=Path, help="what replay_campaign --json printed")
    options = parser.parse_args()
    mine = recount(options.file, options.since, options.until)
    for name, figure in mine.items():
        if name != "days":
            sys.stdout.write(f"{name:<14}{figure}\n")
    if not options.against:
        return 0
    differences = compare(mine, json.loads(options.against.read_text()))
    told = differences or ["The replay agrees with the recount in every figure, day by day."]
    sys.stdout.write("\n".join(told) + "\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
