"""Money as whole minor units of a currency: 59.90 THB is 5990. ``formats.money`` prints it."""

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.core import get_global
from babel.numbers import list_currencies
from django.utils.translation import gettext as _

# ISO 4217. CLDR, and so Babel, counts the digits that people print, and now and then changes its
# mind; what is stored must keep its meaning.
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
# Above any bill that a person means, and far below what a column holds.
MOST_MINOR = 10**15

_AMOUNT = re.compile(r"(?P<sign>-?)(?P<whole>\d{1,16})(?:\.(?P<part>\d{1,9}))?", re.ASCII)


class NotMoney(ValueError):
    """A text that is no amount of its currency, or no currency at all. It says why."""


@lru_cache(maxsize=256)
def exponent(currency: str) -> int:
    """How many digits the minor unit has: THB 2, JPY 0, BHD 3."""
    if currency not in list_currencies():
        raise NotMoney(_("“%(code)s” is not a currency of ISO 4217.") % {"code": currency[:10]})
    if currency in _WHOLE:
        return 0
    return 3 if currency in _THOUSANDTHS else 2


@lru_cache(maxsize=1)
def currencies() -> tuple[str, ...]:
    """The currencies that some country uses today, for choosing from."""
    rows = [row for rows in get_global("territory_currencies").values() for row in rows]
    return tuple(sorted({code for code, _begun, ended, tender in rows if tender and not ended}))


def to_minor(text: str, currency: str) -> int:
    """5990 from "59.90" and THB. Refuses what the currency cannot pay: "59.905", "1e3", "NaN"."""
    digits = exponent(currency)
    told = {"text": text.strip()[:40], "currency": currency}
    found = _AMOUNT.fullmatch(text.strip())
    if not found:
        raise NotMoney(_("“%(text)s” is not an amount: write it like 1234.50.") % told)
    part = (found["part"] or "").rstrip("0")
    if len(part) > digits:
        raise NotMoney(_("“%(text)s” has more decimals than %(currency)s has.") % told)
    minor = int(found["whole"] + part.ljust(digits, "0"))
    if minor > MOST_MINOR:
        raise NotMoney(_("“%(text)s” is more than we keep books for.") % told)
    return -minor if found["sign"] else minor


def rounded(amount: Decimal, currency: str) -> int:
    """An amount that was worked out (a price times a weight), to the nearest minor unit."""
    return int(amount.scaleb(exponent(currency)).quantize(Decimal(1), ROUND_HALF_UP))
