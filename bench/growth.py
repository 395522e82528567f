"""Earning with many entries in the ledger beside earning with few: it should not slow down."""

import random
import time

from django.db import connection

from bench.earning import sale_of
from bench.postgres import Server
from bench.program import NOW, analyze, make_program
from bench.result import Result, middle
from loyalty.flows import earn
from members.models import Member

FEW = 10_000
MOST = 10_000_000
MEMBERS = 20_000
ROUNDS = 7
EACH = 200

# Old entries as postings leave them; their lots are spent, and so not in the open ones' index.
_ENTRIES = """
INSERT INTO ledger_entry (balance_id, seq, kind, points, balance_after, key, source,
                          occurred_at, posted_at, explanation)
SELECT held.id, held.seq + number, 'accrual', 10, held.points + 10 * number,
       'bench:' || held.seq + number, 'bench', now(), now(), '[]'
FROM ledger_balance held CROSS JOIN generate_series(1, {each}) number
"""
_LOTS = """
INSERT INTO ledger_lot (entry_id, balance_id, granted, remaining, available_at, is_pending,
                        expires_on)
SELECT entry.id, entry.balance_id, 10, 10, now(), false, '2030-01-01'
FROM ledger_entry entry LEFT JOIN ledger_lot lot ON lot.entry_id = entry.id WHERE lot.id IS NULL
"""
_BALANCES = """
UPDATE ledger_balance SET seq = seq + {each}, points = points + 10 * {each},
    lifetime = lifetime + 10 * {each}
"""


def run(server: Server, database: str, scale: float) -> list[Result]:
    program = make_program(MEMBERS)
    accounts = list(Member.objects.filter(program=program).values_list("account", flat=True))
    _grow(max(FEW // MEMBERS, 1))
    few = [_rate(program, accounts) for _round in range(ROUNDS)]
    entries = int(MOST * scale)
    _grow(entries // MEMBERS)
    many = [_rate(program, accounts) for _round in range(ROUNDS)]
    told = f"earn flow at {entries:,} entries, beside {FEW:,}"
    return [Result(told, middle(many), middle(few), 0.8, "a second")]


def _grow(each: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES.format(each=each))
        cursor.execute(_LOTS)
        cursor.execute(_BALANCES.format(each=each))
    analyze()


def _rate(program: object, accounts: list[int]) -> float:
    luck = random.Random(3)
    sales = [sale_of(luck.choice(accounts)) for _ in range(EACH)]
    began = time.perf_counter()
    for sale in sales:
        earn.from_purchase(program, sale, now=NOW)  # type: ignore[arg-type]
    return EACH / (time.perf_counter() - began)
