"""Charts as inline SVG, each with the same figures as a table. Nothing is loaded, nothing is run.

A fixed drawing shrinks its words to nothing on a phone, so each chart is drawn at three widths and
the style sheet shows the one that fits. Series differ by their stroke as well as by their colour.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from babel.numbers import format_compact_decimal
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from loyalty import formats

Show = Callable[[int], str]

LEFT, RIGHT, TOP, BOTTOM = 46, 10, 10, 26
GRID_LINES = 4
LETTER = 7  # About the width of a figure in the axis' type.
MOST_DOTS = 62  # More would be a string of beads, and half of the page's weight.


@dataclass(frozen=True)
class Series:
    """A name and a value for each label."""

    name: str
    values: Sequence[int]


@dataclass(frozen=True)
class Key:
    """One line of the legend."""

    mark: SafeString
    name: str


@dataclass(frozen=True)
class Chart:
    """A drawing at three widths, and its figures. Shown by ``components/chart.html``."""

    title: str
    of: str
    names: list[str]
    rows: list[tuple[str, list[str]]]
    legend: list[Key]
    narrow: SafeString
    middle: SafeString
    wide: SafeString


@dataclass(frozen=True)
class Size:
    width: int
    height: int


NARROW, MIDDLE, WIDE = Size(340, 210), Size(560, 230), Size(860, 260)


@dataclass(frozen=True)
class Plane:
    """Where values and labels lie in a drawing."""

    size: Size
    count: int
    ticks: list[int]
    left: int

    def x(self, index: float) -> float:
        """The middle of a label's column."""
        return round(self.left + self.column * (index + 0.5), 1)

    def y(self, value: float) -> float:
        bottom, top = self.ticks[0], self.ticks[-1]
        share = (value - bottom) / (top - bottom)
        return round(TOP + (self.size.height - TOP - BOTTOM) * (1 - share), 1)

    @property
    def column(self) -> float:
        return (self.size.width - self.left - RIGHT) / max(1, self.count)


@dataclass(frozen=True)
class Figures:
    """What is to be drawn, and how its values are printed: in full, and short on the axis."""

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    show: Show
    axis: Show

    @property
    def values(self) -> list[int]:
        return [value for one in self.series for value in one.values]


Draw = Callable[[Plane, Figures], SafeString]


def line(
    title: str,
    *,
    of: str,
    labels: Sequence[str],
    series: Sequence[Series],
    show: Show = formats.number,
    axis: Show | None = None,
) -> Chart:
    """Values over time. ``of`` names the labels ("Month"); ``show`` prints a value in full."""
    figures = Figures(title, labels, series, show, axis or compact)
    return _chart(figures, of=of, draw=_lines, mark=_line_mark)


def bars(
    title: str,
    *,
    of: str,
    labels: Sequence[str],
    series: Sequence[Series],
    show: Show = formats.number,
    axis: Show | None = None,
) -> Chart:
    """Values side by side."""
    figures = Figures(title, labels, series, show, axis or compact)
    return _chart(figures, of=of, draw=_bars, mark=_bar_mark)


def _chart(figures: Figures, *, of: str, draw: Draw, mark: Callable[[int], SafeString]) -> Chart:
    names = [one.name for one in figures.series]
    return Chart(
        title=figures.title,
        of=of,
        names=names,
        rows=[
            (label, [figures.show(one.values[at]) for one in figures.series])
            for at, label in enumerate(figures.labels)
        ],
        legend=[Key(mark(at), name) for at, name in enumerate(names)] if len(names) > 1 else [],
        narrow=_drawing(figures, NARROW, draw),
        middle=_drawing(figures, MIDDLE, draw),
        wide=_drawing(figures, WIDE, draw),
    )


def compact(value: int) -> str:
    """``12K`` where a whole number would be too long for an axis."""
    if abs(value) < 10_000:
        return formats.number(value)
    return format_compact_decimal(value, fraction_digits=1, locale=formats.language())


def ticks_for(values: Sequence[int]) -> list[int]:
    """Round values that hold all of these, and zero."""
    low, high = min(0, *values, 0), max(0, *values, 0)
    if low == high:
        return [0, 1]
    raw = (high - low) / GRID_LINES
    power = 10 ** floor(log10(raw)) if raw >= 1 else 1
    step = next(int(power * part) for part in (1, 2, 5, 10) if power * part >= raw)
    return list(range(floor(low / step) * step, ceil(high / step) * step + step, step))


