"""Stretches of days that merchants look at, and the days before with which they are compared."""

from dataclasses import dataclass
from datetime import date, timedelta

from loyalty.days import add_months, period_start

DAY = timedelta(1)
ROLLING = {"today": 1, "7": 7, "30": 30, "90": 90}  # Days, today among them.
NAMES = (*ROLLING, "month", "custom")
USUAL = "30"
MOST_DAYS = 3 * 366


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first up to, not with, ``until``."""

    since: date
    until: date

    @property
    def days(self) -> int:
        return (self.until - self.since).days

    @property
    def last(self) -> date:
        return self.until - DAY

    def each(self) -> list[date]:
        return [self.since + number * DAY for number in range(self.days)]


@dataclass(frozen=True, slots=True)
class Period:
    """What is looked at, and what it is compared with."""

    name: str
    span: Span
    before: Span


def period_of(
    name: str, today: date, *, first: date | None = None, last: date | None = None
) -> Period:
    """The period of a name. A custom one is from the first to the last day, both among them."""
    if name == "custom" and first and last and first <= last:
        span = Span(max(first, last - (MOST_DAYS - 1) * DAY), last + DAY)
        return Period(name, span, _just_before(span))
    if name == "month":
        span = Span(period_start("month", today), today + DAY)
        begun = add_months(span.since, -1)
        return Period(name, span, Span(begun, min(begun + span.days * DAY, span.since)))
    name = name if name in ROLLING else USUAL
    span = Span(today - (ROLLING[name] - 1) * DAY, today + DAY)
    return Period(name, span, _just_before(span))


def _just_before(span: Span) -> Span:
    return Span(span.since - span.days * DAY, span.since)
