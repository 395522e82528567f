"""Slips as merchants make them: each is told with its line, and none is guessed at."""

from decimal import Decimal

import pytest

from loyalty.purchases.sale import MOST_MINOR
from tests.purchases.sheet import HEADER, line


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("2,2026-01-05T09:00,A,tea,1\n", "It has 5 fields; the header has 6."),
        ("2,2026-01-05T09:00,A,tea,1,1,1\n", "It has 7 fields; the header has 6."),
        (line(""), "It has no reference, or one that is too long."),
        (line("2" * 81), "It has no reference, or one that is too long."),
        (line("2", member="2" * 81), "The member's number is too long."),
        (line("2", made_at="yesterday"), "“yesterday” is not a date of the expected form."),
        (line("2", made_at="31/02/2026"), "“31/02/2026” is not a date of the expected form."),
        (line("2", made_at=""), "“” is not a date of the expected form."),
        (line("2", made_at="2569-01-05"), "“2569-01-05” is a date that cannot be meant."),
        (line("2", made_at="0001-01-01T00:00+14:00"),
         "“0001-01-01T00:00+14:00” is a date that cannot be meant."),
        (line("2", quantity="0"), "The quantity 0 is not positive, or too large."),
        (line("2", quantity="-1"), "The quantity -1 is not positive, or too large."),
        (line("2", quantity="0.0004"), "The quantity 0.0004 is not positive, or too large."),
        (line("2", quantity="1e9"), "The quantity 1000000000 is not positive, or too large."),
        (line("2", quantity="=1+1"), "“=1+1” is not a number."),
        (line("2", price="=cmd|' /C calc'!A0"), "“=cmd|' /C calc'!A0” is not a number."),
        (line("2", price="-1.00"), "The amount -1 is negative or too large."),
        (line("2", price="1e12"), "The amount 1000000000000 is negative or too large."),
        (line("2", price="1e13"), "“1e13” is not a number that can be meant."),
        (line("2", price="NaN"), "“NaN” is not a number."),
        (line("2", price="Infinity"), "“Infinity” is not a number."),
        (line("2", price="1_000"), "“1_000” is not a number."),
        (line("2", price='"2,55"'), "“2,55” is not a number."),
        (line("2", price="฿10"), "“฿10” is not a number."),
        (line("2", price="๑๐"), "“๑๐” is not a number."),
        (line("2", price="1" * 200), f"“{'1' * 40}” is not a number."),
        (line("2", price=""), "It has no amount."),
    ],
)  # fmt: skip
def test_a_bad_line_is_told_with_its_number_and_reason(file, bad, says):
    file.read(HEADER + line("1") + bad + line("3"))
    assert file.references == ["1", "3"]
    assert file.problems == [(3, says)]
    assert file.reading.bad_lines == 1


def test_the_largest_amount_is_an_amount(file):
    most = f"{MOST_MINOR // 100}"
    assert file.read(HEADER + line(price=most)).groups[0].lines[0].amount_minor == MOST_MINOR


def test_a_kind_of_line_that_is_not_known_is_told(file):
    file.read("reference,made_at,amount,kind\n1,2026-01-05,1,shipping\n2,2026-01-05,1,gift\n")
    assert file.groups[0].lines[0].kind == "shipping"
    assert file.problem == "“gift” is no kind of line. There are: gift_card, item, shipping."


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_sale_with_a_bad_line_is_left_out_whole(file, place):
    """Half a sale would earn half its points, and the rest could not be told any more."""
    lines = [line("1"), line("1", product="cup"), line("1", product="hat")]
    lines[place] = line("1", price="?")
    file.read(HEADER + "".join(lines) + line("2"))
    assert file.references == ["2"]
    assert (file.reading.bad_lines, file.reading.left_out) == (1, 1)
    assert f"because line {place + 2} of it is bad" in file.problems[1][1]


def test_a_ragged_line_takes_its_sale_out_too(file):
    file.read(HEADER + line("1") + "1,2026-01-05T09:00,A,tea, large,1,10.00\n" + line("2"))
    assert file.references == ["2"]


def test_a_field_that_is_too_large_is_told(file):
    file.read(HEADER + line("1") + line("2", product="x" * 200_000) + line("3"))
    assert (file.references, file.problem) == (["1", "3"], "It is too long.")


def test_a_quotation_mark_that_is_not_closed_is_told_with_all_that_it_ate(file):
    eaten = "".join(line(str(n)) for n in range(2, 5))
    file.read(HEADER + line("1") + line("1b", product='"large') + eaten + line("9", product='c"d'))
    assert file.references == ["1"]
    assert file.problems == [
        (3, "The lines up to 7 were read as one, because a quotation mark is not closed.")
    ]


def test_a_name_may_go_over_two_lines(file):
    file.read(HEADER + line("1", product='"two\nlines"') + line("2", price="?"))
    assert file.groups[0].lines[0].product == "two\nlines"
    assert file.problems[0][0] == 4


def test_a_formula_is_a_name_like_any_other(file):
    assert file.read(HEADER + line(product="=1+1")).groups[0].lines[0].product == "=1+1"


def test_names_that_are_too_long_are_cut(file):
    told = "reference,made_at,amount,name,category\n1,2026-01-05,1," + "ช" * 500 + "," + "c" * 500
    found = file.read(told).groups[0].lines[0]
    assert (len(found.name), len(found.category)) == (160, 80)


def test_what_a_quantity_is_worth_stays_exact(file):
    assert file.read(HEADER + line(quantity="0.125")).groups[0].lines[0].quantity == Decimal(
        "0.125"
    )
