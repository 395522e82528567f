"""Live random histories of a café in the flows and in a plain model, and compare after each step.

On SQLite in memory. The same seed lives the same histories; a difference names its history and its
step, and ``--history`` lives that one alone.
"""

import argparse
import os
import sqlite3
import sys
import time
from collections import Counter

import django
from django.core.management import call_command

if __name__ == "__main__":
    os.environ |= {
        "DATABASE_URL": "sqlite://:memory:", "ENV": "test",
        "DJANGO_SETTINGS_MODULE": "bench.rig.settings",
    }  # fmt: skip
    django.setup()

from django.db import connection

from loyalty import kept
from tests.laws.shop import Difference, history

STEPS_OF_A_HISTORY = 120


def main() -> int:
    options = _options()
    call_command("migrate", verbosity=0)
    empty = sqlite3.connect(":memory:")
    connection.ensure_connection()
    connection.connection.backup(empty)
    done: Counter[str] = Counter()
    began, shown, number = time.monotonic(), 0, options.history or options.seed * 1_000_000
    while done.total() < options.steps:
        empty.backup(connection.connection)  # Each history begins in an empty house.
        kept.forget()
        try:
            for act, _told in history(number, STEPS_OF_A_HISTORY):
                done[act] += 1
        except Difference as difference:
            print(f"seed {options.seed}: {done.total()} steps done, then: {difference}")
            return 1
        number += 1
        if done.total() - shown >= options.every:
            shown = done.total()
            minutes = (time.monotonic() - began) / 60
            print(f"{shown} steps, 0 differences, {minutes:.1f} minutes", flush=True)
        if options.history:
            break
    acts = ", ".join(f"{act} {times}" for act, times in done.most_common())
    print(f"seed {options.seed}: {done.total()} steps, 0 differences ({acts})")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.rig.model", description=__doc__)
    parser.add_argument("--steps", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--history", type=int, help="only this one, by its number")
    parser.add_argument("--every", type=int, default=5_000, help="say so after so many steps")
    parser.add_argument("--short", action="store_true", help="3,000 steps with seed 1")
    parser.add_argument("--on", choices=["sqlite"], default="sqlite")
    options = parser.parse_args()
    if options.short:
        options.steps, options.seed = 3_000, 1
    return options


if __name__ == "__main__":
    sys.exit(main())
