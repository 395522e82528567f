"""An import against the independent recount of bench/: figure by figure, member by member.

On a year and a half that luck makes up, with every trap that the real file has and more of each;
and on the beginning of the real one, where it is there.
"""

import gzip
import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from bench import recount_books
from bench.recount_online_retail import compare, recount
from loyalty.flows import importing
from loyalty.ledger import audit
from loyalty.merchants.models import Program
from loyalty.purchases import audit as purchase_audit
from loyalty.purchases import mapping

SHARED = os.environ.get("TAEM_SHARED", "")
REAL = Path(SHARED, "data/orders-online-retail/online_retail.csv.gz")
LINES = 5_000
EXAMPLE = Path(__file__).parents[2] / "docs/examples/online-retail.toml"
NOW = datetime(2026, 6, 2, 5, tzinfo=UTC)
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
PRICES = ("0.29", "0.335", "1.25", "2.555", "4.95", "12.75", "85.00", "295.00", "0")


@pytest.fixture
def shop(db: None) -> Program:
    """The program that docs/import.md tells to make."""
    call_command(
        "create_merchant", name="Gift shop", program="gifts", owner="owner@example.com",
        currency="GBP", time_zone="Europe/London", points_per="1.00",
        tiers=["Silver=500", "Gold=2000"], verbosity=0,
    )  # fmt: skip
    return Program.objects.get(slug="gifts")


def differences(shop: Program, path: Path) -> list[str]:
    told = mapping.read(EXAMPLE.read_text(encoding="utf-8"))
    importing.import_file(shop, path, told, now=NOW)
    assert [*audit.breaches(), *purchase_audit.breaches()] == []
    return compare(recount(path), recount_books.books_in(connection, "gifts"))


@pytest.mark.parametrize("seed", range(2))
def test_a_history_of_luck_comes_to_what_the_recount_says(shop, tmp_path, seed):
    path = tmp_path / "luck.csv"
    path.write_text(HEADER + "".join(lines_of_luck(random.Random(seed))), encoding="utf-8")
    assert differences(shop, path) == []


@pytest.mark.skipif(
    not REAL.is_file(), reason="TAEM_SHARED names no folder with the Online Retail data set."
)
def test_the_first_lines_of_the_real_file_come_to_what_the_recount_says(shop, tmp_path):
    path = tmp_path / "first.csv"
    path.write_text("".join(first_lines(REAL, LINES + 1)), encoding="utf-8")
    assert differences(shop, path) == []


def test_the_recount_names_what_differs(shop, tmp_path):
    path = tmp_path / "luck.csv"
    lines = list(lines_of_luck(random.Random(1)))
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    told = mapping.read(EXAMPLE.read_text(encoding="utf-8"))
    importing.import_file(shop, path, told, now=NOW)
    lines.append(line("999999", datetime(2012, 4, 20), "102.0", "A", pieces=1, price="85.00"))
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    found = compare(recount(path), recount_books.books_in(connection, "gifts"))
    assert any(it.startswith("In all: issued is") for it in found)
    assert found[-1].startswith("Member ")


def first_lines(path: Path, most: int) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return [next(file) for _ in range(most)]


def lines_of_luck(luck: random.Random) -> list[str]:
    """Eighteen months of a few people who buy, and bring back more than they should."""
    lines, number, at = [], 100_000, datetime(2010, 10, 1, 8, tzinfo=UTC)
    while at < datetime(2012, 4, 1, tzinfo=UTC):
        at += timedelta(minutes=luck.choice((0, 0, 1, 30, 900, 9_000, 20_000)))
        number += 1
        who = luck.choice(["101.0", "102.0", "103.0", "104.0", "105.0", ""])
        is_refund = luck.random() < 0.35
        for _ in range(luck.choice((1, 1, 2, 5))):
            pieces = 0 if luck.random() < 0.01 else luck.choice((1, 1, 2, 3, 12))
            lines.append(line(
                f"C{number}" if is_refund else f"{number}", at, who, luck.choice("ABCD"),
                pieces=-pieces if is_refund else pieces, price=luck.choice(PRICES),
            ))  # fmt: skip
    return lines


def line(reference: str, at: datetime, who: str, product: str, *, pieces: int, price: str) -> str:
    return f"{reference},{product},Thing,{pieces},{at:%Y-%m-%d %H:%M:%S},{price},{who},UK\n"
