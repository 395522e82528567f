"""Form fields for what people type: money, points, a colour, and cards to choose from."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.widgets import ChoiceWidget
from django.utils.translation import gettext_lazy as _

from loyalty import formats
from loyalty.money import MOST_MINOR, exponent


class AffixInput(forms.TextInput):
    """A text input with a sign before it or a unit behind it."""

    template_name = "django/forms/widgets/affix.html"

    def __init__(self, *, before: Any = "", after: Any = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.before, self.after = before, after

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"] |= {"before": self.before, "after": self.after}
        return context


class MoneyField(forms.DecimalField):
    """An amount of money: people type ``1,234.50``, the code gets 123450 minor units."""

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        self.exponent = exponent(currency)
        sign = formats.SIGNS.get(currency, currency)
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault(
            "widget",
            AffixInput(before=sign, attrs={"inputmode": "decimal", "autocomplete": "off"}),
        )
        super().__init__(max_digits=16, decimal_places=self.exponent, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return f"{Decimal(value).scaleb(-self.exponent):f}"
        return value

    def to_python(self, value: Any) -> Any:
        return super().to_python(_without_marks(value))

    def clean(self, value: Any) -> int | None:
        amount = super().clean(value)
        return None if amount is None else int(amount.scaleb(self.exponent))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.to_python(self.prepare_value(initial)), data)


class PointsField(forms.IntegerField):
    """A number of points, with the wallet's own word behind it."""

    def __init__(self, *, wallet: formats.Unit, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_value", MOST_MINOR)
        kwargs.setdefault(
            "widget",
            AffixInput(
                after=wallet.unit_many, attrs={"inputmode": "numeric", "autocomplete": "off"}
            ),
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> int | None:
        return super().to_python(_without_marks(value))


class _Hinted(ChoiceWidget):
    """Choices that each carry a sentence of explanation."""

    hints: Mapping[Any, Any]

    def __init__(self, *, hints: Mapping[Any, Any] | None = None, **kwargs: Any) -> None:
        kwargs["attrs"] = {"class": "cards", **kwargs.get("attrs", {})}
        super().__init__(**kwargs)
        self.hints = hints or {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        return option | {"hint": self.hints.get(value, "")}


class RadioCards(_Hinted, forms.RadioSelect):
    """One of a few, each a card with a hint: ``RadioCards(hints={"owe": _("…")})``."""


class CheckCards(_Hinted, forms.CheckboxSelectMultiple):
    """Any of a few, each a card with a hint."""


class IconRadio(forms.RadioSelect):
    """One of some drawings, by their names."""

    template_name = "django/forms/widgets/icons.html"


class ColorField(forms.RegexField):
    """A colour as ``#rrggbb``."""

    widget = forms.TextInput(attrs={"type": "color"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            r"^#[0-9a-fA-F]{6}\Z",
            error_messages={"invalid": _("Write the colour as # and six digits, like #2f4b8c.")},
            **kwargs,
        )


def _without_marks(value: Any) -> Any:
    """People type 1,234: a comma separates thousands in both of our languages."""
    if not isinstance(value, str):
        return value
    return value.replace(",", "").replace("\N{NO-BREAK SPACE}", "").strip()
