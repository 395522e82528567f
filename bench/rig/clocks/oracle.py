"""When a day begins somewhere, found by looking at a clock on the wall and not by calculating.

Nothing here is taken from the product. An instant is looked for by stepping through the night until
the clock of the place shows the day (or a later one, where a day was left out).
"""

import calendar
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

# Where clocks do the odd things, and days on which they did.
ZONES: dict[str, list[date]] = {
    "Asia/Bangkok": [],
    "America/New_York": [],
    "Europe/Berlin": [],
    "Australia/Lord_Howe": [],  # Half an hour.
    "Pacific/Chatham": [],  # Three quarters of an hour off, at a quarter to three.
    "Asia/Kathmandu": [],  # A quarter of an hour off.
    "Pacific/Apia": [date(2011, 12, 30), date(2011, 12, 31)],  # The 30th was left out.
    "Pacific/Kiritimati": [],  # The first to see a day,
    "Pacific/Pago_Pago": [],  # and the last.
    "Africa/Cairo": [],  # Changes at midnight, like
    "Asia/Beirut": [],
    "America/Havana": [],
    "America/Santiago": [],
    "America/Asuncion": [date(2024, 3, 24), date(2024, 10, 6)],
    "America/St_Johns": [],
}
FIRST, LAST = date(2026, 2, 1), date(2028, 12, 31)
# Turns of weeks, months and years, and 29 February.
ALWAYS = [date(2027, 3, 1), date(2028, 1, 1), date(2028, 2, 29), date(2028, 3, 1)]


@cache
def begins(day: date, zone: str, hour: int = 0) -> datetime:
    """The first instant at which the clocks of a place show a day and an hour, or later."""
    clock, wanted = ZoneInfo(zone), (day, hour)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=30)
    for step in (timedelta(minutes=15), SECOND):
        while _shown(at, clock) < wanted:
            at += step
        at -= step
    return at + SECOND


def _shown(at: datetime, clock: ZoneInfo) -> tuple[date, int]:
    here = at.astimezone(clock)
    return here.date(), here.hour


def day_at(at: datetime, zone: str) -> date:
    """The day that the clocks of a place show."""
    return at.astimezone(ZoneInfo(zone)).date()


def is_there(day: date, zone: str) -> bool:
    """Samoa had no 30 December in 2011."""
    return begins(day, zone) < begins(day + DAY, zone)


@cache
def turning_days(zone: str) -> list[date]:
    """The days on which clocks are changed, and the days after them."""
    found, day = set(ZONES[zone]), FIRST
    while day < LAST:
        if begins(day + DAY, zone) - begins(day, zone) != DAY:
            found |= {day, day + DAY}
        day += DAY
    return sorted(found)


def edges(zone: str, *, long: bool) -> list[date]:
    """Days whose first instant is looked at. The short form takes each kind of them once."""
    turning = turning_days(zone)
    if not long:
        turning = [*ZONES[zone][:2], *[day for day in turning if day.year == 2026][:4]]
    return sorted({*turning, *ALWAYS})


def period_of(day: date, period: str) -> tuple[int, ...]:
    """Names the day, week, month or year that holds a day."""
    return {
        "day": (day.toordinal(),),
        "week": day.isocalendar()[:2],
        "month": (day.year, day.month),
        "year": (day.year,),
    }[period]


def kept_birthday(born: tuple[int, int], year: int) -> date:
    """29 February is kept on the 28th in common years."""
    if born == (2, 29) and not calendar.isleap(year):
        return date(year, 2, 28)
    return date(year, *born)


def year_before(day: date) -> date:
    return date(day.year - 1, 2, 28) if (day.month, day.day) == (2, 29) else day.replace(
        year=day.year - 1
    )  # fmt: skip


def leaves(day: date) -> date:
    """The first day whose twelve months (from the day after its like a year ago) lack a day."""
    later = day
    while year_before(later) + DAY <= day:
        later += DAY
    return later
