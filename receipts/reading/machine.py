"""The program that reads: pages in by standard input, lines out as JSON, one line a receipt.

It runs apart (see ``reader``), with limits on memory and time, so that what a picture does to an
engine it does to a process that has nothing. In: the number of pages, each page's length, and the
pages, all numbers as 4 bytes. Arguments: the languages that may be met ("th en").
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import astuple
from struct import unpack
from typing import Any, BinaryIO

MOST_MEMORY = 3 * 1024**3  # Of addresses; what it really takes is about a quarter.
MOST_PAGES = 10
GOOD = 0.7  # The engines' own mean, below which a page is tried the other way up.


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    from receipts.reading import engines  # noqa: PLC0415 - Within the limits.

    engines.silence()
    rapid = engines.Rapid()
    thai = engines.Tesseract(engines.thai_data()) if "th" in sys.argv[1:] else None
    for pages in _asked(sys.stdin.buffer):
        began = time.process_time()
        lines = [
            line for number, page in enumerate(pages) for line in _read(rapid, thai, page, number)
        ]
        told = {
            "lines": [astuple(line) for line in lines],
            "engines": [rapid.name, *([thai.name] if thai else [])],
            "seconds": round(time.process_time() - began, 2),
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _read(rapid: Any, thai: Any, data: bytes, number: int) -> list[Any]:
    from receipts.reading import merging, pages  # noqa: PLC0415 - Within the limits.

    page = pages.even(pages.decode(data))
    lines = rapid.lines(page, number)
    if pages.lies_on_its_side(lines):
        page, lines = _best(rapid, page, number, (1, 3))
    elif lines and _mean(lines) < GOOD:
        page, lines = _best(rapid, page, number, (0, 2))
    if tilt := pages.tilt_of(rapid.corners):
        page = pages.straightened(page, tilt)
        lines = rapid.lines(page, number)
    if thai is not None:
        lines = merging.merged(lines, thai.lines(page, number))
    return list(lines)


def _best(rapid: Any, page: Any, number: int, ways: tuple[int, ...]) -> tuple[Any, Any]:
    """The page turned as it reads best."""
    from receipts.reading import pages  # noqa: PLC0415 - Within the limits.

    turned = [pages.turned(page, quarters) for quarters in ways]
    read = [rapid.lines(it, number) for it in turned]
    best = max(range(len(ways)), key=lambda place: _mean(read[place]) * len(read[place]))
    if best != len(ways) - 1:
        read[best] = rapid.lines(turned[best], number)  # For its corners.
    return turned[best], read[best]


def _mean(lines: Any) -> float:
    return sum(line.confidence for line in lines) / len(lines) if lines else 0.0


def _asked(stream: BinaryIO) -> Iterator[list[bytes]]:
    while head := stream.read(4):
        count = min(unpack(">I", head)[0], MOST_PAGES)
        lengths = [unpack(">I", stream.read(4))[0] for _page in range(count)]
        yield [stream.read(length) for length in lengths]


if __name__ == "__main__":
    main()
