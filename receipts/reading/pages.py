"""A page made easy to read: no larger than helps, evenly lit, upright. Runs where OpenCV is."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from receipts.reading.page import Line

LONGEST = 2000  # Larger scans took over a gigabyte, and were read no better.
SHADED = 0.72  # The darkest paper of a page against its brightest, below which light is evened.
LEAST_TILT, MOST_TILT = 0.7, 25.0  # In degrees.

Pixels = Any  # numpy has no type for "rows × columns × 3 of uint8" that mypy could hold us to.


def decode(data: bytes) -> Pixels:
    """The pixels of a JPEG, in OpenCV's order of colours, at most ``LONGEST`` long."""
    page = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if page is None:
        raise ValueError("This is no picture.")
    longest = max(page.shape[:2])
    if longest > LONGEST:
        share = LONGEST / longest
        page = cv2.resize(page, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return page


def even(page: Pixels) -> Pixels:
    """The page as if the light fell on it alike, where it does not: totals in shade were lost."""
    gray = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(gray, (64, max(16, 64 * gray.shape[0] // max(1, gray.shape[1]))))
    paper = cv2.GaussianBlur(cv2.dilate(small, np.ones((7, 7), np.uint8)), (0, 0), 5)
    low, high = np.percentile(paper, (4, 96))
    if high < 1 or low / high >= SHADED:
        return page
    behind = cv2.resize(paper, (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_CUBIC)
    lit = cv2.divide(gray, np.maximum(behind, 1), scale=245)
    return cv2.cvtColor(lit, cv2.COLOR_GRAY2BGR)


def turned(page: Pixels, quarters: int) -> Pixels:
    """Turned by quarters of a circle, against the clock."""
    return np.ascontiguousarray(np.rot90(page, quarters))


def straightened(page: Pixels, degrees: float) -> Pixels:
    """Turned a little, on white paper large enough for its corners."""
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    wide, high = int(height * sin + width * cos), int(height * cos + width * sin)
    turn[0, 2] += wide / 2 - width / 2
    turn[1, 2] += high / 2 - height / 2
    return cv2.warpAffine(page, turn, (wide, high), borderValue=(255, 255, 255))


def tilt_of(corners: Sequence[Any]) -> float:
    """By how many degrees the lines of a page fall, from the corners an engine found them at."""
    angles = []
    for left_top, right_top, *_rest in corners:
        wide, down = right_top[0] - left_top[0], right_top[1] - left_top[1]
        if wide > 40:
            angles.append(float(np.degrees(np.arctan2(down, wide))))
    tilt = float(np.median(angles)) if len(angles) >= 5 else 0.0
    return tilt if LEAST_TILT <= abs(tilt) <= MOST_TILT else 0.0


def lies_on_its_side(lines: Sequence[Line]) -> bool:
    """Whether most lines stand upright, as those of a page turned by a quarter do."""
    long_ones = [it for it in lines if len(it.text) >= 4]
    tall = sum(it.height > 1.5 * (it.right - it.left) for it in long_ones)
    return len(long_ones) >= 3 and tall > len(long_ones) / 2
