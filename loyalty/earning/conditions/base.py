"""What a condition is. To add one, write one class and register it; nothing else changes."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, Self, TypeVar

from django.utils.translation import gettext_lazy as _

from loyalty.earning.activity import PURCHASE, RESERVED_KINDS, Activity, Item
from loyalty.earning.parts import Part, told
from loyalty.earning.terms import Terms, either, quoted
from loyalty.earning.values import Codes, Flag


@dataclass(frozen=True, slots=True)
class Counted:
    """The part of a basket that a rule counts: all of it, unless line conditions narrowed it."""

    items: tuple[Item, ...]
    minor: int
    is_part: bool = False


class Condition(Part):
    """Something that must hold for a rule to give anything."""

    # Under which triggers it can hold at all: any, a purchase, or an activity the merchant named.
    fits: ClassVar[Literal["any", "purchase", "named"]] = "any"
    # The history that the flow must look up before it can be judged (a set of the Rulebook).
    asks: ClassVar[Literal["", "purchases", "activities", "last_purchase"]] = ""

    @property
    def facts(self) -> frozenset[str]:
        """What must be known of the member, as ``Who.facts`` says it: {"segment:8f3…"}."""
        return frozenset()

    def bound(self, source: str) -> Self:
        """The condition as a part of one rule, where it matters which one."""
        return self

    def check(self, activity: Activity, counted: Counted) -> bool:
        return True

    def sentence(self, terms: Terms) -> str:
        """The end of a sentence that begins with what is given: "… on weekdays"."""
        raise NotImplementedError

    @classmethod
    def fits_trigger(cls, trigger: str) -> bool:
        if cls.fits == "purchase":
            return trigger == PURCHASE
        return cls.fits == "any" or trigger not in RESERVED_KINDS


@dataclass(frozen=True)
class Listed(Condition):
    """Something is, or is not, one of the shop's own words. Capitals make no difference."""

    inside: ClassVar[Any]  # The sentence, with %(codes)s …
    outside: ClassVar[Any]  # … and where they are left out.

    codes: tuple[str, ...] = told(Codes(_("Which ones"), hint=_("One on each line.")))
    out: bool = told(Flag(_("All but these")), default=False)

    def has(self, word: str) -> bool:
        return (word.casefold() in self.folded) is not self.out

    @cached_property
    def folded(self) -> frozenset[str]:
        return frozenset(code.casefold() for code in self.codes)

    def sentence(self, terms: Terms) -> str:
        words = self.outside if self.out else self.inside
        return str(words) % {"codes": either(self.name(code, terms) for code in self.codes)}

    def name(self, code: str, terms: Terms) -> str:
        return quoted(code)


class LineCondition(Listed):
    """Narrows the basket: only the lines that it lets through count."""

    fits = "purchase"

    def lets(self, item: Item) -> bool:
        raise NotImplementedError

    def narrows(self, items: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple(item for item in items if self.lets(item))


C = TypeVar("C", bound=type[Condition])
CONDITIONS: dict[str, type[Condition]] = {}


def condition(cls: C) -> C:
    """Enters a condition in the registry under its kind."""
    assert cls.kind not in CONDITIONS, cls.kind
    CONDITIONS[cls.kind] = cls
    return cls
