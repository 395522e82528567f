"""Numbers, money and rates."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _

from loyalty.earning.terms import Terms
from loyalty.earning.values.base import BadValue, Value
from loyalty.fields import MoneyField, PointsField

MOST_POINTS = 1_000_000_000
MOST_MINOR = 10**12


class Whole(Value):
    """A whole number within limits."""

    def __init__(self, label: Any, *, least: int = 1, most: int = 10_000, **texts: Any) -> None:
        super().__init__(label, **texts)
        self.least, self.most = least, most

    def read(self, raw: Any) -> int:
        # JSON's true is a Python int, and 3.0 equals 3: neither was meant as a number of things.
        if type(raw) is not int or not self.least <= raw <= self.most:
            limits = {"least": self.least, "most": self.most}
            raise BadValue(_("Give a whole number from %(least)s to %(most)s.") % limits)
        return raw

    def field(self, terms: Terms) -> forms.Field:
        return forms.IntegerField(min_value=self.least, max_value=self.most, **self.texts)


class Money(Whole):
    """Minor units of the program's currency; people type major ones."""

    def __init__(self, label: Any, *, least: int = 1, **texts: Any) -> None:
        super().__init__(label, least=least, most=MOST_MINOR, **texts)

    def field(self, terms: Terms) -> forms.Field:
        return MoneyField(currency=terms.currency, **self.texts)


class Worth(Whole):
    """What a wallet holds: points, stamps, or minor units where it holds money."""

    def __init__(self, label: Any, *, most: int = MOST_POINTS, **texts: Any) -> None:
        super().__init__(label, most=most, **texts)

    def field(self, terms: Terms) -> forms.Field:
        if terms.is_money:
            return MoneyField(currency=terms.currency, **self.texts)
        return PointsField(wallet=cast(Any, terms), min_value=1, max_value=self.most, **self.texts)


class BasisPoints(Whole):
    """A rate in hundredths of a percent; people type percent."""

    def __init__(self, label: Any, **texts: Any) -> None:
        super().__init__(label, least=1, most=10_000, **texts)

    def field(self, terms: Terms) -> forms.Field:
        return _PercentField(
            min_value=Decimal("0.01"), max_value=100, decimal_places=2, **self.texts
        )

    def shown(self, value: int, terms: Terms) -> Decimal:
        return Decimal(value) / 100


class _PercentField(forms.DecimalField):
    def clean(self, value: Any) -> int | None:
        percent = super().clean(value)
        return None if percent is None else int(percent * 100)


class Factor(Whole):
    """How many times, in percent; people type "2" or "1.5"."""

    def __init__(self, label: Any, **texts: Any) -> None:
        super().__init__(label, least=101, most=10_000, **texts)

    def field(self, terms: Terms) -> forms.Field:
        return _PercentField(
            min_value=Decimal("1.01"), max_value=100, decimal_places=2, **self.texts
        )

    def shown(self, value: int, terms: Terms) -> Decimal:
        return Decimal(value) / 100


class Quantity(Value):
    """How many or how much of a thing, at most three decimals: "3", "0.5"."""

    def read(self, raw: Any) -> Decimal:
        text = str(raw) if type(raw) in (int, str) else ""
        whole, _point, part = text.partition(".")
        digits = (whole + part).isdecimal() and text.isascii() and whole != ""
        if not digits or len(whole) > 9 or len(part) > 3 or Decimal(text) <= 0:
            raise BadValue(_('Give a quantity above 0, like 3 or "0.5".'))
        return Decimal(text)

    def write(self, value: Decimal) -> str:
        return f"{value.normalize():f}"

    def field(self, terms: Terms) -> forms.Field:
        return _QuantityField(
            min_value=Decimal("0.001"), max_digits=12, decimal_places=3, **self.texts
        )


class _QuantityField(forms.DecimalField):
    def clean(self, value: Any) -> str | None:
        quantity = super().clean(value)
        return None if quantity is None else f"{quantity:f}"
