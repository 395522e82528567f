"""Who sold: the name at the top, the branch, and the number that the tax office knows them by."""

import re
from collections.abc import Sequence

from receipts.fields.found import Found
from receipts.fields.texts import as_digits, key_of, plain
from receipts.reading.page import Row

MOST_ROWS = 4  # Of a name.
ALIKE = 0.8  # Letters of one size, as an engine measures them.
SHORT = 12  # Letters: what stands alone before "Ltd." may have begun on the line above.
HEAD_ROWS = 14  # The name stands at the top, whatever else does.

# What ends the name of a company, by country; and what begins the name of a shop.
_ENDINGS = re.compile(
    r"(?:s\W{0,2}d\W{0,2}n\W{0,3}(?:b\W{0,2}[hn]\W{0,2}[do0]\W{0,2}|berhad)|sdnbhd|\bs\s?/\s?[bd]\b|\bsb\b(?=\W*(?:\(|$|fka))|\bbhd\b|\bberhad\b|\bplt\b|\bpte\W{0,2}ltd\b|"
    r"\bltd\b|\bllc\b|\binc\b|\bgmbh\b|\bcorp(?:oration)?\b|\bco\.?,? ?ltd|จำกัด|มหาชน|หจก|\bp\.?c\.?l\b|\bpublic company\b)",
    re.IGNORECASE,
)
_SHOPS = re.compile(
    r"\b(?:enterprise|restoran|restaurant|trading|hardware|mart|market|store|shop|bakery|cafe|coffee|stationery|kedai|syarikat|perniagaan|"
    r"pasar|pharmacy|farmasi|petrol\w*|service station|marketing|company|house|kitchen|food|seafood|hotel|electrical|cash & carry|resources?|"
    r"holdings?|industries|supermarket|minimarket|station|boutique|gallery|centre|center|book)\b|บริษัท|ร้าน|ห้าง|บจก|บมจ|โรงแรม|มินิมาร์ท",
    re.IGNORECASE,
)
# Where an engine saw no blanks: words that stand in nothing else.
_SHOPS_KEY = re.compile(
    r"enterprise|restoran|restaurant|trading|hardware|supermarket|bakery|stationery|syarikat|perniagaan|pharmacy|marketing|seafood|"
    r"minimarket|petrokiosk"
)
_ADDRESS = re.compile(
    r"\b(?:jalan|jln|lorong|taman|lot|no\.?\s?\d|level|floor|ground|block|unit|persiaran|off|street|st\.|road|rd\.|avenue|ave|batu|"
    r"kampung|bandar|selangor|kuala|lumpur|johor|penang|melaka|perak|kedah|sabah|sarawak|malaysia|suite|plaza|mall|bangunan|wisma|"
    r"\d{5})\b|ถนน|ถ\.|แขวง|เขต|ตำบล|อำเภอ|จังหวัด|ซอย|เลขที่ ?\d|หมู่|ชั้น|กรุงเทพ",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"\b(?:tq|shopping with|company no|your order|tax|invoice|receipt|resit|bill|welcome|thank|tel|fax|phone|gst|reg|roc|date|time|table|cashier|copy|original|duplicate|order|"
    r"page|www|http|email|customer|simplified|cash sales?|company reg|co\.? ?reg|co\.? ?no|licensee|operated by|owned by|attn|"
    r"dine|take ?away|pos|station\s*:|bill to|since|salesperson)\b|ใบกำกับ|ใบเสร็จ|โทร|วันที่|เลขประจำตัว|สาขา|ยินดีต้อนรับ|tax ?id|vat",
    re.IGNORECASE,
)
_BRANCH = re.compile(r"(?:สาขา(?:ที่)?|branch(?: ?no)?\.?)\s*[:\-]?\s*(.{1,60})", re.IGNORECASE)
_REGISTRATION = re.compile(
    r"[\(\[]?\s*(?:co\.?\s?(?:reg|no)\w*\.?\s?(?:no)?\.?\s?:?\s*)?[A-Z]{0,3}\d{5,12}\s?-?\s?[A-Z]?\s*[\)\]]?$"
)
_NUMBER_ALONE = re.compile(
    r"^\W*(?:co\.?|company|reg\w*|roc|no|\W)*[A-Z]{0,3}\d{5,12}\s?[-.]?\s?[A-Z]?\W*$", re.IGNORECASE
)
_OWNED = re.compile(
    r"^(?:dimiliki(?: oleh)?|own(?:ed)? by|operated by|managed by)\s*:?\s*", re.IGNORECASE
)
_THAI_ID = re.compile(r"(?<!\d)(\d[\d \-]{11,17}\d)(?!\d)")
_MALAY_GST = re.compile(r"(?:GST|SST)\D{0,20}((?:\d[\s-]?){12})(?!\d)", re.IGNORECASE)
_ID_LABEL = re.compile(
    r"tax\W?id|taxid|vat\W?(?:reg|no|id)|gst|ประจำตัวผู้เสียภาษี|เลขผู้เสียภาษี|เลขประจำตัว|reg(?:istration)?\W?no",
    re.IGNORECASE,
)


