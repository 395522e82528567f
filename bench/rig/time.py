"""Look at the instants around the edges of days in fifteen zones, and compare with plain Python.

Lots expire and mature, vouchers lapse, limits begin anew, tiers are lost, birthdays come and the
jobs of each day run, while clocks are changed, differ and jump. What the product says is held
against an oracle that only looks at the clocks of the place. `--short` looks at fewer edges.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import django
from django.core.management import call_command
from django.db import transaction

from bench.postgres import own_server
from bench.rig.clocks import oracle

DATABASES = ("sqlite", "postgresql")
DATABASE = "clocks"


def main() -> int:
    options = _options()
    if options.on == "both":
        return max(_apart(database, options.seed) for database in DATABASES)
    with _database(options.on) as url:
        os.environ |= {
            "DATABASE_URL": url, "ENV": "test", "DJANGO_SETTINGS_MODULE": "bench.rig.settings",
        }  # fmt: skip
        django.setup()
        call_command("migrate", verbosity=0)
        return _run(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.rig.time", description=__doc__)
    parser.add_argument("--on", choices=[*DATABASES, "both"], default="both")
    parser.add_argument("--only", action="append", metavar="TRIAL", help="may be repeated")
    parser.add_argument("--zone", action="append", help="may be repeated")
    parser.add_argument("--short", action="store_true", help="fewer edges and instants")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    return parser.parse_args()


def _apart(database: str, seed: int) -> int:
    """The same for one database, in a process of its own: Django knows one at a time."""
    told = [*sys.argv[1:], "--on", database, "--seed", str(seed)]
    return subprocess.call([sys.executable, "-m", "bench.rig.time", *told])


@contextmanager
def _database(kind: str) -> Iterator[str]:
    if kind == "postgresql":
        with own_server() as server:
            server.run("createdb", DATABASE)
            yield server.url(DATABASE)
    else:
        with tempfile.TemporaryDirectory(prefix="taem-clocks-") as folder:
            yield f"sqlite:///{Path(folder) / 'clocks.sqlite3'}"


def _run(options: argparse.Namespace) -> int:
    trials = import_module("bench.rig.clocks.trials")  # It has models, so Django comes first.
    names = options.only or list(trials.TRIALS)
    print(f"seed {options.seed} on {options.on}", flush=True)
    questions, wrong = 0, list[str]()
    for zone in options.zone or oracle.ZONES:
        for name in names:
            asked = trials.Asked(
                zone=zone,
                days=oracle.edges(zone, long=not options.short),
                offsets=trials.SHORT if options.short else trials.LONG,
                luck=random.Random(f"{options.seed} {zone} {name}"),
                every=timedelta(minutes=30 if options.short else 10),
            )
            began = time.perf_counter()
            with _stage():
                trials.TRIALS[name](asked)
            questions += asked.questions
            wrong += asked.wrong
            took = time.perf_counter() - began
            told = f"{asked.questions} asked, {len(asked.wrong)} wrong, {took:.1f} s"
            print(f"{'WRONG' if asked.wrong else 'right'} {zone} {name}: {told}", flush=True)
    print("\n".join(wrong[:50]), end="\n" if wrong else "")
    print(f"{questions} questions in {len(options.zone or oracle.ZONES)} zones on {options.on}: "
          f"{len(wrong)} early, late or double")  # fmt: skip
    return 1 if wrong else 0


@contextmanager
def _stage() -> Iterator[None]:
    """Each trial finds nothing of the ones before, as each test does."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined] - As Django marks those of its tests.
    with block:
        yield
        transaction.set_rollback(True)


if __name__ == "__main__":
    sys.exit(main())
