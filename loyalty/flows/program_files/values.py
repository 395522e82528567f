"""Money, factors, moments and references, as files write them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loyalty.flows.program_files.context import Context, Missing, Wrong
from loyalty.flows.program_files.fields import Field, Whole, plain_text
from loyalty.flows.program_files.tree import Bare, Node
from loyalty.money import NotMoney, exponent, to_minor

MONEY = r"[0-9]{1,13}(\.[0-9]{1,3})?"
DAY = r"\d{4}-\d\d-\d\d"
MOMENT = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?"


class Money(Field):
    """Money in major units, as a text: "59.90". Kept in minor ones."""

    def __init__(self, about: str = "", *, least: int = 1, most: int = 10**12, **kwargs: Any):
        super().__init__(about, **kwargs)
        self.least, self.most = least, most

    def read(self, node: Node, path: str, at: Context) -> int:
        if isinstance(node.value, Bare) or type(node.value) is int:
            raise Wrong(_("Put money in quotes, like “59.90”."))
        if not isinstance(node.value, str):
            raise Wrong(_("Give an amount in quotes, like “59.90”."))
        try:
            minor = to_minor(node.value, at.program.currency)
        except NotMoney as bad:
            raise Wrong(str(bad)) from None
        if not self.least <= minor <= self.most:
            limits = {name: self.write(it, at) for name, it in vars(self).items()
                      if name in ("least", "most")}  # fmt: skip
            raise Wrong(_("Give an amount from %(least)s to %(most)s.") % limits)
        return minor

    def write(self, value: int, at: Context) -> str:
        digits = exponent(at.program.currency)
        return f"{Decimal(value).scaleb(-digits):.{digits}f}"

    def schema(self) -> dict[str, Any]:
        return {"$ref": "#/$defs/money"}


class Worth(Field):
    """What a wallet holds: whole points or stamps; money where the wallet holds money."""

    def __init__(self, about: str = "", *, least: int = 1, most: int = 10**12, **kwargs: Any):
        super().__init__(about, **kwargs)
        self.money, self.whole = Money(least=least, most=most), Whole(least=least, most=most)

    def _mine(self, at: Context) -> Field:
        return self.money if at.is_money else self.whole

    def read(self, node: Node, path: str, at: Context) -> Any:
        return self._mine(at).read(node, path, at)

    def write(self, value: Any, at: Context) -> Any:
        return self._mine(at).write(value, at)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self.whole.schema(), self.money.schema()]}


class Hundredths(Field):
    """A number with up to two decimals, kept in hundredths: 2 or "1.5"."""

    def __init__(self, about: str = "", *, least: int = 1, most: int = 10_000, **kwargs: Any):
        super().__init__(about, **kwargs)
        self.least, self.most = least, most

    def read(self, node: Node, path: str, at: Context) -> int:
        text = node.value.text if isinstance(node.value, Bare) else str(node.value)
        if type(node.value) not in (int, str, Bare) or not re.fullmatch(
            r"[0-9]{1,9}(\.[0-9]{1,2})?", text, re.ASCII
        ):
            raise Wrong(_("Give a number with two decimals at most, like 2 or “1.5”."))
        value = int(Decimal(text) * 100)
        if not self.least <= value <= self.most:
            limits = {"least": self.write(self.least, at), "most": self.write(self.most, at)}
            raise Wrong(_("Give a number from %(least)s to %(most)s.") % limits)
        return value

    def write(self, value: int, at: Context) -> Any:
        whole, rest = divmod(value, 100)
        return f"{Decimal(value) / 100:f}" if rest else whole

    def schema(self) -> dict[str, Any]:
        return {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,2})?$"},
            ]
        }


class Moment(Field):
    """A moment by the program's clock: "2027-03-01 09:00"."""

    def read(self, node: Node, path: str, at: Context) -> datetime:
        text = plain_text(node)
        try:
            if not re.fullmatch(MOMENT, text, re.ASCII):
                raise ValueError
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=at.zone)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            sentence = _("Give a day and a time in quotes, like “2027-03-01 09:00”.")
            raise Wrong(sentence) from None

    def write(self, value: datetime, at: Context) -> str:
        local = value.astimezone(at.zone)
        told = local.replace(tzinfo=None)
        text = told.isoformat(sep=" ").removesuffix(":00")
        if told.replace(tzinfo=at.zone).astimezone(UTC) != value:  # An hour that comes twice.
            return local.isoformat(sep=" ")
        return text if text.count(":") else told.isoformat(sep=" ")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{MOMENT}$"}


class Day(Field):
    """A day of the calendar: 2027-04-13."""

    def read(self, node: Node, path: str, at: Context) -> date:
        text = plain_text(node)
        try:
            if not re.fullmatch(DAY, text, re.ASCII):
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            raise Wrong(_("Give a day like 2027-04-13.")) from None

    def write(self, value: date, at: Context) -> str:
        return value.isoformat()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{DAY}$"}


class Ref(Field):
    """The name of another thing. Read as what its kind knows it by."""

    def __init__(self, noun: str, about: str = "", **kwargs: Any) -> None:
        super().__init__(about, **kwargs)
        self.noun = noun

    def read(self, node: Node, path: str, at: Context) -> Any:
        return at.key_of(self.noun, plain_text(node))

    def write(self, value: Any, at: Context) -> Any:
        return at.names.name(self.noun, value) or value

    def schema(self) -> dict[str, Any]:
        return {"$ref": "#/$defs/name"}


class TierRank(Field):
    """A tier by its name; kept as its rank."""

    def read(self, node: Node, path: str, at: Context) -> int:
        if type(node.value) is int and 0 <= node.value <= 30_000:
            return node.value
        key = at.key_of("tiers", plain_text(node))
        for rank, name in at.ranks.items():
            if at.names.key("tiers", name) == key:
                return rank
        raise Missing

    def write(self, value: int, at: Context) -> Any:
        return at.ranks.get(value, value)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"$ref": "#/$defs/name"}, {"type": "integer", "minimum": 0}]}
