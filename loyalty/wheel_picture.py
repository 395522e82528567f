"""A wheel of fortune as SVG: its slices as wide as their odds. Plain figures for a template."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

WHOLE = 10_000
RADIUS = 96
LABEL_AT = 72
NARROWEST_LABEL = 250  # Hundredths of a percent: a number has no room in less.
COLOURS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    number: int
    path: str
    colour: int
    label_x: float
    label_y: float
    has_label: bool


def slices(shares: Sequence[int]) -> list[Slice]:
    """From the top, clockwise, in a square from -100 to 100."""
    found, start = [], 0
    for place, share in enumerate(shares):
        middle_x, middle_y = _at(start + share / 2, LABEL_AT)
        colour = place % COLOURS
        if place and place == len(shares) - 1 and colour == 0:
            colour = 1  # The last one lies beside the first.
        found.append(
            Slice(
                number=place + 1, path=_path(start, share), colour=colour, label_x=middle_x,
                label_y=middle_y, has_label=share >= NARROWEST_LABEL,
            )
        )  # fmt: skip
        start += share
    return found


def turned(roll: int) -> float:
    """By how many degrees the wheel stands turned, so that a roll is under the pointer."""
    return round(-360 * (roll + 0.5) / WHOLE, 2)


def _path(start: int, share: int) -> str:
    if share >= WHOLE:
        half = f"A{RADIUS},{RADIUS} 0 1 1 0"
        return f"M0,{-RADIUS} {half},{RADIUS} {half},{-RADIUS}Z"
    (x1, y1), (x2, y2) = _at(start, RADIUS), _at(start + share, RADIUS)
    large = int(share > WHOLE / 2)
    return f"M0,0 L{x1},{y1} A{RADIUS},{RADIUS} 0 {large} 1 {x2},{y2}Z"


def _at(place: float, radius: float) -> tuple[float, float]:
    angle = 2 * pi * place / WHOLE
    return round(radius * sin(angle), 2), round(-radius * cos(angle), 2)
