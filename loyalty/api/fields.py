"""What a field of a body may be. Each takes one JSON type and turns nothing into another.

They are fields of the REST framework, so that one declaration reads requests, shows answers and
describes both in OpenAPI; ``read`` is their own, and does no more than it must.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar, NoReturn

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from loyalty.money import NotMoney, exponent, to_minor

SENTENCES = {
    "required": gettext_noop("This field is missing."),
    "null": gettext_noop("This field cannot be null."),
    "blank": gettext_noop("This field cannot be empty."),
    "not_a_text": gettext_noop("Give a text."),
    "control_characters": gettext_noop("The text has control characters, or broken ones."),
    "too_long": gettext_noop("The text is too long."),
    "wrong_form": gettext_noop("The text does not have the form asked for."),
    "not_a_choice": gettext_noop("This is none of the choices."),
    "not_an_amount": gettext_noop("Give the amount as a text in the currency, such as “59.90”."),
    "negative": gettext_noop("The amount cannot be negative."),
    "not_an_integer": gettext_noop("Give a whole number."),
    "out_of_range": gettext_noop("The number is too small or too large."),
    "not_a_quantity": gettext_noop("Give a positive number with up to three decimals, as a text."),
    "not_an_instant": gettext_noop(
        "Give date, time and offset, such as “2026-06-02T12:00:00+07:00”."
    ),
    "not_a_date": gettext_noop("Give a date, such as “2026-06-02”."),
    "not_a_boolean": gettext_noop("Give true or false."),
    "not_a_list": gettext_noop("Give a list."),
    "too_many": gettext_noop("The list is too long."),
}

_CONTROL = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_QUANTITY = re.compile(r"\d{1,9}(\.\d{1,3})?", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,19}", re.ASCII)


def fail(code: str) -> NoReturn:
    raise serializers.ValidationError(_(SENTENCES[code]), code=code)


class Strict(serializers.Field):
    """What the fields below share. A field without a default that need not be told stays absent."""

    def run_validation(self, data: Any = empty) -> Any:
        if data is empty:
            if self.default is not empty:
                return self.default
            fail("required")
        if data is None:
            return None if self.allow_null else fail("null")
        return self.read(data)

    def read(self, data: Any) -> Any:
        raise NotImplementedError


class Text(Strict, serializers.CharField):
    """One line of text, without the spaces around it."""

    def __init__(self, *, max_length: int, pattern: str = "", **options: Any) -> None:
        super().__init__(max_length=max_length, **options)
        self.longest = max_length
        self.pattern = re.compile(pattern, re.ASCII) if pattern else None

    def read(self, data: Any) -> str:
        if type(data) is not str:
            fail("not_a_text")
        text = data.strip()
        if _CONTROL.search(text):
            fail("control_characters")
        if not text and not self.allow_blank:
            fail("blank")
        if len(text) > self.longest:
            fail("too_long")
        if self.pattern and text and not self.pattern.fullmatch(text):
            fail("wrong_form")
        return text


class Id(Text):
    """A public id, or any other name that a stranger may guess at: no check but its length."""

    def __init__(self, *, max_length: int = 32, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)


class Choice(Strict, serializers.ChoiceField):
    def read(self, data: Any) -> str:
        if type(data) is not str or data not in self.choices:
            fail("not_a_choice")
        return data


@extend_schema_field(
    {
        "type": "string",
        "pattern": r"^\d{1,13}(\.\d{1,3})?$",
        "example": "59.90",
        "description": "An amount in the program's currency, never a number: “59.90”.",
    }
)
class Amount(Strict):
    """Money: a text outside, minor units of the program's currency inside."""

    def read(self, data: Any) -> int:
        # to_minor would forgive spaces, as people do.
        if type(data) is not str or data != data.strip():
            fail("not_an_amount")
        try:
            minor = to_minor(data, self.context["currency"])
        except NotMoney as error:
            raise serializers.ValidationError(str(error), code="not_an_amount") from error
        if minor < 0 or data.startswith("-"):
            fail("negative")
        return minor

    def to_representation(self, value: int) -> str:
        return decimal_text(value, exponent(self.context["currency"]))


def decimal_text(minor: int, digits: int) -> str:
    """ "59.90" from 5990 and two digits."""
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


def instant_text(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Whole(Strict, serializers.IntegerField):
    def __init__(self, *, min_value: int = 0, max_value: int = 10**12, **options: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **options)
        self.range = range(min_value, max_value + 1)

    def read(self, data: Any) -> int:
        if type(data) is not int:
            fail("not_an_integer")
        if data not in self.range:
            fail("out_of_range")
        return data


class WholeParameter(Whole):
    """A whole number in a query, where everything is a text."""

    def read(self, data: Any) -> int:
        if not _INTEGER.fullmatch(data):
            fail("not_an_integer")
        return super().read(int(data))


@extend_schema_field({"type": "string", "pattern": r"^\d{1,9}(\.\d{1,3})?$", "example": "1"})
class Quantity(Strict):
    """How many, or how much by weight: a text, or a whole number."""

    def read(self, data: Any) -> Decimal:
        text = str(data) if type(data) is int else data
        if type(text) is not str or not _QUANTITY.fullmatch(text) or not Decimal(text):
            fail("not_a_quantity")
        return Decimal(text)

    def to_representation(self, value: Decimal) -> str:
        return f"{value.normalize():f}"


class Instant(Strict, serializers.DateTimeField):
    """A moment, always with its offset; it is shown in UTC."""

    def read(self, data: Any) -> datetime:
        if type(data) is not str or not _INSTANT.fullmatch(data):
            fail("not_an_instant")
        try:
            at = datetime.fromisoformat(data.upper())
        except ValueError:
            fail("not_an_instant")
        # So that no zone can carry it past what a calendar holds.
        if not 1900 <= at.year <= 2200:
            fail("out_of_range")
        return at

    def to_representation(self, value: datetime) -> str:
        return instant_text(value)


class Day(Strict, serializers.DateField):
    def read(self, data: Any) -> date:
        if type(data) is not str or not _DATE.fullmatch(data):
            fail("not_a_date")
        try:
            day = date.fromisoformat(data)
        except ValueError:
            fail("not_a_date")
        if not 1900 <= day.year <= 2200:
            fail("out_of_range")
        return day

    def to_representation(self, value: date) -> str:
        return value.isoformat()


class Flag(Strict, serializers.BooleanField):
    def read(self, data: Any) -> bool:
        return data if type(data) is bool else fail("not_a_boolean")


class FlagParameter(Flag):
    """True or false in a query, where everything is a text."""

    def read(self, data: Any) -> bool:
        return (
            {"true": True, "false": False}[data]
            if data in ("true", "false")
            else super().read(data)
        )


class Texts(Strict, serializers.ListField):
    """A short list of short texts."""

    def __init__(self, *, most: int, max_length: int, **options: Any) -> None:
        super().__init__(child=Text(max_length=max_length), max_length=most, **options)
        self.most = most

    def read(self, data: Any) -> tuple[str, ...]:
        if type(data) is not list:
            fail("not_a_list")
        if len(data) > self.most:
            fail("too_many")
        return tuple(self.child.run_validation(item) for item in data)


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "example": {"en": "Coffee", "th": "กาแฟ"},
        "description": "A text by language.",
    }
)
class Names(serializers.Field):
    """A text in the languages of the program. It is only shown."""

    default_error_messages: ClassVar[dict[str, str]] = {}

    def to_representation(self, value: dict[str, str]) -> dict[str, str]:
        return dict(value)
