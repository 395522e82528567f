"""Two readings of one page made into one: Thai words from one engine, digits from the other."""

import re
from collections.abc import Sequence

from receipts.reading.page import Line

THAI = re.compile("[\u0e00-\u0e7f]")
_BLANK = re.compile("(?<=[\u0e00-\u0e7f]) +(?=[\u0e00-\u0e7f])")
_NUMBER = re.compile(r"\S*\d\S*")


def has_thai(lines: Sequence[Line], least: int = 6) -> bool:
    return sum(len(THAI.findall(line.text)) for line in lines) >= least


def closed(text: str) -> str:
    """Thai as it is written: Tesseract puts blanks between its letters."""
    return _BLANK.sub("", text)


def merged(digits: Sequence[Line], words: Sequence[Line]) -> list[Line]:
    """``digits`` knows no Thai, ``words`` does. What has Thai is told by ``words``, with the numbers
    that ``digits`` saw in the same place; all else by ``digits``."""
    told: list[Line] = []
    taken: set[int] = set()
    for line in words:
        if len(THAI.findall(line.text)) < 2:
            continue
        beside = [place for place, it in enumerate(digits) if _overlaps(it, line)]
        taken.update(beside)
        parts = sorted((digits[place] for place in beside), key=lambda it: it.left)
        told.append(_with_numbers(line, parts))
    told += [it for place, it in enumerate(digits) if place not in taken]
    return told


def _with_numbers(line: Line, parts: Sequence[Line]) -> Line:
    text = closed(line.text)
    own = _NUMBER.findall(text)
    others = [word for part in parts for word in _NUMBER.findall(part.text)]
    if own and len(own) == len(others):
        better = iter(others)
        text = _NUMBER.sub(lambda _found: next(better), text)
    elif others and not own:
        text = f"{text} {' '.join(others)}"
    sure = min([line.confidence, *(part.confidence for part in parts)])
    right = max([line.right, *(part.right for part in parts)])
    left = min([line.left, *(part.left for part in parts)])
    return Line(text, left, line.top, right, line.bottom, sure, line.page)


def _overlaps(one: Line, other: Line) -> bool:
    """Whether a line lies mostly within another's height and beside or in it."""
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    across = min(one.right, other.right) - max(one.left, other.left)
    return down > 0.5 * min(one.height, other.height) and across > 0.3 * (one.right - one.left)
