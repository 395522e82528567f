"""Days as forms ask for them: between bounds that every database and calendar can hold."""

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

SPAN = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2200, 1, 1)))


def date_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