def _drawing(figures: Figures, size: Size, draw: Draw) -> SafeString:
    ticks = ticks_for(figures.values)
    left = max(LEFT, 12 + LETTER * max(len(figures.axis(tick)) for tick in ticks))
    plane = Plane(size=size, count=len(figures.labels), ticks=ticks, left=left)
    return format_html(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        size.width,
        size.height,
        figures.title,
        _grid(plane, figures.axis),
        _labels(plane, figures.labels),
        draw(plane, figures),
    )


def _grid(plane: Plane, axis: Show) -> SafeString:
    right = plane.size.width - RIGHT
    return format_html_join(
        "",
        '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (
                "base-line" if tick == 0 else "grid-line",
                plane.left,
                right,
                plane.y(tick),
                plane.y(tick),
                plane.left - 8,
                plane.y(tick) + 4,
                axis(tick),
            )
            for tick in plane.ticks
        ),
    )


def _labels(plane: Plane, labels: Sequence[str]) -> SafeString:
    """As many labels as there is room for, the last one always among them."""
    longest = max((len(label) for label in labels), default=1) * LETTER + 12
    every = max(1, ceil(longest / plane.column))
    all_fit = every == 1
    last = len(labels) - 1
    end = plane.size.width - RIGHT - longest  # Where the last one begins.
    return format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="{}">{}</text>',
        (
            (*_label_place(plane, at, at_end=at == last and not all_fit), label)
            for at, label in enumerate(labels)
            if all_fit
            or at == last
            or ((last - at) % every == 0 and plane.x(at) + longest / 2 <= end)
        ),
    )


def _label_place(plane: Plane, at: int, *, at_end: bool) -> tuple[float, int, str]:
    """In the middle of its column; where not all fit, the last one ends where the drawing ends."""
    if at_end and at > 0:
        return plane.size.width - RIGHT, plane.size.height - 6, "end"
    return plane.x(at), plane.size.height - 6, "middle"


def _lines(plane: Plane, figures: Figures) -> SafeString:
    parts = [_area(plane, one) for one in figures.series[:1]]
    for at, one in enumerate(figures.series):
        path = " ".join(f"{plane.x(i)},{plane.y(value)}" for i, value in enumerate(one.values))
        parts.append(format_html('<polyline class="line s{}" points="{}"/>', at, path))
        parts.append(
            format_html_join(
                "",
                '<circle class="dot s{}" cx="{}" cy="{}" r="3"><title>{}: {}</title></circle>',
                (
                    (at, plane.x(i), plane.y(value), figures.labels[i], figures.show(value))
                    for i, value in enumerate(one.values)
                    if len(one.values) <= MOST_DOTS
                ),
            )
        )
    return _joined(parts)


def _area(plane: Plane, one: Series) -> SafeString:
    if not one.values:
        return SafeString("")
    points = [f"{plane.x(i)},{plane.y(value)}" for i, value in enumerate(one.values)]
    ends = [
        f"{plane.x(len(one.values) - 1)},{plane.y(0)}",
        f"{plane.x(0)},{plane.y(0)}",
    ]
    return format_html('<polygon class="area s0" points="{}"/>', " ".join(points + ends))


def _bars(plane: Plane, figures: Figures) -> SafeString:
    many = max(1, len(figures.series))
    thick = round(min(44.0, plane.column * 0.72) / many, 1)
    gap = 2 if many > 1 else 0
    return _joined(
        [
            format_html_join(
                "",
                '<rect class="bar s{}" x="{}" y="{}" width="{}" height="{}" rx="3">'
                "<title>{}: {}</title></rect>",
                (
                    (
                        at,
                        round(plane.x(i) + (at - many / 2) * thick, 1),
                        min(plane.y(value), plane.y(0)),
                        round(max(1.0, thick - gap), 1),
                        round(abs(plane.y(value) - plane.y(0)), 1),
                        figures.labels[i],
                        figures.show(value),
                    )
                    for i, value in enumerate(one.values)
                ),
            )
            for at, one in enumerate(figures.series)
        ]
    )


def _line_mark(at: int) -> SafeString:
    return format_html(
        '<svg viewBox="0 0 28 12"><polyline class="line s{}" points="1,6 27,6"/></svg>', at
    )


def _bar_mark(at: int) -> SafeString:
    return format_html(
        '<svg viewBox="0 0 28 12"><rect class="bar s{}" x="8" y="1" width="12" height="10"/></svg>',
        at,
    )


def _joined(parts: Sequence[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))
