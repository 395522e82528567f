"""Expiring 10,000 lots, beside one UPDATE that closes as many lots and does nothing else."""

import time
from datetime import date

from django.db import connection

from bench.postgres import Server
from bench.program import NOW, analyze, make_program
from bench.result import Result, middle
from loyalty.ledger import audit, sweeps
from loyalty.merchants.models import Program

LOTS = 10_000
ROUNDS = 5

# One lot of ten points for each member, due on the day that is named; written as posting writes it.
_ENTRIES = """
INSERT INTO ledger_entry (balance_id, seq, kind, points, balance_after, key, source,
                          occurred_at, posted_at, explanation)
SELECT id, seq + 1, 'accrual', 10, points + 10, 'bench:' || %s, 'bench', now(), now(), '[]'
FROM ledger_balance ORDER BY id LIMIT %s
"""
_LOTS = """
INSERT INTO ledger_lot (entry_id, balance_id, granted, remaining, available_at, is_pending,
                        expires_on)
SELECT id, balance_id, 10, 10, now(), false, %s FROM ledger_entry WHERE key = 'bench:' || %s
"""
_BALANCES = """
UPDATE ledger_balance SET points = points + 10, lifetime = lifetime + 10, seq = seq + 1
WHERE id IN (SELECT balance_id FROM ledger_entry WHERE key = 'bench:' || %s)
"""
_CLOSE = "UPDATE ledger_lot SET remaining = 0 WHERE remaining > 0 AND expires_on <= %s"


def run(server: Server, database: str, scale: float) -> list[Result]:
    program = make_program(LOTS)
    swept, closed = [], []
    for number in range(ROUNDS):
        closed.append(_closing(date(2026, 1, 1 + number)))
        swept.append(_sweeping(program, date(2026, 2, 1 + number)))
    broken = [it for it in audit.breaches() if "days add up" not in it.law]
    if broken:
        raise SystemExit(f"The books are wrong after the measurement: {broken}")
    return [
        Result(
            f"expiry of {LOTS:,} lots", middle(swept) * 1000, middle(closed) * 1000, 6, "ms",
            more_is_better=False,
        )
    ]  # fmt: skip


def _make(day: date) -> None:
    name = day.isoformat()
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [name, LOTS])
        cursor.execute(_LOTS, [day, name])
        cursor.execute(_BALANCES, [name])
    analyze()


def _closing(day: date) -> float:
    """What it costs to close the lots alone. It is undone, because the books would be wrong."""
    _make(day)
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        began = time.perf_counter()
        cursor.execute(_CLOSE, [day])
        took = time.perf_counter() - began
        cursor.execute("ROLLBACK")
    _expire(day)
    return took


def _sweeping(program: Program, day: date) -> float:
    _make(day)
    connection.ensure_connection()
    began = time.perf_counter()
    _expire(day)
    return time.perf_counter() - began


def _expire(day: date) -> None:
    program = Program.objects.get(slug="bench")
    while sweeps.expire_due(program.pk, zone=program.time_zone, today=day, now=NOW):
        pass
