"""The figures of a program over a period, beside those before it, and day by day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loyalty.days import add_months, period_start
from loyalty.insights import measures
from loyalty.insights.measures import Books, Measure, Sums, Value
from loyalty.insights.periods import DAY, Period, Span
from loyalty.ledger import figures
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Program

MOST_POINTS_OF_A_LINE = 92  # Of longer periods, a line shows months.


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure's value, and what it was before: in the period before, or when this one began."""

    measure: Measure
    value: Value
    before: Value

    @property
    def change(self) -> Value:
        """In percent, or in percentage points of a rate; None where there is nothing to compare."""
        if self.value is None or self.before is None:
            return None
        if self.measure.unit == measures.PERCENT:
            return self.value - self.before
        if self.before <= 0:
            return None
        return Decimal((self.value - self.before) * 100) / self.before


@dataclass(frozen=True, slots=True)
class Line:
    """Values side by side: a measure's, one for each day or month."""

    measure: Measure
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Lines:
    """Some measures over the days of a span, or over its months where it is long."""

    spans: Sequence[Span]
    is_monthly: bool
    lines: Sequence[Line]


def figures_of(program: Program, wallet: Wallet, period: Period) -> dict[str, Figure]:
    """Every measure by its name. Two statements, however long the program has been there."""
    now, before = period.span, period.before
    sums = figures.in_spans(
        program.pk,
        {
            "now": (now.since, now.until),
            "before": (before.since, before.until),
            "end": (None, now.until),
            "start": (None, now.since),
        },
    )
    books = {name: Books(program, wallet, found) for name, found in sums.items()}
    return {it.name: _figure(it, books) for it in measures.ALL}


def lines_of(program: Program, wallet: Wallet, span: Span, asked: Iterable[Measure]) -> Lines:
    """How measures went from day to day. Two statements. States are not told by days."""
    asked = list(asked)
    counted = sorted({name for measure in asked for name in measure.counted(wallet)})
    by_day = figures.daily(program.pk, counted, since=span.since, until=span.until)
    is_monthly = span.days > MOST_POINTS_OF_A_LINE
    spans = months_of(span) if is_monthly else [Span(day, day + DAY) for day in span.each()]
    books = [Books(program, wallet, _sums_in(by_day, part)) for part in spans]
    lines = [Line(it, [int(it.of(book) or 0) for book in books]) for it in asked]
    return Lines(spans, is_monthly, lines)


def months_of(span: Span) -> list[Span]:
    """The calendar months of a span; the first and the last may be cut short."""
    parts, since = [], span.since
    while since < span.until:
        until = min(add_months(period_start("month", since), 1), span.until)
        parts.append(Span(since, until))
        since = until
    return parts


def _figure(measure: Measure, books: Mapping[str, Books]) -> Figure:
    now, before = ("end", "start") if measure.is_state else ("now", "before")
    return Figure(measure, measure.of(books[now]), measure.of(books[before]))


def _sums_in(by_day: Mapping[date, Sums], span: Span) -> Sums:
    found: dict[str, tuple[int, int]] = {}
    for day in span.each():
        for name, (count, amount) in by_day.get(day, {}).items():
            counts, amounts = found.get(name, (0, 0))
            found[name] = counts + count, amounts + amount
    return found
