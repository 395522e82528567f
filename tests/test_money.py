"""Minor units of each currency's own exponent; nothing is ever rounded on the way in."""

import pytest

from loyalty.money import NotMoney, currencies, exponent, to_minor


@pytest.mark.parametrize(
    ("currency", "digits"), [("THB", 2), ("JPY", 0), ("BHD", 3), ("LAK", 2), ("VND", 0)]
)
def test_a_currency_has_its_own_minor_unit(currency, digits):
    assert exponent(currency) == digits


@pytest.mark.parametrize("code", ["", "thb", "BAHT", "ZZZ", "THB "])
def test_what_is_no_currency_is_refused(code):
    with pytest.raises(NotMoney):
        exponent(code)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("59.90", "THB", 5990),
        ("59.9", "THB", 5990),
        ("59", "THB", 5900),
        ("59.9000", "THB", 5990),
        ("-0.01", "THB", -1),
        ("-0", "THB", 0),
        (" 12 ", "JPY", 12),
        ("12.0", "JPY", 12),
        ("1.234", "BHD", 1234),
        ("10000000000000.00", "THB", 10**15),
    ],
)
def test_an_amount_is_read_exactly(text, currency, minor):
    assert to_minor(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("59.905", "THB"),
        ("0.5", "JPY"),
        ("1e3", "THB"),
        ("NaN", "THB"),
        ("Infinity", "THB"),
        ("1,234.50", "THB"),
        ("๑๒", "THB"),
        (".5", "THB"),
        ("5.", "THB"),
        ("--5", "THB"),
        ("", "THB"),
        ("=1+1", "THB"),
        ("10000000000000.01", "THB"),
        ("9" * 40, "THB"),
    ],
)
def test_what_is_no_amount_is_refused_in_a_sentence(text, currency):
    with pytest.raises(NotMoney) as refused:
        to_minor(text, currency)
    assert str(refused.value).endswith((".", "50."))


def test_one_may_choose_among_todays_currencies():
    assert {"THB", "JPY", "USD"} <= set(currencies())
    assert "DEM" not in currencies()
