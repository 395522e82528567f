"""Conditions, effects and limits of rules in a program file: by the registries that rules have.

What a value is in JSON stays where rules keep it. A file says the same for people: money in major
units, tiers by their names, rates in percent.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from django.utils.translation import gettext as _

from loyalty.earning import values
from loyalty.earning.caps import Cap
from loyalty.earning.conditions import CONDITIONS
from loyalty.earning.parts import BadRule, Part
from loyalty.earning.values import BadValue, Value
from loyalty.flows.program_files.context import Context, Wrong
from loyalty.flows.program_files.fields import (
    ABSENT,
    REQUIRED,
    Choice,
    Field,
    Flag,
    Group,
    Many,
    Whole,
    refuse_unknown,
)
from loyalty.flows.program_files.tree import Bare, Node
from loyalty.flows.program_files.values import Hundredths, Money, Ref, TierRank, Worth

# What a value is called in a file, where its own name speaks of how it is kept.
CALLED = {
    "minor": "amount", "per_minor": "per", "basis_points": "percent", "percent": "times",
    "from_rank": "from_tier", "ranks": "tiers",
}  # fmt: skip


class Plain(Field):
    """A value as rules read and write it themselves."""

    def __init__(self, value: Value) -> None:
        super().__init__("")
        self.value = value

    def read(self, node: Node, path: str, at: Context) -> Any:
        raw = node.plain()
        if isinstance(raw, Bare):
            raw = raw.text
        try:
            return self.value.write(self.value.read(raw))
        except BadValue as bad:
            raise Wrong(str(bad)) from None

    def schema(self) -> dict[str, Any]:
        return _shape(self.value)


def _shape(value: Value) -> dict[str, Any]:
    """What Plain takes."""
    text = {"type": "string"}
    if isinstance(value, values.Several):
        return {"type": "array", "items": {"enum": list(value.choices())}, "minItems": 1}
    if isinstance(value, values.Codes):
        return {"type": "array", "items": text, "minItems": 1, "maxItems": 200}
    if isinstance(value, values.Quantity):
        return {"type": ["integer", "string"]}
    if isinstance(value, values.Clock):
        return text | {"pattern": r"^([01]\d|2[0-3]):[0-5]\d$"}
    if isinstance(value, values.Day):
        return text | {"pattern": r"^\d{4}-\d\d-\d\d$"}
    return {}


# The first that fits.
_FIELDS: tuple[tuple[type[Value], Callable[[Any], Field]], ...] = (
    (values.Ranks, lambda it: Many(TierRank(), least=1, default=ABSENT)),
    (values.Rank, lambda it: TierRank()),
    (values.Named, lambda it: Many(Ref(it.of), least=1)),
    (values.OneNamed, lambda it: Ref(it.of)),
    (values.Money, lambda it: Money(least=it.least, most=it.most)),
    (values.Worth, lambda it: Worth(least=it.least, most=it.most)),
    (values.BasisPoints, lambda it: Hundredths(least=it.least, most=it.most)),
    (values.Factor, lambda it: Hundredths(least=it.least, most=it.most)),
    (values.Whole, lambda it: Whole(least=it.least, most=it.most)),
    (values.Flag, lambda it: Flag()),
    (values.Choice, lambda it: Choice("", lambda: list(it.choices))),
)


def field_for(value: Value) -> Field:
    for kind, make in _FIELDS:
        if isinstance(value, kind):
            return make(value)
    return Plain(value)


class PartField(Field):
    """A condition, an effect or a limit, by its kind. Its value is the JSON that rules keep."""

    def __init__(self, kinds: Mapping[str, type[Part]], about: str, **kwargs: Any) -> None:
        super().__init__(about, **kwargs)
        self.kinds = kinds

    def read(self, node: Node, path: str, at: Context) -> Any:
        kind = self._kind(node, path, at)
        if kind is None:
            return ABSENT
        told = fields_of(kind)
        names = {name: each for name, (_own, each) in told.items()}
        known = names | ({"kind": None} if kind.kind else {})
        before = at.stopped
        refuse_unknown(node, known, path, at)
        read = Group(names).read_some(node, names, path, at)
        if at.stopped > before:
            return ABSENT
        data = {told[name][0]: value for name, value in read.items()}
        data |= {"kind": kind.kind} if kind.kind else {}
        try:
            return kind.from_json(data).to_json()
        except BadRule as bad:
            for name, sentence in bad.problems.items():
                spot = CALLED.get(name, name)
                at.wrong(node.at(spot).line, f"{path}.{spot}".rstrip("."), sentence)
            return ABSENT

    def _kind(self, node: Node, path: str, at: Context) -> type[Part] | None:
        if not isinstance(node.value, dict):
            raise Wrong(_give(self.kinds))
        if "" in self.kinds:
            return self.kinds[""]
        asked = node.value.get("kind")
        if asked is None:
            raise Wrong(_give(self.kinds))
        chosen = Choice("", lambda: list(self.kinds)).read(asked, path, at)
        return self.kinds[chosen]

    def write(self, value: Mapping[str, Any], at: Context) -> dict[str, Any]:
        kind = self.kinds[value.get("kind", "") if "" not in self.kinds else ""]
        told = {"kind": kind.kind} if kind.kind else {}
        for name, (own, each) in fields_of(kind).items():
            if own in value and value[own] is not None and value[own] != each.default:
                told[name] = each.write(value[own], at)
        return told

    def schema(self) -> dict[str, Any]:
        shapes = []
        for kind, part in self.kinds.items():
            names = {name: each for name, (_own, each) in fields_of(part).items()}
            shape = Group(names).schema()
            if kind:
                shape["properties"] = {"kind": {"const": kind}, **shape["properties"]}
                shape["required"] = ["kind", *shape.get("required", [])]
            shapes.append(shape)
        return shapes[0] if len(shapes) == 1 else {"oneOf": shapes}


def _give(kinds: Mapping[str, Any]) -> str:
    words = {"words": ", ".join(kinds)}
    if "" in kinds:
        return _("Give its fields, each on a line of its own.")
    return _("Give its kind, one of %(words)s, and its fields.") % words


def fields_of(part: type[Part]) -> dict[str, tuple[str, Field]]:
    """What a part is told in a file: its own name of each value, and how the file reads it."""
    told: dict[str, tuple[str, Field]] = {}
    for one in fields(part):
        if "value" not in one.metadata:
            continue
        each = field_for(one.metadata["value"])
        each.about = str(one.metadata["value"].label)
        each.default = _default(one.default, one.metadata["value"])
        told[CALLED.get(one.name, one.name)] = (one.name, each)
    return told


def _default(default: Any, value: Value) -> Any:
    if default is MISSING:
        return REQUIRED
    return ABSENT if default is None else value.write(default)


def conditions() -> Many:
    about = "What must hold."
    return Many(PartField(CONDITIONS, about), most=20)


def limits() -> Many:
    return Many(PartField({"": Cap}, "How much it gives at most, a day, a week, ever."), most=6)
