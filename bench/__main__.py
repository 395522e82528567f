"""python -m bench [NAME …] [--scale 0.1]: measurements, each beside its reference in one run.

Each is a module of this package with ``run(server, database, scale)``; it has a PostgreSQL of its
own and a process of its own, so that they do not warm each other.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
from dataclasses import asdict

import django
from django.core.management import call_command

from bench.postgres import own_server
from bench.result import Result, table

DATABASE = "taem_bench"
NAMES = (
    "earning",
    "server",
    "expiry",
    "tiers",
    "growth",
    "books",
    "contests",
    "campaigns",
    "letters",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(NAMES)}; all if none is named")
    parser.add_argument(
        "--scale", type=float, default=0.1, help="1 is a million members and ten million entries"
    )
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        sys.stdout.write(
            json.dumps([asdict(it) for it in _measure(options.names[0], options.scale)])
        )
        return 0
    results: list[Result] = []
    for name in options.names or NAMES:
        sys.stderr.write(f"Measuring {name} …\n")
        results += _apart(name, options.scale)
    sys.stdout.write(f"{table(results)}\n")
    return 0 if all(result.reached for result in results) else 1


def _apart(name: str, scale: float) -> list[Result]:
    command = [sys.executable, "-m", "bench", name, "--scale", str(scale), "--alone"]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [Result(**row) for row in json.loads(told.splitlines()[-1])]


def _measure(name: str, scale: float) -> list[Result]:
    with own_server() as server:
        server.run("createdb", DATABASE)
        os.environ |= {
            "DATABASE_URL": server.url(DATABASE), "ENV": "test", "STATEMENT_TIMEOUT": "0",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }  # fmt: skip
        django.setup()
        call_command("migrate", verbosity=0)
        measure = importlib.import_module(f"bench.{name}")
        results: list[Result] = measure.run(server, DATABASE, scale)
        return results


if __name__ == "__main__":
    sys.exit(main())
