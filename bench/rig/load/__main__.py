"""A hundred members, twenty staff and the tills of a town, on PostgreSQL; then a rush.

First at the rate of an ordinary day: 95 of 100 reads are to be answered within 300 ms, and writes
within 500 ms. Then at five times that rate: whoever is not served is asked to come back (429 or 503
with Retry-After), and a minute after the rush all is as before. What was granted is there, once.
The caller shares the machine with what it measures; the report says how busy the machine was.
"""

import argparse
import asyncio
import importlib
import os
import secrets
import signal
import sys

import django

from bench.rig.inbox import Inbox
from bench.rig.stacks import postgres_stack


def main() -> int:
    options = _options()
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, signal.default_int_handler)
    seed = options.seed or secrets.token_hex(4)
    print(f"Seed {seed}.", flush=True)
    inbox = Inbox(seed=seed, slowness=0.0)
    inbox.start()
    with postgres_stack(inbox.port) as stack:
        os.environ |= {**stack.environment, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        django.setup()
        day = importlib.import_module("bench.rig.load.day").Day(stack, options, seed=seed)
        asyncio.run(day.live())
        day.look()
    inbox.stop()
    print(f"{len(day.faults)} faults." if day.faults else "Every promise was kept.")
    return 1 if day.faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.rig.load", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--rate", type=float, default=60.0, help="requests a second (60)")
    parser.add_argument("--seconds", type=float, default=600.0, help="of an ordinary day (600)")
    parser.add_argument("--times", type=float, default=5.0, help="as many in the rush (5)")
    parser.add_argument("--rush", type=float, default=60.0, help="seconds of the rush (60)")
    parser.add_argument(
        "--rates", type=float, nargs="*", default=[],
        help="rates to try first, for twenty seconds each: to say what the machine gives",
    )  # fmt: skip
    parser.add_argument("--seed", help="as a run before has printed it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
