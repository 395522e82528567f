"""Amounts of money in a row of text, in the currency's smallest unit."""

import re
from dataclasses import dataclass

from receipts.fields.texts import plain, repaired
from receipts.reading.page import Line, Row

SIGNS = {
    "฿": "THB",
    "RM": "MYR",
    "$": "USD",
    "S$": "SGD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₫": "VND",
}
_AMOUNT = re.compile(
    r"(?<![\d/:.,A-Za-z-])(?P<minus>-\s?|\()?(?:RM|MYR|THB|B|USD|S?\$|฿|€|£)?\s?(?P<less>-\s?)?"
    r"(?P<whole>\d{1,3}(?:[, ]\d{3})+|\d{1,7})\s?[.,·]\s?(?P<part>\d{2})(?!\d|[/:.,]\d|\s?%)(?P<after>-|\))?",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"(?<![\d/:.,A-Za-z-])(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,9})(?![\d.,/:%A-Za-z-])"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount and the line that it stands in."""

    minor: int
    line: Line


def amounts_of(row: Row, *, exponent: int) -> list[Amount]:
    """The amounts of a row, from left to right. ``exponent``: how many digits follow the point."""
    found = []
    for line in row.lines:
        text = repaired(plain(line.text))
        if exponent:
            found += [Amount(minor_of(it), line) for it in _AMOUNT.finditer(text)]
        else:
            found += [
                Amount(int(it["whole"].replace(",", "")), line) for it in _WHOLE.finditer(text)
            ]
    return found


def minor_of(found: "re.Match[str]") -> int:
    whole = re.sub(r"[, ]", "", found["whole"])
    minor = int(whole) * 100 + int(found["part"])
    is_less = found["minus"] or found["less"] or found["after"] == "-"
    return -minor if is_less else minor
