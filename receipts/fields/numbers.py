"""The receipt's own number, by which two like purchases are told apart, and the till's."""

import re
from collections.abc import Iterator, Sequence

from receipts.fields.found import Found
from receipts.fields.texts import plain
from receipts.reading.page import Row

# From the surest label to the vaguest. "CS 00012441", "A-2018/0007", "#7831", "R000110133".
_VALUE = r"(?P<value>[A-Z]{1,4} \d{3,12}(?:[-/]\d{1,8})?|#?[A-Z0-9]{1,20}(?: ?[-/.] ?[A-Z0-9]{1,12}){0,4})"
_NO = r"(?:no|n0|num(?:ber)?|nombor|id|#|๏|ที่)"
_LABELS: tuple[tuple[float, str], ...] = (
    (0.92, rf"(?:tax\s?)?inv(?:o[il]{{0,2}}ce)?[\s.-]?{_NO}"),
    (0.92, r"(?:เลขที่ใบกำกับ(?:ภาษี)?|เลขที่ใบเสร็จ(?:รับเงิน)?|ใบเสร็จเลขที่|เลขที่บิล|tax\s?inv(?:oice)?\s?#)"),
    (0.9, rf"(?:rec[ei]{{1,2}}pt|ra?ce[ij]pt|rcpt|resit|rec(?:eip)?)\s?{_NO}"),
    (0.9, rf"(?:bill|doc(?:ument)?|slip|chk|check|cs|cb|cash\s?(?:bill|sale)s?)\s?{_NO}"),
    (0.85, rf"(?:trans?(?:action)?|txn|trx|trn|order|ord)\s?{_NO}"),
    (0.85, r"เลขที่"),
    (0.75, r"(?:no\.?\s?:|(?:tax\s?)?inv(?:oice)?\s?[:#]|receipt\s?[:#]|bill(?= \d)|ref(?:erence)?\s?(?:no)?)"),
)  # fmt: skip
_COMPILED = tuple(
    (
        weight,
        re.compile(rf"(?<![a-z]){label}[\s.:#!|\[\]\u0e00-\u0e7f]*(?:{_VALUE})?", re.IGNORECASE),
    )
    for weight, label in _LABELS
)
_BARE = re.compile(rf"^[#:]?\s*{_VALUE}$", re.IGNORECASE)
_LAST = re.compile(r"\b(R\d{8,10})\b")  # Some tills put it behind date and time, with a letter.
_POS = re.compile(
    r"\b(?:POS\s?(?:ID|NO)?|TILL|TERMINAL|TID|COUNTER|CTR|เครื่อง(?:ที่)?)\s?[#:.]*\s*([A-Z]{0,3}\d{1,15})",
    re.IGNORECASE,
)
_NOT_IT = re.compile(
    r"(?:gst|vat|tax id|roc|co\.? ?(?:reg|no)|company|reg(?:istration)? ?no|tel|phone|mobile|fax|table|member|card|"
    r"account|acc|approval|batch|trace|queue|staff|ประจำตัว|โทร|สมาชิก|โต๊ะ|ผู้เสียภาษี|บ้านเลขที่)",
    re.IGNORECASE,
)
_DATE = re.compile(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}$|^\d{1,2}[:.]\d{2}")
_DAY = re.compile(r"\d[/-]\d\d?[/-]\d\d")
_HASH = re.compile(r"#\s?([A-Z0-9][A-Z0-9-]{3,18})", re.IGNORECASE)
LEAST_DIGITS = 3


def receipt_number_of(rows: Sequence[Row]) -> Found[str] | None:
    best: Found[str] | None = None
    for number in range(len(rows)):
        for found in _in_row(rows, number):
            if best is None or found.confidence > best.confidence:
                best = found
    return best


def pos_of(rows: Sequence[Row]) -> Found[str] | None:
    for row in rows:
        if found := _POS.search(plain(row.text)):
            return Found(found[1], 0.8, row.box, row.page)
    return None


def _in_row(rows: Sequence[Row], number: int) -> Iterator[Found[str]]:
    row = rows[number]
    text = plain(row.text)
    for weight, pattern in _COMPILED:
        for found in pattern.finditer(text):
            before = text[max(0, found.start() - 14) : found.start()]
            if _NOT_IT.search(before + found[0][: -len(found["value"] or "") or None]):
                continue
            if value := _good(found["value"] or ""):
                yield Found(value, weight, row.box, row.page)
            elif number + 1 < len(rows) and not text[found.end() :].strip(" :.#"):
                below = _BARE.match(plain(rows[number + 1].text))
                if below and (value := _good(below["value"])):
                    yield Found(value, weight - 0.1, rows[number + 1].box, row.page)
    if last := _LAST.search(text):
        yield Found(last[1], 0.8, row.box, row.page)
    if _DAY.search(text) and (marked := _HASH.search(text)) and (value := _good(marked[1])):
        yield Found(value, 0.7, row.box, row.page)


def _good(value: str) -> str:
    """A number that could be a receipt's: enough digits, and no date or time."""
    value = re.sub(r"\s*([-/.])\s*", r"\1", value).strip(" .-/#:")
    digits = sum(sign.isdigit() for sign in value)
    if digits < LEAST_DIGITS or _DATE.match(value) or len(value) > 30:
        return ""
    return value.upper()
