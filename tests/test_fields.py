"""What people type for money and points, and what the code gets of it."""

import pytest
from django import forms

from loyalty.fields import ColorField, MoneyField, PointsField
from tests.test_formats import POINTS


class Price(forms.Form):
    least = MoneyField(currency="THB")
    cost = PointsField(wallet=POINTS, min_value=1)


@pytest.mark.parametrize("typed", ["1,234.50", "1234.5", " 1234.50 "])
def test_money_becomes_minor_units(typed):
    form = Price({"least": typed, "cost": "1,000"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"least": 123450, "cost": 1000}


@pytest.mark.parametrize("typed", ["-1", "1.005", "NaN", "1e3x", "฿5", "9" * 20])
def test_what_is_no_amount_is_refused(typed):
    assert "least" in Price({"least": typed, "cost": "1"}).errors


def test_a_form_shows_what_is_stored_as_people_write_it():
    assert 'value="450.00"' in str(Price(initial={"least": 45000})["least"])


def test_nothing_changed_when_the_same_amount_comes_back():
    form = Price({"least": "450", "cost": "1"}, initial={"least": 45000, "cost": 1})
    assert form.changed_data == []


@pytest.mark.parametrize("typed", ["red", "#12345", "#1234567", "#12345g", "#123456\n"])
def test_a_colour_is_six_digits(typed):
    with pytest.raises(forms.ValidationError):
        ColorField(strip=False).clean(typed)
