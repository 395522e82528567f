"""How the columns of a merchant's file are called, and what its values mean. A small TOML file.

source = "online-retail"
date_format = "%Y-%m-%d %H:%M:%S"

[columns]
reference = "InvoiceNo"
made_at = "InvoiceDate"
member = "CustomerID"
product = "StockCode"
quantity = "Quantity"
unit_price = "UnitPrice"

[refunds]
reference_prefix = "C"
"""

import re
import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from loyalty.refusal import Refusal

COLUMNS = (
    "reference", "made_at", "member", "email", "phone", "product", "name", "category", "quantity",
    "unit_price", "amount", "tax", "payment_method", "channel", "kind",
)  # fmt: skip
NEEDED = ("reference", "made_at")


class BadMapping(Refusal):
    code = "bad_mapping"


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """Which column holds what. Without a file, columns have our own names."""

    source: str = "import"
    date_format: str = ""  # Empty: ISO 8601.
    delimiter: str = ","
    encoding: str = ""  # Empty: found out.
    columns: dict[str, str] = field(default_factory=lambda: {name: name for name in COLUMNS})
    needed: tuple[str, ...] = NEEDED  # Without these columns a file is not read.
    refund_prefix: str = ""  # References that begin so are refunds …
    negative_is_refund: bool = False  # … or lines with a negative quantity are.
    member_suffix: str = ""  # Cut off the members' numbers: ".0" of "17850.0".


def read(text: str) -> Mapping:
    """A mapping from TOML; what it should not hold is refused by name."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(_("The mapping is not TOML: %(error)s") % {"error": error}) from error
    given: dict[str, Any] = {}
    for path, (name, kind) in SETTINGS.items():
        table, _dot, key = path.rpartition(".")
        place = told.get(table, {}) if table else told
        if isinstance(place, dict) and key in place:
            given[name] = _of(kind, path, place.pop(key))
    columns = told.pop("columns", None)
    if columns is not None:
        given |= _columns(columns)
    if unknown := _left_over(told):
        raise BadMapping(
            _("The mapping names what is not known: %(names)s.") % {"names": ", ".join(unknown)}
        )
    return _checked(Mapping(**given))


# Where each setting stands in the file, what it is called here, and of what kind it is.
SETTINGS: dict[str, tuple[str, type]] = {
    "source": ("source", str),
    "date_format": ("date_format", str),
    "delimiter": ("delimiter", str),
    "encoding": ("encoding", str),
    "refunds.reference_prefix": ("refund_prefix", str),
    "refunds.negative_quantity": ("negative_is_refund", bool),
    "members.strip_suffix": ("member_suffix", str),
}


def _of(kind: type, name: str, value: Any) -> Any:
    if not isinstance(value, kind):
        expected = _("a text in quotation marks") if kind is str else _("true or false")
        raise BadMapping(
            _("“%(name)s” must be %(expected)s.") % {"name": name, "expected": expected}
        )
    return value


def _columns(told: Any) -> dict[str, Any]:
    """Every column that a mapping names must be in the file: a slip of the name is not silent."""
    if not isinstance(told, dict):
        raise BadMapping(_("“columns” must be a table: [columns]."))
    if unknown := sorted(told.keys() - set(COLUMNS)):
        raise BadMapping(
            _("The mapping names what is not known: %(names)s.") % {"names": ", ".join(unknown)}
        )
    columns = {name: _of(str, f"columns.{name}", column) for name, column in told.items()}
    columns = {name: column.strip() for name, column in columns.items() if column.strip()}
    if missing := [name for name in NEEDED if name not in columns]:
        raise BadMapping(
            _("The mapping lacks the columns %(names)s.") % {"names": ", ".join(missing)}
        )
    if not columns.keys() & {"amount", "unit_price"}:
        raise BadMapping(_("The mapping needs a column “amount” or “unit_price”."))
    return {"columns": columns, "needed": tuple(columns)}


def _left_over(told: dict[str, Any]) -> list[str]:
    names = []
    for name, value in told.items():
        if name in ("refunds", "members") and isinstance(value, dict):
            names += [f"{name}.{key}" for key in value]
        else:
            names.append(name)
    return sorted(names)


def _checked(mapping: Mapping) -> Mapping:
    if not re.fullmatch(r"[\w.:-]{1,40}", mapping.source):
        raise BadMapping(
            _("“source” is 1 to 40 letters, digits, points, colons, hyphens or underscores.")
        )
    if len(mapping.delimiter) != 1 or mapping.delimiter in '"\r\n':
        raise BadMapping(_("“delimiter” must be one character, such as ; or \\t."))
    if mapping.encoding and not _is_of_text(mapping.encoding):
        raise BadMapping(
            _("“%(encoding)s” is no encoding that is known here.")
            % {"encoding": mapping.encoding[:40]}
        )
    if mapping.date_format and not _tells_a_day(mapping.date_format):
        raise BadMapping(
            _("“date_format” must tell a day, as %%Y-%%m-%%d does. It is “%(form)s”.")
            % {"form": mapping.date_format[:40]}
        )
    return mapping


def _is_of_text(encoding: str) -> bool:
    try:
        b"a".decode(encoding)
    except UnicodeError:
        return True  # It takes more than a byte to write a letter in it.
    except LookupError:
        return False
    return True


def _tells_a_day(form: str) -> bool:
    """Whether a date that is written in this form can be read again."""
    day = datetime(2011, 12, 30)  # noqa: DTZ001 - It is in no zone, and nothing is done with it.
    try:
        return datetime.strptime(day.strftime(form), form).date() == day.date()  # noqa: DTZ007
    except (ValueError, re.error):
        return False
