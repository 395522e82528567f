"""What was to pay, among cash, change, rounding, discounts, taxes and subtotals."""

import pytest

from receipts.fields.totals import total_of
from receipts.reading.page import rows_of
from tests.receipts.pages import page


def read(text: str, exponent: int = 2):
    return total_of(rows_of(page(text)), exponent=exponent)


def minor(text: str, exponent: int = 2) -> int | None:
    total = read(text, exponent)
    return total.found.value if total else None


CASH = """
Coffee                40.00
Cake                  65.00
SUBTOTAL             105.00
VAT 7%                 7.35
TOTAL                112.35
CASH                 200.00
CHANGE                87.65
"""


def test_cash_less_change_is_the_total():
    total = read(CASH)
    assert total
    assert total.found.value == 112_35
    assert {"label", "cash", "tax"} <= set(total.reasons)
    assert total.found.confidence >= 0.99


def test_thai_labels_are_labels():
    assert minor("กาแฟ    40.00\nยอดรวมทั้งสิ้น    40.00\nเงินสด    100.00\nเงินทอน    60.00") == 40_00


@pytest.mark.parametrize(
    "label", ["TOTAL QTY", "TOTAL ITEMS", "TOTAL GST", "TOTAL DISCOUNT", "ส่วนลด"]
)
def test_what_only_sounds_like_a_total_is_none(label):
    assert minor(f"Coffee    40.00\n{label}    3.00\nTOTAL    40.00") == 40_00


def test_what_it_was_rounded_to_was_to_pay():
    text = "Pen    42.33\nTOTAL    42.33\nROUNDING ADJ    0.02\nTOTAL ROUNDED    42.35"
    assert minor(text) == 42_35
    assert minor("Pen    4.24\nTOTAL    4.24\nROUNDING    0.01\nCARD    4.25") == 4_25


def test_the_summary_of_taxes_is_none():
    text = f"{CASH}\nGST SUMMARY    AMOUNT    TAX\nTOTAL    105.00    7.35"
    assert minor(text) == 112_35


def test_a_label_above_its_amount_is_its_label():
    assert minor("Coffee    40.00\nGRAND TOTAL\n40.00") == 40_00


def test_the_sign_of_the_baht_that_was_read_as_an_8_is_found_out():
    """8 for ฿, on total and subtotal alike: only what was paid less the change tells."""
    text = """
Shoes                 8,104.00
SUBTOTAL             88,104.00
TOTAL                88,104.00
CASH                  9,000.00
CHANGE                  896.00
"""
    assert minor(text) == 8_104_00


def test_yen_have_no_decimals():
    assert minor("コーヒー    450\n合計    450\nCASH    1,000\nCHANGE    550", exponent=0) == 450


def test_without_a_label_there_is_no_confidence():
    total = read("Coffee    40.00\nThank you")
    assert total is None or total.found.confidence < 0.5
