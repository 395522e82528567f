"""The day of a purchase, as several countries print it."""

from datetime import date, time

import pytest

from receipts.fields.dates import day_of, time_of
from receipts.reading.page import rows_of
from tests.receipts.pages import page

TODAY = date(2024, 6, 20)
MARCH = date(2024, 3, 15)


def read(text: str, country: str = "TH", today: date = TODAY) -> date | None:
    found = day_of(rows_of(page(text)), country=country, today=today)
    return found.value if found else None


@pytest.mark.parametrize(
    "text",
    [
        "15/03/2567", "15/03/67", "15-3-67", "15.03.2567", "๑๕ มี.ค. ๒๕๖๗", "15 มีนาคม 2567",
        "15 มี.ค. 67", "วันที่ 15/03/2024", "15 Mar 2024", "MAR 15, 2024", "2024-03-15", "20240315",
        "15/O3/2567", "DATE: 15/03/2567 18:22:01", "2567/03/15", "15th March 2024",
    ],
)  # fmt: skip
def test_it_is_read_in_every_way_that_receipts_in_thailand_have(text):
    assert read(text) == MARCH


def test_two_digits_are_of_the_era_in_which_the_day_can_have_been():
    assert read("15/03/24") == MARCH
    assert read("15/03/67", "MY") is None
    assert read("01/12/66") == date(2023, 12, 1)


def test_the_day_comes_first_but_where_it_does_not():
    assert read("05/03/2024", "TH") == date(2024, 3, 5)
    assert read("05/03/2024", "US") == date(2024, 5, 3)
    assert read("12/28/2023", "MY") == date(2023, 12, 28)


def test_what_would_lie_in_the_future_is_read_the_other_way():
    assert read("05/12/2024", "MY") == date(2024, 5, 12)


@pytest.mark.parametrize("text", ["31/02/2024", "15/03/2031", "15/03/1481", "1/1/1999", "15:03:24"])
def test_no_day_that_cannot_have_been(text):
    assert read(text) is None


def test_a_warranty_or_a_best_before_is_not_the_day():
    text = """
EXPIRY DATE 01/02/2024
EXCHANGE BEFORE 22/03/2024
Date : 15/03/2024    18:22
"""
    assert read(text) == MARCH


def test_the_time_stands_beside_it():
    rows = rows_of(page("OPEN 09:00\nDate 15/03/2024    6:22 PM"))
    day = day_of(rows, country="TH", today=TODAY)
    found = time_of(rows, beside=day)
    assert found
    assert found.value == time(18, 22)
