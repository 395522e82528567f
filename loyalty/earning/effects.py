"""What a rule gives: one class an effect. To add one, write a class and register it."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, TypeVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.earning.activity import (
    BIRTHDAY,
    MEMBERSHIP_MONTH,
    MEMBERSHIP_YEAR,
    PRODUCT_CODE,
    PROFILE_COMPLETE,
    PURCHASE,
    SIGN_UP,
)
from loyalty.earning.conditions import Counted
from loyalty.earning.conditions.basket import quantity_of
from loyalty.earning.parts import Part, read_part, told
from loyalty.earning.terms import Terms, quoted, rate
from loyalty.earning.values import BasisPoints, Flag, Money, OneNamed, Whole, Worth

Amount = int | Fraction  # Exact: rounding happens once, in ``rules``.
Step = dict[str, Any]

MOST_STAMPS = 1_000


class Effect(Part):
    """So much, for so much."""

    # A refund of a part takes back that part of the award, or nothing until it fails its minimum.
    is_pro_rata: ClassVar[bool]
    needs_purchase: ClassVar[bool] = False
    # A stamp card is not stamped one and a half times.
    can_multiply: ClassVar[bool] = True
    wallet_kind: ClassVar[str] = ""  # The only kind of wallet it goes into; "": any.

    @property
    def prize(self) -> dict[str, str] | None:
        """What it gives in the place of points, named as files do: {"kind": "badge", …}."""
        return None

    def gives(self, counted: Counted) -> tuple[Amount, Step]:
        """The exact amount, not rounded yet, and the step that explains it."""
        raise NotImplementedError

    def sentence(self, terms: Terms, trigger: str) -> str:
        """The beginning of a sentence that conditions and caps go on with."""
        raise NotImplementedError


EFFECTS: dict[str, type[Effect]] = {}
E = TypeVar("E", bound=type[Effect])


def effect(cls: E) -> E:
    """Enters an effect in the registry under its kind."""
    assert cls.kind not in EFFECTS, cls.kind
    EFFECTS[cls.kind] = cls
    return cls


def effect_from_json(data: object) -> Effect:
    return read_part(data, EFFECTS)


@effect
@dataclass(frozen=True)
class PerSpend(Effect):
    """So many points for every so much spent, for parts of it too unless only whole steps count."""

    kind = "per_spend"
    label = _("For every so much spent")
    is_pro_rata = True
    needs_purchase = True

    points: int = told(Worth(_("Gives"), most=1_000_000))
    per_minor: int = told(Money(_("For every")))
    whole_steps: bool = told(Flag(_("Only for the full amount each time")), default=False)

    def gives(self, counted: Counted) -> tuple[Amount, Step]:
        if self.whole_steps:
            amount: Amount = counted.minor // self.per_minor * self.points
        else:
            amount = ratio(counted.minor * self.points, self.per_minor)
        step = {
            "step": "spend",
            "spend_minor": counted.minor,
            "points": self.points,
            "per_minor": self.per_minor,
            "gives": exact(amount),
        }
        if self.whole_steps:
            step["whole_steps"] = True
        return amount, step

    def sentence(self, terms: Terms, trigger: str) -> str:
        words = (
            gettext("%(worth)s for every full %(money)s spent")
            if self.whole_steps
            else gettext("%(worth)s for every %(money)s spent")
        )
        return words % {"worth": terms.worth(self.points), "money": terms.money(self.per_minor)}


@effect
@dataclass(frozen=True)
class Fixed(Effect):
    """The same each time."""

    kind = "fixed"
    label = _("The same each time")
    is_pro_rata = False

    points: int = told(Worth(_("Gives")))

    def gives(self, counted: Counted) -> tuple[Amount, Step]:
        return self.points, {"step": "fixed", "points": self.points, "gives": str(self.points)}

    def sentence(self, terms: Terms, trigger: str) -> str:
        return _occasion(terms.worth(self.points), trigger)


@effect
@dataclass(frozen=True)
class Percent(Effect):
    """A share of the money, as money."""

    kind = "percent"
    label = _("A percentage as cashback")
    is_pro_rata = True
    needs_purchase = True
    wallet_kind = "cashback"

    basis_points: int = told(BasisPoints(_("Percent")))

    def gives(self, counted: Counted) -> tuple[Amount, Step]:
        amount = ratio(counted.minor * self.basis_points, 10_000)
        return amount, {
            "step": "percent",
            "spend_minor": counted.minor,
            "basis_points": self.basis_points,
            "gives": exact(amount),
        }

    def sentence(self, terms: Terms, trigger: str) -> str:
        return gettext("%(percent)s of what is spent") % {"percent": rate(self.basis_points)}


@effect
@dataclass(frozen=True)
class Stamps(Effect):
    kind = "stamps"
    label = _("Stamps")
    is_pro_rata = False
    can_multiply = False
    wallet_kind = "stamps"

    stamps: int = told(Whole(_("Gives"), most=MOST_STAMPS))

    def gives(self, counted: Counted) -> tuple[Amount, Step]:
        return self.stamps, {"step": "stamps", "stamps": self.stamps, "gives": str(self.stamps)}

    def sentence(self, terms: Terms, trigger: str) -> str:
        return _occasion(terms.worth(self.stamps), trigger)


@effect
@dataclass(frozen=True)
class PerUnit(Effect):
    """So many points for each thing bought, of the lines that count."""

    kind = "per_unit"
    label = _("For each item bought")
    is_pro_rata = True
    needs_purchase = True

    points: int = told(Worth(_("Gives"), most=1_000_000))

    def gives(self, counted: Counted) -> tuple[Amount, Step]:
        quantity = quantity_of(counted)
        above, below = quantity.as_integer_ratio()
        amount = ratio(above * self.points, below)
        return amount, {
            "step": "units",
            "quantity": f"{quantity.normalize():f}",
            "points": self.points,
            "gives": exact(amount),
        }

    def sentence(self, terms: Terms, trigger: str) -> str:
        return gettext("%(worth)s for each item bought") % {"worth": terms.worth(self.points)}


class Present(Effect):
    """Something else than points: one of it each time."""

    is_pro_rata = False
    can_multiply = False

    def gives(self, counted: Counted) -> tuple[Amount, Step]:
        return 1, {"step": "present", "gives": "1"}


@effect
@dataclass(frozen=True)
class GivesReward(Present):
    kind = "reward"
    label = _("A reward, as a voucher")

    reward: str = told(OneNamed(_("Which reward"), of="rewards"))

    @property
    def prize(self) -> dict[str, str]:
        return {"kind": "reward", "reward": self.reward}

    def sentence(self, terms: Terms, trigger: str) -> str:
        name = terms.rewards.get(self.reward)
        return _occasion(quoted(str(name)) if name else gettext("A reward"), trigger)


@effect
@dataclass(frozen=True)
class GivesBadge(Present):
    kind = "badge"
    label = _("A badge")

    badge: str = told(OneNamed(_("Which badge"), of="badges"))

    @property
    def prize(self) -> dict[str, str]:
        return {"kind": "badge", "badge": self.badge}

    def sentence(self, terms: Terms, trigger: str) -> str:
        name = terms.badges.get(self.badge)
        words = gettext("The badge %(badge)s") % {"badge": quoted(str(name))} if name else ""
        return _occasion(words or gettext("A badge"), trigger)


def ratio(above: int, below: int) -> Amount:
    """The exact quotient, as a plain int where it is one: Fractions are slow, and seldom needed."""
    whole, rest = divmod(above, below)
    return Fraction(above, below) if rest else whole


def exact(amount: Amount) -> str:
    """The amount as text, without loss: "59.9", and "100/3" where no decimal says it."""
    if isinstance(amount, int):
        return str(amount)
    shifted, rest = divmod(amount.numerator * 10_000, amount.denominator)
    if rest:
        return str(amount)
    text = f"{shifted // 10_000}.{shifted % 10_000:04}"
    return text.rstrip("0").rstrip(".")


def _occasion(worth: str, trigger: str) -> str:
    words = {
        PURCHASE: gettext("%(worth)s for a purchase"),
        SIGN_UP: gettext("%(worth)s for joining"),
        PROFILE_COMPLETE: gettext("%(worth)s for completing the profile"),
        BIRTHDAY: gettext("%(worth)s on the birthday"),
        MEMBERSHIP_MONTH: gettext("%(worth)s for each month of membership"),
        MEMBERSHIP_YEAR: gettext("%(worth)s for each year of membership"),
        PRODUCT_CODE: gettext("%(worth)s for each code on a product"),
    }.get(trigger)
    if words is None:
        return gettext("%(worth)s for %(activity)s") % {
            "worth": worth,
            "activity": quoted(trigger.replace("_", " ")),
        }
    return words % {"worth": worth}
