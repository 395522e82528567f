"""The words and figures of one program, for telling what a rule says or did."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from babel.lists import format_list
from babel.numbers import format_currency, format_decimal
from django.utils.translation import gettext as _

from loyalty import formats
from loyalty.money import exponent

MORE_DECIMALS = 4  # As many as a figure shows before it is rounded.


class HasCurrency(Protocol):
    currency: str


class Unit(Protocol):
    """What a wallet says of itself."""

    kind: Any
    unit_one: Any
    unit_many: Any


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a rule's sentences and forms need to know. All prints in the reader's language."""

    currency: str
    unit_one: Any = ""
    unit_many: Any = ""
    is_money: bool = False  # A cashback wallet: its unit is the currency's minor unit.
    tiers: Mapping[int, Any] = field(default_factory=dict)  # Names by rank.
    locations: Mapping[str, Any] = field(default_factory=dict)  # Names by code.
    segments: Mapping[str, Any] = field(default_factory=dict)  # By public id; the team's own words.
    badges: Mapping[str, Any] = field(default_factory=dict)
    rewards: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        program: HasCurrency,
        wallet: Unit,
        *,
        tiers: Mapping[int, Any] | None = None,
        locations: Mapping[str, Any] | None = None,
        segments: Mapping[str, Any] | None = None,
        badges: Mapping[str, Any] | None = None,
        rewards: Mapping[str, Any] | None = None,
    ) -> "Terms":
        return cls(
            currency=program.currency,
            unit_one=wallet.unit_one,
            unit_many=wallet.unit_many,
            is_money=wallet.kind == "cashback",
            tiers=tiers or {},
            locations=locations or {},
            segments=segments or {},
            badges=badges or {},
            rewards=rewards or {},
        )

    def money(self, minor: int, *, whole: bool = True) -> str:
        return formats.money(minor, self.currency, whole=whole)

    def worth(self, points: int) -> str:
        """``300 points``, ``1 point``; money where the wallet holds money."""
        if self.is_money:
            return self.money(points)
        unit = self.unit_one if points == 1 else self.unit_many
        return f"{formats.number(points)} {unit}".rstrip()

    def figure(self, amount: int | Fraction) -> str:
        """The bare figure of ``worth``, with the decimals it still has before it is rounded."""
        cut = int(amount * 10**MORE_DECIMALS)
        about = "" if cut == amount * 10**MORE_DECIMALS else "≈\N{NARROW NO-BREAK SPACE}"
        value = Decimal(cut).scaleb(-MORE_DECIMALS)
        if not self.is_money:
            return about + format_decimal(
                value, locale=formats.language(), decimal_quantization=False
            )
        text = format_currency(
            value.scaleb(-exponent(self.currency)),
            self.currency,
            locale=formats.language(),
            currency_digits=False,
            decimal_quantization=False,
        )
        sign = formats.SIGNS.get(self.currency, f"{self.currency}\N{NO-BREAK SPACE}")
        return about + text.replace(self.currency, sign)


def either(texts: Iterable[str]) -> str:
    """``a, b or c``, in the reader's language."""
    return format_list(list(texts), style="or", locale=formats.language())


def quoted(text: str) -> str:
    return _("“%(text)s”") % {"text": text}


def rate(basis_points: int) -> str:
    """``2.5%`` from 250."""
    return f"{formats.number(Decimal(basis_points) / 100)}%"


def ordinal(number: int) -> str:
    """``1st``, ``12th`` in English; the plain number in other languages."""
    if formats.language() != "en":
        return formats.number(number)
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"
