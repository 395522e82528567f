"""The day of a purchase: day first or month first by country, common or Buddhist era, in words.

Thailand counts years from 543 before Christ's; receipts print "15/03/2567", "15/03/67" and
"๑๕ มี.ค. ๒๕๖๗" for 15 March 2024. A day in the future, or before 2000, is none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from difflib import get_close_matches

from receipts.fields.found import Found
from receipts.fields.texts import key_of, plain, repaired, without_marks
from receipts.reading.page import Row

BUDDHIST = 543
FIRST = date(2000, 1, 1)
MONTH_FIRST = {"US", "PH"}
YEAR_FIRST = {"CN", "HU", "JP", "KR", "LT", "MN", "TW"}

_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MALAY = {
    "jan": 1,
    "mac": 3,
    "mei": 5,
    "jun": 6,
    "jul": 7,
    "ogo": 8,
    "ogos": 8,
    "okt": 10,
    "dis": 12,
}
_THAI = (
    ("มค", "มกราคม"), ("กพ", "กุมภาพันธ์"), ("มีค", "มีนาคม"), ("เมย", "เมษายน"), ("พค", "พฤษภาคม"),
    ("มิย", "มิถุนายน"), ("กค", "กรกฎาคม"), ("สค", "สิงหาคม"), ("กย", "กันยายน"), ("ตค", "ตุลาคม"),
    ("พย", "พฤศจิกายน"), ("ธค", "ธันวาคม"),
)  # fmt: skip

_NUMBERS = re.compile(
    r"(?=(?<![\d.,])(\d{1,4})\s?([/\-.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?!\d?[.,]\d))"
)
_LOOSE = re.compile(
    r"(?<![\d.,/-])(\d{1,2})[/\-. ]{1,2}(\d{1,2})[/\-. ]{1,2}(\d{4}|\d{2})(?![\d.,/-])"
)
_WORDS = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?\s?[/\-., ']?\s?([A-Za-z]{3,9}|[\u0e01-\u0e4e.]{3,12})"
    r"\s?[/\-.,' ]{0,4}\s?(\d{4}|\d{2})(?!\d)"
)
_MONTH_DAY = re.compile(
    r"\b([A-Za-z]{3,9})\.?\s?(\d{1,2})(?:st|nd|rd|th)?\s?,?\s?['’]?(\d{4})(?!\d)"
)
_COMPACT = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)")
_COMPACT_DAY = re.compile(r"(?<!\d)(\d{2})(\d{2})(20\d{2})(?!\d)")
_TIME = re.compile(
    r"(?<!\d)([01]?\d|2[0-3])\s?[:.]\s?([0-5]\d)(?:\s?[:.]\s?([0-5]\d))?\s?([AaPp])?\.?[Mm]?"
)

_LABELS = ("date", "tarikh", "วันที่", "วันเดือนปี", "dated", "datum", "fecha")
_OTHER_DAYS = (
    "expir", "expdate", "bestbefore", "validuntil", "validtill", "due", "effective", "since", "return",
    "exchangebefore", "birth", "หมดอายุ", "ภายใน", "printed", "delivery",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Seen:
    """A day that stands on the page, with what speaks for it."""

    day: date
    row: int
    weight: float
    is_sure: bool  # Whether it can only be read as this day.


def day_of(rows: Sequence[Row], *, country: str, today: date) -> Found[date] | None:
    """The day on which was bought, and how sure that is."""
    seen = [it for number in range(len(rows)) for it in _days_in(rows, number, country, today)]
    if not seen:
        return None
    weights: dict[date, float] = {}
    for it in seen:
        weights[it.day] = weights.get(it.day, 0.0) + it.weight
    best, weight = max(weights.items(), key=lambda it: (it[1], -_first_row(seen, it[0])))
    others = max((w for day, w in weights.items() if day != best), default=0.0)
    row = rows[_first_row(seen, best)]
    sure = any(it.is_sure for it in seen if it.day == best)
    confidence = 0.97 if not others else 0.95 if weight >= others + 2 else 0.8
    return Found(best, confidence if sure else confidence - 0.03, row.box, row.page)


def time_of(rows: Sequence[Row], *, beside: Found[date] | None) -> Found[time] | None:
    """The time beside the day, or the first on the page."""
    found = None
    for row in rows:
        for hours, minutes, seconds, half in _TIME.findall(repaired(plain(row.text))):
            if not seconds and not half and f"{hours}:{minutes}" not in plain(row.text):
                continue
            clock = _clock(hours, minutes, seconds, half)
            here = Found(clock, 0.9 if seconds or half else 0.8, row.box, row.page)
            if beside and row.box[1] <= beside.box[3] + row.height and row.box[3] >= beside.box[1]:
                return here
            found = found or here
    return found


def _clock(hours: str, minutes: str, seconds: str, half: str) -> time:
    hour = int(hours)
    if half and hour <= 12:
        hour = hour % 12 + (12 if half.casefold() == "p" else 0)
    return time(hour, int(minutes), int(seconds or 0))


def _days_in(rows: Sequence[Row], number: int, country: str, today: date) -> Iterator[_Seen]:
    row = rows[number]
    text = _as_printed(row.text)
    label = key_of(row.text)
    above = key_of(rows[number - 1].text) if number else ""
    weight = 1.0
    if any(word in label for word in _LABELS):
        weight += 2
    elif any(above.endswith(word) for word in _LABELS):
        weight += 1
    if _TIME.search(text):
        weight += 1
    if any(word in label for word in _OTHER_DAYS):
        weight -= 2.5
    read = list(_read(text, country, today))
    for day, is_sure in read:
        yield _Seen(day, number, max(weight, 0.1), is_sure)
    if not read and (weight > 1 or _COMPACT_DAY.search(text)):
        for day in _read_loosely(text, country, today):
            yield _Seen(day, number, 0.5, False)


def _as_printed(text: str) -> str:
    """What engines take the signs between numbers for."""
    text = re.sub(r"(?<=\d)[~–—_](?=\d)", "-", plain(text))
    text = re.sub(r"(?<=\d)!(?=\d)", "/", text)
    text = re.sub("(?<=[\u0e01-\u0e4e][.]) (?=[\u0e01-\u0e4e][.])", "", text)
    return repaired(re.sub(r"\b0(?=ct\b|CT\b|ec\b)", "O", text))


def _read(text: str, country: str, today: date) -> Iterator[tuple[date, bool]]:
    for first, _sign, second, third in _NUMBERS.findall(text):
        yield from _of_numbers(first, second, third, country, today)
    for day, month, year in _WORDS.findall(text):
        if number := _month(month):
            yield from _fitting([(year, number, int(day))], country, today)
    for month, day, year in _MONTH_DAY.findall(text):
        if number := _month(month):
            yield from _fitting([(year, number, int(day))], country, today)
    for year, month, day in _COMPACT.findall(text):
        yield from _fitting([(year, int(month), int(day))], country, today)


def _read_loosely(text: str, country: str, today: date) -> Iterator[date]:
    """Where a sign between the numbers was not seen, and a time or a label says that it is a day."""
    for first, second, third in [*_LOOSE.findall(text), *_COMPACT_DAY.findall(text)]:
        for day, _is_sure in _of_numbers(first, second, third, country, today):
            yield day


def _of_numbers(
    first: str, second: str, third: str, country: str, today: date
) -> Iterator[tuple[date, bool]]:
    one, two, three = int(first), int(second), int(third)
    if len(first) == 4:
        return _fitting([(first, two, three)], country, today)
    if len(first) > 2:
        return iter(())
    orders = [(third, two, one), (third, one, two)]
    if country in MONTH_FIRST:
        orders.reverse()
    if country in YEAR_FIRST and len(third) == 2:
        orders.insert(0, (first, two, three))
    return _fitting(orders, country, today)


def _fitting(
    orders: Sequence[tuple[str, int, int]], country: str, today: date
) -> Iterator[tuple[date, bool]]:
    """The first of the ways to read that is a day which can have been; surely, if it is the only."""
    days = [day for year, month, day_ in orders if (day := _day(year, month, day_, country, today))]
    if days:
        yield days[0], len(set(days)) == 1


def _day(year: str, month: int, day: int, country: str, today: date) -> date | None:
    days = []
    for number in _years(year, country):
        try:
            days.append(date(number, month, day))
        except ValueError:
            continue
    # Clocks of tills and of phones may differ by a zone.
    can_be = [it for it in days if FIRST <= it <= today + timedelta(days=1)]
    return max(can_be, default=None)


def _years(year: str, country: str) -> list[int]:
    number = int(year)
    if len(year) == 4:
        return [number - BUDDHIST if number > 2400 else number]
    years = [2000 + number]
    if country == "TH":
        years.append(2500 + number - BUDDHIST)
    return years


def _month(word: str) -> int | None:
    key = without_marks(key_of(word))
    for number, names in enumerate(_THAI, start=1):
        if key in {without_marks(name) for name in names}:
            return number
    if key[:3] in _ENGLISH and len(key) >= 3:
        return _ENGLISH.index(key[:3]) + 1
    if key in _MALAY:
        return _MALAY[key]
    near = get_close_matches(key, _ENGLISH, n=1, cutoff=0.6) if len(key) == 3 else []
    return _ENGLISH.index(near[0]) + 1 if near else None


def _first_row(seen: Sequence[_Seen], day: date) -> int:
    return min(it.row for it in seen if it.day == day)
