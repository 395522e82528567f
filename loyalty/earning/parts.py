"""What conditions, effects and caps have in common: each is a small value, told in JSON or a form.

A class of them is a frozen dataclass whose fields are made by ``told``; all the rest follows.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Self, TypeVar

from django import forms
from django.utils.translation import gettext as _

from loyalty.earning.terms import Terms
from loyalty.earning.values import BadValue, Value

P = TypeVar("P", bound="Part")


class BadRule(ValueError):
    """What was told is no rule. ``problems`` names each wrong field and says what is wrong."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(dict.fromkeys(problems.values())))
        self.problems = dict(problems)

    def under(self, place: str) -> dict[str, str]:
        """The problems as seen from outside: "minor" becomes "conditions.0.minor"."""
        return {f"{place}.{name}".rstrip("."): text for name, text in self.problems.items()}


def told(value: Value, *, default: Any = MISSING) -> Any:
    """A field of a part. What need not be told has a default."""
    if default is MISSING and not value.required:
        default = None
    return field(default=default, metadata={"value": value})


@dataclass(frozen=True)
class Part:
    """A condition, an effect or a cap."""

    kind: ClassVar[str] = ""
    label: ClassVar[Any] = ""

    @classmethod
    @cache
    def values(cls) -> dict[str, Value]:
        return {one.name: one.metadata["value"] for one in _told_fields(cls)}

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """The part that JSON tells of, or BadRule."""
        if not isinstance(data, dict):
            raise BadRule({"": _("Give an object with the fields of this part of the rule.")})
        known = {one.name: one for one in _told_fields(cls)}
        problems = {
            str(name)[:40]: _("There is no such field here.")
            for name in data.keys() - known.keys() - {"kind"}
        }
        read: dict[str, Any] = {}
        for name, one in known.items():
            if data.get(name) is not None:
                try:
                    read[name] = one.metadata["value"].read(data[name])
                except BadValue as bad:
                    problems[name] = str(bad)
            elif one.default is MISSING:
                problems[name] = _("This field is missing.")
        if problems:
            raise BadRule(problems)
        part = cls(**read)
        part.check_itself()
        return part

    def to_json(self) -> dict[str, Any]:
        kind = {"kind": self.kind} if self.kind else {}
        held = {name: (value, getattr(self, name)) for name, value in self.values().items()}
        return kind | {
            name: value.write(mine) for name, (value, mine) in held.items() if mine is not None
        }

    def check_itself(self) -> None:
        """What no field can see alone; raises BadRule."""

    @classmethod
    def form(
        cls,
        terms: Terms,
        data: Mapping[str, Any] | None = None,
        *,
        prefix: str | None = None,
        part: Self | None = None,
    ) -> "PartForm":
        """The form of this kind; once it is valid, ``form.part`` is what people made."""
        asked = {name: value.field(terms) for name, value in cls.values().items()}
        held = {one.name: getattr(part, one.name, one.default) for one in _told_fields(cls)}
        initial = {
            name: value.shown(held[name], terms)
            for name, value in cls.values().items()
            if held[name] not in (None, MISSING)
        }
        kind_of_form = type("PartForm", (PartForm,), {**asked, "part_class": cls})
        return kind_of_form(data, prefix=prefix, initial=initial)


class PartForm(forms.Form):
    """Asks for the fields of one part."""

    part_class: ClassVar[type[Part]] = Part
    part: Part

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if not self.errors:
            try:
                self.part = self.part_class.from_json({k: v for k, v in told.items() if v != ""})
            except BadRule as bad:
                for name, sentence in bad.problems.items():
                    self.add_error(name if name in self.fields else None, sentence)
        return told


def read_part(data: Any, kinds: Mapping[str, type[P]]) -> P:
    """The part that JSON tells of, by its kind."""
    kind = data.get("kind") if isinstance(data, dict) else None
    if not isinstance(kind, str) or kind not in kinds:
        raise BadRule({"kind": _("Give one of these kinds: %s.") % ", ".join(kinds)})
    return kinds[kind].from_json(data)


def _told_fields(cls: type[Part]) -> list[Field[Any]]:
    return [one for one in fields(cls) if "value" in one.metadata]
