"""Kill -9 of web, worker, clock, PostgreSQL and Redis under load, at random moments.

Each schedule opens a business, lets tills, members and staff ask for things at once, kills
something once or twice, and then looks: each write that was acknowledged is there once with the
answer that was given, what was not acknowledged is there once or not at all, nothing is there that
nobody asked for, every law of the ledger holds, all that is owed gets done, and each letter came as
often as its kind allows. The database is kept from schedule to schedule.
"""

import argparse
import contextlib
import importlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django

from bench.rig.crash import telling
from bench.rig.inbox import Inbox
from bench.rig.stacks import STACKS

CRASH_MUTANTS = Path(__file__).parents[1] / "mutants" / "crash.py"
MUTANTS = re.compile(r"^@mutant.*\n(?: .*\n)*def (\w+)", re.MULTILINE)
NIGHTLY = {"postgresql": 200, "sqlite": 1000}
COLD = 20  # Schedules with real starts, which take their time. Later ones fork the process.
AT_A_TIME = 100  # Schedules on one database, which grows; then another begins.
SHORT_SECONDS = 60.0  # Of each database; then what is owed still is waited for.
AREAS = ("web", "worker", "database")


def main() -> int:
    options = _options()
    for end in (signal.SIGINT, signal.SIGTERM):  # Whoever is stopped ends what it has started.
        signal.signal(end, signal.default_int_handler)
    if options.mutants:
        only = [f"--only={name}" for name in MUTANTS.findall(CRASH_MUTANTS.read_text())]
        return subprocess.call([sys.executable, "-m", "bench.rig.mutants", *only])
    if options.alone:
        return _run(options)
    seed = options.seed or secrets.token_hex(4)
    print(f"Seed {seed}.", flush=True)
    with tempfile.NamedTemporaryFile("a+") as results:
        with contextlib.suppress(KeyboardInterrupt):
            for database in STACKS if options.on == "both" else [options.on]:
                _in_parts(database, seed, options, Path(results.name))
        told = [json.loads(line) for line in Path(results.name).read_text().splitlines()]
    if options.report:
        with Path(options.report).open("a") as report:
            report.writelines(json.dumps(it) + "\n" for it in told)
    for line in telling.lines(told):
        print(line)
    if not told:
        return 2
    return 1 if any(it["faults"] for it in told) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.rig.crash", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--on", choices=[*STACKS, "both"], default="both", help="which database")
    parser.add_argument("--schedules", type=int, help="how many (200 and 1,000 if none is said)")
    parser.add_argument("--seconds", type=float, default=4 * 3600.0, help="begin none after these")
    parser.add_argument("--seed", help="as a run before has printed it")
    parser.add_argument("--short", action="store_true", help="three minutes for both databases")
    parser.add_argument("--only", choices=AREAS, help="kill this alone, as for a mutant")
    parser.add_argument(
        "--slack", type=float, default=1.0,
        help="times as long as promised may everything take, on a machine that others use too",
    )  # fmt: skip
    parser.add_argument("--report", help="a file to add what was seen to, as lines of JSON")
    parser.add_argument("--mutants", action="store_true", help="show that it notices")
    parser.add_argument("--warm", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_parts(database: str, seed: str, options: argparse.Namespace, results: Path) -> None:
    """Each part is a process of its own, since Django knows one database for life."""
    seconds = SHORT_SECONDS if options.short else options.seconds
    if options.only:  # A mutant is to be met: it ends at the first fault.
        seconds *= 3
    ends = time.monotonic() + seconds
    left, part = options.schedules or NIGHTLY[database], 0
    while left > 0 and time.monotonic() < ends:
        part += 1
        is_cold = database == "sqlite" and part == 1 and not options.only
        count = min(left, COLD if is_cold else AT_A_TIME)
        command = [
            sys.executable, "-m", "bench.rig.crash", "--alone", "--on", database,
            "--seed", f"{seed}/{database}/{part}", "--schedules", str(count),
            "--seconds", str(ends - time.monotonic()), "--report", str(results),
            "--slack", str(options.slack), *(["--short"] if options.short else []),
            *(["--only", options.only] if options.only else []),
            *(["--warm"] if database == "sqlite" and not is_cold else []),
        ]  # fmt: skip
        if _ended(command) and options.short:
            return
        left -= count


def _ended(command: list[str]) -> int:
    """How a part ended. If we are stopped, it is told so and may end what it has started."""
    with subprocess.Popen(command) as part:
        try:
            return part.wait()
        except KeyboardInterrupt:
            part.terminate()
            part.wait()
            raise


def _run(options: argparse.Namespace) -> int:
    inbox = Inbox(seed=options.seed)
    inbox.start()
    more = {"is_warm": True} if options.warm else {}
    with STACKS[options.on](inbox.port, **more) as stack:
        # We look into the same database, by the plain settings: a mutant is not ours.
        os.environ |= {**stack.environment, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        django.setup()
        rig = importlib.import_module("bench.rig.crash.run").Rig(
            stack,
            inbox,
            seed=options.seed,
            only=options.only or "",
            # Whether a mutant is noticed is no question of time.
            slack=10 * options.slack if options.only else options.slack,
        )
        began = time.monotonic()
        with contextlib.suppress(KeyboardInterrupt):
            rig.run(
                schedules=options.schedules, seconds=options.seconds, stop_at_fault=options.short
            )
        report, name = rig.report, options.on + " (forked)" * options.warm
        told = telling.facts(name, options.seed, report, time.monotonic() - began)
        if report.faults:
            sys.stderr.write("\n".join(["", *stack.logs(), "--- These were the logs.", ""]))
    inbox.stop()
    with Path(options.report).open("a") as results:
        results.write(json.dumps(told) + "\n")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
