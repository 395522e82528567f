"""Two readings of one page made into one: Thai words from one engine, digits from the other."""

import re
from collections.abc import Sequence

from receipts.reading.page import Line

THAI = re.compile("[\u0e00-\u0e7f]")
_BLANK = re.compile("(?<=[\u0e00-\u0e7f]) +(?=[\u0e00-\u0e7f])")
_DOT = re.compile("(?<=[\u0e00-\u0e7f]) ?\\. ?(?=[\u0e00-\u0e7f. ]|$)")
_NUMBER = re.compile(r"\S*\d\S*")
# A number as it stands in a word of which the rest is Thai that was taken for Latin.
_CLEAN = re.compile(r"[A-Z]{0,4}\d(?:[\d.,:/-]*\d)?%?$")


LEAST = 12  # Thai letters of a page that has some; fewer are specks that were taken for letters.


def is_thai(text: str) -> bool:
    """Whether a line is mostly Thai, whatever numbers stand in it."""
    thai = len(THAI.findall(text))
    others = sum(sign.isalpha() and not THAI.match(sign) for sign in text)
    return thai >= 2 and thai > others


def has_thai(lines: Sequence[Line]) -> bool:
    return sum(len(THAI.findall(it.text)) for it in lines if is_thai(it.text)) >= LEAST


def closed(text: str) -> str:
    """Thai as it is written: Tesseract puts blanks between its letters."""
    return _BLANK.sub("", _DOT.sub(". ", text)).replace("  ", " ").strip()


def merged(digits: Sequence[Line], words: Sequence[Line]) -> list[Line]:
    """Lines with Thai as ``words`` tells them, with the numbers of ``digits``; else ``digits``."""
    if not has_thai(words):
        return list(digits)
    told: list[Line] = []
    taken: set[int] = set()
    for line in words:
        if not is_thai(line.text):
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
    words = [word for part in parts for word in _NUMBER.findall(part.text)]
    others = [clean[0] for word in words if (clean := _CLEAN.search(word))]
    if own and len(others) > len(own):
        # Thai letters look like digits to who knows none: such numbers are the short ones.
        longest = sorted(range(len(others)), key=lambda place: -len(others[place]))[: len(own)]
        others = [others[place] for place in sorted(longest)]
    if own and len(own) == len(others):
        better = iter(others)
        text = _NUMBER.sub(lambda _found: next(better), text)
    elif not own and others:
        text = " ".join([*text.split(), *others])
    sure = min([line.confidence, *(part.confidence for part in parts)])
    right = max([line.right, *(part.right for part in parts)])
    left = min([line.left, *(part.left for part in parts)])
    return Line(text, left, line.top, right, line.bottom, sure, line.page)


def _overlaps(one: Line, other: Line) -> bool:
    """Whether a line lies mostly within another's height and beside or in it."""
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    across = min(one.right, other.right) - max(one.left, other.left)
    return down > 0.5 * min(one.height, other.height) and across > 0.3 * (one.right - one.left)
