"""Pages for tests: text as an engine would find it, and real scans with their truth."""

import csv
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest

from receipts.reading.page import Line

FORMATS = (
    "%d/%m/%Y", "%d-%m-%Y", "%d-%m-%y", "%d/%m/%y", "%d %b %Y", "%d %b %y", "%m/%d/%Y", "%Y/%m/%d",
    "%d/%b/%Y", "%b %d, %Y",
)  # fmt: skip


def page(text: str) -> list[Line]:
    """Lines from a drawing: what two blanks divide stands side by side, at its place."""
    found = []
    for number, row in enumerate(text.strip("\n").split("\n")):
        for part in re.finditer(r"\S+(?: \S+)*", row):
            top = 20.0 + 30 * number
            found.append(Line(part[0], 10.0 * part.start(), top, 10.0 * part.end(), top + 20, 0.9))
    return found


@dataclass(frozen=True)
class Truth:
    """What a real receipt says, as people wrote it down."""

    number: str
    company: str
    bought_on: date
    total_minor: int | None
    lines: list[Line]


def scans() -> Path:
    if "TAEM_SHARED" not in os.environ:
        pytest.skip("TAEM_SHARED does not say where the real receipts are.")
    return Path(os.environ["TAEM_SHARED"]) / "data" / "receipts-sroie"


def truths(folder: Path) -> Iterator[Truth]:
    for key in sorted((folder / "key").glob("*.json")):
        told = json.loads(key.read_text())
        total = re.search(r"[\d,]+\.\d\d", told["total"])
        minor = int(re.sub(r"\D", "", total[0])) if total else None
        boxes = folder / "box" / f"{key.stem}.csv"
        yield Truth(key.stem, told["company"], _day(told["date"]), minor, list(_lines(boxes)))


def _lines(boxes: Path) -> Iterator[Line]:
    for row in csv.reader(boxes.open(encoding="utf-8", errors="replace"), quoting=csv.QUOTE_NONE):
        if len(row) >= 9:
            places = [float(it) for it in row[:8]]
            across, down = places[::2], places[1::2]
            yield Line(",".join(row[8:]), min(across), min(down), max(across), max(down))


def _day(told: str) -> date:
    for form in FORMATS:
        try:
            return datetime.strptime(told.strip().title(), form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise AssertionError(told)
