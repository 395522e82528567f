"""Let 64 do the same thing at the same moment, in processes and threads, and see what is left.

Each race has a stage of its own in one database, which the audit of the ledger reads after it. An
error that is no refusal, a deadlock or a lock that was not had in time among them, is wrong.
"""

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

from bench.postgres import own_server
from bench.rig.crowd import Crowd, gathered

DATABASES = ("sqlite", "postgresql")
DATABASE = "races"


def main() -> int:
    options = _options()
    if options.on == "both":
        return max(_apart(database) for database in DATABASES)
    with _database(options.on) as url:
        os.environ |= {
            "DATABASE_URL": url, "ENV": "test", "DJANGO_SETTINGS_MODULE": "bench.rig.settings",
            "EMAIL_URL": "dummymail://",
            # A slow machine breaks no promise; a lock that is never given back does.
            "TAEM_SQLITE_PATIENCE": "80",
            "LOCK_TIMEOUT": "60000", "STATEMENT_TIMEOUT": "90000", "IDLE_TIMEOUT": "120000",
        }  # fmt: skip
        django.setup()
        call_command("migrate", verbosity=0)
        with gathered(options.crowd, min(4, options.crowd)) as crowd:
            return _run(options, crowd)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.rig.races", description=__doc__)
    parser.add_argument("--on", choices=[*DATABASES, "both"], default="both")
    parser.add_argument("--only", action="append", metavar="RACE", help="may be repeated")
    parser.add_argument("--crowd", type=int, default=64, help="how many at once")
    parser.add_argument("--rounds", type=int, default=1, help="how often each race is run")
    parser.add_argument("--short", action="store_true", help="sixteen at once, three times")
    options = parser.parse_args()
    if options.short:
        options.crowd, options.rounds = 16, 3
    return options


def _apart(database: str) -> int:
    """The same for one database, in a process of its own: Django knows one at a time."""
    return subprocess.call(
        [sys.executable, "-m", "bench.rig.races", *sys.argv[1:], "--on", database]
    )


@contextmanager
def _database(kind: str) -> Iterator[str]:
    if kind == "postgresql":
        with own_server() as server:
            server.run("createdb", DATABASE)
            yield server.url(DATABASE)
    else:
        with tempfile.TemporaryDirectory(prefix="taem-races-") as folder:
            yield f"sqlite:///{Path(folder) / 'races.sqlite3'}"


def _run(options: argparse.Namespace, crowd: Crowd) -> int:
    """Run the races, say of each what came of it, and in the last lines what was wrong."""
    races = importlib.import_module("bench.rig.races.known").RACES
    names = options.only or [name for name in races if options.on in races[name].on]
    wrong = []
    for name in names:
        for _round in range(options.rounds):
            began = time.perf_counter()
            problem = _problem(races[name], name, crowd)
            seconds = time.perf_counter() - began
            print(f"{'WRONG' if problem else 'right'} {options.on} {name} ({crowd.size} at once, "
                  f"{seconds:.1f} s){': ' if problem else ''}{problem}", flush=True)  # fmt: skip
            if problem:
                wrong.append(f"{name}: {problem}")
                break
    print(f"{len(names)} races by {crowd.size} at once on {options.on}, {options.rounds} times: "
          f"{len(wrong)} wrong")  # fmt: skip
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


def _problem(race: Any, name: str, crowd: Crowd) -> str:
    """What is wrong after a race, in a line; nothing if all is as it promises."""
    it = race.stage(crowd.size)
    it.crowd = crowd.size
    told = crowd.run(name, it)
    if crashed := [one for one in told if isinstance(one, str) and one.startswith("!")]:
        return f"{len(crashed)} of {len(told)} got an error: {crashed[0][1:]}"
    try:
        race.check(it, told)
    except Exception as error:  # noqa: BLE001
        place = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in place if "races" in frame.filename]
        return f"{type(error).__name__} {error}: {ours[-1].line}; told {_counted(told)}"
    audits = [importlib.import_module(f"loyalty.{app}.audit") for app in ("ledger", "purchases")]
    return "; ".join(str(breach) for audit in audits for breach in audit.breaches())


def _counted(told: list[Any]) -> str:
    counts = Counter(map(str, told)).most_common(4)
    return ", ".join(f"{one[:40]} × {times}" for one, times in counts)


if __name__ == "__main__":
    sys.exit(main())
