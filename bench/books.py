"""Sealing and auditing the books, beside a program that reads the same rows, hashes them and does
nothing else.
"""

import hashlib
import time
from collections.abc import Callable

from django.db import connection

from bench.postgres import Server
from bench.program import NOW, analyze, make_program
from bench.result import Result
from loyalty.ledger import audit, seals

EACH = 20  # Entries of a member.
FULL = 10_000_000

# As posting writes them, and in the order in which a year of sales would come.
_ENTRIES = """
INSERT INTO ledger_entry (balance_id, seq, kind, points, balance_after, key, source,
                          occurred_at, posted_at, explanation)
SELECT id, n, 'accrual', 10, 10 * n, 'purchase:' || n || '/rule:3', 'rule:3', now(), now(),
       '[{"step": "per_spend", "points": 1, "per_minor": 100, "spend": 1000, "gives": "10"}]'
FROM ledger_balance CROSS JOIN generate_series(1, %s) n ORDER BY n, id
"""
_LOTS = """
INSERT INTO ledger_lot (entry_id, balance_id, granted, remaining, available_at, is_pending,
                        expires_on)
SELECT id, balance_id, 10, 10, now(), false, '2027-06-02' FROM ledger_entry
"""
_BALANCES = "UPDATE ledger_balance SET points = 10 * %s, lifetime = 10 * %s, seq = %s"


def run(server: Server, database: str, scale: float) -> list[Result]:
    members = max(int(FULL * scale) // EACH, 1)
    entries = members * EACH
    program = make_program(members)
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [EACH])
        cursor.execute(_LOTS)
        cursor.execute(_BALANCES, [EACH] * 3)
    analyze()
    bare = entries / _seconds(_read_and_hash)
    sealed = entries / _seconds(lambda: list(seals.seal(program.pk, now=NOW)))
    verified = entries / _seconds(_verify)
    audited = entries / _seconds(lambda: _audit(program.pk))
    told = f"of {entries:,} entries (bare: read and hash)"
    return [
        Result(f"sealing {told}", sealed, bare, 0.1, "a second"),
        Result(f"verifying {told}", verified, bare, 0.1, "a second"),
        Result(f"a night's audit {told}", audited, bare, 0.1, "a second"),
    ]


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _read_and_hash() -> None:
    known = hashlib.sha256()
    with connection.cursor() as cursor:
        copy = f"COPY (SELECT {seals.COLUMNS} FROM ledger_entry ORDER BY id) TO STDOUT"
        with cursor.copy(copy) as rows:
            for row in rows:
                known.update(row)


def _verify() -> None:
    heads, broken = seals.walk(connection)
    if broken or not heads:
        raise SystemExit(f"Seals do not fit after the measurement: {broken}")


def _audit(program_id: int) -> None:
    laws = [breach for _, found in audit.breaches_of(program_id) for breach in found]
    if broken := [it for it in laws if "days add up" not in it.law]:
        raise SystemExit(f"The books are wrong after the measurement: {broken}")
