"""Money, points and days as people read them. Pages, letters and explanations share these."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import phonenumbers
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal
from django.utils.translation import get_language

from loyalty.money import exponent

# Where CLDR prints three letters in English, people who use the currency know a sign.
SIGNS = {"THB": "฿"}
BUDDHIST_YEARS = 543
MINUS = "\N{MINUS SIGN}"
# Thai vowels that are written before the consonant that is read first.
LEADING_VOWELS = "เแโใไ"

DAY = {"short": "d MMM", "medium": "d MMM {y}", "long": "d MMMM {y}", "month": "MMM {y}"}


class Unit(Protocol):
    """What a wallet says of itself when its holdings are printed."""

    kind: str
    exponent: int
    unit_one: Any
    unit_many: Any
    program: Any


def language() -> str:
    return (get_language() or "en").split("-")[0]


def money(minor: int, currency: str, *, sign: bool = False, whole: bool = False) -> str:
    """``฿1,234.50`` from 123450 and THB. ``whole`` leaves out zero satang, as on a price tag."""
    digits = exponent(currency)
    amount = Decimal(abs(minor)).scaleb(-digits)
    if whole and amount == amount.to_integral_value():
        digits = 0
    pattern = "¤#,##0" + ("." + "0" * digits if digits else "")
    text = format_currency(
        amount, currency, format=pattern, locale=language(), currency_digits=False
    )
    known = SIGNS.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    return _signed(text.replace(currency, known), minor, sign)


def number(value: int | Decimal, *, sign: bool = False) -> str:
    return _signed(format_decimal(Decimal(value).copy_abs(), locale=language()), value, sign)


def percent(part: float | Decimal) -> str:
    """``12.5%`` from 12.5; a trailing zero is left out."""
    return f"{format_decimal(round(Decimal(str(part)), 1), locale=language())}%"


def points(count: int, wallet: Unit, *, sign: bool = False) -> str:
    """``1,250 points``, ``1 point``; a cashback wallet prints money."""
    if wallet.kind == "cashback":
        return money(count, wallet.program.currency, sign=sign)
    return f"{number(count, sign=sign)}\N{NO-BREAK SPACE}{unit(count, wallet)}"


def unit(count: int, wallet: Unit) -> str:
    return str(wallet.unit_one if abs(count) == 1 else wallet.unit_many)


def day(value: date, *, style: str = "medium", zone: str = "UTC", era: str = "ce") -> str:
    """``21 Nov 2026``, or ``21 พ.ย. 2569`` in the Buddhist era. An instant is read in its zone."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone)).date()
    return format_date(value, _pattern(DAY[style], value, era), locale=language())


def clock(value: datetime, *, zone: str) -> str:
    return format_datetime(value.astimezone(ZoneInfo(zone)), "HH:mm", locale=language())


def moment(value: datetime, *, zone: str, style: str = "medium", era: str = "ce") -> str:
    """``21 Nov 2026, 14:05`` in a zone; Thai adds the "น." that a clock time ends in."""
    tail = "\N{NO-BREAK SPACE}น." if language() == "th" else ""
    return f"{day(value, style=style, zone=zone, era=era)}, {clock(value, zone=zone)}{tail}"


def ago(value: datetime, now: datetime) -> str:
    """``3 hours ago`` or ``in 2 days``."""
    passed: timedelta = value - now
    return format_timedelta(passed, locale=language(), add_direction=True, threshold=1.2)


def phone(number: str) -> str:
    """``+66 81 234 5678`` from +66812345678."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def initial(name: Any) -> str:
    """The letter that stands for a name. In Thai a vowel may be written before it."""
    letters = [letter for letter in str(name) if letter.isalnum()]
    consonants = [letter for letter in letters if letter not in LEADING_VOWELS]
    return (consonants or letters or ["•"])[0].upper()


def _pattern(pattern: str, value: date, era: str) -> str:
    year = f"'{value.year + BUDDHIST_YEARS}'" if era == "be" else "y"
    return pattern.format(y=year)


def _signed(text: str, value: int | Decimal, sign: bool) -> str:
    if value < 0:
        return f"{MINUS}{text}"
    return f"+{text}" if sign and value > 0 else text
