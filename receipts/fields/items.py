"""What was bought: name, how many, and what it cost together."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from receipts.fields.amounts import amounts_of
from receipts.fields.found import Box
from receipts.fields.labels import kind_of
from receipts.fields.texts import key_of, plain, repaired
from receipts.reading.page import Row

SUMS = {"before", "grand", "total", "paid", "change", "tax", "count", "service"}
_TIMES = re.compile(
    r"(?:^|\s)(\d{1,3}(?:[.,]\d{1,3})?)\s?(?:[xX×*@]|pcs?|ea|unit|ชิ้น|อัน|ขวด)(?![A-Za-z])",
    re.IGNORECASE,
)
_FIRST = re.compile(r"^(\d{1,2})\s+(?=[^\d\s])")
_CODE = re.compile(r"(?<!\d)\d{6,14}(?!\d)")
_NUMBERS = re.compile(
    r"(?:RM|฿|B|\$)?\s?-?\d[\d,]*(?:\.\d+)?(?:\s?(?:SR|ZR|ZRL|S|Z|T|V|N|X))?(?=\s|$)"
)
_HEADER = re.compile(
    r"\b(?:qty|description|desc|item|amount|price|s/?price|u\.?p|รายการ|จำนวน|ราคา)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a receipt. ``quantity`` in thousandths, as goods are weighed too."""

    text: str
    quantity: int
    amount_minor: int
    code: str
    box: Box
    page: int


def items_of(rows: Sequence[Row], *, exponent: int) -> list[Item]:
    """The lines above the first sum, each with the name beside it or on the row above."""
    return list(_items(rows, exponent))


def _items(rows: Sequence[Row], exponent: int) -> Iterator[Item]:
    name = ""
    began = _beginning(rows)
    for row in rows[began:]:
        kind = kind_of(row.text)
        amounts = amounts_of(row, exponent=exponent)
        if kind in SUMS and (amounts or kind == "before"):
            break
        text = plain(row.text)
        if not amounts:
            name = "" if kind or _HEADER.search(text) else text
            continue
        own = _name_in(text)
        told = own if len(key_of(own)) >= 3 else name
        name = ""
        if kind or not told:
            continue
        code = _CODE.search(text) or _CODE.search(told)
        yield Item(
            told[:120],
            _quantity(text),
            amounts[-1].minor,
            code[0] if code else "",
            row.box,
            row.page,
        )


def _beginning(rows: Sequence[Row]) -> int:
    """After the row of headings, or after the last thing that heads have."""
    for place, row in enumerate(rows):
        if len(_HEADER.findall(row.text)) >= 2 and not re.search(r"\d", row.text):
            return place + 1
    for place, row in enumerate(rows):
        if amounts_of(row, exponent=2):
            return max(0, place - 1)
    return len(rows)


def _quantity(text: str) -> int:
    text = repaired(text)
    found = _TIMES.search(text) or _FIRST.search(text)
    if not found:
        return 1000
    whole, _point, part = found[1].replace(",", ".").partition(".")
    quantity = int(whole) * 1000 + int((part + "000")[:3])
    return quantity if 0 < quantity < 1_000_000 else 1000


def _name_in(text: str) -> str:
    bare = _CODE.sub(" ", text)
    bare = re.sub(r"^\d{1,3}\s+(?=\D)", "", bare)
    bare = _TIMES.sub(" ", bare)
    bare = _NUMBERS.sub(" ", bare)
    return " ".join(bare.split()).strip(" -*#:.@")
