"""What happened each day, added up apart from the postings so that no row of a program is hot.

A posting leaves tallies; ``add_up`` moves them into the day's figures. Each tally is counted once,
because it is deleted by the statement that reads it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Q, Sum

from loyalty import bulk
from loyalty.ledger.models import DayFigure, Tally

SALES, REFUNDS, ENROLMENTS = "sales", "refunds", "enrolments"
UNCLAIMED = "unclaimed"  # Sales of nobody yet, less what came back of them.
BITE = 5_000

COLUMNS = {
    "program_id": "bigint", "made_on": "date", "measure": "text",
    "count": "int", "amount": "bigint",
}  # fmt: skip
_INSERT = """
INSERT INTO ledger_tally (program_id, "on", measure, count, amount)
SELECT program_id, made_on, measure, count, amount FROM {rows}
"""
_ADD = """
INSERT INTO ledger_dayfigure (program_id, "on", measure, count, amount)
SELECT program_id, made_on, measure, count, amount FROM {rows} WHERE true
ON CONFLICT (program_id, measure, "on") DO UPDATE
SET count = ledger_dayfigure.count + excluded.count,
    amount = ledger_dayfigure.amount + excluded.amount
"""


class Counted(NamedTuple):
    """What one posting adds to a day."""

    program_id: int
    on: date
    measure: str
    count: int  # type: ignore[assignment]  # A tuple has a method of that name.
    amount: int


def campaign(source: str) -> str | None:
    """The measure under which a campaign's awards are counted; None for what else gives points."""
    return source if source.startswith("campaign:") else None


def measure_of(wallet_id: int, kind: str, points: int) -> str:
    """The name of what an entry counts as. Reversals of awards and of redemptions are two."""
    if kind == "reversal":
        kind = "return" if points > 0 else "reversal"
    return f"wallet:{wallet_id}.{kind}"


def tally(counted: Iterable[Counted]) -> None:
    """Leave figures to be added up, one row a day and measure."""
    if rows := summed(counted):
        bulk.execute(_INSERT, COLUMNS, rows)


def claimed(program_id: int, on: date, amount: int) -> list[Counted]:
    """A sale that was nobody's is a member's from now on."""
    return [
        Counted(program_id, on, SALES, 1, amount),
        Counted(program_id, on, UNCLAIMED, -1, -amount),
    ]


def summed(counted: Iterable[Counted]) -> list[Counted]:
    sums: dict[tuple[int, date, str], tuple[int, int]] = {}
    for it in counted:
        count, amount = sums.get(it[:3], (0, 0))
        sums[it[:3]] = count + it.count, amount + it.amount
    return [Counted(*key, *figures) for key, figures in sums.items()]


@transaction.atomic
def add_up(limit: int = BITE) -> int:
    """Move up to so many tallies into the days' figures, and say how many."""
    skip = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM ledger_tally WHERE id IN "
            f'(SELECT id FROM ledger_tally ORDER BY id LIMIT %s {skip}) '
            'RETURNING program_id, "on", measure, count, amount',
            [limit],
        )  # fmt: skip
        taken = cursor.fetchall()
    sums: dict[tuple[int, date, str], tuple[int, int]] = {}
    for program_id, on, measure, count, amount in taken:
        counts, amounts = sums.get((program_id, on, measure), (0, 0))
        sums[program_id, on, measure] = counts + count, amounts + amount
    if sums:
        # In one order, so that two workers that add up the same days do not wait for each other.
        rows = sorted((*key, *figures) for key, figures in sums.items())
        bulk.execute(_ADD, COLUMNS, rows)
    return len(taken)


def totals(program_id: int, *, since: date, until: date) -> dict[str, tuple[int, int]]:
    """Count and amount by measure over the days from ``since`` up to, not with, ``until``."""
    sums: dict[str, tuple[int, int]] = {}
    for model in (DayFigure, Tally):
        days = model.objects.filter(program=program_id, on__gte=since, on__lt=until)
        for measure, count, amount in days.values_list("measure").annotate(
            Sum("count"), Sum("amount")
        ):
            counts, amounts = sums.get(measure, (0, 0))
            sums[measure] = counts + count, amounts + amount
    return sums


def in_spans(
    program_id: int, spans: Mapping[str, tuple[date | None, date]]
) -> dict[str, dict[str, tuple[int, int]]]:
    """Count and amount by measure in several spans of days, in two statements.

    A span goes up to, not with, its end; without a beginning it holds all that there ever was.
    """
    sums: dict[str, dict[str, tuple[int, int]]] = {name: {} for name in spans}
    asked: dict[str, Sum] = {}
    for name, (since, until) in spans.items():
        span = Q(on__lt=until) & (Q(on__gte=since) if since else Q())
        asked[f"{name}_count"] = Sum("count", filter=span, default=0)
        asked[f"{name}_amount"] = Sum("amount", filter=span, default=0)
    last = max(until for _since, until in spans.values())
    for model in (DayFigure, Tally):
        days = model.objects.filter(program=program_id, on__lt=last)
        row: dict[str, Any]
        for row in days.values("measure").annotate(**asked):  # type: ignore[assignment]
            for name, found in sums.items():
                counts, amounts = found.get(row["measure"], (0, 0))
                found[row["measure"]] = (
                    counts + row[f"{name}_count"],
                    amounts + row[f"{name}_amount"],
                )
    return sums


def daily(
    program_id: int, measures: Sequence[str], *, since: date, until: date
) -> dict[date, dict[str, tuple[int, int]]]:
    """Count and amount by day and measure, for the days on which there was any."""
    sums: dict[date, dict[str, tuple[int, int]]] = {}
    for model in (DayFigure, Tally):
        days = model.objects.filter(
            program=program_id, measure__in=measures, on__gte=since, on__lt=until
        )
        rows = days.values_list("on", "measure").annotate(Sum("count"), Sum("amount"))
        for on, measure, count, amount in rows:
            counts, amounts = sums.setdefault(on, {}).get(measure, (0, 0))
            sums[on][measure] = counts + count, amounts + amount
    return sums