def name_of(rows: Sequence[Row]) -> Found[str] | None:
    """The name of the business, as it is printed, over the lines that it takes.

    It is the first block at the top that is neither a greeting nor an address. Where a company
    stands further down and the block names no kind of shop, the company is meant.
    """
    head = list(rows[:HEAD_ROWS])
    block = _first_block(head)
    company = next(
        (place for place, row in enumerate(head) if _ENDINGS.search(_cleaned(row.text))), None
    )
    has_shop = any(_is_shop(head[place].text) for place in block)
    if company is not None and company not in block and not has_shop:
        return _named(head, _from_above(head, company), 0.88)
    if not block:
        return None
    if company in block:
        return _named(head, _from_above(head, company), 0.93)
    while len(block) > 1 and _is_apart(head, block) and _is_shop(head[block[1]].text):
        block = block[1:]
    after = block[-1] + 1
    is_closed = after < len(head) and bool(_is_registration(head[after].text))
    if not is_closed:
        shop = next((place for place in block if _is_shop(head[place].text)), block[0])
        block = _going_on(head, shop, block)
    return _named(head, block, 0.85 if is_closed or _is_shop(head[block[0]].text) else 0.6)


def branch_of(rows: Sequence[Row]) -> Found[str] | None:
    for row in rows[:HEAD_ROWS]:
        if found := _BRANCH.search(plain(row.text)):
            return Found(found[1].strip(" :-"), 0.7, row.box, row.page)
    if any("สำนักงานใหญ่" in row.text for row in rows[:HEAD_ROWS]):
        row = next(row for row in rows[:HEAD_ROWS] if "สำนักงานใหญ่" in row.text)
        return Found("สำนักงานใหญ่", 0.8, row.box, row.page)
    return None


def tax_id_of(rows: Sequence[Row], *, country: str) -> Found[str] | None:
    """Thailand: 13 digits, the last of which checks the others (as on identity cards). Malaysia: 12."""
    for number, row in enumerate(rows):
        text = plain(row.text)
        above = plain(rows[number - 1].text) if number else ""
        if country == "TH":
            spelt = as_digits_if_number(text)
            for found in [*re.findall(r"(?<!\d)\d{13}(?!\d)", spelt), *_THAI_ID.findall(spelt)]:
                digits = re.sub(r"\D", "", found)
                if len(digits) == 13:
                    is_labelled = bool(_ID_LABEL.search(text) or _ID_LABEL.search(above))
                    checks = thai_id_checks(digits)
                    if checks or is_labelled:
                        sure = 0.98 if checks and is_labelled else 0.9 if checks else 0.5
                        return Found(digits, sure, row.box, row.page)
        elif found := _MALAY_GST.search(text):
            return Found(re.sub(r"\D", "", found[1]), 0.95, row.box, row.page)
    return None


def thai_id_checks(digits: str) -> bool:
    """The check digit of a Thai identification number: 11 less the weighted sum, modulo 11."""
    weighted = sum(
        int(digit) * weight for digit, weight in zip(digits, range(13, 1, -1), strict=False)
    )
    return (11 - weighted % 11) % 10 == int(digits[12])


