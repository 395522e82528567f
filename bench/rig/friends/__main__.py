"""How many honest referrals are held, and how much of an attack can be spent, for some seeds.

``python -m bench.rig.friends``: 500 friends through one office, one person with 200 accounts, five
addresses and three devices. What is promised is at most 0.5 % and 1 %; it exits 1 above that.
``--careful`` shows besides what somebody gets who empties the browser for each account.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import django
from django.core.management import call_command

MOST_HELD, MOST_SPENDABLE = 0.005, 0.01


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.rig.friends", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--friends", type=int, default=500)
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--careful", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        os.environ |= {
            "DATABASE_URL": f"sqlite:///{Path(directory) / 'friends.sqlite3'}", "ENV": "test",
            "DJANGO_SETTINGS_MODULE": "bench.rig.settings", "EMAIL_URL": "dummymail://",
        }  # fmt: skip
        django.setup()
        call_command("migrate", verbosity=0)
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    from bench.rig.friends.town import live  # noqa: PLC0415 - needs Django set up

    bad = 0
    for seed in range(1, options.seeds + 1):
        figures = live(seed, friends=options.friends, accounts=options.accounts)
        print(figures, flush=True)
        is_kept = figures.held_share <= MOST_HELD and figures.spendable_share <= MOST_SPENDABLE
        bad += not is_kept
        if options.careful:
            careful = live(seed, friends=0, accounts=options.accounts, careful=True)
            print(f"  careful: {careful.spendable} of {careful.bonuses} bonuses spendable")
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
