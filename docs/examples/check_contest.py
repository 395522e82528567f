"""Check a contest that is over, with nothing but Python and what its page publishes.

    python check_contest.py contest-….csv --hash … [--commitment … --seed …]

It asks whether the rows are the ones whose hash was published, whether their order is the one that
the contest promised, and, of a draw, whether the seed is the one that was fixed before.
"""

import argparse
import hashlib
import sys
from pathlib import Path


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def problems(text: str, board_hash: str, commitment: str = "", seed: str = "") -> list[str]:
    """What is wrong with a contest's rows; nothing, if all is as it was promised."""
    found = []
    if sha256(text) != board_hash:
        found.append("These are not the rows whose hash was published.")
    head, _columns, *lines = text.splitlines()
    _word, contest, measure = head.split(",")
    rows = [line.split(",") for line in lines]
    if [int(place) for place, *_rest in rows] != list(range(1, len(rows) + 1)):
        found.append("A place is missing or stands twice.")
    if measure == "draw":
        if sha256(seed) != commitment:
            found.append("This seed is not the one that was fixed before.")
        order = [sha256(f"{seed}:{contest}:{score}") for _place, _code, score, _at in rows]
    else:
        order = [(-int(score), at) for _place, _code, score, at in rows]
    if order != sorted(order):
        found.append("The rows are not in the order that was promised.")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=Path)
    parser.add_argument("--hash", required=True)
    parser.add_argument("--commitment", default="")
    parser.add_argument("--seed", default="")
    told = parser.parse_args()
    text = told.rows.read_bytes().decode()
    found = problems(text, told.hash, told.commitment, told.seed)
    sys.stdout.write("".join(f"{it}\n" for it in found) or "All is as it was promised.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