def as_digits_if_number(text: str) -> str:
    return re.sub(r"[0-9OoIlSBZ|][0-9OoIlSBZ| \-]{9,}", lambda it: as_digits(it[0]), text)


def _first_block(head: Sequence[Row]) -> list[int]:
    """The places of the first rows that could be a name."""
    block: list[int] = []
    for place, row in enumerate(head):
        text = _cleaned(row.text)
        could_be = (
            sum(sign.isalpha() for sign in text) >= (2 if block else 3)
            and not _is_something_else(text)
            and not _looks_like_address(text)
        )
        if could_be:
            block.append(place)
            if _ENDINGS.search(text) or len(block) == MOST_ROWS:
                break
        elif block:
            break
    return block


def _is_shop(text: str) -> bool:
    return bool(_SHOPS.search(text) or _SHOPS_KEY.search(key_of(text)))


def _is_apart(head: Sequence[Row], block: Sequence[int]) -> bool:
    """Whether the first row of a block is written in other letters than the second."""
    first, second = head[block[0]], head[block[1]]
    has_own_word = _is_shop(first.text)
    return not has_own_word and (
        min(first.height, second.height) / max(first.height, second.height, 1) < ALIKE
    )


def _from_above(head: Sequence[Row], place: int) -> list[int]:
    """The row that names a company, and the one above it where the name begins there."""
    text = _cleaned(head[place].text)
    if not place:
        return [place]
    above = _cleaned(head[place - 1].text)
    is_name = above and not _is_something_else(above) and not _looks_like_address(above)
    alike = min(head[place].height, head[place - 1].height) / max(
        head[place].height, head[place - 1].height, 1
    )
    goes_on = above.endswith(("&", ",", "-")) or (
        len(key_of(_ENDINGS.sub("", text))) <= SHORT
        and alike > ALIKE
        and not _ENDINGS.search(above)
    )
    if is_name and (_is_ending_alone(text) or goes_on):
        return [place - 1, place]
    return [place]


def _going_on(head: Sequence[Row], place: int, block: Sequence[int]) -> list[int]:
    """A row, and the next one where the name plainly goes on there."""
    text = _cleaned(head[place].text)
    if place + 1 in block and text.endswith(("&", ",", "-", "AND", "AND SERVICE")):
        return [place, place + 1]
    return [place]


def _named(head: Sequence[Row], places: Sequence[int], confidence: float) -> Found[str]:
    name = " ".join(_cleaned(head[place].text) for place in places)
    boxes = [head[place].box for place in places]
    left, top = min(it[0] for it in boxes), min(it[1] for it in boxes)
    right, bottom = max(it[2] for it in boxes), max(it[3] for it in boxes)
    name = _OWNED.sub("", name).strip(" -:*=")
    name = re.sub(r"\b[S5]/[BD8]\b", "S/B", name)
    return Found(name, confidence, (left, top, right, bottom), head[places[0]].page)


def _is_registration(text: str) -> bool:
    return bool(_NUMBER_ALONE.match(plain(text)))


def _cleaned(text: str) -> str:
    """Without the company's registration, which many print behind the name."""
    text = plain(text)
    text = re.sub(
        r"\(\s*(?:co\.?\s*)?(?:reg\w*\.?|no\.?|roc\w*)?[\s.:]*[A-Z]{0,3}\d{4,}[\s\w-]*\)?\s*$",
        "",
        text,
        flags=re.IGNORECASE,
    )
    text = _REGISTRATION.sub("", text)
    return text.strip(" -:*=.,'\"") + ("." if text.rstrip().endswith(("CO.", "BHD.")) else "")


def _is_ending_alone(text: str) -> bool:
    rest = key_of(_ENDINGS.sub("", text))
    return len(rest) <= 3 or (len(rest) <= 10 and text.strip().startswith("("))


def _is_something_else(text: str) -> bool:
    if not key_of(text):
        return True
    if _ENDINGS.search(text):
        return False
    # What is written in small letters was put there by hand.
    return bool(_NO_NAME.search(text)) or (text.islower() and not _is_shop(text))


def _looks_like_address(text: str) -> bool:
    return bool(_ADDRESS.search(text)) and not _ENDINGS.search(text)
