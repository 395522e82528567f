"""The board of a contest among many referrals, beside one aggregate over the same referrals.

At scale 0.1 there are 100,000 friends, brought by 20,000 advocates. What is read is what a page
shows: the first ten, one's own place, and who is beside it. On both databases, in one run.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection

from bench.postgres import Server
from bench.result import Result, middle

FRIENDS, EACH = 1_000_000, 5
ROUNDS = 40
MOST_MS = 50.0  # What a board may take to be read.
_AGGREGATE = """
SELECT advocate_id, COUNT(*), MAX(bought_at) FROM referrals_referral
GROUP BY advocate_id ORDER BY COUNT(*) DESC, MAX(bought_at)
"""


def run(server: Server, database: str, scale: float) -> list[Result]:
    results = _results("PostgreSQL", measured(scale))
    with tempfile.TemporaryDirectory() as folder:
        place = {"DATABASE_URL": f"sqlite:///{Path(folder) / 'bench.sqlite3'}"}
        told = subprocess.run(
            [sys.executable, "-m", "bench.contests", str(scale)], env={**os.environ, **place},
            stdout=subprocess.PIPE, text=True, check=True,
        ).stdout  # fmt: skip
    return results + _results("SQLite", json.loads(told.splitlines()[-1]))


def _results(name: str, times: dict[str, float]) -> list[Result]:
    return [
        Result(f"contests: a board is read, {name} (of {MOST_MS:.0f} ms)", times["read"], MOST_MS,
               1, "ms", more_is_better=False),
        Result(f"contests: a board is read beside an aggregate, {name}", times["read"],
               times["aggregate"], 0.5, "ms", more_is_better=False),
        Result(f"contests: a board is counted anew, {name}", times["count"], times["aggregate"],
               60, "ms", more_is_better=False),
    ]  # fmt: skip


def measured(scale: float) -> dict[str, float]:
    """Milliseconds to read a board, to count one, and of the aggregate."""
    from bench import contest_world as world  # noqa: PLC0415 - Django is set up by now.

    contest, members = world.fill(round(FRIENDS * scale), EACH)
    counted = [_ms(lambda: world.count(contest)) for _round in range(3)]
    read = [
        _ms(lambda who=who: world.read(contest, who)) for who in members[:: len(members) // ROUNDS]
    ]
    return {
        "read": middle(read), "count": middle(counted),
        "aggregate": middle([_ms(_aggregate) for _round in range(5)]),
    }  # fmt: skip


def _aggregate() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_AGGREGATE)
        cursor.fetchmany(10)


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    django.setup()
    call_command("migrate", verbosity=0)
    sys.stdout.write(json.dumps(measured(float(sys.argv[1]))))
