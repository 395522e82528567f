"""Lines of text on a page, and the rows that people see: what stands side by side."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of text as an engine found it. Places are in pixels from the top left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    confidence: float = 1.0  # As the engine says, 0 to 1.
    page: int = 0

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def box(self) -> tuple[float, float, float, float]:
        return (self.left, self.top, self.right, self.bottom)


@dataclass(frozen=True)
class Row:
    """What stands side by side, from left to right."""

    lines: tuple[Line, ...]

    @cached_property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @property
    def page(self) -> int:
        return self.lines[0].page

    @property
    def middle(self) -> float:
        return sum(line.middle for line in self.lines) / len(self.lines)

    @property
    def height(self) -> float:
        return median(line.height for line in self.lines)

    @property
    def box(self) -> tuple[float, float, float, float]:
        return (
            min(line.left for line in self.lines),
            min(line.top for line in self.lines),
            max(line.right for line in self.lines),
            max(line.bottom for line in self.lines),
        )


def rows_of(lines: Iterable[Line]) -> list[Row]:
    """Rows from the top down, page after page.

    A line belongs to the row whose last line to the left of it is nearest in height: so a page that
    hangs to one side does not mix its rows.
    """
    pages: dict[int, list[Line]] = {}
    for line in lines:
        if line.text.strip():
            pages.setdefault(line.page, []).append(line)
    return [row for number in sorted(pages) for row in _rows_of_page(pages[number])]


def _rows_of_page(lines: Sequence[Line]) -> Iterator[Row]:
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda it: it.left):
        best, best_gap = None, 0.0
        for row in rows:
            last = row[-1]
            if line.left < last.right - 0.3 * min(last.height, line.height) * 4:
                continue
            gap = abs(line.middle - last.middle) / max(1.0, min(line.height, last.height))
            if gap < 0.55 and (best is None or gap < best_gap):
                best, best_gap = row, gap
        if best is None:
            rows.append([line])
        else:
            best.append(line)
    yield from sorted((Row(tuple(row)) for row in rows), key=lambda row: row.middle)
