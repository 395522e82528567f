"""Names, numbers and lines of a receipt; and real receipts by their true text."""

import difflib
import re
from datetime import date

from receipts.fields.all import fields_of
from receipts.fields.sellers import tax_id_of, thai_id_checks
from receipts.reading.page import rows_of
from tests.receipts.pages import page, scans, truths

THAI = """
      บริษัท ซีพี ออลล์ จำกัด (มหาชน)
          สาขาที่ 01234 สีลมซอย 3
    เลขประจำตัวผู้เสียภาษี 0107542000011
   ใบกำกับภาษีอย่างย่อ
เลขที่ใบเสร็จ R#0000123456:E024A1234567
15/03/67    18:22
2 น้ำดื่ม    14.00
1 ขนมปัง    25.00
ยอดสุทธิ 3 ชิ้น    39.00
เงินสด    100.00
เงินทอน    61.00
"""


def test_a_thai_receipt_is_read_whole():
    read = fields_of(page(THAI), country="TH", exponent=2, today=date(2024, 6, 20))
    assert read.name
    assert "ซีพี ออลล์" in read.name.value
    assert read.tax_id
    assert read.tax_id.value == "0107542000011"
    assert read.bought_on
    assert read.bought_on.value == date(2024, 3, 15)
    assert read.total
    assert read.total.value == 39_00
    assert read.payment == "cash"
    assert [(it.quantity, it.amount_minor) for it in read.items] == [(2000, 14_00), (1000, 25_00)]


def test_a_thai_tax_number_checks_itself():
    assert thai_id_checks("0107542000011")
    assert not thai_id_checks("0107542000012")
    rows = rows_of(page("TAX ID 0-1075-42000-01-1"))
    found = tax_id_of(rows, country="TH")
    assert found
    assert found.value == "0107542000011"


def test_a_number_is_told_from_phones_and_registrations():
    text = """
BEST COFFEE SDN BHD
CO REG NO : 860671-D
TEL NO : 03-40210276
INVOICE NO : CS-SA-0097493    DATE : 19/07/2017
"""
    read = fields_of(page(text), country="MY", exponent=2, today=date(2024, 6, 20))
    assert read.number
    assert read.number.value == "CS-SA-0097493"


def test_an_empty_page_says_nothing():
    read = fields_of([], country="TH", exponent=2, today=date(2024, 6, 20))
    assert not read.has_text
    assert read.total is None
    assert read.items == ()


def _key(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def test_real_receipts_by_their_true_text():
    """The bound of what any reading can reach; the labels themselves are wrong for three totals."""
    exact = close = days = totals = 0
    all_told = list(truths(scans()))
    for truth in all_told:
        read = fields_of(truth.lines, country="MY", exponent=2, today=date(2026, 11, 1))
        name = _key(read.name.value) if read.name else ""
        exact += name == _key(truth.company)
        close += difflib.SequenceMatcher(None, name, _key(truth.company)).ratio() >= 0.8
        days += bool(read.bought_on and read.bought_on.value == truth.bought_on)
        totals += bool(read.total and read.total.value == truth.total_minor)
    count = len(all_told)
    assert days == count
    assert totals >= 0.965 * count
    assert (exact, close) >= (0.88 * count, 0.93 * count)


def test_two_like_purchases_have_numbers_of_their_own():
    """498 and 499 are two real purchases: same shop, day, things and total."""
    found = {it.number: it for it in truths(scans())}
    read = [
        fields_of(found[number].lines, country="MY", exponent=2, today=date(2026, 11, 1))
        for number in ("498", "499")
    ]
    numbers = {it.number.value for it in read if it.number}
    assert len(numbers) == 2
