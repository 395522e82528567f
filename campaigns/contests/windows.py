"""When a contest counts, in its own zone. A window is half-open: its end is not in it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

LONGEST = timedelta(days=731)
NAMES = ("starts_at", "ends_at", "buys_from", "buys_until", "freezes_at")
NEEDED = frozenset({"starts_at", "ends_at", "freezes_at"})

Windows = dict[str, datetime | None]


def clean_zone(told: Any, problems: dict[str, str]) -> str:
    if not isinstance(told, str) or told not in available_timezones():
        problems["time_zone"] = _("There is no such time zone. Give one like “Asia/Bangkok”.")
        return "UTC"
    return told


def clean_windows(data: dict[str, Any], zone: str, problems: dict[str, str]) -> Windows:
    """The instants of a contest. Where only the clock is told, it is the clock of its zone."""
    found: Windows = {name: _instant(data.get(name), name, zone, problems) for name in NAMES}
    if not problems.keys() & set(NAMES):
        problems |= _disorder(found)
    return found


def _instant(told: Any, name: str, zone: str, problems: dict[str, str]) -> datetime | None:
    if told in (None, "") and name not in NEEDED:
        return None
    at = told
    if isinstance(told, str):
        try:
            at = parse_datetime(told)
        except ValueError:
            at = None
    if not isinstance(at, datetime) or not 2000 <= at.year <= 2200:
        problems[name] = _("Give a date and a time.")
        return None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


def _disorder(it: Windows) -> dict[str, str]:
    """What is wrong with moments that are right each by itself: the first thing there is."""
    far = datetime.max.replace(tzinfo=UTC)
    starts, ends, freezes = (it[name] or far for name in ("starts_at", "ends_at", "freezes_at"))
    buys_from, buys_until = it["buys_from"], it["buys_until"]
    last = max(ends, buys_until or ends)
    missing = "buys_until" if buys_from else "buys_from"
    wrong: list[tuple[str, bool, str]] = [
        ("ends_at", ends <= starts, _("A contest ends after it starts.")),
        ("ends_at", ends - starts > LONGEST, _("A contest lasts two years at most.")),
        (
            missing, bool(buys_from) != bool(buys_until),
            _("The second window has a start and an end."),
        ),
        (
            "buys_from", bool(buys_from and buys_from < starts),
            _("The second window does not start before the first."),
        ),
        (
            "buys_until", bool(buys_from and buys_until and buys_until <= buys_from),
            _("The second window ends after it starts."),
        ),
        (
            "freezes_at", freezes < last,
            _("The board is frozen when nothing counts any more, not before."),
        ),
        (
            "freezes_at", freezes - last > LONGEST,
            _("The board is frozen within two years of the end."),
        ),
    ]  # fmt: skip
    return next(({name: sentence} for name, is_wrong, sentence in wrong if is_wrong), {})
