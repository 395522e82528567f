"""The figures a rule is made of: how each is read from JSON, and how people type it in a form."""

from loyalty.earning.values.base import BadValue, Value
from loyalty.earning.values.choices import (
    Choice,
    Codes,
    Flag,
    Locations,
    Named,
    OneNamed,
    Rank,
    Ranks,
    Several,
)
from loyalty.earning.values.numbers import BasisPoints, Factor, Money, Quantity, Whole, Worth
from loyalty.earning.values.times import Clock, Day, EndDay

__all__ = [
    "BadValue", "BasisPoints", "Choice", "Clock", "Codes", "Day", "EndDay", "Factor", "Flag",
    "Locations", "Money", "Named", "OneNamed", "Quantity", "Rank", "Ranks", "Several", "Value",
    "Whole", "Worth",
]  # fmt: skip
