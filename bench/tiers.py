"""The nightly work on tiers, beside one aggregate over the same qualifying days.

At scale 1 there are a million members with ten days each, in the order in which they were bought
on, as sales come in. The aggregate has the same memory to work in as the recount asks for.
"""

import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from django.db import connection, transaction

from bench.postgres import Server
from bench.program import NOW, analyze, make_program
from bench.result import Result, middle
from loyalty.days import local_date
from loyalty.flows import tiers
from loyalty.flows.settings import bump
from loyalty.merchants.models import Program
from members.models import TierPolicy

MEMBERS = 1_000_000
ROUNDS = 5
# Ten days a member from January 2025 on; who buys on a day follows from their number.
FIRST, EVERY, TIMES = date(2025, 1, 1), 51, 10
Work = Callable[[Program, date, int], float]

_DAYS = """
INSERT INTO members_qualifyingday (account_id, "on", spend_minor, points, purchases)
SELECT {first} + who, DATE '{day}' + nth,
    1 + abs(hashint8(who * 1000 + nth)::bigint) % 150000, 1, 1
FROM generate_series(0, {last}) nth,
    generate_series((nth * 7) % {every}, {members} - 1, {every}) who
"""
_STATUSES = """
INSERT INTO members_tierstatus (account_id, tier_id, since_on, review_on, in_grace, is_in_doubt)
SELECT DISTINCT ON (account_id) account_id, tier.id, DATE '2026-01-01', held.until, false, false
FROM (
    SELECT account_id, SUM(spend_minor) AS spend,
        make_date(EXTRACT(year FROM "on")::int + 2, 1, 1) AS until
    FROM members_qualifyingday GROUP BY account_id, until
) held JOIN members_tier tier ON tier.rank > 0 AND tier.threshold <= held.spend
ORDER BY account_id, tier.rank DESC, held.until DESC
"""
_AGGREGATE = """
SELECT count(*), sum(spend) FROM (
    SELECT account_id, SUM(spend_minor) AS spend FROM members_qualifyingday GROUP BY account_id
) it
"""


def run(server: Server, database: str, scale: float) -> list[Result]:
    program = _fill(round(MEMBERS * scale))
    today = local_date(NOW, program.time_zone)
    aggregate, recounted, night = _rounds(program, today, (_recount, _night))
    beside, rolling = _rounds(program, today, (_rolling_night,))
    return [
        Result(name, value, reference, target, "ms", more_is_better=False)
        for name, value, reference, target in [
            ("tiers: all members recounted", recounted, aggregate, 1.5),
            ("tiers: an ordinary night, calendar year", night, aggregate, 0.1),
            ("tiers: an ordinary night, last 12 months", rolling, beside, 0.1),
        ]
    ]


def _rounds(program: Program, today: date, works: Sequence[Work]) -> list[float]:
    """The medians of some works, done in turns, after that of the aggregate; in milliseconds."""
    rounds = []
    for turn in range(ROUNDS + 1):
        times = [_seconds(_aggregate), *(work(program, today, turn) for work in works)]
        if turn:  # The first warms what the others read.
            rounds.append(times)
    return [middle(list(times)) * 1000 for times in zip(*rounds, strict=True)]


def _fill(members: int) -> Program:
    program = make_program(members)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # No check of each row.
        cursor.execute("SELECT MIN(id) FROM ledger_account")
        [first] = cursor.fetchone()
        cursor.execute(
            _DAYS.format(
                first=first, day=FIRST, last=EVERY * TIMES - 1, every=EVERY, members=members
            )
        )
        cursor.execute(_STATUSES)
    analyze()
    if wrong := tiers.recount(program, local_date(NOW, program.time_zone), NOW):
        raise RuntimeError(f"{wrong} members were given another tier than a recount gives them.")
    return program


def _aggregate() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(_AGGREGATE)


def _recount(program: Program, today: date, turn: int) -> float:
    """Everybody is counted; one in a thousand has spent enough since, as a lower step would do."""
    _execute(
        "UPDATE members_qualifyingday SET spend_minor = spend_minor + 500000"
        ' WHERE (account_id, "on") IN ('
        ' SELECT account_id, MIN("on") FROM members_qualifyingday day'
        " WHERE \"on\" >= DATE '2026-01-01' AND NOT EXISTS ("
        " SELECT FROM members_tierstatus WHERE account_id = day.account_id)"
        f" AND account_id % 1000 = {turn} GROUP BY account_id)"
    )
    return _seconds(lambda: tiers.recount(program, today, NOW))


def _night(program: Program, today: date, turn: int) -> float:
    """One in a thousand returned something; nobody else's year ends tonight."""
    _execute(
        f"UPDATE members_tierstatus SET review_on = DATE '{today}', is_in_doubt = true"
        f" WHERE (account_id * 7) % 1000 = {turn}"
    )
    return _seconds(lambda: _pass(program, today))


def _rolling_night(program: Program, today: date, turn: int) -> float:
    """For one in 365 the oldest day is over tonight, and for one it will be in 30 days."""
    soon = today + timedelta(30)
    _execute(
        f"UPDATE members_tierstatus SET noticed_on = NULL, review_on ="
        f" CASE (account_id * 11) % 365 WHEN {turn} THEN DATE '{today}' ELSE DATE '{soon}' END"
        f" WHERE (account_id * 11) % 365 IN ({turn}, {turn + 100})"
    )
    TierPolicy.objects.update(window="rolling")
    bump(program)
    try:
        return _seconds(lambda: _pass(program, today))
    finally:
        TierPolicy.objects.update(window="calendar_year")
        bump(program)


def _pass(program: Program, today: date) -> None:
    tiers.review(program, today, NOW)
    tiers.warn(program, today, NOW)


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
