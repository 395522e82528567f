"""Two readings of one page made into one, and pages as people see them."""

from receipts.reading.merging import closed, has_thai, merged
from receipts.reading.page import Line, rows_of


def line(text: str, left: float, top: float = 0, wide: float = 100) -> Line:
    return Line(text, left, top, left + wide, top + 20)


def test_thai_words_come_from_one_and_digits_from_the_other():
    words = [line("ย อด สุ ท ธิ 3 รายการ 3g.00", 0, wide=300)]
    digits = [line("uaagns 3 s1unns", 0), line("39.00", 210, wide=60)]
    assert [it.text for it in merged(digits, words)] == ["ยอดสุทธิ 3 รายการ 39.00"]


def test_what_has_no_thai_is_told_by_who_knows_digits():
    words = [line("T0TAL 4.2S", 0), line("ขอบคุณที่ใช้บริการค่ะ", 0, 40)]
    digits = [line("TOTAL 4.25", 0)]
    told = {it.text for it in merged(digits, words)}
    assert "TOTAL 4.25" in told
    assert "T0TAL 4.2S" not in told


def test_specks_that_were_taken_for_thai_make_no_page_thai():
    assert not has_thai([line("1 028 MILO Dt พ 0(1) ยิ", 0)])
    assert merged([line("MILO", 0)], [line("พยิ MILO", 0)]) == [line("MILO", 0)]


def test_blanks_between_thai_letters_are_none():
    assert closed("ใบ เสร็จ รับ เงิน 15 บาท") == "ใบเสร็จรับเงิน 15 บาท"


def test_rows_hold_together_on_a_page_that_hangs():
    tilted = [
        line("Coffee", 0, 10), line("40.00", 300, 20), line("Cake", 0, 40), line("65.00", 300, 50),
    ]  # fmt: skip
    assert [row.text for row in rows_of(tilted)] == ["Coffee 40.00", "Cake 65.00"]
