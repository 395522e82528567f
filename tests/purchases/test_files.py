"""Files as merchants have them: in every encoding, packed, with a till's own headings."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from loyalty.purchases import files, mapping
from loyalty.purchases.files import Reading
from loyalty.purchases.mapping import Mapping
from loyalty.purchases.opening import BadFile, encoding_of
from tests.purchases.sheet import HEADER, line

DATA = Path(__file__).parents[1] / "data"
REFUNDS = replace(Mapping(), negative_is_refund=True)
THAI = "reference,made_at,member,product,name,amount\n1,2026-01-05T09:00,สมชาย,ชา,ชาไทย,65\n"


# --- What is read --------------------------------------------------------------------------------


def test_lines_of_one_reference_are_one_sale(file):
    file.read(HEADER + line("1", price="2.55") + line("2") + line("1", product="cup", quantity="3"))
    assert file.references == ["1", "2"]
    first = file.groups[0]
    assert [(it.product, it.quantity, it.amount_minor) for it in first.lines] == [
        ("tea", 1, 2_55), ("cup", 3, 30_00),
    ]  # fmt: skip
    assert (first.first_line, first.member, first.is_refund) == (2, "A", False)
    assert first.made_at.isoformat() == "2026-01-05T09:00:00+07:00"


def test_a_till_with_thai_headings_is_read(file):
    told = mapping.read((DATA / "till.toml").read_text(encoding="utf-8"))
    file.read((DATA / "till.csv").read_bytes(), told)
    assert file.references == ["B1001", "B1002", "B1003", "CN901", "B1004", "CN902", "CN903",
                               "CN904", "B1006"]  # fmt: skip
    assert file.groups[0].lines[0].name == "ลาเต้เย็น"
    assert file.groups[1].lines[0].amount_minor == 1_420_00
    assert file.groups[3].is_refund
    assert file.groups[3].lines[0].quantity == 1
    assert file.problems == [
        (8, "“แปดสิบห้า” is not a number."),
        (9, "B1005 is left out whole, because line 8 of it is bad."),
    ]
    assert (file.reading.lines, file.reading.bad_lines, file.reading.left_out) == (13, 1, 1)


def test_a_price_times_a_quantity_is_rounded_once_half_up(file):
    file.read(HEADER + line(quantity="3", price="0.335") + line("2", quantity="0.5", price="0.33"))
    assert [group.lines[0].amount_minor for group in file.groups] == [1_01, 17]


def test_numbers_are_read_as_people_write_them(file):
    prices = ['"1,234.50"', "+7", ".5", "1e2", " 3.00 "]
    file.read(HEADER + "".join(line(str(n), price=it) for n, it in enumerate(prices)))
    amounts = [group.lines[0].amount_minor for group in file.groups]
    assert amounts == [1_234_50, 7_00, 50, 100_00, 3_00]


def test_a_sale_and_a_refund_may_share_a_reference(file):
    """An exchange: one thing goes out, another comes back, on one slip."""
    file.read(HEADER + line("7", product="cup") + line("7", quantity="-2"), REFUNDS)
    assert [(it.reference, it.is_refund) for it in file.groups] == [("7", False), ("7", True)]
    assert file.groups[1].lines[0].quantity == 2


def test_a_sale_that_comes_back_within_some_lines_is_one(file, monkeypatch):
    monkeypatch.setattr(files, "LOOK_BACK", 3)
    far = "".join(line(str(n)) for n in range(2, 6))
    file.read(HEADER + line("1") + line("2") + line("1") + far + line("1"))
    assert file.references == ["1", "2", "3", "4", "5", "1"]
    assert [len(group.lines) for group in file.groups] == [2, 2, 1, 1, 1, 1]


def test_a_packed_file_is_unpacked(file):
    assert file.read(gzip.compress((HEADER + line()).encode())).references == ["1"]


def test_blank_lines_are_passed_over(file):
    assert file.read(f"{HEADER}\n,,,,,\n{line()}\n\n").references == ["1"]
    assert file.problems == []


# --- Encodings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp874"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_thai_is_read_however_it_was_written(file, encoding, ending):
    file.read(THAI.replace("\n", ending).encode(encoding))
    assert (file.groups[0].member, file.groups[0].lines[0].name) == ("สมชาย", "ชาไทย")


def test_utf16_of_either_end_is_read(file):
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert file.read(mark + THAI.encode(encoding)).groups[0].member == "สมชาย"


def test_the_encoding_is_told_by_the_first_bytes():
    assert encoding_of("ชา,กาแฟ\n".encode()) == "utf-8"
    assert encoding_of("ชา,กาแฟ\n".encode("cp874")) == "cp874"
    assert encoding_of("ชา".encode()[:-1]) == "cp874"
    assert encoding_of("a\nชา".encode()[:-1]) == "utf-8"  # Cut in a letter of a later line.


def test_what_is_no_text_costs_its_line_only(file):
    for told, encoding in (
        (b"1\xff", "utf-8"), (b"1\xdb", "cp874"), (b"1\x00", "utf-8"),
    ):  # fmt: skip
        bad = line("BAD").encode().replace(b"BAD", told)
        file.read(HEADER.encode() + bad + line("2").encode(), replace(Mapping(), encoding=encoding))
        assert file.references == ["2"]
        assert file.problem == "It holds characters that are no text in the file's encoding."


def test_a_lone_surrogate_costs_its_line_only(file):
    told = HEADER + line("BAD") + line("2")
    cut = told.encode("utf-16-le").replace("BAD".encode("utf-16-le"), b"\x00\xd8B\x00")
    assert file.read(b"\xff\xfe" + cut).references == ["2"]


def test_what_is_no_text_in_a_column_that_nobody_asked_for_is_let_be(file):
    told = HEADER.replace("\n", ",note\n").encode() + line().encode().replace(b"\n", b",\xff\n")
    assert file.read(told, replace(Mapping(), encoding="utf-8")).references == ["1"]


# --- Files that are none -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"a,b\n1,2\n", "no column reference, made_at, amount, unit_price"),
        (b"reference,made_at\n1,2\n", "no column amount, unit_price"),
        (b"reference;made_at;amount\n", "no column reference"),
        (b"reference,made_at,amount,amount\n1,2026-01-05,1,2\n", "two columns amount"),
        (b"PK\x03\x04 and so on", "spreadsheet"),
        (b"\xd0\xcf\x11\xe0 and so on", "spreadsheet"),
        (b"\x1f\x8b is no gzip", "damaged"),
        (gzip.compress(HEADER.encode() * 50, mtime=0)[:-12], "cut off"),
        (b"x" * 200_000, "too long for a header"),
    ],
)
def test_what_is_no_file_of_sales_is_refused_in_a_sentence(file, told, says):
    with pytest.raises(BadFile, match=says) as refused:
        file.read(told)
    assert refused.value.code == "bad_file"


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadFile, match="cannot be read"):
        list(Reading(tmp_path / "none.csv", Mapping(), "THB", "UTC").groups())


def test_a_packed_file_that_is_cut_off_is_refused_where_it_ends(file):
    whole = gzip.compress(HEADER.encode() + "".join(map(line, map(str, range(60_000)))).encode())
    with pytest.raises(BadFile, match="cut off"):
        file.read(whole[: len(whole) // 2])


def test_a_header_alone_has_no_sales(file):
    file.read(HEADER)
    assert (file.groups, file.reading.lines, file.problems) == ([], 0, [])


def test_a_column_that_the_mapping_names_must_be_there(file):
    told = mapping.read(
        '[columns]\nreference = "reference"\nmade_at = "made_at"\namount = "unit_price"\n'
        'member = "Member ID"\n'
    )
    with pytest.raises(BadFile, match="no column Member ID"):
        file.read(HEADER + line(), told)
