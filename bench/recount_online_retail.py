"""python -m bench.recount_online_retail FILE [--until DAY] [--against DATABASE --program SLUG]

Works out, straight from the CSV of the "Online Retail" data set and in plain Python, what its
import must come to: 1 point for 1 GBP, tiers at 0, 500 and 2,000 GBP in a calendar year, points
that last 12 months. With ``--against`` it reads the books of a program by plain SQL and holds each
figure against its own; it exits 1 if any differs, and names the first member that does.
"""

import argparse
import sys
from collections import Counter
from datetime import date
from pathlib import Path

from bench import recount_books, recount_history
from bench.recount_books import Books
from bench.recount_history import Customer, Shop

FIGURES = (
    "members", "purchases", "purchase_lines", "pence", "refunds", "refund_lines_matched",
    "refund_lines_no_sale", "refund_lines_not_enough_left", "refund_pieces", "pence_back",
    "issued", "taken_back", "expired", "outstanding", "owed", "tier_0", "tier_1", "tier_2",
)  # fmt: skip
LEFT_OUT = (
    "lines", "bad_lines", "left_out", "sales_of_nobody", "refunds_of_nobody", "lines_of_nobody",
    "refunds_of_non_members",
)  # fmt: skip
MONTHLY = (
    "purchases", "pence", "refunds", "pence_back", "issued", "taken_back", "expired",
    "outstanding", "owed",
)  # fmt: skip
# A piece of a refund is a row of the books; that a line of it was matched, the import counts.
OF_THE_IMPORT = "refund_lines_matched"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.recount_online_retail")
    parser.add_argument("file", type=Path, help="online_retail.csv, plain or .gz")
    parser.add_argument("--until", type=date.fromisoformat, help="let the clock go on to this day")
    parser.add_argument("--lines", type=int, default=0, help="only so many lines of the file")
    parser.add_argument("--against", metavar="DATABASE", help="an SQLite file or a postgres:// URL")
    parser.add_argument("--program", help="the program's slug in that database")
    options = parser.parse_args()
    if options.against and not options.program:
        parser.error("--against needs --program")
    mine = recount(options.file, until=options.until, most=options.lines)
    sys.stdout.write(table(mine))
    if not options.against:
        return 0
    differences = compare(mine, recount_books.read(options.against, options.program))
    told = differences or ["The books agree with the recount in every figure."]
    sys.stdout.write("\n" + "\n".join(told) + "\n")
    return 1 if differences else 0


def recount(file: Path, *, until: date | None = None, most: int = 0) -> Books:
    """Work out what a file must come to."""
    shop = Shop()
    shop.live(recount_history.read(file, shop, most=most), until=until)
    books = Books(months=shop.months, left_out=shop.figures)
    for number, customer in shop.customers.items():
        books.members[number] = _figures_of(customer)
    return books


def totals(books: Books) -> Counter[str]:
    """The figures of all members together, and how many have each tier."""
    sums: Counter[str] = Counter(members=len(books.members))
    for figures in books.members.values():
        sums.update({name: figure for name, figure in figures.items() if name != "tier"})
        sums[f"tier_{figures['tier']}"] += 1
    return sums


def compare(mine: Books, theirs: Books) -> list[str]:
    """Every figure that differs, in a sentence; the first member that does comes last."""
    counts, ours = theirs.left_out, totals(mine)
    sums = totals(theirs) | Counter({OF_THE_IMPORT: counts[OF_THE_IMPORT]})
    told = _differences("In all", ours, sums, FIGURES)
    told += _differences("Left out", mine.left_out, counts, LEFT_OUT)
    if others := sums["other"]:
        told.append(f"In all: {others:,} points were moved by what is no sale, refund or expiry.")
    for month in sorted(mine.months.keys() | theirs.months.keys()):
        told += _differences(month, mine.months[month], theirs.months[month], MONTHLY)
    for number in sorted(mine.members.keys() | theirs.members.keys()):
        known = mine.members[number].keys() | theirs.members[number].keys()
        names = sorted(known - {OF_THE_IMPORT})
        if found := _differences(
            f"Member {number}", mine.members[number], theirs.members[number], names
        ):
            return told + found
    return told


def _differences(
    what: str, mine: Counter[str], theirs: Counter[str], names: tuple[str, ...] | list[str]
) -> list[str]:
    return [
        f"{what}: {_words(name)} is {mine[name]:,} by the recount, {theirs[name]:,} in the books."
        for name in names
        if mine[name] != theirs[name]
    ]


def table(books: Books) -> str:
    """The figures as people read them."""
    sums = totals(books)
    rows = [(name, books.left_out[name]) for name in LEFT_OUT]
    rows += [(name, sums[name]) for name in FIGURES]
    text = "".join(f"{_words(name):<44}{_shown(name, figure):>16}\n" for name, figure in rows)
    text += "\n" + "month   " + "".join(f"{_words(name):>15}" for name in MONTHLY) + "\n"
    for month, figures in sorted(books.months.items()):
        cells = "".join(f"{_shown(name, figures[name]):>15}" for name in MONTHLY)
        text += f"{month} {cells}\n"
    return text


def _figures_of(customer: Customer) -> Counter[str]:
    figures = Counter(customer.figures)
    figures.update(outstanding=customer.points, owed=customer.owed, tier=customer.tier)
    return figures


def _words(name: str) -> str:
    return name.replace("pence_back", "GBP back").replace("pence", "GBP").replace("_", " ")


def _shown(name: str, figure: int) -> str:
    return f"{figure / 100:,.2f}" if name.startswith("pence") else f"{figure:,}"


if __name__ == "__main__":
    sys.exit(main())
