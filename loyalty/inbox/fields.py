"""Reading one thing out of what a shop sent: the thing, or a refusal that says where it was."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loyalty.inbox.told import NotUnderstood, OtherCurrency
from loyalty.money import MOST_MINOR, rounded
from loyalty.strict_json import Inexact

_NUMBER = re.compile(r"-?\d{1,16}(\.\d{1,12})?", re.ASCII)
_CONTROL = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_ID = re.compile(r"[\w.:/-]{1,60}", re.ASCII)
MOST_ITEMS = 2_000

Thing = Mapping[str, Any]


def thing(value: Any, where: str = "") -> Thing:
    if not isinstance(value, dict):
        raise not_understood(where or "body")
    return value


def things(holder: Thing, name: str) -> Iterator[Thing]:
    """The objects of a list. One that is not told is empty."""
    value = holder.get(name) or []
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise not_understood(name)
    for it in value:
        yield thing(it, name)


def text(holder: Thing, name: str, longest: int) -> str:
    """Some words, as far as they fit. What is no text is none."""
    value = holder.get(name)
    return _CONTROL.sub("", value).strip()[:longest] if isinstance(value, str) else ""


def number_of(holder: Thing, name: str) -> str:
    """The shop's own number of something, which shops tell as a number or as a text."""
    value = holder.get(name)
    told = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not _ID.fullmatch(told):
        raise not_understood(name)
    return told


def name_of(holder: Thing, *names: str) -> str:
    """The first number that is told under one of these names. Shops say 0 for none."""
    for name in names:
        told = str(holder.get(name) or "")
        if _ID.fullmatch(told):
            return told
    return ""


def money(holder: Thing, name: str, currency: str, *, default: int | None = None) -> int:
    """Minor units, to the nearest: shops work taxes out to more decimals than can be paid."""
    value = holder.get(name)
    if value in (None, ""):
        if default is None:
            raise not_understood(name)
        return default
    minor = rounded(_decimal(value, name), currency)
    if abs(minor) > MOST_MINOR:
        raise not_understood(name)
    return minor


def quantity(holder: Thing, name: str) -> Decimal:
    """Pieces, with up to three decimals. Negative ones are what came back."""
    return _decimal(holder.get(name), name).quantize(Decimal("0.001")).normalize()


def must_be_in(currency: str, holder: Thing) -> None:
    """Refuse what says that it counts in another currency."""
    told = text(holder, "currency", 10).upper()
    if told and told != currency:
        raise OtherCurrency(
            _("The shop counts in %(theirs)s, the program in %(ours)s.")
            % {"theirs": told, "ours": currency}
        )


def instant(holder: Thing, *names: str, utc: bool = False) -> datetime:
    """The first instant that is told under one of these names. ``utc``: it names no offset."""
    for name in names:
        if told := text(holder, name, 40):
            try:
                found = datetime.fromisoformat(told)
            except ValueError as error:
                raise not_understood(name) from error
            if found.tzinfo is None and utc:
                found = found.replace(tzinfo=UTC)
            if found.tzinfo is None or not 1990 <= found.year <= 9000:
                raise not_understood(name)
            return found
    raise not_understood(names[0])


def not_understood(where: str) -> NotUnderstood:
    return NotUnderstood(_("“%(field)s” is missing or cannot be read.") % {"field": where[:60]})


def _decimal(value: Any, name: str) -> Decimal:
    """Shops tell numbers as texts and as JSON numbers. None becomes a float on the way."""
    told = value.text if isinstance(value, Inexact) else str(value)
    if isinstance(value, bool) or not _NUMBER.fullmatch(told.strip()):
        raise not_understood(name)
    return Decimal(told.strip())
