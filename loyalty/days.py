"""Days and periods in a program's own zone. Windows are half-open: the end is not in them."""

import calendar
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PERIODS = ("day", "week", "month", "year", "ever")


def local_date(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def start_of(day: date, zone: str) -> datetime:
    """The instant at which a day begins in a zone. Where midnight is skipped, the first that is."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone))


def at_hour(day: date, hour: int, zone: str) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=ZoneInfo(zone))


def add_months(day: date, months: int) -> date:
    """The same day of a later (or earlier) month; the 31st becomes the last day there is."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def period_start(period: str, day: date) -> date:
    """The first day of the day, week (from Monday), month or year that holds a day."""
    if period == "week":
        return day - timedelta(days=day.weekday())
    if period == "month":
        return day.replace(day=1)
    if period == "year":
        return day.replace(month=1, day=1)
    return date(1970, 1, 1) if period == "ever" else day


def anniversary(born: date, year: int) -> date:
    """The day kept in a year. Who was born on 29 February keeps 28 February in common years."""
    return add_months(born, (year - born.year) * 12)
