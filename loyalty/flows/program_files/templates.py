"""Programs to begin with: files of our own, in ``templates/``, each with what people read of it.

They are written in baht, at ฿25 a point, and brought to other currencies by what shops give a point
for there: ฿5,000 is $200.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from loyalty.days import add_months
from loyalty.flows.program_files import tree
from loyalty.flows.program_files.tree import Node
from loyalty.localized import Localized
from loyalty.money import exponent
from loyalty.refusal import Refusal

FOLDER = Path(__file__).parent / "templates"
HEAD = "template"
# About what shops give a point for; everything else is 1.00 of the currency.
SPEND_PER_POINT = {"THB": 25, "JPY": 100, "KRW": 1_000, "VND": 10_000, "IDR": 10_000}
WRITTEN_PER_POINT = SPEND_PER_POINT["THB"]
MONEY = {"amount", "per", "threshold", "price", "limit", "budget", "minimum"}
_MONTH = re.compile(r"month\+(?P<months>\d) (?P<clock>\d\d:\d\d)", re.ASCII)
_AMOUNT = re.compile(r"\d+\.\d\d", re.ASCII)
USUAL_UNIT = "point"


class UnknownTemplate(Refusal):
    code = "unknown_template"


@dataclass(frozen=True, kw_only=True)
class Template:
    """One file, and what is said of it before somebody chooses it."""

    name: str
    place: int
    icon: str
    title: Localized
    about: Localized
    example: Sequence[Mapping[str, str]]  # Purchases that show what it gives.
    root: Node

    @property
    def names_points(self) -> bool:
        """Whether its points are called as the merchant likes."""
        unit = self.root.at("wallets.points.unit_one.en")
        return unit.value == USUAL_UNIT

    def tree(
        self,
        *,
        currency: str,
        now: datetime,
        unit_one: Mapping[str, str] | None = None,
        unit_many: Mapping[str, str] | None = None,
    ) -> Node:
        """The file for a program with this currency."""
        root = _at(_in_currency(self.root, currency), now.date())
        if self.names_points and unit_one and unit_many:
            root = _with(root, ("wallets", "points", "unit_one"), _texts(unit_one))
            root = _with(root, ("wallets", "points", "unit_many"), _texts(unit_many))
        return root

    def purchases(self, currency: str) -> list[dict[str, str]]:
        """The example's purchases: each with its amount, and perhaps a category."""
        return [{**each, "amount": _amount(each["amount"], currency)} for each in self.example]


@cache
def all_templates() -> tuple[Template, ...]:
    found = [_read(path) for path in sorted(FOLDER.glob("*.yaml"))]
    return tuple(sorted(found, key=lambda it: it.place))


def known(name: str) -> Template:
    for template in all_templates():
        if template.name == name:
            return template
    raise UnknownTemplate(_("There is no such template."))


def spend_per_point(currency: str) -> int:
    return SPEND_PER_POINT.get(currency, 1)


def _read(path: Path) -> Template:
    root = tree.read(path.read_text())
    told = root.value[HEAD].plain()
    told["title"], told["about"] = Localized(told["title"]), Localized(told["about"])
    rest = {name: node for name, node in root.value.items() if name != HEAD}
    return Template(name=path.stem, root=replace(root, value=rest), **told)


def _in_currency(node: Node, currency: str, key: str = "") -> Node:
    value = node.value
    if isinstance(value, dict):
        inner = {name: _in_currency(it, currency, name) for name, it in value.items()}
        return replace(node, value=inner)
    if isinstance(value, list):
        return replace(node, value=[_in_currency(it, currency, key) for it in value])
    if key in MONEY and isinstance(value, str) and _AMOUNT.fullmatch(value):
        return replace(node, value=_amount(value, currency))
    return node


def _at(node: Node, today: date) -> Node:
    """The first days of the months to come in place of "month+1 00:00"."""
    value = node.value
    if isinstance(value, dict):
        return replace(node, value={name: _at(it, today) for name, it in value.items()})
    if isinstance(value, list):
        return replace(node, value=[_at(it, today) for it in value])
    if isinstance(value, str) and (found := _MONTH.fullmatch(value)):
        first = add_months(today.replace(day=1), int(found["months"]))
        return replace(node, value=f"{first} {found['clock']}")
    return node


def _amount(baht: str, currency: str) -> str:
    amount = Decimal(baht) * spend_per_point(currency) / WRITTEN_PER_POINT
    return f"{amount:.{exponent(currency)}f}"


def _texts(texts: Mapping[str, str]) -> Node:
    told: dict[str, Any] = {language: Node(text, 0) for language, text in texts.items() if text}
    return Node(told, 0, dict.fromkeys(told, 0))


def _with(node: Node, path: Sequence[str], leaf: Node) -> Node:
    first, *rest = path
    inner = _with(node.value[first], rest, leaf) if rest else leaf
    return replace(node, value={**node.value, first: inner})
