"""What several forms of the dashboard ask for: a currency, a time zone, and not to act twice."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from babel.core import get_global
from babel.dates import get_timezone_location
from babel.numbers import get_currency_name
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from loyalty import formats
from loyalty.money import currencies
from loyalty.public_ids import ALPHABET, LENGTH, new_public_id

Choices = tuple[tuple[str, str], ...]
SPAN = (
    MinValueValidator(datetime(2000, 1, 1, tzinfo=UTC)),
    MaxValueValidator(datetime(2200, 1, 1, tzinfo=UTC)),
)


class OnceForm(forms.Form):
    """A form that makes a thing. It carries the thing's public id, so a second click makes none."""

    once = forms.RegexField(
        rf"^[{ALPHABET}]{{{LENGTH}}}\Z", widget=forms.HiddenInput, initial=new_public_id
    )


def offer(form: forms.BaseForm, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
    """Give a field of a form its choices, where they are known only with the page."""
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = list(choices)


class CurrencyField(forms.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Currency"))
        super().__init__(choices=lambda: currency_choices(formats.language()), **kwargs)


class ZoneField(forms.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Time zone"))
        super().__init__(choices=lambda: zone_choices(formats.language()), **kwargs)


class MomentField(forms.DateTimeField):
    """A day and a time by the program's clock."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            validators=SPAN,
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"],
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            **kwargs,
        )


@lru_cache(maxsize=8)
def currency_choices(language: str) -> Choices:
    """By code, each with its name in the reader's language."""
    return tuple(
        (code, f"{code} · {get_currency_name(code, locale=language)}") for code in currencies()
    )


@lru_cache(maxsize=8)
def zone_choices(language: str) -> Choices:
    """By the name that people of the language have for it: "Thailand Time"."""
    zones = available_timezones().intersection(get_global("zone_territories"))
    named = [(zone, get_timezone_location(zone, locale=language)) for zone in zones]
    return tuple(sorted(named, key=lambda choice: choice[1]))
