"""python -m bench.receipts [--scans 140] [--drawn 30]: how well receipts are read, and how fast.

Real scans with truth (TAEM_SHARED) and drawn Thai ones at three levels of wear, each read in a
process as the worker does it. Beside it: the bare engine on the same pages, in the same run.
"""

import argparse
import difflib
import os
import re
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import django

TODAY = date(2026, 11, 1)
BARE = """
import sys, time, cv2
from receipts.reading.engines import Rapid
engine = Rapid()
for name in sys.argv[1:]:
    page = cv2.imread(name)
    share = 2000 / max(page.shape[:2])
    page = cv2.resize(page, None, fx=share, fy=share) if share < 1 else page
    began = time.process_time()
    engine.lines(page, 0)
    print(time.process_time() - began)
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.receipts", description=__doc__)
    parser.add_argument("--scans", type=int, default=140)
    parser.add_argument("--drawn", type=int, default=30, help="Thai receipts of each level")
    asked = parser.parse_args()
    os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "ENV": "test"}
    django.setup()
    if asked.scans:
        _scans(asked.scans)
    if asked.drawn:
        _drawn(asked.drawn)


def _scans(most: int) -> None:
    from tests.receipts.pages import scans, truths

    folder = scans()
    chosen = list(truths(folder))[:most]
    files = {it.number: folder / "img" / f"{it.number}.jpg" for it in chosen}
    got, seconds, sure = Counter[str](), [], []
    for truth, reading, read in _read(chosen, files):
        seconds.append(reading.seconds)
        name, true = _key(read.name.value if read.name else ""), _key(truth.company)
        day = bool(read.bought_on and read.bought_on.value == truth.bought_on)
        total = bool(read.total and read.total.value == truth.total_minor)
        close = difflib.SequenceMatcher(None, name, true).ratio() >= 0.8
        got.update({
            "company, exact": name == true, "company, close": close, "date": day, "total": total,
            "all three": name == true and day and total, "a receipt number": bool(read.number),
        })  # fmt: skip
        if read.is_sure:
            sure.append(day and total)
    for what, count in got.items():
        print(f"{what:<40} {count / len(chosen):.3f}")
    print(f"{'sure of date and total':<40} {len(sure) / len(chosen):.3f}")
    print(f"{'  of those wrong':<40} {sure.count(False)} of {len(sure)}")
    some = [str(files[it.number]) for it in chosen[: min(20, most)]]
    bare = subprocess.run(
        [sys.executable, "-c", BARE, *some], capture_output=True, text=True, check=True
    ).stdout.split()
    ratio = sum(seconds[: len(some)]) / sum(map(float, bare))
    print(f"{'seconds of a processor, median':<40} {statistics.median(seconds):.2f}")
    print(f"{'  beside the bare engine':<40} {ratio:.2f}")


def _read(chosen, files: dict[str, Path]) -> Iterator:  # type: ignore[no-untyped-def]
    from receipts.fields.all import fields_of
    from receipts.reading.reader import reading

    with reading(is_thai=False) as reader:
        for truth in chosen:
            told = reader.read([files[truth.number].read_bytes()])
            yield truth, told, fields_of(told.lines, country="MY", exponent=2, today=TODAY)


def _drawn(most: int) -> None:
    from receipts.fields.all import fields_of
    from receipts.reading.reader import reading
    from tests.receipts import thai

    with reading(is_thai=True) as reader:
        for level in thai.LEVELS:
            got, seconds = Counter[str](), []
            for seed in range(most):
                drawn = thai.receipt(seed, level)
                told = reader.read([drawn.jpeg])
                seconds.append(told.seconds)
                read = fields_of(told.lines, country="TH", exponent=2, today=TODAY)
                got.update({
                    "date": bool(read.bought_on and read.bought_on.value == drawn.bought_on),
                    "total": bool(read.total and read.total.value == drawn.total_minor),
                    "tax id": bool(read.tax_id and read.tax_id.value == drawn.tax_id),
                    "number": bool(read.number and read.number.value == drawn.number),
                })  # fmt: skip
            told = ", ".join(f"{what} {count / most:.2f}" for what, count in got.items())
            print(f"Thai, {level:<6} {told}; {statistics.median(seconds):.2f} s")


def _key(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


if __name__ == "__main__":
    main()
