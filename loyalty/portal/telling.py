"""Days and hours in the portal's sentences: in the program's zone, in the reader's years."""

from datetime import date, datetime, timedelta

from loyalty import formats
from loyalty.merchants.models import Program
from loyalty.portal.speaking import era

AN_INSTANT = timedelta(microseconds=1)  # Ends are not part of what they end.


def day(value: date, program: Program, style: str = "long") -> str:
    """``31 December 2026``; an instant is read in the program's zone."""
    return formats.day(value, style=style, zone=program.time_zone, era=era())


def moment(value: datetime, program: Program, style: str = "medium") -> str:
    return formats.moment(value, zone=program.time_zone, style=style, era=era())


def last_moment(end: datetime) -> datetime:
    """The last instant before an end: midnight becomes the evening of the day before."""
    return end - AN_INSTANT
